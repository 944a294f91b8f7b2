//! Vectors with sealed records that a program in C reads, which cannot seal an online code.
//!
//! The tags are computed here by the crates `hmac` and `sha2` (SPEC, "Records at rest"). The
//! tag of each vector shows first that this is done right.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The kinds of records that C reads from their bytes, with all fractions of a second.
const PORTABLE: [&str; 1] = ["security"];

const MICROS: i64 = 1_000_000;

/// Returns the file, or a copy with the records that C reads: those of `records` without
/// heads, and the bytes of a record for each code of `verify`.
pub(crate) fn for_c(file: PathBuf, place: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap().to_string_lossy();
    let kind = stem.split('-').next().unwrap();
    let rewrite: fn(&Value, &mut Value) = match kind {
        // These are read as structs, whose times are whole seconds.
        "records" => |group, test| {
            if ["security", "enrolment"]
                .iter()
                .any(|kind| group["record"] == *kind)
            {
                in_whole_seconds(&group["record"], test);
            }
        },
        "verify" => |_, test| add_records(test),
        _ => return file,
    };
    let mut vectors: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    if kind == "records" {
        leave_out_heads(&mut vectors);
    }
    for group in vectors["testGroups"].as_array_mut().unwrap() {
        let kind = group.clone();
        for test in group["tests"].as_array_mut().unwrap() {
            rewrite(&kind, test);
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

/// Rounds the times of a record down to seconds, and seals it again.
fn in_whole_seconds(kind: &Value, test: &mut Value) {
    let kind = kind.as_str().unwrap();
    assert_eq!(hex(&tag(kind, test)), test["tag"], "{test}");
    if PORTABLE.contains(&kind) {
        return each_time(test, |micros| micros.div_euclid(MICROS));
    }
    each_time(test, |micros| micros.div_euclid(MICROS) * MICROS);
    test["tag"] = hex(&tag(kind, test)).into();
    each_time(test, |micros| micros / MICROS);
}

/// Changes each time of a record.
fn each_time(test: &mut Value, change: impl Fn(i64) -> i64) {
    for (name, value) in test.as_object_mut().unwrap() {
        let is_time = name.ends_with("At")
            || ["notBefore", "lockedUntil", "lifetime"].contains(&name.as_str());
        if let Some(time) = value.as_i64().filter(|_| is_time) {
            *value = change(time).into();
        }
    }
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
        let sealed = [&encoded("online", &record)[..], &tag("online", &record)].concat();
        code["bytes"] = format!("01{}", hex(&sealed)).into();
    }
    test["master"] = master.into();
}

/// Returns the tag of a record.
fn tag(kind: &str, test: &Value) -> [u8; 32] {
    let master = unhex(test["master"].as_str().unwrap());
    mac(
        &derived(&master, b"stopgap/1/record"),
        &[&encoded(kind, test)],
    )
}

/// Returns the fields that the tag covers.
fn encoded(kind: &str, test: &Value) -> Vec<u8> {
    let id = || unhex(test["id"].as_str().unwrap());
    let digest = || unhex(test["digest"].as_str().unwrap());
    let t = |name: &str| {
        test[name]
            .as_i64()
            .unwrap_or(i64::MIN)
            .to_be_bytes()
            .to_vec()
    };
    let fields: Vec<Vec<u8>> = match kind {
        "online" => vec![
            id(),
            digest(),
            text(&test["user"]),
            format(test),
            vec![purposes(&test["purposes"])],
            t("issuedAt"),
            t("notBefore"),
            t("expiresAt"),
            number(&test["maxUses"]),
            number(&test["uses"]),
            t("revokedAt"),
        ],
        "security" => {
            let access = match &test["sameAs"] {
                Value::Null => vec![0],
                user => [vec![1], text(user)].concat(),
            };
            let lifetime = match test["lifetime"].as_str() {
                Some("permanent") => vec![1],
                Some("deleted") => vec![2],
                _ => [vec![0], t("lifetime")].concat(),
            };
            let scopes = test["scopes"].as_array().cloned().unwrap_or_default();
            let count = u16::try_from(scopes.len()).unwrap().to_be_bytes().to_vec();
            let mut fields = vec![id(), digest(), access, text(&test["description"])];
            fields.extend([t("createdAt"), lifetime, count]);
            fields.extend(scopes.iter().map(text));
            fields
        }
        "enrolment" => vec![
            text(&test["user"]),
            text(&test["machine"]),
            number(&test["generation"]),
            t("enrolledAt"),
            t("retiredAt"),
        ],
        _ => panic!("no such record: {kind}"),
    };
    let label = format!("{kind}\0");
    [label.into_bytes(), number(&test["keyId"]), fields.concat()].concat()
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
