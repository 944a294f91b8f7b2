//! The form of a language's table.

/// The sentences and spelling words of a language.
pub(crate) struct Table {
    /// A character does not belong in a code; with `{character}`, counted from 1.
    pub(crate) unexpected_symbol: &'static str,
    /// A code has `{expected}` symbols, not `{found}`.
    pub(crate) wrong_length: &'static str,
    /// The text is longer than any code.
    pub(crate) too_long: &'static str,
    /// The check of the code does not fit.
    pub(crate) check_failed: &'static str,
    /// The help desk must ask for the request code again; follows one of the above.
    pub(crate) ask_again: &'static str,
    /// The code is not valid, for a reason that a guesser must not learn.
    pub(crate) not_valid: &'static str,
    /// The code has expired.
    pub(crate) expired: &'static str,
    /// The code has no use left.
    pub(crate) used_up: &'static str,
    /// Attempts are locked out; with `{until}`.
    pub(crate) throttled_until: &'static str,
    /// Attempts are locked out until an administrator unlocks.
    pub(crate) throttled: &'static str,
    /// The clock is wrong.
    pub(crate) clock: &'static str,
    /// Date, time and offset of `{until}`, in chrono's format.
    pub(crate) instant: &'static str,
    /// The words of the symbols `0` to `9` and `A` to `Z`.
    pub(crate) spelling: &'static Spelling,
}

/// The words of the symbols `0` to `9` and `A` to `Z`.
pub(crate) type Spelling = [&'static str; 36];
