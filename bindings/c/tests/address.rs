//! `AddressSanitizer` and `LeakSanitizer` in the programs and in the library;
//! `UndefinedBehaviorSanitizer`, which Rust does not have, in the programs.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod gates;
mod programs;

use std::path::PathBuf;

use gates::{
    DEEDS, Program, VECTORS, control,
    session::{Session, pairs},
};
use programs::Language;

const FLAGS: [&str; 3] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];

#[test]
#[ignore = "slow; cargo xtask sanitize"]
fn memory_is_used_as_it_may_be() {
    let library = match gates::instrumented("address") {
        Ok(library) => library,
        Err(why) => return programs::skipped(&why),
    };
    let place = programs::folder("address");
    let (mut clean, mut reported) = (0, 0);
    let build = |program: &Program| -> Vec<PathBuf> {
        let found = gates::compilers(program.language).into_iter();
        let able = found.filter(|compiler| gates::is_able(compiler, program, &FLAGS, &place));
        able.map(|compiler| program.build(compiler, &FLAGS, &library, &place).unwrap())
            .collect()
    };
    for program in gates::programs(&VECTORS) {
        for built in build(program) {
            program.watched(&[], &built).assert_clean();
            clean += 1;
        }
    }
    for pair in pairs(Language::C) {
        let [agents, servers] = pair.each_ref().map(build);
        for (agent, server) in agents.into_iter().zip(servers) {
            let session = Session {
                tool: &[],
                agent,
                server,
                folder: programs::folder("session-address"),
            };
            clean += session.holds();
        }
    }
    for deed in &DEEDS {
        let program = control(std::array::from_ref(deed));
        for built in build(&program) {
            // A handle is wiped before it is freed, so a second time is seen as a
            // use.
            program.watched(&[], &built).assert_reported(match *deed {
                "leak" => "detected memory leaks",
                _ => "heap-use-after-free",
            });
            reported += 1;
        }
    }
    if clean > 0 {
        assert!(reported >= DEEDS.len());
        println!("\naddress: {clean} runs clean, {reported} of {reported} controls reported");
    }
}
