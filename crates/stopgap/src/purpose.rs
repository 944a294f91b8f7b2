//! The purposes of a code.

use core::{fmt, str::FromStr};

use crate::invalid_value::InvalidValue;

/// A purpose of a code (SPEC, "Terms").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Purpose {
    /// Password reset.
    Reset,
    /// Registration of a second factor. It needs the server, so an offline code cannot be
    /// for it.
    Register,
    /// Temporary replacement of a second factor.
    Bypass,
}

impl Purpose {
    /// All purposes, in the order of the protocol.
    pub const ALL: [Self; 3] = [Self::Reset, Self::Register, Self::Bypass];

    /// Returns the protocol's word: `reset`, `register` or `bypass`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Register => "register",
            Self::Bypass => "bypass",
        }
    }

    /// Returns the bit in a set of purposes: 1 for `reset`, 2 for `register`, 4 for `bypass`
    /// (SPEC, "Records at rest").
    #[must_use]
    pub const fn bit(self) -> u8 {
        match self {
            Self::Reset => 1,
            Self::Register => 2,
            Self::Bypass => 4,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = InvalidValue;

    /// Reads the protocol's word, in any case.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str().eq_ignore_ascii_case(text))
            .ok_or(InvalidValue::Purpose)
    }
}

/// The purposes of a code (SPEC, "Terms").
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purposes(u8);

impl Purposes {
    /// Every purpose.
    pub const ALL: Self = Self(7);
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// Returns the set with one more purpose.
    #[must_use]
    pub const fn with(self, purpose: Purpose) -> Self {
        Self(self.0 | purpose.bit())
    }

    /// Returns `true` if a purpose is in the set.
    #[must_use]
    pub const fn contains(self, purpose: Purpose) -> bool {
        self.0 & purpose.bit() != 0
    }

    /// Returns `true` if the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the sum of the bits of the purposes: 0 to 7 (SPEC, "Records at rest").
    ///
    /// ```
    /// use stopgap::{Purpose, Purposes};
    ///
    /// let purposes = Purposes::from([Purpose::Reset, Purpose::Bypass]);
    /// assert_eq!(purposes.bits(), 5);
    /// assert_eq!(Purposes::from_bits(5), Some(purposes));
    /// assert_eq!(Purposes::from_bits(8), None);
    /// ```
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Returns the set with these [`bits`](Self::bits); `None` if another bit is among them.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits <= Self::ALL.0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// Returns the purposes in the order of the protocol.
    pub fn iter(self) -> impl Iterator<Item = Purpose> {
        Purpose::ALL
            .into_iter()
            .filter(move |purpose| self.contains(*purpose))
    }
}

impl FromIterator<Purpose> for Purposes {
    fn from_iter<I: IntoIterator<Item = Purpose>>(purposes: I) -> Self {
        purposes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Purpose> for Purposes {
    fn from(purpose: Purpose) -> Self {
        Self::NONE.with(purpose)
    }
}

impl<const N: usize> From<[Purpose; N]> for Purposes {
    fn from(purposes: [Purpose; N]) -> Self {
        purposes.into_iter().collect()
    }
}

impl fmt::Debug for Purposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::vec::Vec;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Purpose, Purposes};

    impl Serialize for Purposes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    impl<'de> Deserialize<'de> for Purposes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let purposes = Vec::<Purpose>::deserialize(deserializer)?;
            Ok(purposes.into_iter().collect())
        }
    }
}
