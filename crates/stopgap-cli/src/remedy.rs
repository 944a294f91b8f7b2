//! The remedies for records with a fault.

use stopgap_registry::{Fault, Finding, store::Table};

use crate::plain::Plain;

/// Returns the fault of a record, with its remedy.
pub(crate) fn sentence(finding: &Finding) -> String {
    let Finding { table, row, fault } = finding;
    format!(
        "{table} {}: {fault}: {}",
        Plain(row),
        remedy(*table, row, fault)
    )
}

fn remedy(table: Table, row: &str, fault: &Fault) -> String {
    let row = Plain(row);
    match (fault, table) {
        (Fault::KeyMissing { key }, _) => format!("bring key {key} back into the key file"),
        (Fault::KeyRetired { key }, _) => {
            format!("end it by \"stopgap key retire {key} --compromised\"")
        }
        (Fault::NoHead | Fault::HeadBehind, Table::Codes) => format!(
            "unlock the user whom \"stopgap online show {row}\" names, by \"stopgap throttle \
            reset USER\""
        ),
        (Fault::NoHead | Fault::HeadBehind, _) => {
            "unlock the user by \"stopgap throttle reset USER\"".into()
        }
        (Fault::Tampered, Table::Codes) => {
            format!("find out who did it, then \"stopgap online revoke --id {row}\"")
        }
        (Fault::Tampered, Table::SecurityCodes) => {
            format!("find out who did it, then \"stopgap security delete {row}\"")
        }
        (Fault::Tampered, Table::Heads) => {
            format!("find out who did it, then \"stopgap throttle reset {row}\"")
        }
        (Fault::Tampered, Table::Machines) => {
            format!("find out who did it, then \"stopgap machine retire {row}\"")
        }
        (Fault::Tampered, Table::Presets) => {
            format!("find out who did it, then \"stopgap preset remove {row}\"")
        }
        _ => "find out who did it, or restore a backup".into(),
    }
}
