//! Failures of a command, and their exit status.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use stopgap::{Language, LifecycleError, PublicMessage, Refusal};
use stopgap_registry::{Error, ErrorKind, StoreError};

use crate::{
    enrolment_file::EnrolmentFileError,
    key_file::KeyFileError,
    moment::MomentError,
    private_file::FileError,
    zone::{Zone, clock, now},
};

/// The failure of a command. It holds no secret.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    reason: &'static str,
    message: Message,
    more: Box<More>,
}

/// The parts that few failures have.
#[derive(Debug, Default)]
struct More {
    /// The part of the input that failed.
    place: Option<String>,
    /// Further lines of the message for people.
    lines: Vec<String>,
    /// Further fields for programs.
    details: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// The reader of the output has closed it.
    Unheard,
    /// A result that was shown and is negative.
    Negative,
    Refused,
    Usage,
    Trouble,
}

#[derive(Debug)]
enum Message {
    /// A part of a sentence for the operator, in English.
    Operator(String),
    /// A full sentence for the person, in any language.
    Person(PublicMessage),
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Operator(text)
    }
}

impl From<PublicMessage> for Message {
    fn from(sentence: PublicMessage) -> Self {
        Self::Person(sentence)
    }
}

/// A failure as `--json` shows it.
#[derive(Serialize)]
struct Document<'a> {
    outcome: &'static str,
    reason: &'a str,
    message: String,
    #[serde(flatten)]
    details: &'a Map<String, Value>,
}

impl Failure {
    pub(crate) fn usage(message: String) -> Self {
        Self::new(Status::Usage, "usage", message)
    }

    pub(crate) fn trouble(reason: &'static str, message: String) -> Self {
        Self::new(Status::Trouble, reason, message)
    }

    /// Returns the failure of a refused code, with the sentence for the person.
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        let message = match clock_trouble(refusal) {
            Some(message) => Message::Operator(message),
            None => Message::Person(refusal.public_message_in(&Zone::Here)),
        };
        Self::new(Status::Refused, refusal.reason(), message).with_details(refusal)
    }

    /// Returns the failure to show a code that was issued.
    pub(crate) fn not_shown(error: &std::io::Error) -> Self {
        let what = "the code was issued but could not be shown; revoke it, and issue another";
        Self::trouble("not_shown", format!("{what}: {error}"))
    }

    /// Returns the exit status 1 of a command that has shown its result: the answer is no.
    pub(crate) fn negative() -> Self {
        Self::new(Status::Negative, "negative", String::new())
    }

    /// Returns `true` if there is nothing to show but the exit status.
    pub(crate) fn is_shown(&self) -> bool {
        self.status == Status::Negative
    }

    /// Returns one word for programs.
    pub(crate) const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Returns `true` if the store may have done what it was asked.
    pub(crate) fn is_uncertain(&self) -> bool {
        matches!(self.reason, "store_unknown" | "store_replaced")
    }

    /// Returns the failure to ask for a confirmation.
    pub(crate) fn not_confirmed() -> Self {
        Self::usage("not a terminal: pass --yes to confirm".into())
    }

    fn new(status: Status, reason: &'static str, message: impl Into<Message>) -> Self {
        Self {
            status,
            reason,
            message: message.into(),
            more: Box::default(),
        }
    }

    /// Adds the fields of a value whose JSON is an object.
    fn with_details(mut self, details: &impl Serialize) -> Self {
        if let Ok(Value::Object(mut details)) = serde_json::to_value(details) {
            details.remove("reason");
            self.more.details = details;
        }
        self
    }

    /// Adds fields for programs, and lines of text for people.
    pub(crate) fn listing(self, details: &impl Serialize, lines: Vec<String>) -> Self {
        let mut failure = self.with_details(details);
        failure.more.lines = lines;
        failure
    }

    /// Returns the further lines of the message.
    pub(crate) fn lines(&self) -> &[String] {
        &self.more.lines
    }

    /// Sets the message.
    pub(crate) fn saying(mut self, message: String) -> Self {
        self.message = message.into();
        self
    }

    /// Prefixes the message with a place.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.more.place = Some(place.into());
        self
    }

    /// Returns the message; only sentences for the person have other languages than English.
    fn message(&self, language: Language) -> String {
        let message = match &self.message {
            Message::Operator(text) => text.clone(),
            Message::Person(sentence) => sentence.in_language(language).to_string(),
        };
        match &self.more.place {
            Some(place) => format!("{place}: {message}"),
            None => message,
        }
    }

    /// Returns a prefix and the message for the terminal; `None` if nothing is shown.
    pub(crate) fn text(&self, language: Language) -> Option<(&'static str, String)> {
        let before = match (self.status, &self.message) {
            (Status::Unheard | Status::Negative, _) => return None,
            (Status::Refused, Message::Person(_)) => "",
            (Status::Refused, Message::Operator(_)) => "refused: ",
            (Status::Usage | Status::Trouble, _) => "error: ",
        };
        Some((before, self.message(language)))
    }

    /// Returns the JSON document.
    pub(crate) fn document(&self, language: Language) -> impl Serialize {
        let outcome = match self.status {
            Status::Refused => "refused",
            Status::Unheard | Status::Negative | Status::Usage | Status::Trouble => "error",
        };
        Document {
            outcome,
            reason: self.reason,
            message: self.message(language),
            details: &self.more.details,
        }
    }

    pub(crate) const fn exit_status(&self) -> u8 {
        match self.status {
            Status::Unheard => 0,
            Status::Refused | Status::Negative => 1,
            Status::Usage => 2,
            Status::Trouble => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

/// Returns a message with the times and the correction, if a clock is wrong.
fn clock_trouble(refusal: &Refusal) -> Option<String> {
    let now = clock(now(), Zone::Here);
    match refusal {
        Refusal::ClockRolledBack { seen } => {
            let seen = clock(*seen, Zone::Here);
            Some(format!(
                "this computer's clock shows {now}, and {seen} was seen before: set the clock right"
            ))
        }
        Refusal::TimeOutOfRange => Some(format!(
            "this computer's clock shows {now}, which is outside the years 1970 to 9999: set the \
            clock right"
        )),
        _ => None,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Refused => Status::Refused,
            ErrorKind::Invalid => Status::Usage,
            ErrorKind::Store => Status::Trouble,
        };
        match &error {
            Error::Refused(refusal @ Refusal::ClockRolledBack { .. }) => {
                let failure = Self::refusal(refusal);
                let what = format!(
                    "{failure}, or accept it by \"stopgap clock accept\" if the time that was \
                    seen is wrong"
                );
                failure.saying(what)
            }
            Error::Refused(refusal) if error.kind() == ErrorKind::Refused => Self::refusal(refusal),
            Error::Request(request) => match request.public_message() {
                Some(sentence) => Self::new(status, request.reason(), sentence),
                None => Self::new(status, error.reason(), error.to_string()),
            },
            Error::NeverValid { expires_at } => {
                let what = format!(
                    "the code would have expired at {}: \
                    choose a later start, or a longer validity",
                    clock(*expires_at, Zone::Here)
                );
                Self::new(status, error.reason(), what)
            }
            Error::LogRetention { days } => {
                let what = format!(
                    "events must be kept for {days} days: pass --events {days} or more, or lower \
                    the number by \"stopgap log retention\""
                );
                Self::new(status, error.reason(), what)
            }
            Error::ClockDiffers { seconds } => {
                let direction = if *seconds < 0 { "behind" } else { "ahead of" };
                let what = format!(
                    "this machine's clock is {} seconds {direction} the store's: set it right, or \
                    pass --clock-tolerance",
                    seconds.unsigned_abs()
                );
                Self::new(status, error.reason(), what)
            }
            Error::KeyRetired { id } => {
                let what = format!(
                    "key {id} was retired, perhaps on another machine: use the current key file, \
                    whose last key is the primary key"
                );
                Self::new(status, error.reason(), what)
            }
            Error::Lifecycle(LifecycleError::Expired { expired_at }) => {
                let expired_at = clock(*expired_at, Zone::Here);
                let what =
                    format!("the security code expired at {expired_at}; reactivate it first");
                Self::new(status, error.reason(), what)
            }
            error => Self::new(status, error.reason(), error.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

/// An error of the standard output: files have their own errors.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if is_unheard(&error) {
            return Self::new(Status::Unheard, "unheard", String::new());
        }
        Self::trouble("io", format!("the output could not be written: {error}"))
    }
}

/// Returns `true` if the reader of the output has closed it.
fn is_unheard(error: &std::io::Error) -> bool {
    /// `ERROR_PIPE_NOT_CONNECTED` of Windows, which the standard library does not translate.
    const NOT_CONNECTED: i32 = 233;

    error.kind() == std::io::ErrorKind::BrokenPipe
        || (cfg!(windows) && error.raw_os_error() == Some(NOT_CONNECTED))
}

/// An error of CSV that is written to memory, which does not happen.
impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        Self::trouble("io", error.to_string())
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::trouble(error.reason(), error.to_string())
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        Self::trouble(error.reason(), error.to_string())
    }
}

impl From<EnrolmentFileError> for Failure {
    fn from(error: EnrolmentFileError) -> Self {
        Self::trouble(error.reason(), error.to_string())
    }
}

impl From<MomentError> for Failure {
    fn from(error: MomentError) -> Self {
        Self::usage(error.to_string())
    }
}
