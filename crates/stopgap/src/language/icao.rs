//! The ICAO spelling alphabet.

use super::table::Spelling;

/// English digits, and the letters of ICAO Annex 10, volume II, 5.2.1.3.
#[rustfmt::skip]
pub(super) const ICAO: Spelling = [
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India",
    "Juliett", "Kilo", "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo",
    "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu",
];
