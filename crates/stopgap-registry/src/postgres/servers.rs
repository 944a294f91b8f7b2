//! Servers that have the same database, of which one must answer.
//!
//! The client could try the hosts of an address itself, but limits only the time until a TCP
//! connection is there. After a host that accepts it and then is silent, the next would never
//! be tried. Here the limit includes the login, as in libpq.

use std::{
    fmt::Write as _,
    future::Future,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    time::Duration,
};

use tokio::{net::lookup_host, time::timeout};
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, LoadBalanceHosts, SslMode},
    tls::MakeTlsConnect,
};

use super::{
    error::Trouble,
    parameters::{split_port, unusable, wrong},
    tls::Tls,
};
use crate::store::Result;

type Connected = (
    Client,
    Connection<Socket, <Tls as MakeTlsConnect<Socket>>::Stream>,
);

/// The place of a server.
pub(super) struct Place {
    /// A name, an IP address, or the folder of a socket.
    host: String,
    /// The IP address, if the name need not be looked up.
    number: Option<IpAddr>,
    port: u16,
}

impl Place {
    /// Reads `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.
    pub(super) fn read(host: &str) -> Result<Self> {
        let (host, port) = split_port(host)?;
        Self::new(host, None, port)
    }

    pub(super) fn new(host: &str, number: Option<IpAddr>, port: &str) -> Result<Self> {
        let port = match port {
            "" => 5_432,
            port => port.parse().unwrap_or(0),
        };
        if port == 0 {
            return Err(wrong("port", "has to be 1 to 65535"));
        }
        let odd = |c: char| c.is_whitespace() || c.is_control();
        if host.is_empty() || host.contains(odd) {
            return Err(unusable(
                "a host is a name, an IP address, or the folder of a socket, such as \
                 ?host=/var/run/postgresql",
            ));
        }
        let host = host.to_owned();
        Ok(Self { host, number, port })
    }

    /// Returns `true` if it is a socket of this machine, for which servers have no TLS.
    pub(super) fn is_socket(&self) -> bool {
        self.number.is_none() && self.host.starts_with('/')
    }
}

/// The servers, in the order in which they are tried.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    pub(super) each: Vec<Config>,
    /// Their hosts and ports, and the database, as errors show them.
    pub(super) shown: String,
}

impl Servers {
    /// Returns the servers at these places, for sessions of this kind.
    pub(super) fn new(session: &Config, tls: &Tls, places: &[Place]) -> Self {
        let each = places.iter().map(|place| {
            let mut config = session.clone();
            config.host(&place.host).port(place.port);
            if let Some(number) = place.number {
                config.hostaddr(number);
            }
            config.ssl_mode(if place.is_socket() {
                SslMode::Disable
            } else {
                tls.ssl_mode()
            });
            config
        });
        Self {
            each: each.collect(),
            shown: shown(places, session.get_dbname()),
        }
    }

    pub(super) fn are_several(&self) -> bool {
        self.each.len() > 1
    }

    /// Connects to the first server that accepts the connection. If none does, the error is
    /// that of the last one.
    pub(super) async fn connect(&self, tls: &Tls) -> Result<Connected, Trouble> {
        let mut trouble = Trouble::TooLate;
        for server in in_order(self.each.clone()) {
            let patience = server.get_connect_timeout().copied();
            let found = match within(patience, look_up(server)).await {
                Ok(found) => found,
                Err(late) => {
                    trouble = late;
                    continue;
                }
            };
            for server in in_order(found) {
                match within(patience, server.connect(tls.clone())).await {
                    Ok(Ok(connected)) => return Ok(connected),
                    Ok(Err(error)) => trouble = error.into(),
                    Err(late) => trouble = late,
                }
            }
        }
        Err(trouble)
    }
}

/// Returns a server for each IP address of its name. If there is none, returns the server
/// itself, for which the client then returns the error.
async fn look_up(server: Config) -> Vec<Config> {
    let ([Host::Tcp(name)], [], [port]) = (
        server.get_hosts(),
        server.get_hostaddrs(),
        server.get_ports(),
    ) else {
        return vec![server];
    };
    let Ok(found) = lookup_host((name.as_str(), *port)).await else {
        return vec![server];
    };
    let numbers = found.map(|found| {
        let mut server = server.clone();
        server.hostaddr(found.ip());
        server
    });
    numbers.collect()
}

/// Returns servers in the order in which they are tried: as given, or at random.
fn in_order(mut servers: Vec<Config>) -> Vec<Config> {
    let spread = servers
        .first()
        .is_some_and(|server| server.get_load_balance_hosts() == LoadBalanceHosts::Random);
    if spread {
        let random = RandomState::new();
        let mut drawn = 0_u64;
        servers.sort_by_cached_key(|_| {
            drawn = drawn.wrapping_add(1);
            random.hash_one(drawn)
        });
    }
    servers
}

async fn within<T>(
    patience: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Trouble> {
    match patience {
        Some(patience) => timeout(patience, work).await.map_err(|_| Trouble::TooLate),
        None => Ok(work.await),
    }
}

fn shown(places: &[Place], database: Option<&str>) -> String {
    let mut shown = String::new();
    for place in places {
        let comma = if shown.is_empty() { "" } else { "," };
        let colon = place.host.contains(':');
        let (open, close) = if colon { ("[", "]") } else { ("", "") };
        let (host, port) = (&place.host, place.port);
        let _ = write!(shown, "{comma}{open}{host}{close}:{port}");
    }
    if let Some(database) = database {
        let _ = write!(shown, "/{}", database.escape_debug());
    }
    shown
}

#[cfg(all(test, unix))]
mod tests;
