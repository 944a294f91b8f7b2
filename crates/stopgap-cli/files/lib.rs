//! The files of the command, read from memory: for the fuzz targets, for which its own
//! sources are compiled a second time.
#![allow(dead_code, reason = "the command uses the rest")]

#[path = "../src/enrolment_file.rs"]
mod enrolment_file;
#[path = "../src/key_file.rs"]
mod key_file;
#[path = "../src/people_file.rs"]
mod people_file;
#[path = "../src/private_file.rs"]
mod private_file;

use std::path::Path;

use stopgap::{EnrolmentKey, OnlinePolicy, offline::Enrolment};

use crate::{enrolment_file::EnrolmentFile, key_file::KeyFile};

/// What errors call the file.
const PATH: &str = "file";

/// Keys with their numbers.
pub type Keys = Vec<(u32, [u8; 32])>;

/// A key file: the keys with their numbers, oldest first, and the file as it would be
/// written again.
///
/// # Errors
///
/// What the person at the screen is told.
pub fn key_file(bytes: &[u8]) -> Result<(Keys, String), String> {
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
/// What the person at the screen is told, behind the name of the file.
pub fn people(
    bytes: &[u8],
    policy: OnlinePolicy,
) -> Result<Vec<(u64, String, OnlinePolicy)>, String> {
    let people = people_file::read(bytes, policy, |_| ()).map_err(|error| error.to_string())?;
    let people = people.into_iter().map(|person| {
        let own = person.own.map_or(policy, |own| *own);
        (person.line, person.user.to_string(), own)
    });
    Ok(people.collect())
}
