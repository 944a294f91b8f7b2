//! The command's files, read from memory. For the fuzz targets alone: no part of what
//! this library promises, and may change or go at any time.

use std::path::Path;

use stopgap::{EnrolmentKey, OnlinePolicy, offline::Enrolment};

use crate::{enrolment_file::EnrolmentFile, key_file::KeyFile, people};

/// What errors call the file.
const PATH: &str = "file";

/// A key file: the keys with their numbers, oldest first, and the file as it would be
/// written again.
///
/// # Errors
///
/// What the person at the screen is told.
pub fn key_file(bytes: &[u8]) -> Result<(Vec<(u32, [u8; 32])>, String), String> {
    let file = KeyFile::parse(Path::new(PATH), bytes).map_err(|error| error.to_string())?;
    file.ring().map_err(|error| error.to_string())?;
    let keys = file.keys().iter();
    let keys = keys.map(|(id, key)| (id.0, *key.reveal())).collect();
    Ok((keys, file.text().to_owned()))
}

/// What stands in an enrolment file: user, machine, generation and key.
///
/// # Errors
///
/// What the person at the screen is told.
pub fn enrolment(bytes: &[u8]) -> Result<(String, String, u32, [u8; 32]), String> {
    let path = Path::new(PATH);
    let read = EnrolmentFile::parse(path, bytes).map_err(|error| error.to_string())?;
    let key = read.key(path).map_err(|error| error.to_string())?;
    let (user, machine) = (read.user.to_string(), read.machine.to_string());
    Ok((user, machine, read.generation, *key.reveal()))
}

/// An enrolment file as it is written.
///
/// # Errors
///
/// What the person at the screen is told.
pub fn enrolment_text(enrolment: &Enrolment, key: &EnrolmentKey) -> Result<Vec<u8>, String> {
    let text = EnrolmentFile::new(enrolment, key).text();
    Ok(text.map_err(|error| error.to_string())?.to_vec())
}

/// A CSV file of users: for each the line, the name, and the policy of the code.
///
/// # Errors
///
/// What the person at the screen is told.
pub fn people(
    bytes: &[u8],
    policy: OnlinePolicy,
) -> Result<Vec<(u64, String, OnlinePolicy)>, String> {
    let read = people::read(bytes, Path::new(PATH), policy, |_| ());
    let people = read.map_err(|failure| failure.to_string())?.into_iter();
    let people = people.map(|person| {
        let own = person.own.map_or(policy, |own| *own);
        (person.line, person.user.to_string(), own)
    });
    Ok(people.collect())
}
