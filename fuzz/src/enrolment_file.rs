//! Enrolment files of the command, read a second time as plain JSON.

use std::{ffi::CStr, ptr};

use chrono::DateTime;
use serde_json::{Value, json};
use stopgap::{EnrolmentKey, KeyId, Name, offline::Enrolment};
use stopgap_c::{
    enrolment_file::{stopgap_enrolment_file, stopgap_enrolment_read},
    enrolment_key::{stopgap_enrolment_key_free, stopgap_enrolment_key_reveal},
    status::{STOPGAP_ERR_ENROLMENT_FILE, STOPGAP_ERR_ENROLMENT_FILE_VERSION, STOPGAP_OK},
    text::stopgap_text,
};
use stopgap_cli::files;

use crate::{draw::Draw, key_file::key, normalize::is_invisible};

type Read = (String, String, u32, [u8; 32]);

/// Returns `true` for a name by SPEC, "Terms": 1 to 255 bytes, no control or invisible
/// character, and not only white space.
fn name(value: &Value) -> Option<String> {
    let name = value.as_str()?;
    let is_control =
        |one| matches!(one, '\0'..='\x1F' | '\x7F'..='\u{9F}' | '\u{2028}' | '\u{2029}');
    let is_name = (1..=255).contains(&name.len())
        && !name.chars().any(|one| is_control(one) || is_invisible(one))
        && !name.trim().is_empty();
    is_name.then(|| name.to_owned())
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| number.try_into().ok())
}

/// Reads an object by the names of its members.
fn model(object: &Value) -> Option<Read> {
    object["used"].as_bool()?;
    let is_ours = object["stopgap"] == json!("enrolment") && number(&object["version"]) == Some(1);
    let read = (
        name(&object["user"])?,
        name(&object["machine"])?,
        number(&object["generation"])?,
        key(object["key"].as_str()?.trim())?,
    );
    is_ours.then_some(read)
}

fn check(bytes: &[u8]) {
    let read = files::enrolment(bytes);
    if let Some(by_c) = read_by_c(bytes) {
        assert_eq!(read, Ok(by_c));
    }
    // A byte-order mark is no part of the text.
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let Ok(value) = serde_json::from_slice::<Value>(text) else {
        assert!(read.is_err());
        return;
    };
    if !value.is_object() {
        return;
    }
    if let Ok(read) = read {
        assert_eq!(Some(read), model(&value));
    }
    // The value has no repeated members, which the product would refuse.
    let again = serde_json::to_vec(&value).unwrap();
    assert_eq!(files::enrolment(&again).ok(), model(&value));
    // C refuses other members as well, and texts that are no names.
    let members = value.as_object().unwrap();
    let fits = |member: &Value| member.as_str().is_none_or(|text| text.len() <= 255);
    let expected = model(&value).filter(|_| members.len() == 7 && members.values().all(fits));
    assert_eq!(read_by_c(&again), expected);
}

/// Reads a file by the C library.
fn read_by_c(bytes: &[u8]) -> Option<Read> {
    let file = stopgap_text {
        ptr: bytes.as_ptr().cast(),
        len: bytes.len(),
    };
    let mut info = stopgap_enrolment_file {
        size: size_of::<stopgap_enrolment_file>(),
        generation: 0,
        used: 0,
        user: [0; 256],
        machine: [0; 256],
    };
    let (mut key, mut bytes) = (ptr::null_mut(), [0; 32]);
    let error = ptr::null_mut();
    // SAFETY: the calls follow the header.
    let status = unsafe { stopgap_enrolment_read(file, &raw mut key, &raw mut info, error) };
    if status != STOPGAP_OK {
        let statuses = [
            STOPGAP_ERR_ENROLMENT_FILE,
            STOPGAP_ERR_ENROLMENT_FILE_VERSION,
        ];
        assert!(statuses.contains(&status), "{status}");
        return None;
    }
    // SAFETY: the calls follow the header.
    let texts = unsafe {
        let revealed = stopgap_enrolment_key_reveal(key, bytes.as_mut_ptr(), 32, error);
        assert_eq!(revealed, STOPGAP_OK);
        stopgap_enrolment_key_free(&raw mut key);
        [&info.user, &info.machine].map(|field| CStr::from_ptr(field.as_ptr()))
    };
    let [user, machine] = texts.map(|text| text.to_str().unwrap().to_owned());
    Some((user, machine, info.generation, bytes))
}

/// Reads a file that the command wrote.
fn there_and_back(draw: &mut Draw<'_>) {
    let [Ok(user), Ok(machine)] = [draw.text(40), draw.text(300)].map(Name::new) else {
        return;
    };
    let (generation, key) = (draw.number(0..=u32::MAX), draw.key());
    let enrolment = Enrolment {
        key_id: KeyId(1),
        user,
        machine,
        generation,
        enrolled_at: DateTime::UNIX_EPOCH,
        retired_at: None,
    };
    let text = files::enrolment_text(&enrolment, &EnrolmentKey::from_bytes(key)).unwrap();
    let Enrolment { user, machine, .. } = enrolment;
    let expected = (user.to_string(), machine.to_string(), generation, key);
    assert_eq!(files::enrolment(&text), Ok(expected.clone()));
    assert_eq!(read_by_c(&text), Some(expected.clone()));
    let value: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(model(&value), Some(expected));
    // A part of a file is refused.
    let cut = draw.number(1..=text.len() - 2);
    assert!(files::enrolment(&text[..cut]).is_err());
}

/// Draws an enrolment with up to two wrong members.
fn near(draw: &mut Draw<'_>) -> Vec<u8> {
    let hex = "0123456789abcdefABCDEF0123456789".repeat(2);
    let mut object = json!({
        "stopgap": "enrolment", "version": 1, "user": "alice", "machine": "LAPTOP-17",
        "generation": 7, "used": false, "key": hex,
    });
    for _ in 0..draw.number(0..=2_u8) {
        let members = [
            "stopgap",
            "version",
            "user",
            "machine",
            "generation",
            "used",
            "key",
            "more",
        ];
        let member = draw.one_of(&members);
        object[member] = match draw.number(0..=6_u8) {
            0 => json!(draw.text(20)),
            1 => json!(draw.number(0..=u64::MAX)),
            2 => json!(1.0),
            3 => json!(draw.number(-3..=3_i8)),
            4 if member == "used" => json!(true),
            4 => json!(draw.text(20).repeat(20)),
            5 => json!(draw.text(2).repeat(draw.number(31..=65))),
            _ => Value::Null,
        };
    }
    serde_json::to_vec(&object).unwrap()
}

pub fn target(data: &[u8]) {
    check(data);
    let mut draw = Draw::new(data);
    check(&near(&mut draw));
    there_and_back(&mut draw);
}
