//! English.

use super::{icao::ICAO, table::Table};

pub(super) const TABLE: Table = Table {
    unexpected_symbol: "That is not a complete code; check character {character}.",
    wrong_length: "That is not a complete code; it has {found} characters, not {expected}.",
    too_long: "That is not a complete code; it is far too long.",
    check_failed: "That code has a typo; check each character.",
    ask_again: "Ask for it again.",
    not_valid: "That code is not valid.",
    expired: "That code has expired; ask for a new one.",
    used_up: "That code has been used.",
    throttled_until: "Too many tries; try again at {until}.",
    throttled: "Too many tries; ask an administrator to unlock.",
    clock: "This computer's clock is wrong.",
    instant: "%Y-%m-%d %H:%M:%S %:z",
    spelling: &ICAO,
};
