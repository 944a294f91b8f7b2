//! The store for a fleet: one database, shared by the processes of many machines.

mod address;
mod altered;
mod backoff;
mod columns;
mod connection;
mod copy;
mod deadline;
mod driver;
mod encoding;
mod error;
mod events;
mod keep;
mod open;
mod parameters;
mod pool;
mod purge;
mod schema;
mod servers;
mod tls;
mod transaction;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use stopgap::Name;

use self::{
    address::Address, backoff::Backoff, connection::Connection, deadline::Deadline, error::Trouble,
    open::Open, pool::Pool, servers::Servers,
};
use crate::store::{Result, Store, StoreError, Work};

/// Tries after a lock conflict or a lost connection, before the error is returned.
const TRIES: u32 = 32;
/// Tries after a conflict with a record of another transaction.
const CONFLICTS: u32 = 4;
/// The time for which opening a store tries a server that does not answer: it may be
/// starting, or the address may be wrong.
const PATIENCE: Duration = Duration::from_secs(2);

/// A store in a PostgreSQL database, for any number of machines.
///
/// # Addresses
///
/// `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?NAME=VALUE&NAME=VALUE`, also
/// with `postgresql://`, [as libpq writes them][libpq]: several hosts are tried in
/// turn, an IPv6 address stands in brackets, and a host may be the folder of a socket
/// (`%2Fvar%2Frun%2Fpostgresql`, or `?host=/var/run/postgresql`). What has a meaning
/// in an address is written `%XX` in a user, password or value: `@` is `%40`, `:`
/// `%3A`, `/` `%2F`, `?` `%3F`, `#` `%23`, `&` `%26`, `%` `%25`. An `@` in the wrong
/// place, a parameter that is not known and one that is given twice are errors
/// ([`StoreError::Address`]), and no error holds a password. The environment and the
/// other files of libpq (`PGPASSWORD`, `.pgpass`, `~/.postgresql`) are not read.
///
/// As with libpq:
///
/// - `user`, `password`, `dbname`, `host`, `hostaddr`, `port`, `options` (such as
///   `-c%20work_mem%3D8MB`), `channel_binding`; the user is otherwise that of the
///   operating system, and the database that of the user's name;
/// - `application_name`: `stopgap` unless given;
/// - `connect_timeout`: how many seconds a server has to take us in before the next is
///   tried, from picking up to signing on; 5 unless given, and 0 is no limit but the
///   deadline;
/// - `target_session_attrs`: `any`, `read-write` or `primary`, which is `read-write`
///   here; unless given `read-write` where there are several hosts, and `any` where
///   there is one. A registry writes; standbys belong in `replicas`;
/// - `load_balance_hosts`: `disable` or `random`; unless given hosts are tried as
///   written, and replicas at random;
/// - `keepalives` (on), `keepalives_idle` (30 seconds), `keepalives_interval` (10),
///   `keepalives_count` (3), `tcp_user_timeout` (30,000 milliseconds, on Linux);
/// - `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `sslnegotiation`: see below.
///
/// Our own:
///
/// - `pool_size`: at most so many connections, 1 to 1000; 16 unless given. A process
///   that reads from replicas has as many again to those;
/// - `deadline`: how many seconds a call may take, 0.1 to 3600; 30 unless given;
/// - `owner=ROLE`: the role that owns the schema and its tables; the current user unless
///   given. A schema or a table of another role is refused ([`StoreError::Altered`]). A user
///   who is not the owner neither creates nor migrates the schema;
/// - `replicas=HOST:PORT,HOST:PORT`: servers to read from, by the same user, password
///   and database.
///
/// # TLS
///
/// TLS is on unless it is off by name. `sslmode` is libpq's, and stricter where it is
/// not given:
///
/// | `sslmode` | TLS | whose certificate is accepted |
/// |---|---|---|
/// | `disable` | no | |
/// | `allow`, `prefer` | where the server has it | anybody's; with `sslrootcert` as `verify-ca` |
/// | `require` | always | anybody's; with `sslrootcert` as `verify-ca` |
/// | `verify-ca` | always | of an authority in `sslrootcert`, whatever its name |
/// | `verify-full`, or none given | always | of a known authority, for the host's name |
///
/// Only the last two keep out somebody on the way who speaks for the server. With
/// `allow` TLS is tried first, as with `prefer`; and with both a handshake that fails
/// is an error, after which nothing is tried without. Over a socket there is no TLS,
/// whatever `sslmode` says.
///
/// `sslrootcert` names a file of authorities in PEM. `system`, or none with
/// `verify-full`, are those that the operating system trusts (`SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name others); since they give anybody a certificate, they are
/// refused with the other modes. `sslcert` and `sslkey` name a certificate of our own
/// and its key, in PEM, not encrypted, and as with libpq readable by nobody else
/// (`chmod 600`, or root's and `640`). Files are read when the store is opened.
/// Revocation lists (`sslcrl`) are refused, for they are not followed.
/// `sslnegotiation=direct` is for PostgreSQL 17 and later.
///
/// The TLS is that of rustls, 1.2 or 1.3, with the cryptography of ring, whatever the
/// rest of the program uses. It wants more of a certificate than OpenSSL does: X.509
/// version 3, with the host's name or address as a subject alternative name (a
/// common name is not looked at), and one that is its own authority must not be
/// marked as an authority (`CA:FALSE`):
///
/// ```text
/// openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=db.example \
///   -addext subjectAltName=DNS:db.example -addext basicConstraints=critical,CA:FALSE \
///   -keyout server.key -out server.crt
/// ```
///
/// [libpq]: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
pub struct Postgres {
    address: Arc<Address>,
    pool: Pool,
    /// The replicas to read from, if the address names any.
    replicas: Option<Pool>,
    /// `true` if it may be written to.
    writes: bool,
}

impl Postgres {
    /// Opens the store in a database, and creates its tables in the schema `stopgap` if there
    /// are none. `now` is stored with the migrations that are applied.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the address cannot be read, the server does not answer or refuses
    /// the user, the database's encoding is not UTF-8, or the schema `stopgap` is not that of
    /// a store or was made by a newer Stopgap.
    pub fn open(url: &str, now: DateTime<Utc>) -> Result<Self> {
        let store = Self::of(url)?;
        store.at_first(|connection, deadline| {
            encoding::is_unicode(connection, deadline)?;
            let owner = store.address.owner.as_deref();
            altered::is_unaltered(connection, deadline, owner)?;
            if !altered::is_owner(connection, deadline, owner)? {
                return schema::is_known(connection, deadline);
            }
            schema::migrate(connection, deadline, now)?;
            // Another role may have created the schema in between.
            altered::is_unaltered(connection, deadline, owner)
        })?;
        Ok(store)
    }

    /// Opens an existing store to read from it. It cannot be changed through this value, and
    /// no replica is used.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] if there is no store. Each write
    /// returns [`StoreError::ReadOnly`].
    pub fn open_source(url: &str) -> Result<Self> {
        let mut store = Self::of(url)?;
        store.replicas = None;
        store.writes = false;
        store.at_first(|connection, deadline| {
            encoding::is_unicode(connection, deadline)?;
            altered::is_unaltered(connection, deadline, store.address.owner.as_deref())?;
            schema::is_known(connection, deadline)
        })?;
        Ok(store)
    }

    fn of(url: &str) -> Result<Self> {
        let address = Arc::new(Address::parse(url)?);
        let pool = |servers: &Servers| Pool::new(Arc::clone(&address), servers.clone());
        Ok(Self {
            pool: pool(&address.servers)?,
            replicas: address.replicas.as_ref().map(pool).transpose()?,
            writes: true,
            address,
        })
    }

    /// Works on the first connection, and waits for a server less long than later.
    fn at_first(&self, work: impl Fn(&mut Connection, Deadline) -> Result<()>) -> Result<()> {
        let deadline = self.deadline();
        let patience = deadline.min(Deadline::after(PATIENCE));
        self.again_until(deadline, || {
            let work = |connection: &mut Connection| work(connection, deadline);
            self.pool.with(deadline, patience, work)
        })
    }

    /// Returns the deadline of a call that begins now.
    fn deadline(&self) -> Deadline {
        Deadline::after(self.address.deadline)
    }

    /// Works, and again after a conflict or a lost connection if nothing was done.
    fn again_until<T>(&self, deadline: Deadline, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        let mut backoff = Backoff::until(deadline);
        let mut tried = 0_u32;
        let mut before = None;
        let mut slowest = Duration::ZERO;
        loop {
            let begun = deadline.left();
            let error = match work() {
                Ok(done) => return Ok(done),
                // The error before says more.
                Err(late @ StoreError::TimedOut(_)) => return Err(before.unwrap_or(late)),
                Err(error) => error,
            };
            tried = tried.saturating_add(1);
            let most = match error {
                StoreError::Locked(_) | StoreError::Lost(_) => TRIES,
                StoreError::Conflict(_) => CONFLICTS,
                // Another server is the primary now.
                StoreError::ReadOnly(_) if self.address.servers.are_several() => TRIES,
                _ => return Err(error),
            };
            // If the deadline cuts a try at its commit, its outcome is unknown. So a try is
            // begun only if there is time for one that is slower than all before.
            slowest = slowest.max(begun.saturating_sub(deadline.left()));
            let needs = slowest.saturating_mul(2).min(backoff::LONGEST);
            if tried >= most || !backoff.pause(needs) {
                return Err(error);
            }
            before = Some(error);
        }
    }
}

impl Store for Postgres {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        if !self.writes {
            return Err(StoreError::ReadOnly(
                "it was opened for reading only".into(),
            ));
        }
        let deadline = self.deadline();
        self.again_until(deadline, || {
            self.pool.with(deadline, deadline, |connection| {
                transact(connection, deadline, tenant, work)
            })
        })
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let deadline = self.deadline();
        let mut look = |pool: &Pool, patience| {
            pool.with(deadline, patience, |connection| {
                work(&mut Open {
                    connection,
                    tenant,
                    deadline,
                    writes: false,
                    formats: Vec::new(),
                })
            })
        };
        if let Some(replicas) = &self.replicas {
            // If no replica answers, the primary does.
            match look(replicas, Deadline::after(Duration::ZERO)) {
                Err(StoreError::Unreachable { .. } | StoreError::Lost(_)) => {}
                looked => return looked,
            }
        }
        self.again_until(deadline, || look(&self.pool, deadline))
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        let mut tenants: Vec<Name> = Vec::new();
        loop {
            let deadline = self.deadline();
            let after = tenants.last().map_or("", Name::as_str);
            let next = self.again_until(deadline, || {
                self.pool.with(deadline, deadline, |connection| {
                    copy::next_tenant(connection, deadline, after)
                })
            })?;
            match next {
                Some(next) => tenants.push(next),
                None => return Ok(tenants),
            }
        }
    }

    fn purge_batch(&self) -> usize {
        purge::BATCH
    }
}

/// Returns the mistake in an address, as text.
#[cfg(test)]
pub(crate) fn mistake_of(url: &str) -> Option<String> {
    let error = Address::parse(url).err()?;
    Some(format!("{error} {error:?}"))
}

/// Works on a tenant's rows in one transaction.
fn transact(
    connection: &mut Connection,
    deadline: Deadline,
    tenant: &Name,
    work: Work<'_>,
) -> Result<()> {
    connection.was_warned();
    let begun = connection.say(deadline, "BEGIN");
    begun.map_err(Trouble::before_commit)?;
    let done = work(&mut Open {
        connection,
        tenant,
        deadline,
        writes: true,
        formats: Vec::new(),
    });
    match done {
        Ok(()) => {
            let kept = connection.run(deadline, "COMMIT");
            committed(connection, kept)
        }
        Err(error) => {
            connection.undo(deadline);
            Err(error)
        }
    }
}

/// Returns the outcome of a commit. A commit that was cut off while it waited for a standby
/// succeeds with a warning: it may be lost with this server.
fn committed(connection: &mut Connection, outcome: Result<(), Trouble>) -> Result<()> {
    outcome.map_err(Trouble::after_commit)?;
    if connection.was_warned() {
        return Err(StoreError::Unknown(
            "the server warned while it committed".into(),
        ));
    }
    Ok(())
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({:?})", self.address.servers.shown)
    }
}
