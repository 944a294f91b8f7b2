//! The instructions that callgrind counts for each class of secrets.

use std::collections::BTreeMap;

use crate::tool::READING;

/// Returns the instructions of each class, without those of reading a typed code, from
/// the parts that callgrind wrote.
pub(super) fn read(parts: &str) -> BTreeMap<&str, u64> {
    let (mut counts, mut reading, mut part) = (BTreeMap::new(), BTreeMap::new(), None);
    for line in parts.lines() {
        if let Some(trigger) = line.strip_prefix("desc: Trigger: ") {
            // The last part ended with the program, and not by a request of it.
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

/// Returns the instructions that every class takes, or an error that tells the fewest and
/// the most.
pub(super) fn equal(counts: &BTreeMap<&str, u64>) -> Result<u64, String> {
    let fewest = counts.iter().min_by_key(|(_, count)| **count);
    let most = counts.iter().max_by_key(|(_, count)| **count);
    let ((class, fewest), (other, most)) = fewest.zip(most).ok_or("nothing was counted")?;
    match *fewest {
        0 => Err("no instruction was counted".into()),
        count if count == *most => Ok(count),
        _ => Err(format!(
            "{fewest} to {most} instructions ({class}, {other})"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let warm_up = [("all zero", 99)];
        for (parts, expected) in [
            (&[("all zero", 7), ("all ones", 7)][..], Some(7)),
            (&[("all zero", 700), ("all ones", 701)], None),
            (&[("all zero", 0), ("all ones", 0)], None),
            (
                &[
                    ("all zero (reading)", 90),
                    ("all zero", 790),
                    ("all ones", 750),
                    ("all ones (reading)", 50),
                ],
                Some(700),
            ),
        ] {
            let part = |(class, count): &(&str, u64)| {
                format!("desc: Trigger: Client Request: {class}\nsummary: 1\n\ntotals: {count}\n")
            };
            let parts = warm_up.iter().chain(parts).map(part).collect::<String>();
            let parts = format!("{parts}desc: Trigger: Program termination\ntotals: 9\n");
            let counts = read(&parts);
            assert_eq!(counts.len(), 2);
            assert_eq!(equal(&counts).ok(), expected, "{counts:?}");
        }
        assert!(equal(&read("")).is_err());
    }
}
