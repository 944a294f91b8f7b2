//! `stopgap online`: codes that the server verifies.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Code, Context, IssueRequest, Name, OnlinePolicy, Purpose, Purposes, VerifyRequest};
use stopgap_registry::{CodeRecord, CodeState, Granted, Issued};

use crate::{
    args::{Issue, OnlineCommand, PolicyFlags, Verify},
    code_text::CodeText,
    failure::Failure,
    home::Home,
    people,
    plain::Plain,
    prompt,
    show::{Reply, Screen},
    table::Table,
};

pub(crate) fn run(command: OnlineCommand, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    match command {
        OnlineCommand::Issue(issue) => issue_code(&issue, home, screen),
        OnlineCommand::Verify(verify) => verify_code(&verify, home, screen),
        OnlineCommand::List { user, limit } => list(user.as_ref(), limit, home, screen),
        OnlineCommand::Revoke { user, all: false } => {
            let record = home.registry.revoke_last_code(&home.actor, user.as_str())?;
            screen.done(&Revoked {
                code: Some(Listed::new(&record, screen.now)),
                user: &user,
                count: 1,
            })
        }
        OnlineCommand::Revoke { user, all: true } => {
            let count = home.registry.revoke_all_codes(&home.actor, user.as_str())?;
            screen.done(&Revoked {
                code: None,
                user: &user,
                count,
            })
        }
    }
}

fn issue_code(issue: &Issue, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    screen.zone = issue.zone;
    let base = match &issue.preset {
        Some(name) => home.registry.preset(name.as_str())?,
        None => OnlinePolicy::default(),
    };
    let mut policy = issue.policy.over(base)?;
    if let Some(start) = issue.not_before {
        policy = policy.not_before(start.after(screen.now, issue.zone)?);
    }
    let user = match (&issue.user, &issue.from, &issue.out) {
        (Some(user), ..) => user,
        (None, Some(from), Some(out)) => {
            if issue.context.context() != Context::default() {
                let hint = "--reason and --ticket are for one user, not for a file of users";
                return Err(Failure::usage(hint.into()));
            }
            return people::issue(from, out, policy, home, screen);
        }
        // Does not happen: clap requires one of them.
        _ => return Err(Failure::usage("pass a user, or --from".into())),
    };
    let request = IssueRequest::new(user.as_str()).context(issue.context.context());
    let Issued { code, record } =
        home.registry
            .issue_code(&home.actor, request, &policy, &issue.zone)?;
    screen.done_with_code(&Shown {
        code: CodeText(&code),
        record: Listed::new(&record, screen.now),
        kept: &code,
    })
}

impl PolicyFlags {
    /// Returns a policy that these options override.
    pub(crate) fn over(&self, mut policy: OnlinePolicy) -> Result<OnlinePolicy, Failure> {
        if let Some(valid) = self.valid {
            policy = policy.validity(valid);
        }
        if let Some(length) = self.length {
            policy = policy.length(length);
        }
        if let Some(alphabet) = self.alphabet {
            policy = policy.alphabet(alphabet);
        }
        if self.check_symbol {
            policy = policy.check_symbol(true);
        }
        if !self.purpose.is_empty() {
            let purposes: Purposes = self.purpose.iter().copied().collect();
            policy = policy.purposes(purposes);
        }
        if let Some(most) = self.max_uses {
            policy = policy.max_uses(most);
        }
        let valid = policy.validate();
        valid.map_err(|error| Failure::usage(error.to_string()))?;
        Ok(policy)
    }
}

fn verify_code(verify: &Verify, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let typed = prompt::code("Code")?;
    let mut request = VerifyRequest::new(verify.user.as_str(), &typed, verify.purpose);
    request.idempotency_key = verify.idempotency_key.as_deref();
    let granted = home.registry.verify_code(&request)?;
    screen.done(&Verified { granted })
}

fn list(
    user: Option<&Name>,
    limit: usize,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    // One more than is shown, to know whether there are more.
    let one_more = limit.saturating_add(1);
    let mut records = match user {
        Some(user) => home.registry.codes(&home.actor, user.as_str())?,
        None => home.registry.all_codes(&home.actor, None, one_more)?,
    };
    let more = records.len() > limit;
    records.truncate(limit);
    let now = screen.now;
    let codes = records.iter().map(|record| Listed::new(record, now));
    screen.done(&List {
        codes: codes.collect(),
        more,
    })
}

/// A new code.
#[derive(Serialize)]
struct Shown<'a> {
    code: CodeText<'a>,
    record: Listed<'a>,
    #[serde(skip)]
    kept: &'a Code,
}

impl Reply for Shown<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        screen.code(self.kept)?;
        let record = self.record.record;
        let often = match record.max_uses {
            None => String::new(),
            Some(1) => ", once".into(),
            Some(most) => format!(", {most} times"),
        };
        let (user, purposes) = (Plain(record.user.as_str()), words(record.purposes));
        let until = screen.time(record.expires_at);
        screen.aside(format_args!(
            "For {user}, to {purposes}{often}, until {until}."
        ))?;
        match record.not_before {
            Some(first) => {
                let first = screen.time(first);
                screen.aside(format_args!("Not valid before {first}."))
            }
            None => Ok(()),
        }
    }
}

/// A code in a list, with its state.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    record: &'a CodeRecord,
    issued_at: DateTime<Utc>,
    state: CodeState,
}

impl<'a> Listed<'a> {
    fn new(record: &'a CodeRecord, now: DateTime<Utc>) -> Self {
        Self {
            record,
            issued_at: record.issued_at(),
            state: record.state(now),
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    codes: Vec<Listed<'a>>,
    more: bool,
}

impl Reply for List<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let head = &["STATE", "USER", "USES", "PURPOSES", "ISSUED", "EXPIRES"];
        let mut table = Table::new(head);
        for code in &self.codes {
            let record = code.record;
            let uses = match record.max_uses {
                Some(most) => format!("{}/{most}", record.uses),
                None => "any".into(),
            };
            let cells = [
                code.state.as_str().to_owned(),
                record.user.to_string(),
                uses,
                words(record.purposes),
                screen.clock(code.issued_at),
                screen.time(record.expires_at),
            ];
            table.row(cells, !code.state.is_live());
        }
        screen.table(&table, self.more)
    }
}

#[derive(Serialize)]
struct Verified {
    #[serde(flatten)]
    granted: Granted,
}

impl Reply for Verified {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let granted = &self.granted;
        let (purpose, user) = (granted.purpose, Plain(granted.user.as_str()));
        let until = match granted.uses_left {
            Some(0) => "; the code is used up".into(),
            Some(1) => format!(", once more until {}", screen.time(granted.expires_at)),
            Some(left) => format!(
                ", {left} times more until {}",
                screen.time(granted.expires_at)
            ),
            None => format!(" until {}", screen.time(granted.expires_at)),
        };
        let replay = if granted.replayed { " (a replay)" } else { "" };
        screen.line(format_args!(
            "Granted: {purpose} for {user}{until}{replay}."
        ))
    }
}

#[derive(Serialize)]
struct Revoked<'a> {
    user: &'a Name,
    count: usize,
    /// The revoked code, if only the newest was revoked.
    code: Option<Listed<'a>>,
}

impl Reply for Revoked<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let user = Plain(self.user.as_str());
        match (&self.code, self.count) {
            (Some(code), _) => {
                let issued = screen.time(code.issued_at);
                screen.line(format_args!("Revoked the code of {user} issued {issued}."))
            }
            (None, 0) => screen.line(format_args!("{user} has no code to revoke.")),
            (None, 1) => screen.line(format_args!("Revoked one code of {user}.")),
            (None, many) => screen.line(format_args!("Revoked {many} codes of {user}.")),
        }
    }
}

/// `reset, register, bypass`.
pub(crate) fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}
