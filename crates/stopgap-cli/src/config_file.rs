//! The settings of a folder: `stopgap.toml`.

use std::{
    fmt::Display,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{ColorChoice, ValueEnum};
use serde::{Deserialize, Deserializer, de::Error as _};
use stopgap::{Language, Name, Validity};

use crate::{
    args::{ClockTolerance, Globals},
    failure::Failure,
    home,
    place::Place,
    private_file::FileError,
    zone::Zone,
};

/// The name of the file.
pub(crate) const NAME: &str = "stopgap.toml";

/// The longest file that is read.
const MOST: u64 = 64 * 1024;

/// The settings of a file. Options and the environment override them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ConfigFile {
    pub(crate) store: Option<String>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) tenant: Option<Name>,
    #[serde(deserialize_with = "word")]
    pub(crate) zone: Option<Zone>,
    /// The validity of an online code for which neither an option nor a preset sets one.
    #[serde(deserialize_with = "word")]
    pub(crate) valid: Option<Validity>,
    /// The preset of an online code for which no option names one.
    pub(crate) preset: Option<Name>,
    #[serde(deserialize_with = "word")]
    pub(crate) lang: Option<Language>,
    #[serde(deserialize_with = "color")]
    pub(crate) color: Option<ColorChoice>,
    #[serde(deserialize_with = "number_or_word")]
    pub(crate) clock_tolerance: Option<ClockTolerance>,
}

impl ConfigFile {
    /// Reads the file in the folder of the options, if there is one.
    pub(crate) fn read(globals: &Globals) -> Result<Self, Failure> {
        let path = home::folder(globals).join(NAME);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            opened => opened.map_err(|source| FileError::io(&path, source))?,
        };
        let mut text = String::new();
        may_be_trusted(&file, &path, globals)?;
        let length = file
            .take(MOST.saturating_add(1))
            .read_to_string(&mut text)
            .map_err(|source| FileError::io(&path, source))?;
        if u64::try_from(length).is_ok_and(|length| length > MOST) {
            return Err(FileError::TooLong { path }.into());
        }
        let text = text.trim_start_matches('\u{FEFF}');
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count().saturating_add(1));
            let (path, what) = (path.display(), error.message());
            Failure::trouble("config", format!("{path}, line {line}: {what}"))
        })
    }

    /// Sets the options that neither the command line nor the environment sets. Paths are
    /// relative to the folder of the file.
    pub(crate) fn fill(&self, globals: &mut Globals) -> Result<(), Failure> {
        let folder = home::folder(globals).to_owned();
        if let (None, Some(url)) = (&globals.store, &self.store) {
            globals.store = Some(match Place::of(url)? {
                Place::File(path) => Place::File(folder.join(path)).url()?,
                Place::Memory | Place::Server(_) => url.clone(),
            });
        }
        if let (None, Some(path)) = (&globals.key_file, &self.key_file) {
            globals.key_file = Some(folder.join(path));
        }
        if globals.tenant.is_none() {
            globals.tenant.clone_from(&self.tenant);
        }
        globals.clock_tolerance = globals.clock_tolerance.or(self.clock_tolerance);
        globals.lang = globals.lang.or(self.lang);
        globals.color = globals.color.or(self.color);
        globals.valid = self.valid;
        globals.preset.clone_from(&self.preset);
        Ok(())
    }
}

/// Refuses a file that others can write or have put there: it names the store and the keys. The
/// owner of a folder is trusted only if the user has named that folder.
#[cfg(unix)]
fn may_be_trusted(file: &File, path: &Path, globals: &Globals) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;

    let about = file.metadata();
    let about = about.map_err(|source| FileError::io(path, source))?;
    let shown = path.display();
    if about.mode() & 0o022 != 0 {
        let what = format!("other users can write {shown}: type: chmod go-w {shown}");
        return Err(Failure::trouble("file_exposed", what));
    }
    let of_folder = globals.home.as_ref().and_then(|home| home.metadata().ok());
    let trusted = [
        Some(0),
        Some(rustix::process::geteuid().as_raw()),
        of_folder.map(|about| about.uid()),
    ];
    if trusted.contains(&Some(about.uid())) {
        return Ok(());
    }
    let what = format!(
        "{shown} belongs to another user: run the command in another folder, or name this one \
        with --home if you trust its owner"
    );
    Err(Failure::trouble("file_exposed", what))
}

/// Refuses a file that others can write or have put there: it names the store and the keys. The
/// owner of a folder is trusted if the user has named that folder.
#[cfg(windows)]
fn may_be_trusted(file: &File, path: &Path, globals: &Globals) -> Result<(), Failure> {
    use stopgap_registry::owner_file::{has_trusted_owner, is_writable_by_others};

    let io = |source| FileError::io(path, source);
    let shown = path.display();
    if is_writable_by_others(file).map_err(io)? {
        let remedy = crate::private_file::restricted(path);
        let what = format!("other users can write {shown}: {remedy}");
        return Err(Failure::trouble("file_exposed", what));
    }
    if globals.home.is_some() || has_trusted_owner(file).map_err(io)? {
        return Ok(());
    }
    let what = format!(
        "{shown} belongs to another user: run the command in another folder, or name this one \
        with --home if you trust its owner"
    );
    Err(Failure::trouble("file_exposed", what))
}

#[cfg(not(any(unix, windows)))]
fn may_be_trusted(_: &File, _: &Path, _: &Globals) -> Result<(), Failure> {
    Ok(())
}

/// Reads a value in the form that an option has.
fn word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    let word = String::deserialize(deserializer)?;
    word.parse().map(Some).map_err(D::Error::custom)
}

fn color<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ColorChoice>, D::Error> {
    let word = String::deserialize(deserializer)?;
    let choice = <ColorChoice as ValueEnum>::from_str(&word, false);
    let mistake = |_| D::Error::custom("a color is auto, always or never");
    choice.map(Some).map_err(mistake)
}

fn number_or_word<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Value {
        Number(i64),
        Word(String),
    }
    let word = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.to_string(),
        Value::Word(word) => word,
    };
    word.parse().map(Some).map_err(D::Error::custom)
}
