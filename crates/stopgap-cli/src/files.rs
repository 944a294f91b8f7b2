//! The command's files, read from memory: an entry for the fuzz targets, and no part of
//! the public interface.

use std::path::Path;

use stopgap::{EnrolmentKey, OnlinePolicy, offline::Enrolment};

use crate::{enrolment_file::EnrolmentFile, key_file::KeyFile, people_file};

/// The name of the file in errors.
const PATH: &str = "file";

/// Keys, each with its number.
pub type Keys = Vec<(u32, [u8; 32])>;

/// Reads a key file. Returns its keys, oldest first, and the text that the command would
/// write for it.
///
/// # Errors
///
/// The command's message for a file that it refuses.
pub fn key_file(bytes: &[u8]) -> Result<(Keys, String), String> {
    let file = KeyFile::parse(Path::new(PATH), bytes).map_err(|error| error.to_string())?;
    file.ring().map_err(|error| error.to_string())?;
    let keys = file.keys().iter();
    let keys = keys.map(|(id, key)| (id.0, *key.reveal())).collect();
    Ok((keys, file.text().to_owned()))
}

/// Reads an enrolment file. Returns the user, the machine, the generation and the key.
///
/// # Errors
///
/// The command's message for a file that it refuses.
pub fn enrolment(bytes: &[u8]) -> Result<(String, String, u32, [u8; 32]), String> {
    let path = Path::new(PATH);
    let read = EnrolmentFile::parse(path, bytes).map_err(|error| error.to_string())?;
    let key = read.key(path).map_err(|error| error.to_string())?;
    let (user, machine) = (read.user.to_string(), read.machine.to_string());
    Ok((user, machine, read.generation, *key.reveal()))
}

/// Returns the bytes of an enrolment file.
///
/// # Errors
///
/// The command's message if they cannot be made.
pub fn enrolment_text(enrolment: &Enrolment, key: &EnrolmentKey) -> Result<Vec<u8>, String> {
    let text = EnrolmentFile::new(enrolment, key).text();
    Ok(text.map_err(|error| error.to_string())?.to_vec())
}

/// Reads a CSV file of users. Returns the line, the name and the code's policy of each.
///
/// # Errors
///
/// The command's message for a file that it refuses, without the file's name.
pub fn people(
    bytes: &[u8],
    policy: OnlinePolicy,
) -> Result<Vec<(u64, String, OnlinePolicy)>, String> {
    let file = people_file::read(bytes, policy).map_err(|error| error.to_string())?;
    let people = file.lines.into_iter().map(|person| {
        let own = person.own.map_or(policy, |own| *own);
        (person.line, person.user.to_string(), own)
    });
    Ok(people.collect())
}
