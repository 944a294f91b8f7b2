//! What is typed, and how a code is shown.

use serde_json::Value;
use stopgap::{Alphabet, CodeFormat, CodeLength, Malformed};

use super::{field, from_hex, text};

pub(crate) fn normalize(group: &Value, test: &Value) {
    let format = CodeFormat {
        check_symbol: super::figure(group, "checkSymbol", false),
        ..CodeFormat::new(
            Alphabet::new(text(group, "alphabet")).unwrap(),
            CodeLength::new(field(group, "length")).unwrap(),
        )
    };
    match group["alphabetName"].as_str() {
        Some("hex") => assert_eq!(format.alphabet, Alphabet::HEX),
        Some("unambiguous") => assert_eq!(format.alphabet, Alphabet::UNAMBIGUOUS),
        _ => {}
    }
    match (format.normalize(text(test, "input")), text(test, "result")) {
        (Ok(code), "valid") => assert_eq!(code.reveal().canonical(), text(test, "canonical")),
        (Err(malformed), "invalid") => {
            assert_eq!(malformed.reason(), text(test, "error"));
            match malformed {
                Malformed::UnexpectedSymbol { position } => assert_eq!(test["position"], position),
                Malformed::WrongLength { expected, found } => {
                    assert_eq!(
                        (expected, found),
                        (format.length.symbols(), field(test, "found"))
                    );
                }
                _ => {}
            }
        }
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}

pub(crate) fn texts(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let bytes = from_hex(text(test, "bytes"));
    let symbols = bytes.len() * 2;
    let alphabet = Alphabet::new(text(group, "alphabet")).unwrap();
    let format = CodeFormat::new(alphabet, CodeLength::new(symbols).unwrap());

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

    // As part of a code, where there is room for one symbol more.
    let Ok(length) = CodeLength::new(symbols + 1) else {
        return;
    };
    let checked = CodeFormat {
        length,
        check_symbol: true,
        ..format
    };
    let padded = [bytes.as_slice(), &[0xFF]].concat();
    let code = checked.encode(&padded).unwrap();
    let expected = format!("{}{check}", text(test, "canonical"));
    assert_eq!(code.reveal().canonical(), expected);
    checked.normalize(&expected).unwrap();
}
