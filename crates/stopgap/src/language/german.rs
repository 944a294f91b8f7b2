//! German.

use super::table::{Spelling, Table};

pub(super) const TABLE: Table = Table {
    unexpected_symbol: "Das ist kein vollständiger Code. Prüfen Sie das Zeichen {character}.",
    wrong_length: "Das ist kein vollständiger Code. Er muss {expected} Zeichen haben, nicht {found}.",
    too_long: "Das ist kein vollständiger Code. Die Eingabe ist viel zu lang.",
    check_failed: "Dieser Code enthält einen Tippfehler. Prüfen Sie jedes Zeichen.",
    ask_again: "Fragen Sie noch einmal danach.",
    not_valid: "Dieser Code ist nicht gültig.",
    expired: "Dieser Code ist abgelaufen. Fordern Sie einen neuen an.",
    used_up: "Dieser Code wurde bereits verwendet.",
    throttled_until: "Zu viele Versuche. Versuchen Sie es am {until} erneut.",
    throttled: "Zu viele Versuche. Bitten Sie die Administration, die Sperre aufzuheben.",
    clock: "Die Uhr dieses Computers geht falsch.",
    instant: "%d.%m.%Y um %H:%M:%S Uhr (UTC%:z)",
    spelling: &DIN_5009,
};

/// German digits, and the letters of DIN 5009:2022-06, "Buchstabiertafel für Wirtschaft und
/// Verwaltung". Its draft of 2021 had other cities, such as Cottbus.
#[rustfmt::skip]
const DIN_5009: Spelling = [
    "Null", "Eins", "Zwei", "Drei", "Vier", "Fünf", "Sechs", "Sieben", "Acht", "Neun",
    "Aachen", "Berlin", "Chemnitz", "Düsseldorf", "Essen", "Frankfurt", "Goslar", "Hamburg",
    "Ingelheim", "Jena", "Köln", "Leipzig", "München", "Nürnberg", "Offenbach", "Potsdam",
    "Quickborn", "Rostock", "Salzwedel", "Tübingen", "Unna", "Völklingen", "Wuppertal",
    "Xanten", "Ypsilon", "Zwickau",
];
