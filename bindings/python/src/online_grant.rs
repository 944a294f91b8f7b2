//! The record of an online code.

mod methods;

use std::sync::Arc;

use pyo3::prelude::*;

/// What a server keeps of an online code, in whatever store it has: everything but the
/// code.
///
/// It does not change: what would change it gives the new one, to be kept in its place.
/// A store of one's own keeps the fields, which the constructor takes again, or the whole
/// as a dict (:meth:`to_dict`). ``digest`` is 32 bytes; ``uses`` counts where
/// ``max_uses`` limits them.
///
/// Raises:
///     Invalid: the user is no name, or the digest has not 32 bytes.
///
/// >>> from datetime import datetime, timezone
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> code, grant = OnlinePolicy(max_uses=1).issue(key_ring, "alice", now=now)
/// >>> granted = grant.verify(key_ring, "alice", code.reveal(), Purpose.RESET, now=now)
/// >>> granted.grant.verify(key_ring, "alice", code.reveal(), Purpose.RESET, now=now)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has been used up
#[pyclass(frozen, module = "stopgap")]
#[derive(Clone)]
pub(crate) struct OnlineGrant(pub(crate) Arc<stopgap::OnlineGrant>);

impl OnlineGrant {
    pub(crate) fn new(grant: stopgap::OnlineGrant) -> Self {
        Self(Arc::new(grant))
    }
}
