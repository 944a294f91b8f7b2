//! Keys: those derived of a master key, and those read from a file.

use stopgap::{KeyId, KeyRing, MasterKey, offline::Enrolment};

use super::wrong;
use crate::{
    case::Case,
    tool::{Tool, Wrong},
};

/// All that is derived of a master key: a tenant's, and the enrolment key of a machine.
pub(super) fn derive(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let master = MasterKey::from_bytes(tool.secret(case.key));
    let derived = tool.measure(|| {
        let tenant = master.tenant("acme")?;
        let keys = KeyRing::new(KeyId(1), &tenant);
        let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17")?;
        Ok((tenant, enrolment.key(&keys)))
    });
    let (tenant, enrolment_key) = derived.map_err(|error: stopgap::NameError| wrong(error))?;
    tool.came_of_secret(tenant.reveal())?;
    tool.came_of_secret(enrolment_key.map_err(wrong)?.reveal())
}

/// A master key as a key file holds it.
pub(super) fn hex(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let digits = case.key.iter().map(|byte| format!("{byte:02x}"));
    let text = tool.secret_text(digits.collect());
    let key = tool.measure(|| MasterKey::from_hex(&text));
    tool.came_of_secret(key.map_err(wrong)?.reveal())
}
