//! What callgrind counts: instructions by class of secrets.

use std::collections::BTreeMap;

/// How a part is called in which what was typed is read alone, behind its class.
const READING: &str = " (reading)";

/// What is no class.
const WARM_UP: &str = "warm-up";

/// Instructions by class.
#[derive(Debug, Default)]
pub(super) struct Counts {
    all: BTreeMap<String, u64>,
    reading: BTreeMap<String, u64>,
}

impl Counts {
    /// Adds a part that callgrind wrote, where a request of the program ended it.
    pub(super) fn add(&mut self, part: &str) {
        let value = |name: &str| part.lines().find_map(|line| line.strip_prefix(name));
        let class = value("desc: Trigger: Client Request: ");
        let count = value("totals: ").and_then(|count| count.trim().parse().ok());
        if let (Some(class), Some(count)) = (class, count) {
            let (class, counts) = match class.strip_suffix(READING) {
                Some(class) => (class, &mut self.reading),
                None => (class, &mut self.all),
            };
            if class != WARM_UP {
                counts.insert(class.into(), count);
            }
        }
    }

    pub(super) fn classes(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or_default()
    }

    /// The instructions of each class, without those that read what was typed.
    fn counted(&self) -> impl Iterator<Item = (&str, u64)> {
        self.all.iter().map(|(class, count)| {
            let reading = self.reading.get(class).copied().unwrap_or_default();
            (class.as_str(), count.saturating_sub(reading))
        })
    }

    /// The instructions that every class takes.
    pub(super) fn equal(&self) -> Result<u64, String> {
        let (first, expected) = self.counted().next().ok_or("nothing was counted")?;
        match self.counted().find(|(_, count)| *count != expected) {
            None if expected > 0 => Ok(expected),
            None => Err("no instruction was counted".into()),
            Some((class, count)) => Err(format!(
                "{expected} instructions for \"{first}\", {count} for \"{class}\""
            )),
        }
    }

    /// From the fewest to the most.
    pub(super) fn range(&self) -> String {
        let counts = || self.counted().map(|(_, count)| count);
        let (least, most) = (counts().min(), counts().max());
        format!(
            "{} to {}",
            least.unwrap_or_default(),
            most.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(parts: &[(&str, u64)]) -> Counts {
        let mut counts = Counts::default();
        for (class, count) in parts {
            counts.add(&format!(
                "desc: Trigger: Client Request: {class}\nsummary: 1\n\ntotals: {count}\n"
            ));
        }
        counts
    }

    #[test]
    fn one_more_is_seen() {
        let counts = counts(&[("all zero", 700), ("all ones", 701)]);
        assert!(counts.equal().unwrap_err().contains("701"));
        assert_eq!(counts.range(), "700 to 701");
    }

    #[test]
    fn reading_is_left_out() {
        let counts = counts(&[
            ("all zero (reading)", 90),
            ("all zero", 790),
            ("all ones", 750),
            ("all ones (reading)", 50),
        ]);
        assert_eq!(counts.equal(), Ok(700));
        assert_eq!(counts.classes(), 2);
    }

    #[test]
    fn warm_up_is_no_class() {
        let counts = counts(&[("warm-up", 1), ("warm-up (reading)", 1), ("all zero", 7)]);
        assert_eq!((counts.classes(), counts.equal()), (1, Ok(7)));
    }

    #[test]
    fn nothing_is_not_equal() {
        assert!(counts(&[]).equal().is_err());
        assert!(counts(&[("all zero", 0), ("all ones", 0)]).equal().is_err());
        // The end of the program is a part, too.
        let mut end = Counts::default();
        end.add("desc: Trigger: Program termination\ntotals: 0\n");
        assert_eq!(end.classes(), 0);
    }
}
