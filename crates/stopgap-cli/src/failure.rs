//! Why a command did not do it, and the exit status that says so.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use stopgap::{IssueError, LifeError, Refusal, offline::AnswerError};
use stopgap_registry::{Error, ErrorKind, StoreError};

use crate::{
    enrolment_file::EnrolmentFileError,
    key_file::KeyFileError,
    moment::MomentError,
    private_file::FileError,
    zone::{Zone, clock},
};

/// Why a command did not do it. It holds no secret.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    reason: &'static str,
    message: String,
    /// What else a program may want to know.
    details: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Whoever read the output has gone; there is nobody to tell.
    Unheard,
    /// The system works and says no, by a sentence for a person.
    Refused {
        sentence: bool,
    },
    Usage,
    Trouble,
}

/// A failure as `--json` shows it.
#[derive(Serialize)]
struct Document<'a> {
    outcome: &'static str,
    reason: &'a str,
    message: &'a str,
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

    /// A code was refused: the sentence for the person, the rest for the log.
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        let message = refusal.public_message_in(&Zone::Here).to_string();
        let status = Status::Refused { sentence: true };
        Self::new(status, refusal.reason(), message).with_details(refusal)
    }

    /// A code was issued, and nobody saw it.
    pub(crate) fn not_shown(error: &std::io::Error) -> Self {
        let what = "the code was issued but could not be shown; revoke it, and issue another";
        Self::trouble("not_shown", format!("{what}: {error}"))
    }

    fn new(status: Status, reason: &'static str, message: String) -> Self {
        Self {
            status,
            reason,
            message,
            details: Map::new(),
        }
    }

    /// Adds the fields of something that is written as a JSON object.
    fn with_details(mut self, details: &impl Serialize) -> Self {
        if let Ok(Value::Object(mut details)) = serde_json::to_value(details) {
            details.remove("reason");
            self.details = details;
        }
        self
    }

    /// The same in other words.
    pub(crate) fn saying(mut self, message: String) -> Self {
        self.message = message;
        self
    }

    /// The same, and where.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What stands on the screen; none where nobody looks.
    pub(crate) fn text(&self) -> Option<(&'static str, &str)> {
        let before = match self.status {
            Status::Unheard => return None,
            Status::Refused { sentence: true } => "",
            Status::Refused { sentence: false } => "refused: ",
            Status::Usage | Status::Trouble => "error: ",
        };
        Some((before, &self.message))
    }

    /// The same for a program.
    pub(crate) fn document(&self) -> impl Serialize {
        let outcome = match self.status {
            Status::Refused { .. } => "refused",
            Status::Unheard | Status::Usage | Status::Trouble => "error",
        };
        Document {
            outcome,
            reason: self.reason,
            message: &self.message,
            details: &self.details,
        }
    }

    pub(crate) const fn exit_status(&self) -> u8 {
        match self.status {
            Status::Unheard => 0,
            Status::Refused { .. } => 1,
            Status::Usage => 2,
            Status::Trouble => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What the registry did not do, and whose turn it is.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Refused => Status::Refused { sentence: false },
            ErrorKind::Invalid => Status::Usage,
            ErrorKind::Store => Status::Trouble,
        };
        match &error {
            Error::Refused(refusal) => Self::refusal(refusal),
            // It tells the help desk, and is a sentence already.
            Error::Answer(answer @ AnswerError::Malformed(_)) => {
                let status = Status::Refused { sentence: true };
                Self::new(status, answer.reason(), answer.to_string())
            }
            Error::Issue(IssueError::NeverValid { expires_at }) => {
                let what = format!(
                    "the code would expire at {}, before it may first be used; \
                    let it live longer, or begin earlier",
                    clock(*expires_at, Zone::Here)
                );
                Self::new(status, error.reason(), what)
            }
            Error::Life(LifeError::Expired { expired_at }) => {
                let expired_at = clock(*expired_at, Zone::Here);
                let what =
                    format!("the security code expired at {expired_at}; reactivate it first");
                Self::new(status, error.reason(), what)
            }
            error => Self::new(status, error.reason(), error.to_string()),
        }
    }
}

/// Of a store that no registry opened.
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

/// Of the standard output: files have their own errors.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::new(Status::Unheard, "unheard", String::new()),
            _ => Self::trouble("io", format!("the output could not be written: {error}")),
        }
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
