//! The file that `stopgap machine enrol` writes for a machine.

use std::ffi::c_char;

use stopgap::{EnrolmentKey, Name};
use zeroize::Zeroizing;

use crate::{
    enrolment_key::stopgap_enrolment_key,
    error::Outcome,
    error::{found, stopgap_error},
    growing::{Growing, grown_output},
    guard::{guard, output},
    json::{Json, Wrong},
    status::{STOPGAP_ERR_ENROLMENT_FILE, STOPGAP_ERR_ENROLMENT_FILE_VERSION, stopgap_status},
    text::{field, stopgap_text},
};

/// The size of a name in a struct: 255 bytes and a NUL.
pub const STOPGAP_NAME_SIZE: usize = 256;

/// The content of an enrolment file without its key. Set `size` before the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_enrolment_file {
    /// The size of the struct, sizeof(stopgap_enrolment_file), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The number of the enrolment.
    pub generation: u32,
    /// 1 if an agent has used the enrolment, so that there must be a sealed state; otherwise
    /// 0. Without its state a used enrolment would redeem its codes again.
    pub used: u32,
    /// The user, ended by a NUL.
    pub user: [c_char; STOPGAP_NAME_SIZE],
    /// The machine, ended by a NUL.
    pub machine: [c_char; STOPGAP_NAME_SIZE],
}

// SAFETY: the size is the first member, and the others are numbers.
unsafe impl Growing for stopgap_enrolment_file {
    const OLDEST: usize = size_of::<Self>();
}

/// Reads the content of the file that `stopgap machine enrol` writes, and makes the key in
/// it. Wipe yours afterwards. The members may have any order, and a byte-order mark may come
/// first; a member that is repeated or unknown is an error.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_ENROLMENT_FILE with the
/// `position` in bytes; STOPGAP_ERR_ENROLMENT_FILE_VERSION with the version as `found`. On
/// failure `key` and `info` are not written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_read(
    file: stopgap_text,
    key: *mut *mut stopgap_enrolment_key,
    info: *mut stopgap_enrolment_file,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (file, key, info) = unsafe { (file.bytes()?, output(key)?, grown_output(info)?) };
        let (made, content) = read(file)?;
        key.hand_over(stopgap_enrolment_key(made))?;
        info.write(&content);
        Ok(())
    })
}

/// A member of the file, by its place in the form that the command writes.
const MEMBERS: [&[u8]; 7] = [
    b"stopgap",
    b"version",
    b"user",
    b"machine",
    b"generation",
    b"used",
    b"key",
];

/// The members that were read.
#[derive(Default)]
struct Members {
    is_enrolment: bool,
    version: Option<u32>,
    user: Option<Name>,
    machine: Option<Name>,
    generation: Option<u32>,
    used: Option<bool>,
    key: Option<EnrolmentKey>,
}

/// Reads the content of a file.
fn read(file: &[u8]) -> Outcome<(EnrolmentKey, stopgap_enrolment_file)> {
    let mut json = Json::new(file);
    let members = members(&mut json).map_err(|wrong| match wrong {
        Wrong::Here => damaged(&json),
        Wrong::Version(version) => found(
            STOPGAP_ERR_ENROLMENT_FILE_VERSION,
            usize::try_from(version).unwrap_or(usize::MAX),
        ),
    })?;
    let content = || {
        let user = members.user.as_ref()?;
        let machine = members.machine.as_ref()?;
        members.version.filter(|_| members.is_enrolment)?;
        Some(stopgap_enrolment_file {
            size: size_of::<stopgap_enrolment_file>(),
            generation: members.generation?,
            used: members.used?.into(),
            user: field(user.as_str().as_bytes()),
            machine: field(machine.as_str().as_bytes()),
        })
    };
    let content = content().ok_or_else(|| damaged(&json))?;
    Ok((members.key.ok_or_else(|| damaged(&json))?, content))
}

fn damaged(json: &Json<'_>) -> stopgap_error {
    stopgap_error {
        position: json.position(),
        ..STOPGAP_ERR_ENROLMENT_FILE.into()
    }
}

fn members(json: &mut Json<'_>) -> Result<Members, Wrong> {
    // A key is as secret as the file.
    let mut buffer = Zeroizing::new([0; STOPGAP_NAME_SIZE]);
    let mut members = Members::default();
    json.take(b'{')?;
    loop {
        let name = json.string(&mut buffer)?;
        let member = MEMBERS.iter().position(|member| *member == name);
        json.take(b':')?;
        match member {
            Some(0) if !members.is_enrolment => {
                members.is_enrolment = json.string(&mut buffer)? == b"enrolment";
                if !members.is_enrolment {
                    return Err(Wrong::Here);
                }
            }
            Some(1) if members.version.is_none() => match json.number()? {
                1 => members.version = Some(1),
                0 => return Err(Wrong::Here),
                newer => return Err(Wrong::Version(newer)),
            },
            Some(2) if members.user.is_none() => {
                members.user = Some(name_of(json.string(&mut buffer)?)?);
            }
            Some(3) if members.machine.is_none() => {
                members.machine = Some(name_of(json.string(&mut buffer)?)?);
            }
            Some(4) if members.generation.is_none() => members.generation = Some(json.number()?),
            Some(5) if members.used.is_none() => members.used = Some(json.boolean()?),
            Some(6) if members.key.is_none() => {
                let hex = str::from_utf8(json.string(&mut buffer)?).map_err(|_| Wrong::Here)?;
                members.key = Some(EnrolmentKey::from_hex(hex).map_err(|_| Wrong::Here)?);
            }
            _ => return Err(Wrong::Here),
        }
        if json.take(b',').is_err() {
            json.take(b'}')?;
            json.end()?;
            return Ok(members);
        }
    }
}

fn name_of(bytes: &[u8]) -> Result<Name, Wrong> {
    let text = str::from_utf8(bytes).map_err(|_| Wrong::Here)?;
    Name::new(text).map_err(|_| Wrong::Here)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";

    fn file(user: &str) -> String {
        format!(
            r#"{{"stopgap":"enrolment","version":1,"user":"{user}","machine":"m","generation":7,"used":true,"key":"{KEY}"}}"#
        )
    }

    /// Returns the user, the generation and `used`, or the error.
    fn told(text: &[u8]) -> Outcome<(String, u32, u32)> {
        let (key, content) = read(text)?;
        assert_eq!(key.reveal()[..3], [0, 0x11, 0x22]);
        let user = crate::text::read(&content.user)?.to_owned();
        Ok((user, content.generation, content.used))
    }

    fn position(text: &[u8]) -> usize {
        let refused = told(text).unwrap_err();
        assert_eq!(refused.status, STOPGAP_ERR_ENROLMENT_FILE);
        refused.position
    }

    #[test]
    fn a_file_is_read_in_any_layout() {
        let spaced = format!(
            "\u{FEFF} {{ \"key\" : \" {KEY}\\n\" ,\n\t\"used\": false, \"machine\":\"m\",\r\n\
             \"user\":\"\\u0061\\ud83d\\ude00\\\"\\\\\u{e4}\",\"generation\":4294967295,\
             \"version\":1,\"stopgap\":\"enrolment\"}} \n"
        );
        let user = "a\u{1f600}\"\\\u{e4}".to_owned();
        assert_eq!(told(spaced.as_bytes()).unwrap(), (user, u32::MAX, 0));
        let longest = "u".repeat(255);
        let read = told(file(&longest).as_bytes()).unwrap();
        assert_eq!(read, (longest, 7, 1));
    }

    #[test]
    fn a_newer_version_is_named() {
        let newer = file("a").replace("\"version\":1", "\"version\":2");
        let refused = told(newer.as_bytes()).unwrap_err();
        let version = (refused.status, refused.found);
        assert_eq!(version, (STOPGAP_ERR_ENROLMENT_FILE_VERSION, 2));
    }

    #[test]
    fn no_part_of_a_file_and_no_changed_byte_panics() {
        let text = file("a");
        for end in 0..text.len() {
            assert!(position(&text.as_bytes()[..end]) <= end, "{end}");
        }
        for place in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut changed = text.clone().into_bytes();
                changed[place] = byte;
                if let Ok((user, ..)) = told_any(&changed) {
                    assert_eq!(user.len(), 1);
                }
            }
        }
    }

    fn told_any(text: &[u8]) -> Outcome<(String, u32)> {
        let (_, content) = read(text)?;
        Ok((
            crate::text::read(&content.user)?.to_owned(),
            content.generation,
        ))
    }

    #[test]
    fn what_is_no_enrolment_is_refused() {
        let good = file("a");
        for (from, to) in [
            ("\"enrolment\"", "\"other\""),
            (":1,", ":0,"),
            (":1,", ":01,"),
            (":1,", ":1.0,"),
            (":7,", ":4294967296,"),
            (":7,", ":-7,"),
            (":7,", ":\"7\","),
            ("true", "1"),
            ("true", "truer"),
            ("true", "null"),
            ("\"used\":true", "\"used\":true,\"used\":true"),
            ("\"used\":true,", ""),
            ("\"used\"", "\"more\""),
            ("\"a\"", "\"\""),
            ("\"a\"", "\"\\u0007\""),
            ("\"a\"", "\"a\nb\""),
            ("\"a\"", "\"\\ud83d\""),
            ("\"a\"", "\"\\ude00\""),
            ("\"a\"", "\"\\ud83d\\u0061\""),
            ("\"a\"", "\"\\x\""),
            ("\"a\"", "\"\\u00\""),
            (KEY, "00"),
            (KEY, "zz"),
            ("}", ",}"),
            ("}", "}}"),
            ("{", "[{"),
        ] {
            let wrong = good.replacen(from, to, 1);
            assert_ne!(wrong, good, "{from}");
            position(wrong.as_bytes());
        }
        position(file(&"u".repeat(256)).as_bytes());
        position(b"");
        position(b"\xFF\xFE{");
        assert_eq!(position(b"{\"stopgap\" ; 1}"), 11);
    }
}
