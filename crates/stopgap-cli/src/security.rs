//! `stopgap security`: API secrets with a life.

use std::io;

use serde::Serialize;
use stopgap::{Access, Code, LifeState, Role};
use stopgap_registry::{Authenticated, CreatedSecurityCode, RecordId, SecurityRecord};

use crate::{
    args::{Create, SecurityCommand},
    code_text::CodeText,
    failure::Failure,
    home::Home,
    plain::Plain,
    prompt,
    show::{Reply, Screen},
    table::Table,
};

pub(crate) fn run(
    command: SecurityCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    use SecurityCommand as C;

    let (registry, actor) = (&home.registry, &home.actor);
    let record = match command {
        C::Create(create) => return create_code(create, home, screen),
        C::List { limit } => {
            // One more than is shown tells whether there are more.
            let mut codes = registry.security_codes(actor, None, limit.saturating_add(1))?;
            let more = codes.len() > limit;
            codes.truncate(limit);
            return screen.done(&List { codes, more });
        }
        C::Delete { id, yes } => return delete(id, yes, home, screen),
        C::Authenticate { directory_role } => return authenticate(directory_role, home, screen),
        C::Edit { id, expires, zone } => {
            screen.zone = zone;
            let expires_at = expires.after(screen.now, zone)?;
            registry.edit_security_code(actor, id, expires_at)?
        }
        C::Permanent { id } => registry.make_security_code_permanent(actor, id)?,
        C::Reset { id } => registry.reset_security_code(actor, id)?,
        C::Reactivate { id } => registry.reactivate_security_code(actor, id)?,
        C::Describe { id, text } => registry.describe_security_code(actor, id, &text)?,
    };
    screen.done(&Changed { record })
}

fn create_code(create: Create, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let access = match create.same_as {
        Some(user) => Access::SameAs(user),
        None => Access::SuperAdministrator,
    };
    let CreatedSecurityCode { code, record } =
        home.registry
            .create_security_code(&home.actor, access, &create.description)?;
    screen.done_with_code(&Created {
        code: CodeText(&code),
        record: &record,
        kept: &code,
    })
}

/// Shows what it is, asks, and deletes it if it is still the same.
fn delete(id: RecordId, yes: bool, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let deletion = registry.request_deletion(actor, id)?;
    if !yes {
        let question = format!("Delete {}?", line(&deletion.record, screen));
        match prompt::agrees(&question)? {
            Some(true) => {}
            Some(false) => return screen.done(&Deleted::no(deletion.record)),
            None => {
                let hint = "nobody is there to be asked; say --yes to delete it";
                return Err(Failure::usage(hint.into()));
            }
        }
    }
    registry.confirm_deletion(actor, id, &deletion.confirmation)?;
    screen.done(&Deleted::yes(deletion.record))
}

fn authenticate(role: Role, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let presented = prompt::code("Security code")?;
    let scope = home.registry.authenticate(&presented, |_| role)?;
    screen.done(&Scope { scope })
}

fn access(access: &Access) -> String {
    match access {
        Access::SuperAdministrator => Role::SuperAdministrator.to_string(),
        Access::SameAs(user) => format!("same as {user}"),
    }
}

/// One code in one line, without its id.
fn line(record: &SecurityRecord, screen: &Screen) -> String {
    let until = match record.state {
        LifeState::Active { expires_at } => format!("active until {}", screen.time(expires_at)),
        LifeState::Expired { expired_at } => format!("expired {}", screen.time(expired_at)),
        LifeState::Permanent => "permanent".into(),
        LifeState::Gone => "gone".into(),
    };
    let access = access(&record.access);
    let text = match record.description.as_str() {
        "" => format!("a code ({access}), {until}"),
        text => format!("{text:?} ({access}), {until}"),
    };
    Plain(&text).to_string()
}

/// A code that was just created.
#[derive(Serialize)]
struct Created<'a> {
    code: CodeText<'a>,
    record: &'a SecurityRecord,
    #[serde(skip)]
    kept: &'a Code,
}

impl Reply for Created<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        screen.code(self.kept)?;
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
            "EXPIRES",
            "LAST USED",
            "DESCRIPTION",
        ];
        let mut table = Table::new(head);
        for code in &self.codes {
            let expired = matches!(code.state, LifeState::Expired { .. });
            let cells = [
                code.id.to_string(),
                code.state.as_str().to_owned(),
                access(&code.access),
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
struct Scope {
    #[serde(flatten)]
    scope: Authenticated,
}

impl Reply for Scope {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let role = self.scope.role;
        let Some(user) = &self.scope.user else {
            return screen.line(format_args!("Authenticated as {role}."));
        };
        let user = Plain(user.as_str());
        let limited = if self.scope.limited {
            ", for a code never shares a super administrator's access"
        } else {
            ""
        };
        screen.line(format_args!(
            "Authenticated as {role}, the same as {user}{limited}."
        ))
    }
}
