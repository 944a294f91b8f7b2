//! The master keys that a server works with.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyBytes, PyTuple},
};
use stopgap::{KeyError, KeyId, Name};

use crate::{
    Result,
    code::Code,
    error::{OrRaise, exception},
    key::MasterKey,
    number::Whole,
    text::Text,
};

/// A value of 32 bytes under each key.
type UnderEach<'py> = Vec<(u32, Bound<'py, PyBytes>)>;

/// The master keys of a server. The primary key, which was added last, issues; all keys
/// verify, and each record has the id of its key, a number from 0 to 4,294,967,295. A ring has
/// at least one key.
///
/// Threads may share a ring: a call uses the keys that the ring had when the call began.
///
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> key_ring.add(2, MasterKey.generate())
/// >>> key_ring
/// KeyRing(ids=(2, 1))
/// >>> key_ring.retire(1)
/// >>> key_ring.primary_id, key_ring.ids
/// (2, (2,))
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct KeyRing(RwLock<Kept>);

struct Kept {
    /// Replaced as a whole, never changed: a call that uses it may call Python, which may
    /// call the ring.
    ring: Arc<stopgap::KeyRing>,
    /// The master keys, oldest first.
    masters: Vec<Master>,
}

struct Master {
    id: KeyId,
    key: Py<MasterKey>,
}

impl Kept {
    fn of(masters: Vec<Master>, ring: stopgap::KeyRing) -> Self {
        let ring = Arc::new(ring);
        Self { ring, masters }
    }

    /// Returns a second ring of the same keys.
    fn again(&self) -> Result<stopgap::KeyRing, KeyError> {
        ring_of(&self.masters)
    }
}

/// Makes a ring of keys, oldest first.
fn ring_of(masters: &[Master]) -> Result<stopgap::KeyRing, KeyError> {
    // A key file and a ring have at least one key.
    let missing = KeyError::Missing { id: KeyId(0) };
    let (first, others) = masters.split_first().ok_or(missing)?;
    let mut ring = stopgap::KeyRing::new(first.id, &first.key.get().0);
    for master in others {
        ring.add(master.id, &master.key.get().0)?;
    }
    Ok(ring)
}

impl KeyRing {
    /// Returns the present keys. No lock is held on them.
    pub(crate) fn now(&self) -> Arc<stopgap::KeyRing> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&kept.ring)
    }

    /// Returns a second ring of the present keys.
    pub(crate) fn again(&self) -> Result<stopgap::KeyRing, KeyError> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.again()
    }

    /// Replaces the keys. No Python runs here: it would let in threads that hold the
    /// interpreter and wait for the lock.
    fn change(
        &self,
        change: impl FnOnce(&mut stopgap::KeyRing, &mut Vec<Master>) -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut ring = kept.again()?;
        change(&mut ring, &mut kept.masters)?;
        kept.ring = Arc::new(ring);
        Ok(())
    }

    /// Derives the keys of a tenant. No Python runs here either.
    fn derived(&self, tenant: &Name) -> (stopgap::KeyRing, Vec<(KeyId, stopgap::MasterKey)>) {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let masters = kept.masters.iter();
        let derived = masters.map(|master| (master.id, master.key.get().0.tenant(tenant)));
        (kept.ring.tenant(tenant), derived.collect())
    }
}

#[pymethods]
impl KeyRing {
    #[new]
    fn new(id: Whole<u32>, key: Py<MasterKey>) -> Self {
        let id = KeyId(id.0);
        let ring = stopgap::KeyRing::new(id, &key.get().0);
        Self(RwLock::new(Kept::of(vec![Master { id, key }], ring)))
    }

    /// Reads the key file of the command, ``stopgap.key``: a line for each key, its id and 64
    /// hexadecimal digits, oldest first. Only its owner may be able to read it. If there is no
    /// file and ``create`` is true, a file with a new key is made: keep a copy of it, but not
    /// beside the store.
    ///
    /// Raises:
    ///     StoreError: the file cannot be read or made; ``reason`` is ``key_file_missing``,
    ///         ``key_file_damaged``, ``file_exposed`` if others may read it, or ``io``.
    #[staticmethod]
    #[pyo3(signature = (path, *, create=false))]
    #[pyo3(text_signature = "(path, *, create=False)")]
    fn read(py: Python<'_>, path: PathBuf, create: bool) -> Result<Self> {
        let read = py.detach(|| stopgap_cli::files::keys(&path, create));
        let keys =
            read.map_err(|(reason, what)| exception(py, "StoreError", reason, &what, None))?;
        let masters = keys.into_iter().map(|(id, key)| {
            let key = Py::new(py, MasterKey(key))?;
            Ok(Master { id, key })
        });
        let masters: Vec<Master> = masters.collect::<Result<_>>()?;
        let ring = ring_of(&masters).or_raise(py)?;
        Ok(Self(RwLock::new(Kept::of(masters, ring))))
    }

    /// Reads the key file that an environment variable names, as the command does.
    ///
    /// Raises:
    ///     StoreError: the variable is not set (``key_file_missing``), or as :meth:`read`.
    #[staticmethod]
    #[pyo3(signature = (variable="STOPGAP_MASTER_KEY_FILE"))]
    #[pyo3(text_signature = "(variable='STOPGAP_MASTER_KEY_FILE')")]
    fn from_env(py: Python<'_>, variable: &str) -> Result<Self> {
        let environment = PyModule::import(py, "os")?.getattr("environ")?;
        let path: Option<PathBuf> = environment.call_method1("get", (variable,))?.extract()?;
        match path {
            Some(path) if !path.as_os_str().is_empty() => Self::read(py, path, false),
            _ => {
                let what = format!("{variable} names no key file: set it to the path of one");
                Err(exception(py, "StoreError", "key_file_missing", &what, None))
            }
        }
    }

    /// Adds a key, which becomes the primary key; the others still verify. Add the keys of a
    /// store from the oldest to the newest.
    ///
    /// Raises:
    ///     KeyExists: the ring has a key with that id.
    fn add(&self, py: Python<'_>, id: Whole<u32>, key: Py<MasterKey>) -> Result<()> {
        let id = KeyId(id.0);
        self.change(|ring, masters| {
            ring.add(id, &key.get().0)?;
            masters.push(Master { id, key });
            Ok(())
        })
        .or_raise(py)
    }

    /// Retires a key. Codes and records that were made with it are refused from now on.
    ///
    /// Raises:
    ///     PrimaryKey: the key is the primary key; add another key first.
    ///     KeyMissing: the ring has no key with that id.
    fn retire(&self, py: Python<'_>, id: Whole<u32>) -> Result<()> {
        let id = KeyId(id.0);
        self.change(|ring, masters| {
            ring.retire(id)?;
            masters.retain(|master| master.id != id);
            Ok(())
        })
        .or_raise(py)
    }

    /// The id of the primary key.
    #[getter]
    fn primary_id(&self) -> u32 {
        self.now().primary_id().0
    }

    /// The ids of all keys, the primary key first.
    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyTuple>> {
        let ids: Vec<u32> = self.now().ids().map(|id| id.0).collect();
        PyTuple::new(py, ids)
    }

    /// Derives the ring of a tenant: its keys have the same ids. Later changes of one ring
    /// do not change the other.
    ///
    /// Raises:
    ///     InvalidName: the text is no name.
    fn tenant(&self, py: Python<'_>, tenant: Text<'_>) -> Result<Self> {
        let tenant = tenant.name().or_raise(py)?;
        let (ring, derived) = self.derived(&tenant);
        let derived = derived.into_iter().map(|(id, key)| {
            let key = Py::new(py, MasterKey(key))?;
            Ok(Master { id, key })
        });
        let masters = derived.collect::<Result<_>>()?;
        Ok(Self(RwLock::new(Kept::of(masters, ring))))
    }

    /// Computes the digest of an online code of this user under each key, the primary key
    /// first: pairs of key id and 32 bytes. A store finds the record by them.
    ///
    /// Raises:
    ///     InvalidName: the user is no name.
    fn online_digests<'py>(
        &self,
        py: Python<'py>,
        user: Text<'_>,
        code: &Code,
    ) -> Result<UnderEach<'py>> {
        let user = user.name().or_raise(py)?;
        let ring = self.now();
        let digests = ring.online_digests(&user, &code.0);
        Ok(digests
            .map(|made| (made.key_id().0, PyBytes::new(py, made.digest().as_bytes())))
            .collect())
    }

    /// Computes the digest of a security code under each key, the primary key first: pairs of
    /// key id and 32 bytes. A store finds the record by them.
    fn security_digests<'py>(&self, py: Python<'py>, code: &Code) -> UnderEach<'py> {
        let ring = self.now();
        let digests = ring.security_digests(&code.0);
        digests
            .map(|made| (made.key_id().0, PyBytes::new(py, made.digest().as_bytes())))
            .collect()
    }

    /// Computes a value under each key, the primary key first: pairs of key id and 32 bytes.
    /// It identifies the key, and reveals nothing else.
    ///
    /// It is no secret: store it, and compare it when the store is opened.
    fn check_values<'py>(&self, py: Python<'py>) -> UnderEach<'py> {
        let ring = self.now();
        let values = ring.check_values();
        values
            .map(|(id, value)| (id.0, PyBytes::new(py, &value)))
            .collect()
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!("KeyRing(ids={})", self.ids(py)?.repr()?))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a key ring cannot be pickled or copied: make one from the keys",
        ))
    }
}
