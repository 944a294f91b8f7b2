//! `stopgap security`: API secrets with a lifecycle.

use std::io;

use serde::Serialize;
use stopgap::{
    Access, Expiry, LifecycleState, RecordId, Role, Rotation, Scopes, SecurityRequest, SecurityText,
};
use stopgap_registry::{
    Authenticated, CreatedSecurityCode, IdPrefix, RotatedSecurityCode, SecurityRecord,
};

use crate::{
    args::{Create, ExpiryFlags, Rotate, SecurityCommand},
    failure::Failure,
    home::Home,
    in_words::{access, scopes},
    plain::Plain,
    prompt, security_list,
    show::{Reply, Screen},
};

pub(crate) fn run(
    command: SecurityCommand,
    home: impl FnOnce() -> Result<Home, Failure>,
    screen: &mut Screen,
) -> Result<(), Failure> {
    use SecurityCommand as C;

    // The options are checked before a store is made.
    let (scopes, expiry) = match &command {
        C::Create(create) => (scopes_of(create)?, expiry_of(&create.expiry, screen)?),
        C::Rotate(rotate) => (Scopes::UNLIMITED, expiry_of(&rotate.expiry, screen)?),
        _ => (Scopes::UNLIMITED, None),
    };
    let home = &home()?;
    let (registry, actor) = (&home.registry, &home.actor);
    let record = match command {
        C::Create(create) => return create_code(&create, scopes, expiry, home, screen),
        C::Rotate(rotate) => return rotate_code(&rotate, expiry, home, screen),
        C::List(list) => return security_list::show(&list, home, screen),
        C::Delete { id, yes, .. } => return delete(whole(&id, home)?, yes, home, screen),
        C::Authenticate { directory_role } => return authenticate(directory_role, home, screen),
        C::Edit {
            id, expires, zone, ..
        } => {
            screen.zone = zone;
            let expires_at = expires.after(screen.now, zone)?;
            registry.edit_security_code(actor, whole(&id, home)?, expires_at)?
        }
        C::Permanent { id, .. } => {
            registry.make_security_code_permanent(actor, whole(&id, home)?)?
        }
        C::Reset { id, .. } => registry.reset_security_code(actor, whole(&id, home)?)?,
        C::Reactivate { id, .. } => registry.reactivate_security_code(actor, whole(&id, home)?)?,
        C::Describe { id, text, .. } => {
            registry.describe_security_code(actor, whole(&id, home)?, &text)?
        }
    };
    screen.done(&Changed { record })
}

/// Returns the id of a code of which a part was written.
fn whole(id: &IdPrefix, home: &Home) -> Result<RecordId, Failure> {
    Ok(match id.whole() {
        Some(id) => id,
        None => home.registry.find_security_code(&home.actor, id)?.id,
    })
}

/// Returns the scopes of a new code, which the options must give.
fn scopes_of(create: &Create) -> Result<Scopes, Failure> {
    if create.unlimited_scope {
        return Ok(Scopes::UNLIMITED);
    }
    if create.scope.is_empty() {
        let hint = "the scopes of the code are missing: pass --scope NAME for each, or \
            --unlimited-scope";
        return Err(Failure::usage(hint.into()));
    }
    let scopes = create.scope.iter().map(String::as_str);
    Scopes::new(scopes).map_err(|error| Failure::usage(error.to_string()))
}

fn create_code(
    create: &Create,
    scopes: Scopes,
    expiry: Option<Expiry>,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let access = match &create.same_as {
        Some(user) => Access::SameAs(user.clone()),
        None => Access::SuperAdministrator,
    };
    let request = SecurityRequest::new(access, scopes)
        .description(&create.description)
        .expiry(expiry.unwrap_or_default())
        .context(create.context.context());
    let CreatedSecurityCode { code, record } =
        home.registry.create_security_code(&home.actor, request)?;
    screen.done_with_code(&Created {
        code: &code,
        record: &record,
    })
}

fn rotate_code(
    rotate: &Rotate,
    expiry: Option<Expiry>,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let overlap = rotate.overlap.duration(screen.now, rotate.expiry.zone)?;
    let mut rotation = Rotation::new(overlap);
    rotation.expiry = expiry;
    let (registry, actor) = (&home.registry, &home.actor);
    let RotatedSecurityCode {
        code,
        record,
        replaced,
    } = registry.rotate_security_code(actor, whole(&rotate.id, home)?, rotation)?;
    screen.done_with_code(&Replacing {
        created: Created {
            code: &code,
            record: &record,
        },
        replaced: &replaced,
    })
}

/// Returns the expiry that the options give; `None` if they give none.
fn expiry_of(flags: &ExpiryFlags, screen: &mut Screen) -> Result<Option<Expiry>, Failure> {
    screen.zone = flags.zone;
    if flags.permanent {
        return Ok(Some(Expiry::Never));
    }
    let expires = flags.expires.map(|at| at.after(screen.now, flags.zone));
    Ok(expires.transpose()?.map(Expiry::At))
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

/// Returns the state of a code and its expiry.
fn state(record: &SecurityRecord, screen: &Screen) -> String {
    match record.state {
        LifecycleState::Active { expires_at } => {
            format!("active until {}", screen.time(expires_at))
        }
        LifecycleState::Expired { expired_at } => format!("expired {}", screen.time(expired_at)),
        LifecycleState::Permanent => "permanent".into(),
        LifecycleState::Gone => "gone".into(),
    }
}

/// Returns a code in one line, without its id.
fn line(record: &SecurityRecord, screen: &Screen) -> String {
    let until = state(record, screen);
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

/// A new code, and the one that it replaces.
#[derive(Serialize)]
struct Replacing<'a> {
    #[serde(flatten)]
    created: Created<'a>,
    replaced: &'a SecurityRecord,
}

impl Reply for Replacing<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        self.created.show(screen)?;
        let (id, state) = (self.replaced.id, state(self.replaced, screen));
        screen.aside(format_args!("It replaces {id}, {state}."))
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
