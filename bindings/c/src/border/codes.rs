//! Reading codes, and their expiry.

use std::hint::black_box;

use stopgap::{Alphabet, CodeFormat, Validity};

use super::{Line, NONE, NOW, ZONE, measure, now};
use crate::{code::*, format::*, text::stopgap_text, validity::*};

pub(super) fn lines() -> Vec<Line> {
    let own = Alphabet::new("BCDFGHJKMPQRTVWX").unwrap();
    let cases = [
        ("normalize", Alphabet::HEX, "3F9A-77C2-01BE"),
        ("normalize, own alphabet", own, "bcdf-ghjk-mpqr"),
    ];
    let normalize = cases.map(|(name, alphabet, typed)| {
        let format = CodeFormat::new(alphabet, 12);
        let written = stopgap_format::lend(&format);
        let mut code = stopgap_code { text: [0; 40] };
        measure(
            name,
            || black_box(&format).normalize(black_box(typed)).unwrap(),
            || {
                c!(stopgap_normalize(
                    &raw const written,
                    stopgap_text::lend(typed),
                    &raw mut code,
                    NONE,
                ));
            },
        )
    });
    let expiry = ["", ZONE].map(|name| {
        let zone: stopgap::Zone = if name.is_empty() { "UTC" } else { name }.parse().unwrap();
        let mut expires_at = 0;
        measure(
            if name.is_empty() {
                "expires_at in UTC"
            } else {
                "expires_at in a zone"
            },
            || {
                let issued = now().with_timezone(&zone);
                Validity::MONTH.expires_at(issued).unwrap().timestamp()
            },
            || {
                c!(stopgap_validity_expires_at(
                    STOPGAP_VALIDITY_MONTH,
                    NOW,
                    stopgap_text::lend(name),
                    &raw mut expires_at,
                    NONE,
                ));
            },
        )
    });
    normalize.into_iter().chain(expiry).collect()
}
