//! The sealed record of an online code.

mod methods;

use pyo3::prelude::*;
use stopgap::Sealed;

/// The record of an online code, without the code, and its tag.
///
/// :meth:`OnlinePolicy.issue` makes one, and only the methods here change one: they check the
/// tag, and return the new record, to be stored in place of this one. The attributes are the
/// fields as they are stored, *unverified*: use them for an index or a list, and call
/// :meth:`open` before you decide by them. Equal records have equal fields and tags.
///
/// A store keeps the dict of :meth:`to_dict`. An edit of it is refused as :class:`Tampered`,
/// but nothing shows that an older dict was put back.
///
/// >>> from datetime import datetime, timezone
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> now = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
/// >>> code, record = OnlinePolicy(max_uses=1).issue(key_ring, "alice", now=now)
/// >>> request = VerifyRequest("alice", code.reveal(), Purpose.RESET)
/// >>> granted = record.verify(key_ring, request, now=now)
/// >>> granted.record.verify(key_ring, request, now=now)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has no use left
/// >>> stored = record.to_dict()
/// >>> stored["record"]["max_uses"] = 9
/// >>> OnlineGrant.from_dict(stored).verify(key_ring, request, now=now)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.Tampered: the record was changed outside Stopgap; ...
#[pyclass(frozen, module = "stopgap")]
#[derive(Clone)]
pub(crate) struct OnlineGrant(pub(crate) Sealed<stopgap::OnlineGrant>);
