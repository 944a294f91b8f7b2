//! French.

use super::{icao::ICAO, table::Table};

pub(super) const TABLE: Table = Table {
    unexpected_symbol: "Ce n'est pas un code complet. Vérifiez le caractère {character}.",
    wrong_length: "Ce n'est pas un code complet. Il doit compter {expected} caractères et non {found}.",
    too_long: "Ce n'est pas un code complet. La saisie est beaucoup trop longue.",
    check_failed: "Ce code contient une faute de frappe. Vérifiez chaque caractère.",
    ask_again: "Demandez-le de nouveau.",
    not_valid: "Ce code n'est pas valide.",
    expired: "Ce code a expiré. Demandez-en un nouveau.",
    used_up: "Ce code a déjà été utilisé.",
    throttled_until: "Trop de tentatives. Réessayez le {until}.",
    throttled: "Trop de tentatives. Demandez à un administrateur de lever le blocage.",
    clock: "L'horloge de cet ordinateur n'est pas à l'heure.",
    instant: "%d/%m/%Y à %H:%M:%S (UTC%:z)",
    spelling: &ICAO,
};
