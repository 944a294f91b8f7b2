//! Keys: derived from a master key, and read from a key file.

use stopgap::{KeyId, KeyRing, MasterKey, NameError, offline::Enrolment};

use super::{Watched, watched};
use crate::{
    case::{Case, secrets},
    tool::{Tool, Wrong},
    valgrind::secret,
};

pub(super) const SUBJECTS: [Watched; 2] = [
    watched("derive", secrets, derive),
    watched("key_hex", secrets, hex),
];

/// Derives a tenant's key, and the enrolment key of a machine.
fn derive(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let master = MasterKey::from_bytes(secret(case.key));
    let derived = tool.measure(|| {
        let tenant = master.tenant("acme")?;
        let keys = KeyRing::new(KeyId(1), &tenant);
        let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17")?;
        Ok::<_, NameError>((tenant, enrolment.key(&keys)))
    });
    let (tenant, enrolment_key) = derived?;
    tool.came_of_secret(tenant.reveal())?;
    tool.came_of_secret(enrolment_key?.reveal())
}

fn hex(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(case.key) {
        pair.copy_from_slice(format!("{byte:02x}").as_bytes());
    }
    let digits = secret(digits);
    // SAFETY: the digits are ASCII. A check would branch on them.
    let text = unsafe { std::str::from_utf8_unchecked(&digits) };
    let key = tool.measure(|| MasterKey::from_hex(text));
    tool.came_of_secret(key?.reveal())
}
