//! `stopgap status`: the state of the store, and what needs attention.

use std::io;

use chrono::{DateTime, Days, NaiveTime, Utc};
use indicatif::HumanCount;
use serde::Serialize;
use stopgap_registry::{Status, UserThrottle, store, store::SchemaNumbers};

use crate::{
    args::Globals,
    attention::{Attention, of_schema, of_status},
    failure::Failure,
    home::{self, Home, Opening},
    permissions,
    plain::Plain,
    show::{Reply, Screen},
    zone::{Zone, at_wall_clock},
};

/// The users who are named.
const NAMED: usize = 5;

pub(crate) fn run(
    globals: &Globals,
    opening: &Opening,
    screen: &mut Screen,
) -> Result<(), Failure> {
    // Before the store is opened, which makes the files beside it.
    let faults = permissions::faults(&home::place(globals)?, &home::key_file(globals));
    let home = Home::inspect(globals, opening, globals.tenant())?;
    let end = end_of_day(screen.now, screen.zone);
    let status = home.registry.status(&home.actor, end)?;
    let schema = store::schema_numbers(&home.place.url()?)?;
    let tolerance = home::clock_tolerance(globals);
    let mut attention = of_status(&status, tolerance, screen);
    attention.extend(of_schema(schema));
    let faults = faults.into_iter();
    attention.extend(faults.map(|what| Attention::new("files", what)));
    let is_well = attention.is_empty();
    screen.done(&Shown {
        store: home.place.to_string(),
        schema,
        clock: status.clock(tolerance).as_str(),
        status,
        attention,
    })?;
    if is_well {
        Ok(())
    } else {
        Err(Failure::negative())
    }
}

/// Returns the end of the calendar day.
pub(crate) fn end_of_day(now: DateTime<Utc>, zone: Zone) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let tomorrow = today.checked_add_days(Days::new(1));
    let end = tomorrow.and_then(|day| at_wall_clock(day.and_time(NaiveTime::MIN), zone));
    end.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[derive(Serialize)]
struct Shown {
    store: String,
    schema: SchemaNumbers,
    clock: &'static str,
    #[serde(flatten)]
    status: Status,
    attention: Vec<Attention>,
}

impl Reply for Shown {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let status = &self.status;
        let clock = match status.seen_at {
            Some(seen) => format!("{}; latest time seen {}", self.clock(), screen.time(seen)),
            None => self.clock().to_owned(),
        };
        let fields = [
            (
                "store",
                format!("{}, schema {}", Plain(&self.store), self.schema.found),
            ),
            ("tenant", Plain(status.tenant.as_str()).to_string()),
            ("keys", self.keys()),
            ("clock", clock),
            ("locked users", self.locked(screen)),
            ("codes", in_use(status.codes, status.codes_ending)),
            (
                "security codes",
                in_use(status.security_codes, status.security_codes_ending),
            ),
            (
                "log",
                format!("events are kept for {} days", status.log_retention_days),
            ),
            (
                "last purge",
                status.purged_at.map_or("none".into(), |at| screen.time(at)),
            ),
        ];
        for (name, value) in fields {
            screen.line(format_args!("{name:<14}  {value}"))?;
        }
        for one in &self.attention {
            screen.line(format_args!("{:<14}  {}", "attention", Plain(&one.what)))?;
        }
        if self.attention.is_empty() {
            screen.line("Nothing needs attention.")?;
        }
        Ok(())
    }
}

impl Shown {
    fn clock(&self) -> &'static str {
        match self.clock {
            "right" => "right",
            "set_back" => "set back",
            _ => "not that of the store",
        }
    }

    fn keys(&self) -> String {
        let ids = |wanted: fn(&stopgap_registry::KeyRecord) -> bool| {
            let keys = self.status.keys.iter().filter(|key| wanted(key));
            let ids: Vec<String> = keys.map(|key| key.id.to_string()).collect();
            ids.join(", ")
        };
        let mut text = format!("primary {}", ids(|key| key.primary));
        for (word, ids) in [
            ("verifies", ids(|key| key.present && !key.primary)),
            (
                "missing",
                ids(|key| !key.present && key.retired_at.is_none()),
            ),
            ("retired", ids(|key| key.retired_at.is_some())),
        ] {
            if !ids.is_empty() {
                text.push_str("; ");
                text.push_str(word);
                text.push(' ');
                text.push_str(&ids);
            }
        }
        text
    }

    fn locked(&self, screen: &Screen) -> String {
        let status = &self.status;
        if status.locked_users == 0 {
            return "0".into();
        }
        let named = status.locked.iter().take(NAMED);
        let named: Vec<String> = named.map(|one| until(one, screen)).collect();
        let more = usize::try_from(status.locked_users)
            .unwrap_or(usize::MAX)
            .saturating_sub(named.len());
        let more = match more {
            0 => String::new(),
            more => format!(", and {more} more: \"stopgap throttle list --locked\""),
        };
        let number = HumanCount(status.locked_users);
        format!("{number}: {}{more}", named.join(", "))
    }
}

fn until(one: &UserThrottle, screen: &Screen) -> String {
    let user = Plain(one.user.as_str());
    match one.throttle.locked_until {
        _ if one.is_tampered => format!("{user} (the record was edited in the store)"),
        Some(until) => format!("{user} until {}", screen.time(until)),
        None => format!("{user} until an administrator unlocks"),
    }
}

fn in_use(number: u64, ending: u64) -> String {
    let (number, ending) = (HumanCount(number), HumanCount(ending));
    format!("{number} can be used; ending today: {ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_on_the_wall_clock_of_its_zone() {
        for (zone, now, end) in [
            ("UTC", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
            (
                "Europe/Berlin",
                "2026-11-21T23:30:00Z",
                "2026-11-22T23:00:00Z",
            ),
            // The day on which clocks are set forward has 23 hours.
            (
                "Europe/Berlin",
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
            ),
            // Midnight is skipped.
            (
                "America/Santiago",
                "2026-09-05T12:00:00Z",
                "2026-09-06T04:00:00Z",
            ),
        ] {
            let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
            let zone: Zone = zone.parse().unwrap();
            assert_eq!(end_of_day(instant(now), zone), instant(end), "{zone}");
        }
    }
}
