//! The command's files: an entry for the fuzz targets and the Python package, and no part of the
//! public interface.

use std::path::Path;

use stopgap::{EnrolmentKey, KeyId, MasterKey, OnlinePolicy, offline::Enrolment};

use crate::{
    enrolment_file::EnrolmentFile,
    key_file::{KeyFile, KeyFileError},
    people_file,
    private_file::FileError,
};

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

/// Reads a key file, and makes it with a new key if there is none and `creates` is `true`. Returns
/// its keys with their ids, oldest first.
///
/// # Errors
///
/// One word for the log, and the command's message.
pub fn keys(path: &Path, creates: bool) -> Result<Vec<(KeyId, MasterKey)>, (&'static str, String)> {
    let read = match KeyFile::read(path) {
        Err(KeyFileError::File(error)) if error.is_missing() && creates => {
            match KeyFile::create(path) {
                // Another process was faster.
                Err(KeyFileError::File(FileError::Exists { .. })) => KeyFile::read(path),
                made => made,
            }
        }
        Err(KeyFileError::File(error)) if error.is_missing() => {
            let path = path.display();
            let what = format!("there is no key file {path}: \"stopgap init\" makes one");
            return Err(("key_file_missing", what));
        }
        read => read,
    };
    read.map(KeyFile::into_keys)
        .map_err(|error| (error.reason(), error.to_string()))
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
