//! `stopgap purge`.

use std::{fmt, io};

use serde::Serialize;
use stopgap_registry::{PurgePolicy, Purged};

use crate::{
    args::Purge,
    counted::counted,
    failure::Failure,
    home::Home,
    prompt,
    show::{Reply, Screen},
};

/// The number of records from which a count may be too low.
const MOST: u64 = 100_000;

pub(crate) fn run(purge: &Purge, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let policy = PurgePolicy {
        codes_days: purge.codes,
        verifications_days: purge.verifications,
        events_days: purge.events,
    };
    if !purge.yes {
        let old = registry.count_purge(actor, &policy)?;
        let counted = |ending| Reported {
            dry_run: purge.dry_run,
            deleted: false,
            records: old,
            ending,
        };
        if purge.dry_run {
            return screen.done(&counted(Ending::DryRun));
        }
        let question = format!("This deletes {} for good. Continue?", Counted(old));
        if old == Purged::default() {
            if prompt::can_ask() {
                return screen.done(&counted(Ending::Nothing));
            }
            return Err(Failure::not_confirmed());
        }
        match prompt::agrees(&question)? {
            Some(true) => {}
            Some(false) => return screen.done(&counted(Ending::Declined)),
            None => return Err(Failure::not_confirmed()),
        }
    }
    let records = registry.purge(actor, &policy)?;
    screen.done(&Reported {
        dry_run: false,
        deleted: true,
        records,
        ending: Ending::Deleted,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    DryRun,
    Nothing,
    Declined,
    Deleted,
}

/// The numbers of old records.
#[derive(Serialize)]
struct Reported {
    dry_run: bool,
    deleted: bool,
    #[serde(flatten)]
    records: Purged,
    #[serde(skip)]
    ending: Ending,
}

impl Reply for Reported {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let records = self.records;
        match self.ending {
            Ending::DryRun => {
                let records = Counted(records);
                screen.line(format_args!("A purge would delete {records}."))
            }
            Ending::Nothing => screen.line("There is nothing to delete."),
            Ending::Declined => screen.line("Nothing is deleted."),
            Ending::Deleted => {
                let Purged {
                    codes,
                    security_codes,
                    verifications,
                    events,
                } = records;
                let text = list([
                    counted(codes, "code"),
                    counted(security_codes, "security code"),
                    counted(verifications, "verification"),
                    counted(events, "event"),
                ]);
                screen.line(format_args!("Deleted {text}."))
            }
        }
    }
}

/// Records that were counted before a purge.
struct Counted(Purged);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = |number, noun| {
            let least = if number < MOST { "" } else { "at least " };
            format!("{least}{}", counted(number, noun))
        };
        f.write_str(&list([
            least(self.0.codes, "code"),
            least(self.0.security_codes, "security code"),
            least(self.0.verifications, "verification"),
            least(self.0.events, "event"),
        ]))
    }
}

fn list([codes, security_codes, verifications, events]: [String; 4]) -> String {
    format!("{codes}, {security_codes}, {verifications} and {events}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_may_be_too_low_says_so() {
        let old = Purged {
            codes: 1,
            verifications: MOST - 1,
            events: MOST,
            ..Purged::default()
        };
        assert_eq!(
            Counted(old).to_string(),
            "one code, no security codes, 99,999 verifications and at least 100,000 events"
        );
    }
}
