//! Spanish.

use super::{icao::ICAO, table::Table};

pub(super) const TABLE: Table = Table {
    unexpected_symbol: "Ese código no está completo. Compruebe el carácter {character}.",
    wrong_length: "Ese código no está completo. Debe tener {expected} caracteres, no {found}.",
    too_long: "Ese código no está completo. El texto es demasiado largo.",
    check_failed: "Ese código tiene una errata. Compruebe cada carácter.",
    ask_again: "Pídalo de nuevo.",
    not_valid: "Ese código no es válido.",
    expired: "Ese código ha caducado. Pida uno nuevo.",
    used_up: "Ese código ya se ha utilizado.",
    throttled_until: "Demasiados intentos. Vuelva a intentarlo el {until}.",
    throttled: "Demasiados intentos. Pida a un administrador que levante el bloqueo.",
    clock: "El reloj de este equipo no está en hora.",
    instant: "%d/%m/%Y a las %H:%M:%S (UTC%:z)",
    spelling: &ICAO,
};
