//! The watch over a store's file: is it still the file under its name, and are SQLite's locks
//! on it still there?
//!
//! SQLite's locks are POSIX locks of the process. If any descriptor of the file is closed in
//! this process, for example by another SQLite library or by a program that copies the file,
//! all of them are gone, and SQLite does not notice. Another process may then take itself for
//! the last one, copy the log into the file and delete it, while this one goes on to write to
//! the deleted log. So a store has locks of its own, which belong to an open file description
//! and survive that: a shared one as long as it is open, and an exclusive one for each write.
//! A lock of the process beside SQLite's shows if those are still there.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::AsFd,
        unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
    libc,
};

use super::{connection::be_patient, file::cannot_open};
use crate::store::{Result, StoreError};

/// The bytes that SQLite locks for as long as a connection is open (`SHARED_FIRST`,
/// `SHARED_SIZE`).
const SHARED: (i64, i64) = (0x4000_0002, 510);
/// The byte of the index of the log that SQLite locks for as long as it uses it (`UNIX_SHM_DMS`).
const INDEX: (i64, i64) = (128, 1);
/// The first of the bytes that show if the locks of a process are still there: one for each
/// process. They are beyond the end of any file.
const CANARIES: i64 = 1 << 61;
/// The byte that is locked as long as a store is open.
const OPEN: (i64, i64) = ((1 << 61) - 1, 1);
/// The byte that is locked for a write.
const WRITE: (i64, i64) = ((1 << 61) - 2, 1);

/// The device and the number of a file.
type Identity = (u64, u64);

/// The files that this process has opened to watch them. Each is closed after the last
/// connection to it, because closing it drops SQLite's locks.
static WATCHED: Mutex<BTreeMap<(u32, Identity), Weak<File>>> = Mutex::new(BTreeMap::new());

/// The watch over a store's file, for one process.
pub(super) struct Watch {
    path: PathBuf,
    log: PathBuf,
    lock: PathBuf,
    file: Arc<File>,
    /// Kept open for its lock.
    _index: Arc<File>,
    /// The identities of the file, of its log and of the file beside it.
    expected: [Identity; 3],
    /// The description that has the locks of this store.
    locks: File,
}

impl Watch {
    /// Watches the file of a store, whose connections are open.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let (log, index) = (beside(path, "-wal"), beside(path, "-shm"));
        let identity = |path: &Path| identity_of(path).map_err(|error| cannot_open(path, error));
        let file = watched(path).map_err(|error| cannot_open(path, error))?;
        let index_file = watched(&index).map_err(|error| cannot_open(&index, error))?;
        // A child that was forked has none of the locks that SQLite believes it has.
        for (file, bytes) in [(&file, SHARED), (&index_file, INDEX), (&file, canary())] {
            let wanted = lock(libc::F_RDLCK, bytes);
            patiently(|| fcntl(file.as_fd(), FcntlArg::F_SETLK(&wanted)))?;
        }
        let lock_path = beside(path, "-lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Each process that may use the file must be able to lock it, whatever the umask is.
        let mode = fs::metadata(path).map_err(|error| cannot_open(path, error))?;
        let mode = mode.mode() & 0o666;
        // As SQLite does for the log, it follows no link.
        options.mode(mode).custom_flags(libc::O_NOFOLLOW);
        let locks = options.open(&lock_path);
        let locks = locks.map_err(|error| cannot_open(&lock_path, error))?;
        // Only the owner of the file may do this.
        let _ = locks.set_permissions(fs::Permissions::from_mode(mode));
        let this = Self {
            expected: [identity(path)?, identity(&log)?, identity(&lock_path)?],
            path: path.to_owned(),
            log,
            lock: lock_path,
            file,
            _index: index_file,
            locks,
        };
        this.set(libc::F_RDLCK, OPEN)?;
        Ok(this)
    }

    /// Waits until no other process writes.
    pub(super) fn begin_write(&self) -> Result<()> {
        self.set(libc::F_WRLCK, WRITE)
    }

    /// Lets other processes write.
    pub(super) fn end_write(&self) {
        let _ = self.try_set(libc::F_UNLCK, WRITE);
    }

    /// Checks that the files are those under their names, and that the locks of this process
    /// are still there.
    pub(super) fn check(&self) -> Result<()> {
        let paths = [&self.path, &self.log, &self.lock];
        if paths.map(|path| identity_of(path).ok()) != self.expected.map(Some) {
            return Err(StoreError::Replaced);
        }
        let mut probe = lock(libc::F_WRLCK, canary());
        let probed = fcntl(self.file.as_fd(), FcntlArg::F_OFD_GETLK(&mut probe));
        let is_there = i32::from(probe.l_type) != libc::F_UNLCK;
        match probed {
            Ok(_) if is_there => Ok(()),
            Ok(_) => Err(StoreError::Replaced),
            Err(error) => Err(StoreError::Io(error.into())),
        }
    }

    /// Gives up the lock of an open store. Returns `true` if no other store has it, in this
    /// process or another; no other can get it until this is dropped.
    ///
    /// Of two stores that are closed at the same time, one gets `true`. If both kept the lock
    /// while they asked, neither would.
    pub(super) fn is_last(&self) -> bool {
        let _ = self.try_set(libc::F_UNLCK, OPEN);
        self.try_set(libc::F_WRLCK, OPEN).is_ok()
    }

    fn try_set(&self, kind: i32, bytes: (i64, i64)) -> nix::Result<i32> {
        fcntl(
            self.locks.as_fd(),
            FcntlArg::F_OFD_SETLK(&lock(kind, bytes)),
        )
    }

    fn set(&self, kind: i32, bytes: (i64, i64)) -> Result<()> {
        patiently(|| self.try_set(kind, bytes))
    }
}

/// The lock of all stores over a file. A program that replaces the file takes it.
pub(super) struct Claim {
    is_granted: bool,
    /// Kept open for its lock.
    _locks: Option<File>,
}

impl Claim {
    /// Returns `true` if no store over the file is open, in this process or another. None can be
    /// opened until this is dropped.
    pub(super) const fn is_granted(&self) -> bool {
        self.is_granted
    }
}

/// Tries to take the lock of all stores over a file.
pub(super) fn claim(path: &Path) -> io::Result<Claim> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options.custom_flags(libc::O_NOFOLLOW);
    let locks = match options.open(beside(path, "-lock")) {
        // No store was ever opened there.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        locks => Some(locks?),
    };
    let is_granted = locks.as_ref().is_none_or(|locks| {
        let wanted = lock(libc::F_WRLCK, OPEN);
        fcntl(locks.as_fd(), FcntlArg::F_OFD_SETLK(&wanted)).is_ok()
    });
    Ok(Claim {
        is_granted,
        _locks: locks,
    })
}

/// Returns the path of a file that belongs to a store.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn patiently(mut try_once: impl FnMut() -> nix::Result<i32>) -> Result<()> {
    for asked in 0.. {
        match try_once() {
            Ok(_) => break,
            Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) if be_patient(asked) => {}
            Err(error @ (Errno::EAGAIN | Errno::EACCES)) => {
                return Err(StoreError::Locked(error.into()));
            }
            Err(error) => return Err(StoreError::Io(error.into())),
        }
    }
    Ok(())
}

/// Returns the byte that shows the locks of this process.
fn canary() -> (i64, i64) {
    (CANARIES.saturating_add(std::process::id().into()), 1)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the kinds and SEEK_SET are small"
)]
const fn lock(kind: i32, (start, len): (i64, i64)) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: start,
        l_len: len,
        l_pid: 0,
    }
}

fn identity_of(path: &Path) -> io::Result<Identity> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Opens a file to watch it, unless this process has done so.
fn watched(path: &Path) -> io::Result<Arc<File>> {
    let mut all = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (std::process::id(), identity_of(path)?);
    if let Some(file) = all.get(&key).and_then(Weak::upgrade) {
        return Ok(file);
    }
    all.retain(|_, file| file.strong_count() > 0);
    let file = Arc::new(OpenOptions::new().read(true).write(true).open(path)?);
    all.insert(key, Arc::downgrade(&file));
    Ok(file)
}
