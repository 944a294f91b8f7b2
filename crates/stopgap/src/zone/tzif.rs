//! Zone files of RFC 9636, read in place: a zone's listed changes, and the rule after
//! the last of them.

use chrono::MappedLocalTime;

use super::rule::Rule;

/// Every offset is shorter.
const DAY: i64 = 86_400;

/// The rules of a zone's clocks.
#[derive(Clone, Copy)]
pub(super) struct Tzif {
    /// The instants of the changes, as big-endian numbers of seconds.
    changes: &'static [[u8; 8]],
    /// The index of the type that each change begins.
    begun: &'static [u8],
    /// The types of local time: an offset in four bytes, a summer flag, a name.
    types: &'static [[u8; 6]],
    rule: Option<Rule>,
}

/// The counts of a header.
struct Counts {
    utc_flags: usize,
    standard_flags: usize,
    leap_seconds: usize,
    changes: usize,
    types: usize,
    names: usize,
}

impl Tzif {
    pub(super) const UTC: Self = Self {
        changes: &[],
        begun: &[],
        types: &[],
        rule: None,
    };

    /// Reads a file; `None` if it is not of RFC 9636, version 2 or later.
    pub(super) fn read(data: &'static [u8]) -> Option<Self> {
        let mut rest = data;
        // Version 1, in which an instant has four bytes.
        let counts = Counts::read(&mut rest)?;
        take(&mut rest, counts.length(4)?)?;
        let counts = Counts::read(&mut rest)?;
        let changes = take(&mut rest, counts.changes.checked_mul(8)?)?;
        let begun = take(&mut rest, counts.changes)?;
        let types = take(&mut rest, counts.types.checked_mul(6)?)?;
        let flags = counts.utc_flags.checked_add(counts.standard_flags)?;
        let leap_seconds = counts.leap_seconds.checked_mul(12)?;
        take(&mut rest, counts.names)?;
        take(&mut rest, leap_seconds.checked_add(flags)?)?;
        let footer = rest.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
        let rule = match footer {
            [] => None,
            footer => Some(Rule::read(footer)?),
        };
        Some(Self {
            changes: changes.as_chunks().0,
            begun,
            types: types.as_chunks().0,
            rule,
        })
    }

    /// Returns the offset at an instant, in seconds east of Greenwich.
    pub(super) fn offset_at(&self, utc: i64) -> i32 {
        match self.rule {
            Some(rule) if self.has_ended(utc) => rule.offset_at(utc),
            _ => {
                let after = self.changes_until(utc);
                self.listed(after)
            }
        }
    }

    /// Returns the offsets that a wall-clock time may have. Of two, the earlier instant is
    /// the first.
    pub(super) fn offsets_of(&self, wall: i64) -> MappedLocalTime<i32> {
        let (from, to) = (wall.saturating_sub(DAY), wall.saturating_add(DAY));
        // The offsets that the list and the rule have in these two days.
        let mut found: Option<(i32, i32)> = None;
        let mut add = |offset: i32| {
            let utc = wall.saturating_sub(i64::from(offset));
            if self.offset_at(utc) == offset {
                let (least, greatest) = found.unwrap_or((offset, offset));
                found = Some((least.min(offset), greatest.max(offset)));
            }
        };
        if self.rule.is_none() || !self.has_ended(from) {
            for past in self.changes_until(from)..=self.changes_until(to) {
                add(self.listed(past));
            }
        }
        if let Some(rule) = self.rule.filter(|_| self.has_ended(to)) {
            rule.offsets().for_each(add);
        }
        let Some((least, greatest)) = found else {
            return MappedLocalTime::None;
        };
        if least == greatest {
            MappedLocalTime::Single(least)
        } else {
            MappedLocalTime::Ambiguous(greatest, least)
        }
    }

    /// Returns `true` if the last listed change is past.
    fn has_ended(&self, utc: i64) -> bool {
        let last = self.changes.last();
        last.is_none_or(|last| i64::from_be_bytes(*last) <= utc)
    }

    fn changes_until(&self, utc: i64) -> usize {
        let is_past = |change: &[u8; 8]| i64::from_be_bytes(*change) <= utc;
        self.changes.partition_point(is_past)
    }

    /// Returns the offset after so many changes. Before the first, a zone has its first type.
    fn listed(&self, past: usize) -> i32 {
        let last = past.checked_sub(1);
        let index = last.and_then(|last| self.begun.get(last));
        let [a, b, c, d, ..] = self
            .types
            .get(usize::from(index.copied().unwrap_or_default()))
            .copied()
            .unwrap_or_default();
        i32::from_be_bytes([a, b, c, d])
    }
}

impl Counts {
    fn read(rest: &mut &'static [u8]) -> Option<Self> {
        let (start, counts) = take(rest, 44)?.split_at_checked(20)?;
        if !start.starts_with(b"TZif") || start.get(4)? < &b'2' {
            return None;
        }
        let mut counts = counts.as_chunks::<4>().0.iter().map(|count| {
            let count = u32::from_be_bytes(*count);
            usize::try_from(count).ok()
        });
        let mut next = || counts.next().flatten();
        Some(Self {
            utc_flags: next()?,
            standard_flags: next()?,
            leap_seconds: next()?,
            changes: next()?,
            types: next()?,
            names: next()?,
        })
    }

    /// Returns the length of the block that follows, with instants of so many bytes.
    fn length(&self, instant: usize) -> Option<usize> {
        let parts = [
            (self.changes, instant.checked_add(1)?),
            (self.types, 6),
            (self.names, 1),
            (self.leap_seconds, instant.checked_add(4)?),
            (self.standard_flags, 1),
            (self.utc_flags, 1),
        ];
        parts.iter().try_fold(0_usize, |sum, (count, length)| {
            sum.checked_add(count.checked_mul(*length)?)
        })
    }
}

fn take(rest: &mut &'static [u8], length: usize) -> Option<&'static [u8]> {
    rest.split_off(..length)
}
