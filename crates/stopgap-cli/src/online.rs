//! `stopgap online`: codes that the server verifies.

use std::io;

use serde::Serialize;
use stopgap::{Code, Context, IssueRequest, Name, OnlinePolicy, Purposes, RecordId, VerifyRequest};
use stopgap_registry::{Error, Granted, IdPrefix, Issued};

use crate::{
    args::{Issue, OnlineCommand, PolicyFlags, Revoke, Verify},
    code_list::{self, Listed},
    code_show,
    code_text::CodeText,
    counted::counted,
    failure::Failure,
    home::Home,
    in_words::words,
    people,
    plain::Plain,
    prompt,
    show::{Reply, Screen},
};

pub(crate) fn run(command: OnlineCommand, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    match command {
        OnlineCommand::Issue(issue) => issue_code(&issue, home, screen),
        OnlineCommand::Verify(verify) => verify_code(&verify, home, screen),
        OnlineCommand::List(list) => code_list::show(&list, home, screen),
        OnlineCommand::Show { id } => code_show::show(&id, home, screen),
        OnlineCommand::Revoke(revoke) => revoke_codes(&revoke, home, screen),
    }
}

fn issue_code(issue: &Issue, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    screen.zone = issue.zone;
    let base = match (issue.preset.as_ref().or(home.preset.as_ref()), home.valid) {
        (Some(name), _) => home.registry.preset(name.as_str())?,
        (None, Some(valid)) => OnlinePolicy::default().validity(valid),
        (None, None) => OnlinePolicy::default(),
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
            let batch = people::Batch {
                from,
                out,
                guards_formulas: !issue.no_formula_guard,
            };
            return people::issue(&batch, policy, home, screen);
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

fn revoke_codes(revoke: &Revoke, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    match &revoke.user {
        None => revoke_by_ids(&revoke.id, home, screen),
        Some(user) if revoke.all => screen.done(&Revoked {
            user,
            count: registry.revoke_all_codes(actor, user.as_str())?,
            code: None,
        }),
        Some(user) => {
            let record = registry.revoke_last_code(actor, user.as_str())?;
            screen.done(&Revoked {
                user: &record.user,
                count: 1,
                code: Some(Listed::new(&record, screen.now)),
            })
        }
    }
}

/// Revokes the codes with these ids, or none of them.
fn revoke_by_ids(ids: &[IdPrefix], home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let whole = |id: &IdPrefix| match id.whole() {
        Some(id) => Ok(id),
        None => registry.find_code(actor, id).map(|code| code.id),
    };
    let whole: Vec<RecordId> = ids.iter().map(whole).collect::<Result<_, _>>()?;
    let revoked = match whole.as_slice() {
        [id] => vec![registry.revoke_code(actor, *id)?],
        all => registry
            .revoke_codes(actor, all)
            .map_err(|error| match error {
                Error::Batch { index, source } => {
                    let id = ids.get(index).map(IdPrefix::to_string);
                    Failure::from(*source).at(&id.unwrap_or_default())
                }
                error => error.into(),
            })?,
    };
    let codes = revoked.iter();
    let codes: Vec<_> = codes.map(|code| Listed::new(code, screen.now)).collect();
    let count = codes.len();
    screen.done(&RevokedByIds { count, codes })
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
    /// The revoked code; `None` if all were revoked.
    code: Option<Listed<'a>>,
}

impl Reply for Revoked<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let user = Plain(self.user.as_str());
        match (&self.code, self.count) {
            (Some(code), _) => show_revoked(code, screen),
            (None, 0) => screen.line(format_args!("{user} has no code to revoke.")),
            (None, many) => {
                let codes = counted(many, "code");
                screen.line(format_args!("Revoked {codes} of {user}."))
            }
        }
    }
}

#[derive(Serialize)]
struct RevokedByIds<'a> {
    count: usize,
    codes: Vec<Listed<'a>>,
}

impl Reply for RevokedByIds<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        self.codes
            .iter()
            .try_for_each(|code| show_revoked(code, screen))
    }
}

fn show_revoked(code: &Listed<'_>, screen: &mut Screen) -> io::Result<()> {
    let user = Plain(code.record.user.as_str());
    let issued = screen.time(code.issued_at);
    screen.line(format_args!("Revoked the code of {user} issued {issued}."))
}
