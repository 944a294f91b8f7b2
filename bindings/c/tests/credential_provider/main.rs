//! The credential provider of the examples, under Wine: a program loads it by COM, as `LogonUI`
//! does, and types codes into its tile. The test is the help desk.
//!
//! It takes minutes the first time, because it builds the library for Windows and makes a
//! prefix of Wine: `cargo test -p stopgap-c --test credential_provider -- --ignored`.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod built;
mod help_desk;
#[path = "../programs/mod.rs"]
mod programs;
mod tile;
mod windows;

use std::fs;

use crate::{built::PAGE, help_desk::HelpDesk, tile::Tile, windows::Windows};

const SID: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";

#[test]
#[ignore = "builds the library for Windows, and needs mingw-w64 and Wine"]
fn a_logon_without_the_second_factor() {
    let Some(windows) = Windows::ready() else {
        return;
    };
    let mut shown = String::new();
    registered(&windows, &mut shown);
    refused_and_redeemed(&windows, &mut shown);
    damaged(&windows);
    at_once(&windows);
    let (_, page) = PAGE.split_once("```console\n").unwrap();
    let (page, _) = page.split_once("```").unwrap();
    assert_eq!(help_desk::without_codes(page), shown, "{shown}");
    windows.run("regedit", &["unregister.reg"], "");
    let (_, said) = windows.run("logon_ui.exe", &[], "");
    assert_eq!(said, "the provider is not registered");
}

/// Registers the provider and enrols the machine, which only works once.
fn registered(windows: &Windows, shown: &mut String) {
    let (_, said) = windows.run("logon_ui.exe", &[], "");
    assert_eq!(said, "the provider is not registered");
    windows.run("regedit", &["register.reg"], "");
    let (_, said) = windows.run("logon_ui.exe", &[], "");
    assert_eq!(said, "no tile");
    let desk = HelpDesk::with_key(1);
    for wrong in ["", "123", &"g".repeat(64), &"0".repeat(500)] {
        let (is_done, said) = windows.run("enrol.exe", &[SID], wrong);
        assert!(!is_done && said.starts_with("enrol: "), "{wrong}: {said}");
    }
    let (is_done, said) = windows.run("enrol.exe", &[SID], &desk.digits());
    assert!(is_done, "{said}");
    for line in [format!("> enrol {SID}"), said] {
        *shown += &line;
        shown.push('\n');
    }
    let (is_done, said) = windows.run("enrol.exe", &[SID], &desk.digits());
    assert!(!is_done);
    assert_eq!(said, "enrol: this machine is enrolled already");
    // The key is encrypted.
    let file = fs::read(windows.data("key")).unwrap();
    let digits = desk.digits();
    let is_in = |part: &[u8]| file.windows(part.len()).any(|found| found == part);
    assert!(!is_in(&digits.as_bytes()[..16]) && !is_in(&desk.key()[..8]));
}

/// Redeems a code once, after wrong ones. The next tile shows the lock.
fn refused_and_redeemed(windows: &Windows, shown: &mut String) {
    let desk = HelpDesk::with_key(1);
    let mut tile = Tile::open(windows);
    let code = desk.answer(&tile.request_code());
    for line in [
        "misuse",
        "ZZZZ-ZZZZ-ZZZZ-ZZZZ",
        "",
        &"Z".repeat(100),
        "\u{e9}",
    ] {
        tile.types(line);
    }
    tile.types(&code.to_lowercase().replace('-', ""));
    tile.types(&code);
    let said = tile.closes();
    let mut lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.remove(5), "each misuse was refused");
    // The empty text, the long one and the one with another letter.
    for refused in lines.drain(6..9) {
        assert!(refused.starts_with("not finished: "), "{refused}");
    }
    *shown += "> logon_ui\n";
    *shown += &help_desk::without_codes(&(lines.join("\n") + "\n"));
    let again = Tile::open(windows).closes();
    assert!(!again.contains("Request code"), "{again}");
    *shown += "> logon_ui\n";
    *shown += &help_desk::without_codes(&again);
}

/// Damages the files: nothing is granted.
fn damaged(windows: &Windows) {
    const TROUBLE: &str = "Codes do not work on this computer now.";
    let state = fs::read(windows.data("state")).unwrap();
    for name in ["state", "key"] {
        let whole = fs::read(windows.data(name)).unwrap();
        let mut other = whole.clone();
        other[whole.len() / 2] ^= 1;
        for bytes in [&other[..], &whole[1..], &[]] {
            fs::write(windows.data(name), bytes).unwrap();
            let mut tile = Tile::open(windows);
            tile.types("ZZZZ-ZZZZ-ZZZZ-ZZZZ");
            let said = tile.closes();
            assert_eq!(said.matches(TROUBLE).count(), 2, "{name}: {said}");
        }
        fs::write(windows.data(name), whole).unwrap();
    }
    fs::remove_file(windows.data("state")).unwrap();
    let said = Tile::open(windows).closes();
    assert!(said.contains(TROUBLE), "{said}");
    fs::write(windows.data("state"), state).unwrap();
    let said = Tile::open(windows).closes();
    assert!(said.contains("are enough until"), "{said}");
}

/// Enrols the machine again, and redeems one code from two tiles at once. Before that, the state
/// cannot be written, and nothing is granted.
fn at_once(windows: &Windows) {
    fs::remove_dir_all(windows.data("")).unwrap();
    let desk = HelpDesk::with_key(2);
    let (is_done, said) = windows.run("enrol.exe", &[], &desk.digits());
    assert!(is_done, "{said}");
    let mut tiles = [Tile::open(windows), Tile::open(windows)];
    let code = desk.answer(&tiles[0].request_code());
    // In the place of the draft: no user can write it.
    fs::create_dir(windows.data("state.new")).unwrap();
    let mut tile = Tile::open(windows);
    tile.types(&code);
    let said = tile.closes();
    assert!(said.contains("not finished: Codes do not work"), "{said}");
    assert!(said.contains("user: (other user)"), "{said}");
    fs::remove_dir(windows.data("state.new")).unwrap();
    for tile in &mut tiles {
        tile.types(&code);
    }
    let said = tiles.map(Tile::closes).concat();
    assert_eq!(said.matches("\nfinished: ").count(), 1, "{said}");
    let used = "\nnot finished: That code has been used.";
    assert_eq!(said.matches(used).count(), 1, "{said}");
}
