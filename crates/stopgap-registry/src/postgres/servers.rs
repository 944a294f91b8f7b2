//! Servers that have the same database, of which one must answer.
//!
//! The client could try the hosts of an address itself, but limits only the time until a TCP
//! connection is there. After a host that accepts it and then is silent, the next would never
//! be tried. Here the limit includes the login, as in libpq.

use std::{fmt::Write as _, net::IpAddr, time::Duration};

use stopgap::{SysRng, rand_core::TryRng};
use tokio::{net::lookup_host, time::timeout};
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, LoadBalanceHosts, SslMode},
};

use super::{
    auth::Stream,
    error::Trouble,
    mistake::{unusable, wrong},
    tls::Tls,
};
use crate::store::Result;

/// The end of a connection that reads and writes.
pub(super) type Messages = Connection<Socket, Stream>;

/// The servers, in the order in which they are tried.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    pub(super) each: Vec<Config>,
    /// Their hosts and ports, and the database, as errors show them.
    pub(super) shown: String,
}

impl Servers {
    /// Reads the hosts of servers, the IP addresses of those that need not be looked up, and
    /// the ports, each joined by commas.
    pub(super) fn read(
        session: &Config,
        hosts: &str,
        addresses: &str,
        ports: &str,
    ) -> Result<Self> {
        let hosts: Vec<_> = hosts.split(',').collect();
        let ports: Vec<_> = ports.split(',').collect();
        let addresses = addresses.split(',').filter(|_| !addresses.is_empty());
        let addresses = addresses.map(|address| {
            let address = address.parse::<IpAddr>();
            address.map_err(|_| wrong("hostaddr", "has to be IP addresses, joined by commas"))
        });
        let addresses: Vec<_> = addresses.collect::<Result<_>>()?;
        if !addresses.is_empty() && addresses.len() != hosts.len() {
            return Err(wrong("hostaddr", "has to have one address for each host"));
        }
        if ports.len() > 1 && ports.len() != hosts.len() {
            return Err(wrong("port", "has to be one, or one for each host"));
        }
        let (mut each, mut shown) = (Vec::new(), Vec::new());
        for (place, (host, port)) in hosts.into_iter().zip(ports.into_iter().cycle()).enumerate() {
            let port = match port {
                "" => 5_432,
                port => port.parse().unwrap_or(0),
            };
            if port == 0 {
                return Err(wrong("port", "has to be 1 to 65535"));
            }
            if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return Err(unusable(
                    "a host is a name, an IP address, or the folder of a socket, such as \
                     ?host=/var/run/postgresql",
                ));
            }
            let mut server = session.clone();
            server.host(host).port(port);
            if let Some(address) = addresses.get(place) {
                server.hostaddr(*address);
            } else if host.starts_with('/') {
                // Servers have no TLS for a socket.
                server.ssl_mode(SslMode::Disable);
            }
            each.push(server);
            shown.push(if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            });
        }
        let mut shown = shown.join(",");
        if let Some(database) = session.get_dbname() {
            let _ = write!(shown, "/{}", database.escape_debug());
        }
        Ok(Self { each, shown })
    }

    pub(super) fn are_several(&self) -> bool {
        self.each.len() > 1
    }

    /// Returns `true` if any of them is reached by a socket in a folder.
    pub(super) fn have_sockets(&self) -> bool {
        let mut hosts = self.each.iter().flat_map(Config::get_hosts);
        hosts.any(|host| !matches!(host, Host::Tcp(_)))
    }

    /// Returns `true` if the connection to any of them has TLS.
    pub(super) fn have_tls(&self) -> bool {
        let mut modes = self.each.iter().map(Config::get_ssl_mode);
        modes.any(|mode| mode != SslMode::Disable)
    }

    /// Connects to the first server that accepts the connection. If none does, the error is
    /// that of the last one.
    pub(super) async fn connect(&self, tls: &Tls) -> Result<(Client, Messages), Trouble> {
        let mut trouble = Trouble::TooLate;
        for server in in_order(self.each.clone()) {
            let patience = server.get_connect_timeout().copied();
            let patience = patience.unwrap_or(Duration::MAX);
            let Ok(found) = timeout(patience, look_up(server)).await else {
                trouble = Trouble::TooLate;
                continue;
            };
            for mut server in in_order(found) {
                let guard = tls.guard(&mut server);
                match timeout(patience, server.connect(guard)).await {
                    Ok(Ok(connected)) => return Ok(connected),
                    Ok(Err(error)) => trouble = error.into(),
                    Err(_) => trouble = Trouble::TooLate,
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
        servers.sort_by_cached_key(|_| SysRng.try_next_u64().unwrap_or_default());
    }
    servers
}

#[cfg(all(test, unix))]
mod tests;
