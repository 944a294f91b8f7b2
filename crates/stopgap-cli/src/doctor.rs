//! `stopgap doctor`: checks of the files, the store and every record.

use std::io;

use indicatif::HumanCount;
use serde::Serialize;
use stopgap_registry::{Checked, StoreError, store};

use crate::{
    args::{Doctor, Globals},
    attention::{of_schema, of_status},
    bar::Bar,
    counted::counted,
    disk,
    failure::Failure,
    home::{self, FORGETS, Home, Opening},
    key_file::KeyFile,
    permissions,
    place::Place,
    plain::Plain,
    remedy,
    show::{Reply, Screen},
    status::end_of_day,
};

/// The faults of a check that are shown.
const SHOWN: usize = 20;

pub(crate) fn run(
    args: &Doctor,
    globals: &Globals,
    opening: &Opening,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let place = home::place(globals)?;
    if place.is_memory() {
        return Err(Failure::usage(FORGETS.into()));
    }
    if !place.is_there() {
        return Err(home::missing(&place));
    }
    let mut report = Report::default();
    let is_open = report.surroundings(&place, globals, screen)?;
    if is_open {
        let tenants = if args.all_tenants {
            let source = store::open_source(&place.url()?, screen.now)?;
            source.tenants()?.iter().map(ToString::to_string).collect()
        } else {
            vec![globals.tenant().to_owned()]
        };
        for tenant in tenants {
            match Home::inspect(globals, opening, &tenant) {
                Err(failure) if failure.reason() == "no_tenant" && !args.all_tenants => {
                    return Err(failure);
                }
                Err(failure) => report.add(Some(&tenant), "store", vec![failure.to_string()], ""),
                Ok(home) => report.tenant(&home, globals, screen),
            }
        }
    }
    report.healthy = report.checks.iter().all(|check| check.faults.is_empty());
    screen.done(&report)?;
    if report.healthy {
        Ok(())
    } else {
        Err(Failure::negative())
    }
}

/// The outcome of all checks.
#[derive(Default, Serialize)]
struct Report {
    /// `true` if no check failed.
    healthy: bool,
    checks: Vec<Outcome>,
    /// The records of each tenant.
    tenants: Vec<Checked>,
}

/// The outcome of one check.
#[derive(Serialize)]
struct Outcome {
    check: &'static str,
    /// The tenant, if the check is about one.
    tenant: Option<String>,
    /// The things that were checked.
    scope: String,
    faults: Vec<String>,
}

impl Report {
    fn add(
        &mut self,
        tenant: Option<&str>,
        check: &'static str,
        faults: Vec<String>,
        scope: impl Into<String>,
    ) {
        self.checks.push(Outcome {
            check,
            tenant: tenant.map(Into::into),
            scope: scope.into(),
            faults,
        });
    }

    /// Checks everything but the tenants. Returns `true` if the store can be opened.
    fn surroundings(
        &mut self,
        place: &Place,
        globals: &Globals,
        screen: &Screen,
    ) -> Result<bool, Failure> {
        let key_path = home::key_file(globals);
        let faults = permissions::faults(place, &key_path);
        self.add(None, "files", faults, "permissions and owners");
        let keys = KeyFile::read(&key_path).and_then(|file| file.ring().map(|_| file));
        let (faults, scope) = match &keys {
            Ok(keys) => (Vec::new(), counted(keys.ids().count(), "key")),
            Err(error) => (vec![error.to_string()], String::new()),
        };
        self.add(None, "key file", faults, scope);
        let url = place.url()?;
        let schema = match store::schema_numbers(&url) {
            Err(StoreError::Missing) => return Err(home::missing(place)),
            schema => schema.map_err(Failure::from),
        };
        let (faults, scope) = match &schema {
            Ok(schema) => {
                let faults = of_schema(*schema).into_iter().map(|one| one.what);
                (faults.collect(), format!("schema {}", schema.found))
            }
            Err(failure) => (vec![failure.to_string()], String::new()),
        };
        self.add(None, "store", faults, scope);
        if schema.is_ok() {
            let faults = store::damages(&url).unwrap_or_else(|error| vec![error.to_string()]);
            let scope = match place {
                Place::Server(_) => "encoding, owner and structure",
                Place::File(_) | Place::Memory => "every page, every index, and the structure",
            };
            self.add(None, "integrity", faults, scope);
        }
        let files = permissions::files(place);
        if !files.is_empty() {
            self.add(None, "disk", disk::faults(&files), "room for the store");
            let faults = disk::late(&files, screen);
            self.add(None, "file times", faults, "none is later than the clock");
        }
        Ok(schema.is_ok() && keys.is_ok())
    }

    /// Checks the state and the records of a tenant.
    fn tenant(&mut self, home: &Home, globals: &Globals, screen: &Screen) {
        let tenant = home.registry.tenant().as_str();
        let bar = Bar::new();
        let end = end_of_day(screen.now, screen.zone);
        let checked = home.registry.check(&home.actor, end, |progress| {
            let table = progress.table.as_str();
            bar.show("Checking", table, progress.rows, progress.total);
        });
        bar.clear();
        let checked = match checked {
            Ok(checked) => checked,
            Err(error) => {
                let faults = vec![Failure::from(error).to_string()];
                return self.add(Some(tenant), "records", faults, "");
            }
        };
        let attention = of_status(&checked.status, home::clock_tolerance(globals), screen);
        for (check, scope) in [
            ("clock", "not set back"),
            ("keys", "none is missing"),
            ("lockouts", "each ends by itself"),
        ] {
            let faults = attention.iter().filter(|one| one.check == check);
            let faults = faults.map(|one| one.what.clone()).collect();
            self.add(Some(tenant), check, faults, scope);
        }
        let mut faults: Vec<String> = checked.findings.iter().map(remedy::sentence).collect();
        let kept = u64::try_from(faults.len()).unwrap_or(u64::MAX);
        if checked.faults > kept {
            let others = HumanCount(checked.faults.saturating_sub(kept));
            faults.push(format!("and {others} others"));
        }
        let mut scope = format!("the tags of {}", counted(checked.rows, "record"));
        if checked.unchecked > 0 {
            let unchecked = counted(checked.unchecked, "ended record");
            scope = format!("{scope}, but not of {unchecked}");
        }
        self.add(Some(tenant), "records", faults, scope);
        self.tenants.push(checked);
    }
}

impl Reply for Report {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let several = self.tenants.len() > 1;
        let mut failed = 0_usize;
        for check in &self.checks {
            let name = check.check;
            let of = match &check.tenant {
                Some(tenant) if several => format!("{}: ", Plain(tenant)),
                _ => String::new(),
            };
            if check.faults.is_empty() {
                let scope = &check.scope;
                screen.line(format_args!("ok     {name:<10}  {of}{scope}"))?;
                continue;
            }
            failed = failed.saturating_add(1);
            for fault in check.faults.iter().take(SHOWN) {
                let fault = Plain(fault);
                screen.line(format_args!("wrong  {name:<10}  {of}{fault}"))?;
            }
            let more = check.faults.len().saturating_sub(SHOWN);
            if more > 0 {
                let more = counted(more, "other");
                let what = format!("and {more}: pass --json to see them");
                screen.line(format_args!("wrong  {name:<10}  {of}{what}"))?;
            }
        }
        match failed {
            0 => screen.line("All is well."),
            failed => {
                let failed = counted(failed, "check");
                screen.line(format_args!("Something is wrong: {failed} failed."))
            }
        }
    }
}
