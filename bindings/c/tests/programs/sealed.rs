//! Vectors with sealed records, for a program in C, which cannot seal an online code.
//!
//! Their tags are computed here by the crates `hmac` and `sha2` (SPEC, "Records at rest").

use std::{
    fs,
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const MICROS: i64 = 1_000_000;

/// Returns the file, or a copy with the records that C reads: those of `records` without
/// heads, and the bytes of a record for each code of `verify`.
pub(crate) fn for_c(file: PathBuf, place: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap().to_string_lossy();
    let kind = stem.split('-').next().unwrap();
    if !["records", "verify"].contains(&kind) {
        return file;
    }
    let mut vectors: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    if kind == "records" {
        leave_out_heads(&mut vectors);
    } else {
        for group in vectors["testGroups"].as_array_mut().unwrap() {
            for test in group["tests"].as_array_mut().unwrap() {
                add_records(test);
            }
        }
    }
    let copy = place.join(file.file_name().unwrap());
    fs::write(&copy, vectors.to_string()).unwrap();
    copy
}

/// Removes the groups of heads, which C does not have, and their tests from the number of
/// tests.
fn leave_out_heads(vectors: &mut Value) {
    let number = vectors["numberOfTests"].as_u64().unwrap();
    let mut left_out = 0;
    vectors["testGroups"]
        .as_array_mut()
        .unwrap()
        .retain(|group| {
            let is_head = group["record"] == "head";
            if is_head {
                left_out += u64::try_from(group["tests"].as_array().unwrap().len()).unwrap();
            }
            !is_head
        });
    vectors["numberOfTests"] = (number - left_out).into();
}

/// Adds what the record of each code has besides the fields of the vector.
fn add_records(test: &mut Value) {
    let master = hex(&[9; 32]);
    for (number, code) in (0_u8..).zip(test["codes"].as_array_mut().unwrap()) {
        let symbols = hex(&[number; 6]).to_uppercase();
        let online = derived(&unhex(&master), b"stopgap/1/online");
        let user = text(&code["user"]);
        let digest = mac(&online, &[&user, symbols.as_bytes()]);
        let micros = |value: &Value| match value.as_i64() {
            Some(seconds) => json!(seconds * MICROS),
            None => Value::Null,
        };
        let record = json!({
            "master": master,
            "keyId": 1,
            "id": hex(&[number; 16]),
            "digest": hex(&digest),
            "user": code["user"],
            "alphabet": "0123456789ABCDEF",
            "lookAlikes": [],
            "length": 12,
            "checkSymbol": false,
            "purposes": code["purposes"],
            "issuedAt": 0,
            "notBefore": micros(&code["notBefore"]),
            "expiresAt": micros(&code["expiresAt"]),
            "maxUses": code["maxUses"],
            "uses": 0,
            "revokedAt": null,
        });
        code["symbols"] = symbols.into();
        let sealed = [&encoded(&record)[..], &tag(&record)].concat();
        code["bytes"] = format!("01{}", hex(&sealed)).into();
    }
    test["master"] = master.into();
}

/// Returns the tag of the record of an online code.
fn tag(record: &Value) -> [u8; 32] {
    let master = unhex(record["master"].as_str().unwrap());
    mac(&derived(&master, b"stopgap/1/record"), &[&encoded(record)])
}

/// Returns the fields that the tag covers.
fn encoded(record: &Value) -> Vec<u8> {
    let instant = |name: &str| {
        let micros = record[name].as_i64().unwrap_or(i64::MIN);
        micros.to_be_bytes().to_vec()
    };
    let fields: [Vec<u8>; 12] = [
        b"online\0".to_vec(),
        number(&record["keyId"]),
        unhex(record["id"].as_str().unwrap()),
        unhex(record["digest"].as_str().unwrap()),
        text(&record["user"]),
        format(record),
        vec![purposes(&record["purposes"])],
        instant("issuedAt"),
        instant("notBefore"),
        instant("expiresAt"),
        [number(&record["maxUses"]), number(&record["uses"])].concat(),
        instant("revokedAt"),
    ];
    fields.concat()
}

/// Returns expand(master, info).
fn derived(master: &[u8], info: &[u8]) -> [u8; 32] {
    mac(master, &[info, &[1]])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Returns be16(byte length) and the bytes.
fn text(text: &Value) -> Vec<u8> {
    let bytes = text.as_str().unwrap().as_bytes();
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

/// Returns be32; of 0 for null.
fn number(number: &Value) -> Vec<u8> {
    let number = u32::try_from(number.as_u64().unwrap_or_default()).unwrap();
    number.to_be_bytes().to_vec()
}

fn format(test: &Value) -> Vec<u8> {
    let mut encoded = test["alphabet"].as_str().unwrap().as_bytes().to_vec();
    let folded = test["lookAlikes"].as_array().unwrap();
    let bits = [("O=0", 1), ("I=1", 2), ("L=1", 4)]
        .into_iter()
        .filter(|(word, _)| folded.iter().any(|one| one == word));
    encoded.push(bits.map(|(_, bit)| bit).sum());
    encoded.push(u8::try_from(test["length"].as_u64().unwrap()).unwrap());
    encoded.push(test["checkSymbol"].as_bool().unwrap().into());
    encoded
}

fn purpose(word: &Value) -> u8 {
    match word.as_str() {
        Some("reset") => 1,
        Some("register") => 2,
        Some("bypass") => 4,
        _ => panic!("no such purpose: {word}"),
    }
}

fn purposes(words: &Value) -> u8 {
    words.as_array().unwrap().iter().map(purpose).sum()
}

fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    bytes.iter().map(digits).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |place| u8::from_str_radix(&digits[place..place + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}
