//! Typed texts, and the written and spoken forms of codes.

use serde_json::Value;
use stopgap::{
    Alphabet, CodeFormat, InvalidValue, Malformed, Name, SecurityFormat, SecurityPrefix,
};

use super::{field, from_hex, text};

pub(crate) fn normalize(group: &Value, test: &Value) {
    let mut alphabet = Alphabet::new(text(group, "alphabet")).unwrap();
    if super::figure(group, "lookAlikes", false) {
        alphabet = alphabet.fold_look_alikes().unwrap();
    }
    let format = CodeFormat {
        check_symbol: super::figure(group, "checkSymbol", false),
        ..CodeFormat::new(alphabet, field(group, "length"))
    };
    match group["alphabetName"].as_str() {
        Some("hex") => assert_eq!(alphabet.symbols(), Alphabet::HEX.symbols()),
        Some("unambiguous") => assert_eq!(alphabet, Alphabet::UNAMBIGUOUS),
        _ => {}
    }
    match (format.normalize(text(test, "input")), text(test, "result")) {
        (Ok(code), "valid") => assert_eq!(code.reveal().canonical(), text(test, "canonical")),
        (Err(malformed), "invalid") => {
            is_malformed(malformed, format.length.into(), test);
        }
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}

/// Compares the reason why a text is not a code, and its details.
fn is_malformed(malformed: Malformed, length: usize, test: &Value) {
    assert_eq!(malformed.reason(), text(test, "error"));
    match malformed {
        Malformed::UnexpectedSymbol { position } => assert_eq!(test["position"], position),
        Malformed::WrongLength { expected, found } => {
            assert_eq!((expected, found), (length, field(test, "found")));
        }
        _ => {}
    }
}

pub(crate) fn alphabets(_: &Value, test: &Value) {
    let input = text(test, "input");
    match (Alphabet::new(input), text(test, "result")) {
        (Ok(alphabet), "valid") => assert_eq!(alphabet.symbols(), input),
        (Err(error), "invalid") => {
            assert_eq!(error.reason(), text(test, "error"));
            match error {
                InvalidValue::WrongCount { found } => assert_eq!(test["found"], found),
                InvalidValue::LowerCase { position }
                | InvalidValue::NotASymbol { position }
                | InvalidValue::Repeated { position } => assert_eq!(test["position"], position),
                other => panic!("{other}"),
            }
        }
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}

pub(crate) fn names(_: &Value, test: &Value) {
    let input = text(test, "input");
    match (Name::new(input), text(test, "result")) {
        (Ok(name), "valid") => assert_eq!(name.as_str(), input),
        (Err(error), "invalid") => assert_eq!(error.reason(), text(test, "error")),
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}

pub(crate) fn security(_: &Value, test: &Value) {
    let prefix: SecurityPrefix = text(test, "prefix").parse().unwrap();
    let format = SecurityFormat {
        prefix,
        ..SecurityFormat::default()
    };
    match (format.read(text(test, "input")), text(test, "result")) {
        (Ok(code), "valid") => {
            assert_eq!(code.reveal().canonical(), text(test, "canonical"));
            assert_eq!(format.text(&code).as_str(), text(test, "text"));
        }
        (Err(malformed), "invalid") => is_malformed(malformed, 40, test),
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}

pub(crate) fn texts(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let bytes = from_hex(text(test, "bytes"));
    let symbols = bytes.len() * 2;
    let alphabet = Alphabet::new(text(group, "alphabet")).unwrap();
    let format = CodeFormat::new(alphabet, u8::try_from(symbols).unwrap());

    let typed = format.normalize(text(test, "canonical")).unwrap();
    let encoded = format.encode(&bytes).unwrap();
    for code in [typed, encoded] {
        let shown = code.reveal();
        assert_eq!(shown.canonical(), text(test, "canonical"));
        assert_eq!(shown.as_str(), text(test, "grouped"));
        assert_eq!(shown.to_string(), text(test, "grouped"));
        assert_eq!(shown.spoken().to_string(), text(test, "spoken"));
    }

    let check = text(test, "checkSymbol");
    let computed = alphabet.check_symbol(text(test, "canonical")).unwrap();
    assert_eq!(computed.to_string(), check);

    // The check symbol as part of a code, if the code can have one more symbol.
    let checked = CodeFormat {
        length: format.length + 1,
        check_symbol: true,
        ..format
    };
    if checked.validate().is_err() {
        return;
    }
    let padded = [bytes.as_slice(), &[0xFF]].concat();
    let code = checked.encode(&padded).unwrap();
    let expected = format!("{}{check}", text(test, "canonical"));
    assert_eq!(code.reveal().canonical(), expected);
    checked.normalize(&expected).unwrap();
}
