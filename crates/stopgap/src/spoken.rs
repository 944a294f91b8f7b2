//! Codes in words, to be read aloud over a telephone.

use core::fmt;

/// Words for symbols: those of a group with a space between them, groups with a
/// comma and a space (SPEC, "Reading what a person typed").
///
/// Letters are the ICAO spelling alphabet (ICAO Annex 10, volume II, 5.2.1.3),
/// digits plain English.
pub struct Spoken<'a> {
    symbols: &'a [u8],
}

impl<'a> Spoken<'a> {
    pub(crate) const fn new(symbols: &'a [u8]) -> Self {
        Self { symbols }
    }
}

impl fmt::Display for Spoken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, symbol) in self.symbols.iter().enumerate() {
            match index {
                0 => {}
                index if index % 4 == 0 => f.write_str(", ")?,
                _ => f.write_str(" ")?,
            }
            f.write_str(word(*symbol))?;
        }
        Ok(())
    }
}

/// The words may be a secret's.
impl fmt::Debug for Spoken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spoken(..)")
    }
}

const fn word(symbol: u8) -> &'static str {
    match symbol {
        b'0' => "Zero",
        b'1' => "One",
        b'2' => "Two",
        b'3' => "Three",
        b'4' => "Four",
        b'5' => "Five",
        b'6' => "Six",
        b'7' => "Seven",
        b'8' => "Eight",
        b'9' => "Nine",
        b'A' => "Alfa",
        b'B' => "Bravo",
        b'C' => "Charlie",
        b'D' => "Delta",
        b'E' => "Echo",
        b'F' => "Foxtrot",
        b'G' => "Golf",
        b'H' => "Hotel",
        b'I' => "India",
        b'J' => "Juliett",
        b'K' => "Kilo",
        b'L' => "Lima",
        b'M' => "Mike",
        b'N' => "November",
        b'O' => "Oscar",
        b'P' => "Papa",
        b'Q' => "Quebec",
        b'R' => "Romeo",
        b'S' => "Sierra",
        b'T' => "Tango",
        b'U' => "Uniform",
        b'V' => "Victor",
        b'W' => "Whiskey",
        b'X' => "X-ray",
        b'Y' => "Yankee",
        b'Z' => "Zulu",
        // No alphabet holds another symbol.
        _ => "",
    }
}
