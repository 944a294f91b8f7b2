//! The record of an online code.

mod methods;

use std::sync::Arc;

use pyo3::prelude::*;

/// The record of an online code, without the code.
///
/// It is immutable: methods return the new record, to be stored in place of this one. A
/// store may keep the fields, from which the constructor makes the record, or the dict of
/// :meth:`to_dict`. ``digest`` has 32 bytes; ``uses`` are counted if ``max_uses`` limits
/// them.
///
/// Raises:
///     InvalidName: the user is no name.
///     Invalid: the digest has not 32 bytes.
///
/// >>> from datetime import datetime, timezone
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> code, grant = OnlinePolicy(max_uses=1).issue(key_ring, "alice", now=now)
/// >>> granted = grant.verify(key_ring, "alice", code.reveal(), Purpose.RESET, now=now)
/// >>> granted.grant.verify(key_ring, "alice", code.reveal(), Purpose.RESET, now=now)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has no use left
#[pyclass(frozen, module = "stopgap")]
#[derive(Clone)]
pub(crate) struct OnlineGrant(pub(crate) Arc<stopgap::OnlineGrant>);

impl OnlineGrant {
    pub(crate) fn new(grant: stopgap::OnlineGrant) -> Self {
        Self(Arc::new(grant))
    }
}
