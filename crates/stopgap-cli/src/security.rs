//! `stopgap security`: API secrets with a lifecycle.

use std::io;

use serde::Serialize;
use stopgap::{Access, LifecycleState, RecordId, Role, Scopes, SecurityRequest, SecurityText};
use stopgap_registry::{Authenticated, CreatedSecurityCode, SecurityRecord};

use crate::{
    args::{Create, SecurityCommand},
    failure::Failure,
    home::Home,
    plain::Plain,
    prompt,
    show::{Reply, Screen},
    table::Table,
};

pub(crate) fn run(
    command: SecurityCommand,
    home: impl FnOnce() -> Result<Home, Failure>,
    screen: &mut Screen,
) -> Result<(), Failure> {
    use SecurityCommand as C;

    // The options are checked before a store is made.
    let scopes = match &command {
        C::Create(create) => scopes_of(create)?,
        _ => Scopes::UNLIMITED,
    };
    let home = &home()?;
    let (registry, actor) = (&home.registry, &home.actor);
    let record = match command {
        C::Create(create) => return create_code(&create, scopes, home, screen),
        C::List { limit } => {
            // One more than is shown, to know whether there are more.
            let mut codes = registry.security_codes(actor, None, limit.saturating_add(1))?;
            let more = codes.len() > limit;
            codes.truncate(limit);
            return screen.done(&List { codes, more });
        }
        C::Delete { id, yes, .. } => return delete(id, yes, home, screen),
        C::Authenticate { directory_role } => return authenticate(directory_role, home, screen),
        C::Edit {
            id, expires, zone, ..
        } => {
            screen.zone = zone;
            let expires_at = expires.after(screen.now, zone)?;
            registry.edit_security_code(actor, id, expires_at)?
        }
        C::Permanent { id, .. } => registry.make_security_code_permanent(actor, id)?,
        C::Reset { id, .. } => registry.reset_security_code(actor, id)?,
        C::Reactivate { id, .. } => registry.reactivate_security_code(actor, id)?,
        C::Describe { id, text, .. } => registry.describe_security_code(actor, id, &text)?,
    };
    screen.done(&Changed { record })
}

/// Returns the scopes of a new code, which the options must give.
fn scopes_of(create: &Create) -> Result<Scopes, Failure> {
    if create.unlimited {
        return Ok(Scopes::UNLIMITED);
    }
    if create.scope.is_empty() {
        let hint = "the scopes of the code are missing: pass --scope NAME for each, or --unlimited";
        return Err(Failure::usage(hint.into()));
    }
    let scopes = create.scope.iter().map(String::as_str);
    Scopes::new(scopes).map_err(|error| Failure::usage(error.to_string()))
}

fn create_code(
    create: &Create,
    scopes: Scopes,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let access = match &create.same_as {
        Some(user) => Access::SameAs(user.clone()),
        None => Access::SuperAdministrator,
    };
    let request = SecurityRequest::new(access, scopes)
        .description(&create.description)
        .context(create.context.context());
    let CreatedSecurityCode { code, record } =
        home.registry.create_security_code(&home.actor, request)?;
    screen.done_with_code(&Created {
        code: &code,
        record: &record,
    })
}

/// Shows a code, asks, and deletes it if it has not changed.
fn delete(id: RecordId, yes: bool, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let deletion = registry.request_deletion(actor, id)?;
    if !yes {
        let question = format!("Delete {}?", line(&deletion.record, screen));
        match prompt::agrees(&question)? {
            Some(true) => {}
            Some(false) => return screen.done(&Deleted::no(deletion.record)),
            None => return Err(Failure::not_confirmed()),
        }
    }
    registry.confirm_deletion(actor, id, &deletion.confirmation)?;
    screen.done(&Deleted::yes(deletion.record))
}

fn authenticate(role: Role, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let presented = prompt::code("Security code")?;
    let granted = home.registry.authenticate(&presented, |_| role)?;
    screen.done(&Granted { granted })
}

/// Returns the rights of a code in one line.
pub(crate) fn access(access: &Access) -> String {
    match access {
        Access::SuperAdministrator => Role::SuperAdministrator.to_string(),
        Access::SameAs(user) => format!("same as {user}"),
    }
}

/// Returns the scopes in one line.
fn scopes(scopes: &Scopes) -> String {
    if scopes.is_unlimited() {
        return "unlimited".into();
    }
    let scopes: Vec<&str> = scopes.iter().collect();
    scopes.join(", ")
}

/// Returns a code in one line, without its id.
fn line(record: &SecurityRecord, screen: &Screen) -> String {
    let until = match record.state {
        LifecycleState::Active { expires_at } => {
            format!("active until {}", screen.time(expires_at))
        }
        LifecycleState::Expired { expired_at } => format!("expired {}", screen.time(expired_at)),
        LifecycleState::Permanent => "permanent".into(),
        LifecycleState::Gone => "gone".into(),
    };
    let access = access(&record.access);
    let limits = if record.scopes.is_unlimited() {
        "unlimited".into()
    } else {
        format!("scopes {}", scopes(&record.scopes))
    };
    let text = match record.description.as_str() {
        "" => format!("a code ({access}; {limits}), {until}"),
        text => format!("{text:?} ({access}; {limits}), {until}"),
    };
    Plain(&text).to_string()
}

/// A new code.
#[derive(Serialize)]
struct Created<'a> {
    #[serde(serialize_with = "as_text")]
    code: &'a SecurityText,
    record: &'a SecurityRecord,
}

fn as_text<S: serde::Serializer>(code: &SecurityText, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

impl Reply for Created<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        screen.secret(self.code.as_str())?;
        let (id, line) = (self.record.id, line(self.record, screen));
        screen.aside(format_args!("{id}: {line}. It is not shown again."))
    }
}

#[derive(Serialize)]
struct List {
    codes: Vec<SecurityRecord>,
    more: bool,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let head = &[
            "ID",
            "STATE",
            "ACCESS",
            "SCOPES",
            "EXPIRES",
            "LAST USED",
            "DESCRIPTION",
        ];
        let mut table = Table::new(head);
        for code in &self.codes {
            let expired = matches!(code.state, LifecycleState::Expired { .. });
            let cells = [
                code.id.to_string(),
                code.state.as_str().to_owned(),
                access(&code.access),
                scopes(&code.scopes),
                screen.time_or_none(code.expires_at()),
                screen.time_or_none(code.last_used_at),
                code.description.clone(),
            ];
            table.row(cells, expired);
        }
        screen.table(&table, self.more)
    }
}

#[derive(Serialize)]
struct Changed {
    record: SecurityRecord,
}

impl Reply for Changed {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let (id, line) = (self.record.id, line(&self.record, screen));
        screen.line(format_args!("{id}: {line}."))
    }
}

#[derive(Serialize)]
struct Deleted {
    deleted: bool,
    record: SecurityRecord,
}

impl Deleted {
    fn yes(record: SecurityRecord) -> Self {
        let deleted = true;
        Self { deleted, record }
    }

    fn no(record: SecurityRecord) -> Self {
        let deleted = false;
        Self { deleted, record }
    }
}

impl Reply for Deleted {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let line = line(&self.record, screen);
        if self.deleted {
            screen.line(format_args!("Deleted {line}."))
        } else {
            screen.line("Nothing is deleted.")
        }
    }
}

#[derive(Serialize)]
struct Granted {
    #[serde(flatten)]
    granted: Authenticated,
}

impl Reply for Granted {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let granted = &self.granted;
        let role = granted.role;
        let same_as = match &granted.user {
            Some(user) => format!(", the same as {}", Plain(user.as_str())),
            None => String::new(),
        };
        let limited = if granted.limited {
            "; a security code never has the rights of another super administrator"
        } else {
            ""
        };
        screen.line(format_args!("Authenticated as {role}{same_as}{limited}."))?;
        if granted.scopes.is_unlimited() {
            return Ok(());
        }
        let scopes = scopes(&granted.scopes);
        screen.line(format_args!("Its scopes are {scopes}."))
    }
}
