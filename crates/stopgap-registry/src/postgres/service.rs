//! The service files of libpq: parameters of an address under a name.

use std::{fmt, fs, io, path::Path};

use super::{mistake::unusable, surroundings::Surroundings};
use crate::store::Result;

/// The file of the machine, if `PGSYSCONFDIR` names no folder: that of Debian's libpq. Others
/// were built with a folder that a program cannot know.
const OF_MACHINE: &str = "/etc/postgresql-common";

/// Returns the parameters of a service: those of the file of the user if it has the service,
/// otherwise those of the file of the machine.
pub(super) fn read(name: &str, around: &Surroundings) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    if let Some(file) = &around.service_file {
        files.push(file.clone());
    } else {
        let home = around.home.as_ref();
        files.extend(home.map(|home| home.join(".pg_service.conf")));
    }
    let folder = around.machine.as_deref();
    let folder = folder.unwrap_or(Path::new(OF_MACHINE));
    files.push(folder.join("pg_service.conf"));
    for file in &files {
        let text = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            text => text.map_err(|error| cannot(file, &error))?,
        };
        let found = parse(&text, name).map_err(|line| {
            let why = format!("line {line} is not NAME=VALUE");
            cannot(file, &why)
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Err(unusable(format!(
        "its service is in none of these files: {}",
        files.join(", ")
    )))
}

/// Returns the parameters in a section; `None` if there is no such section.
///
/// # Errors
///
/// The number of a line in the section that is no parameter.
fn parse(text: &str, name: &str) -> Result<Option<Vec<(String, String)>>, usize> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let heading = format!("[{name}]");
    let mut found = None;
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            if found.is_some() {
                break;
            }
            if line == heading {
                found = Some(Vec::new());
            }
            continue;
        }
        if let Some(found) = &mut found {
            let (name, value) = line.split_once('=').ok_or(number)?;
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(found)
}

fn cannot(file: &Path, why: &dyn fmt::Display) -> crate::StoreError {
    let file = file.display();
    unusable(format!("its service file {file} cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_read() {
        let text = "\u{FEFF}# all\n[other]\nhost=o\n\n [desk] \r\n host=db1\npassword=a=b #c\n\
                    \n[desk]\nhost=db2\n";
        let desk = parse(text, "desk").unwrap().unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(desk, [pair("host", "db1"), pair("password", "a=b #c")]);
        assert_eq!(parse(text, "none"), Ok(None));
        assert_eq!(parse("[a]\nhost\n", "b"), Ok(None));
        assert_eq!(parse("[a]\n\nhost\n", "a"), Err(3));
    }
}
