//! Builds, checks and measures the project: `cargo xtask help` lists the commands.
//!
//! Each command is a module. Each needs only Rust to start, and names what it skips and
//! why.

mod bench;
mod border;
mod claims;
mod command;
mod control;
mod cross;
mod ct;
mod cycles;
mod dist;
mod docs;
mod fuzz;
mod header;
mod install;
mod instructions;
mod interpreter;
mod item;
mod leak;
mod linker;
mod links;
mod mutants;
mod newest;
mod outcome;
mod page;
mod pages;
mod platform;
mod postgres;
mod proof;
mod python;
mod sanitize;
mod server;
mod shown;
mod sources;
mod step;
mod stopwatch;
mod structure;
mod supply;
mod test;
mod test_programs;
mod tool;
mod ub;
mod wheel;
mod work_tree;
mod zig;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test      formatting, lints, documentation, every test, the bare-metal build and
            the dependency tree; what was skipped and why stands at the end
  postgres  of these, what is about PostgreSQL; with the word newest, on the newest
            version that npm installs
  python    of these, what is about the Python package
  once      codes that are good once, tried by many threads of many processes
  crash     a process that is killed in the middle of it, 200 times for each deed
  faults    a store that fails at any call of it: nothing is done in part
  failover  a PostgreSQL primary that dies under load, and its standby takes over
  sanitize  C programs against the library under valgrind and the sanitizers
  ct        what is done with secrets takes the same way for each: memcheck, callgrind
  dudect    and the same time, by a million measurements
  fuzz      [long | keep] [TARGET...]
            libFuzzer against models of what is fuzzed: 3 million runs each, or
            long, ten minutes; keep rewrites fuzz/corpus with what it found
  border    what a call from C costs beside the same call from Rust
  instructions
            what the core's work costs in instructions, beside the baseline; with
            the word baseline it makes that anew
  bench     [write] [FILTER]
            the core beside the compressions of SHA-256 that its work needs, and
            beside its peers; write puts the table into docs/PERFORMANCE.md; `bench
            registry`, `postgres`, `command` or `load` measure the others
  mutants   the core, changed in one place after another: a test must see each;
            `mutants registry`, `postgres` or `c` the others, and words of
            cargo-mutants behind that try a part: --shard 0/40 --sharding round-robin
  ub        undefined behaviour: Miri, ThreadSanitizer and cargo-careful on the core,
            the C interface and the store in memory; miri, threads or careful alone
  leak      every face is searched for codes and keys after everything was done
  supply    licences, sources, advisories, duplicates and number of the crates used;
            the public interface of ours, the oldest crates and the oldest Rust;
            --write puts that interface into crates/*/public-api.txt
  cycles    fail if files of a crate import each other in a cycle
  structure
            the size of the registry's contract, files and stores; fail if one is too
            large, or if a store knows a rule about codes
  header    make include/stopgap.h from bindings/c/src
  cross     [--ci] [--write] TARGET... | all | --list
            the library, C and C++ programs, Rust's tests and the command for other
            systems and processors, run under Wine or qemu as far as that goes; --ci
            leaves out all but the vectors and the agent, and --write puts the
            results into docs/PLATFORMS.md
  docs      the documentation as one site, in target/site/html: the guides, and the
            references of Rust, C and Python; fail if a link is dead
  install   --prefix DIR [--libdir DIR] [--destdir DIR] [--target TARGET]
            [--no-default-features] [--features LIST] [--auditable]
            build libstopgap, and put it, its headers and the files of pkg-config and
            CMake below the prefix; for a package, below the destdir first
  dist      [--check] [TARGET...]
            make an archive for each target, and Debian packages, in target/dist/made;
            unpack and use them; --check makes them again elsewhere, and compares the
            bytes
  wheel     build the Python package for publishing, and install it in fresh
            environments of each Python that is here";

fn main() -> ExitCode {
    if let Some(linked) = linker::run() {
        return linked;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test::run(),
        ["postgres"] => postgres::run(),
        ["postgres", "newest"] => newest::run(),
        ["python"] => python::run(),
        ["sanitize"] => sanitize::deeply(),
        [proof @ ("once" | "crash" | "faults" | "failover")] => proof::deeply(proof),
        ["cycles"] => cycles::check().close("cycles"),
        ["structure"] => structure::check().close("structure"),
        ["ct"] => ct::run(),
        ["dudect"] => ct::dudect(),
        ["fuzz", ref words @ ..] => fuzz::run(words),
        ["border"] => border::measure(),
        ["instructions"] => instructions::check().close("instructions"),
        ["instructions", "baseline"] => instructions::write().close("instructions"),
        ["bench", ref words @ ..] => bench::measure(words).close("bench"),
        ["ub", ref words @ ..] => ub::run(words),
        ["leak"] => leak::run(),
        ["supply", ref words @ ..] => supply::run(words),
        ["mutants", ref words @ ..] => mutants::run(words),
        ["cross", ref words @ ..] => cross::run(words),
        ["docs"] => docs::run(),
        ["header"] => header::write(),
        ["wheel"] => wheel::run(),
        ["install", ref options @ ..] => install::run(options),
        ["dist", ref words @ ..] => dist::run(words),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
