//! The language of sentences for the person.

use super::desk::{Desk, Said};

/// Runs a command with these variables, and returns its refusal.
fn refused(desk: &Desk, words: &str, variables: &[(&str, &str)]) -> String {
    let mut command = desk.command(words);
    command.envs(variables.iter().copied());
    let said = Said::of(command.output().unwrap());
    assert_eq!((said.status, said.stdout.as_str()), (1, ""), "{words}");
    said.stderr.trim_end().to_owned()
}

const ENGLISH: &str = "That code is not valid.";
const GERMAN: &str = "Dieser Code ist nicht gültig.";
const FRENCH: &str = "Ce code n'est pas valide.";
const SPANISH: &str = "Ese código no es válido.";

/// Reads a code that was never issued.
fn verify(desk: &Desk, lang: &str) -> Said {
    desk.hears("3F9A-77C2-01BE\n", &format!("online verify alice{lang}"))
}

#[test]
fn a_refusal_is_in_the_language_that_is_asked_for() {
    let desk = Desk::ready();
    for (lang, sentence) in [
        ("", ENGLISH),
        (" --lang en", ENGLISH),
        (" --lang de", GERMAN),
    ] {
        verify(&desk, lang).refused(sentence);
    }
    desk.line("throttle reset alice");
    for (lang, sentence) in [(" --lang fr_CA.UTF-8", FRENCH), (" --lang ES", SPANISH)] {
        verify(&desk, lang).refused(sentence);
    }
    let typo = desk.hears("3F9A-?\n", "--lang de online verify alice");
    typo.refused("Das ist kein vollständiger Code. Er muss 12 Zeichen haben, nicht 4.");
    let typo = desk.stopgap("offline answer alice ZW4F --lang fr");
    typo.refused(
        "Ce n'est pas un code complet. Il doit compter 8 caractères et non 4. Demandez-le de \
         nouveau.",
    );
    // Messages that only operators read stay English.
    let none = desk.stopgap("offline answer alice ZW4F-RK37 --lang fr");
    assert!(
        none.stderr.starts_with("refused: the user has no"),
        "{none:?}"
    );
}

#[test]
fn programs_read_the_same_reason_in_each_language() {
    let desk = Desk::ready();
    let said = verify(&desk, " --json --lang de");
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&answer["outcome"], &answer["reason"]),
        (&"refused".into(), &"unknown".into())
    );
    assert_eq!(answer["message"], GERMAN);
    assert_eq!((said.status, said.stderr), (1, format!("{GERMAN}\n")));
}

#[test]
fn the_end_of_a_lockout_is_written_as_its_reader_writes_dates() {
    let desk = Desk::ready();
    for _ in 0..5 {
        verify(&desk, "").refused(ENGLISH);
    }
    for (lang, before, after) in [
        ("de", "Zu viele Versuche. Versuchen Sie es am ", " erneut."),
        ("fr", "Trop de tentatives. Réessayez le ", "."),
        ("es", "Demasiados intentos. Vuelva a intentarlo el ", "."),
    ] {
        let said = verify(&desk, &format!(" --lang {lang}"));
        let time = said.stderr.trim_end().strip_prefix(before);
        let time = time.and_then(|time| time.strip_suffix(after)).unwrap();
        let digits: String = time.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits.len(), 2 + 2 + 4 + 6 + 4, "{time}");
        assert!(time.contains("(UTC+0"), "{time}");
    }
}

#[test]
fn the_locale_chooses_the_language() {
    let desk = Desk::ready();
    let english = "That is not a complete code; it has 4 characters, not 8. Ask for it again.";
    let words = "offline answer alice ZW4F";
    let spoken = |variables: &[(&str, &str)]| refused(&desk, words, variables);
    for variables in [
        &[] as &[(&str, &str)],
        &[("LANG", "C.UTF-8")],
        &[("LANG", "it_IT.UTF-8")],
        &[("LC_ALL", "POSIX"), ("LANG", "de_DE.UTF-8")],
        &[("LC_MESSAGES", "en_GB"), ("LANG", "de_DE.UTF-8")],
        &[("LC_TIME", "de_DE.UTF-8")],
        &[("LANG", "de_DE"), ("STOPGAP_LANG", "en")],
    ] {
        assert_eq!(spoken(variables), english, "{variables:?}");
    }
    for (variables, words) in [
        (&[("LANG", "de_DE.UTF-8")] as &[(&str, &str)], "Fragen Sie"),
        (&[("LC_ALL", ""), ("LC_MESSAGES", "fr_FR")], "Demandez-le"),
        (&[("LC_ALL", "es_ES"), ("LANG", "de_DE")], "Pídalo"),
        (&[("LC_ALL", "C"), ("STOPGAP_LANG", "de")], "Fragen Sie"),
    ] {
        let said = spoken(variables);
        assert!(said.contains(words), "{variables:?}: {said}");
    }
    // The option wins.
    let said = refused(
        &desk,
        "--lang fr offline answer alice ZW4F",
        &[("STOPGAP_LANG", "de"), ("LC_ALL", "es_ES")],
    );
    assert!(said.contains("Demandez-le"), "{said}");
}

#[test]
fn an_unknown_language_is_wrong_usage() {
    let desk = Desk::ready();
    let said = desk.stopgap("online list --lang it");
    assert_eq!(said.status, 2);
    assert!(
        said.stderr.starts_with(
            "error: invalid value 'it' for '--lang <LANG>': a language is en, de, fr or es"
        ),
        "{}",
        said.stderr
    );
}
