//! The transcript of the page is that of a run.

use crate::{
    module::PAGE,
    place::{OFFLINE, Place},
};

/// Returns a text with an X in place of each symbol of a code.
fn without_codes(text: &str) -> String {
    let hide = |word: &str| {
        let is_code = word.contains('-')
            && word.split('-').all(|group| {
                group.len() == 4
                    && group
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            });
        if is_code {
            word.replace(|symbol| symbol != '-', "X")
        } else {
            word.to_owned()
        }
    };
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let bare = word.trim_end_matches([' ', '\n']);
        hide(bare) + &word[bare.len()..]
    });
    words.collect()
}

#[test]
fn the_page_shows_a_run() {
    let Some(place) = Place::enrolled("page", OFFLINE) else {
        return;
    };
    let mut shown = String::new();
    let mut show = |said: &str| {
        shown += "$ pamtester stopgap alice authenticate setcred\n";
        // The terminal has a line break here, which the person typed.
        shown += &said.replace("Code from the help desk: ", "Code from the help desk: \n");
    };
    let mut logon = place.log_on("alice");
    let code = place.answer("alice", &logon.asked().unwrap(), "--valid 7d");
    logon.types("ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    show(&logon.ends().no("", "").said);
    show(&place.log_on("alice").answers(&code).yes().said);
    show(&place.log_on("alice").ends().yes().said);
    place.stopgap("agent clear machine/alice.enrolment", "");
    show(&place.log_on("alice").answers(&code).no("", "").said);
    let (_, page) = PAGE.split_once("```console\n").unwrap();
    let (page, _) = page.split_once("```").unwrap();
    assert_eq!(without_codes(page), without_codes(&shown), "{shown}");
}
