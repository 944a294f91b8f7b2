//! A purge of a whole store, while others verify.

use std::{
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{PurgePolicy, stopgap::chrono::Utc};

use super::{
    Place,
    filled::{Sample, ahead, operator, week},
    meanwhile::{THREADS, verify_during},
    table::{Target, alone, beside, head},
};

/// The time for which they verify without a purge, for comparison.
const ALONE: Duration = Duration::from_secs(10);
/// The codes that they verify.
const CODES: usize = 1_000;

/// Purges all codes, which expired more than a month ago, and then the whole log.
pub(crate) fn purge(place: &impl Place, longest: Target) {
    for (what, table, days) in [("codes", "online_codes", 60), ("events", "events", 600)] {
        // The threads have a registry of their own, as another process has.
        let registry = place.open(THREADS, ahead(days));
        let purging = place.open(1, ahead(days));
        let requests = (0..CODES).map(|at| (format!("late-{days}-{at}"), week()));
        let issued = registry.issue_codes(&operator(), requests, &Utc);
        let codes = issued.expect("issued").into_iter().map(|issued| Sample {
            user: issued.record.user.to_string(),
            code: issued.code.reveal().to_string(),
        });
        let codes: Vec<Sample> = codes.collect();
        let before = place.size(table);
        let (calm, ()) = verify_during(&registry, &codes, || thread::sleep(ALONE));
        let (during, (rows, taken)) = verify_during(&registry, &codes, || {
            let begun = Instant::now();
            let done = purging.purge(&operator(), &PurgePolicy::default());
            let done = done.expect("purged");
            let rows = if table == "events" {
                done.events
            } else {
                done.codes
            };
            (rows, begun.elapsed().as_secs_f64())
        });
        let title =
            format!("wait to verify, {THREADS} threads, while {rows} {what} are purged, us");
        head(&title, "purge", "calm");
        for (name, count, target) in [
            ("  median", 500, Target::None),
            ("  999 of 1,000", 999, Target::None),
            ("  longest", 1_000, longest),
        ] {
            let (purge, calm) = (during.of_thousand(count), calm.of_thousand(count));
            beside(name, purge, calm, target);
        }
        let rate = f64::from(u32::try_from(rows).expect("few")) / taken;
        alone("  rows purged in a second", &format!("{rate:.0}"));
        alone("  MiB on the disk before", &before);
        alone("  after", &place.size(table));
    }
}
