//! The instructions that callgrind counts for each class of secrets.

use std::collections::BTreeMap;

use crate::tool::READING;

/// Returns the instructions of each class, without those of reading a typed code, from
/// the parts that callgrind wrote.
pub(super) fn read(parts: &str) -> BTreeMap<&str, u64> {
    let (mut counts, mut reading, mut part) = (BTreeMap::new(), BTreeMap::new(), None);
    for line in parts.lines() {
        if let Some(trigger) = line.strip_prefix("desc: Trigger: ") {
            // The end of the program wrote the last part; the program did not ask for it.
            part = trigger.strip_prefix("Client Request: ");
        } else if let Some(count) = line.strip_prefix("totals: ")
            && let Some(part) = part
            && let Ok(count) = count.trim().parse::<u64>()
        {
            match part.strip_suffix(READING) {
                Some(class) => reading.insert(class, count),
                None => counts.insert(part, count),
            };
        }
    }
    for (class, count) in &mut counts {
        *count = count.saturating_sub(reading.get(class).copied().unwrap_or_default());
    }
    counts
}

/// Returns the instructions that every class takes, or an error if they differ.
pub(super) fn equal(counts: &BTreeMap<&str, u64>) -> Result<u64, String> {
    let fewest = counts.values().min().copied().unwrap_or_default();
    let most = counts.values().max().copied().unwrap_or_default();
    match most {
        0 => Err("no instruction was counted".into()),
        _ if fewest < most => Err(format!("{fewest} to {most} instructions")),
        _ => Ok(most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_counts_are_refused() {
        let warm_up = [("zero", 99)];
        for (parts, expected) in [
            (&[("zero", 7), ("ones", 7)][..], Ok(7)),
            (&[("zero", 0), ("ones", 0)], Err("no instruction")),
            (&[("zero", 700), ("ones", 701)], Err("700 to 701")),
            (&[("zero (reading)", 9), ("zero", 79), ("ones", 70)], Ok(70)),
        ] {
            let part = |(class, count): &(&str, u64)| {
                format!("desc: Trigger: Client Request: {class}\nsummary: 1\n\ntotals: {count}\n")
            };
            let parts = warm_up.iter().chain(parts).map(part).collect::<String>();
            let parts = format!("{parts}desc: Trigger: Program termination\ntotals: 9\n");
            let counts = read(&parts);
            assert_eq!(counts.len(), 2);
            match (equal(&counts), expected) {
                (Err(why), Err(words)) => assert!(why.contains(words), "{why}"),
                (found, _) => assert_eq!(found.ok(), expected.ok()),
            }
        }
        assert!(equal(&read("")).is_err());
    }
}
