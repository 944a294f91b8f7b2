//! Addresses: the servers, and the settings of their connections.

use std::{fmt::Write as _, time::Duration};

use tokio_postgres::Config;

use super::{
    mistake::{unusable, wrong},
    parameters::{Parameters, split_hosts},
    passfile::PassFile,
    servers::Servers,
    surroundings::Surroundings,
    tls::Tls,
};
use crate::store::Result;

/// A `postgres://` address, with the defaults of all parameters that it does not give.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// The servers to write to.
    pub(super) servers: Servers,
    /// The TLS of their connections.
    pub(super) tls: Tls,
    /// The highest number of connections.
    pub(super) pool_size: usize,
    /// The longest time of a call.
    pub(super) deadline: Duration,
    /// The role that owns the schema; `None` for the current user.
    pub(super) owner: Option<String>,
    /// The servers to read from, if the address names any.
    pub(super) replicas: Option<Servers>,
}

impl Address {
    /// Reads an address alone.
    #[cfg(test)]
    pub(super) fn parse_alone(url: &str) -> Result<Self> {
        Self::parse(url, &Surroundings::default())
    }

    /// Reads an address, and the files that it and the surroundings name.
    pub(super) fn parse(url: &str, around: &Surroundings) -> Result<Self> {
        let given = Parameters::read(url, around)?;
        let get = |name| given.get(name).unwrap_or_default();
        let (addresses, ports) = (get("hostaddr"), get("port"));
        let hosts = match get("host") {
            "" => addresses,
            hosts => hosts,
        };
        if hosts.is_empty() {
            return Err(unusable(
                "it names no host; write postgres://HOST/DATABASE, or name the folder of a \
                 socket: postgres:///DATABASE?host=/var/run/postgresql",
            ));
        }
        let attributes = match given.get("target_session_attrs") {
            // A primary that refuses writes is no use either.
            Some("primary") => "read-write",
            Some(attributes) => attributes,
            None if hosts.contains(',') => "read-write",
            None => "any",
        };
        let balance = given.get("load_balance_hosts");
        let primary = session(&given, attributes, balance.unwrap_or("disable"))?;
        let mut servers = Servers::read(&primary, hosts, addresses, ports)?;
        let mut replicas = match given.get("replicas") {
            Some(list) => {
                let session = session(&given, "any", balance.unwrap_or("random"))?;
                let (hosts, ports) = split_hosts(list)?;
                Some(Servers::read(&session, &hosts, "", &ports)?)
            }
            None => None,
        };
        if given.get("password").is_none() {
            let user = whoami::username().unwrap_or_default();
            let file = PassFile::read(&given, around)?;
            for servers in [Some(&mut servers), replicas.as_mut()]
                .into_iter()
                .flatten()
            {
                file.fill(servers, &user)?;
            }
        }
        let has_sockets =
            servers.have_sockets() || replicas.as_ref().is_some_and(Servers::have_sockets);
        if has_sockets && given.get("require_auth").is_some() {
            return Err(wrong(
                "require_auth",
                "is not followed for a socket, which only this machine's users can reach",
            ));
        }
        let has_tls = servers.have_tls() || replicas.as_ref().is_some_and(Servers::have_tls);
        Ok(Self {
            tls: Tls::read(&given, has_tls)?,
            pool_size: given.number("pool_size")?,
            deadline: Duration::from_secs_f64(given.number("deadline")?),
            owner: given.get("owner").map(str::to_owned),
            servers,
            replicas,
        })
    }
}

/// The parameters that the client reads as they are.
const OF_CLIENT: [&str; 11] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "options",
    "password",
    "sslnegotiation",
    "user",
];

/// Returns the settings of a session, without its place. The client reads them in the form
/// `NAME='VALUE' …`, because in an address it takes several hosts for one.
fn session(given: &Parameters, attributes: &str, balance: &str) -> Result<Config> {
    let mode = match given.get("sslmode") {
        Some("disable") => "disable",
        Some("allow" | "prefer") => "prefer",
        _ => "require",
    };
    let mut text =
        format!("sslmode={mode} target_session_attrs={attributes} load_balance_hosts={balance}");
    for name in OF_CLIENT {
        if let Some(value) = given.get(name) {
            let value = value.replace('\\', r"\\").replace('\'', r"\'");
            let _ = write!(text, " {name}='{value}'");
        }
    }
    // The client's error may hold a part of the address.
    let config = text.parse::<Config>();
    let mut config = config.map_err(|_| unusable("the client cannot read it"))?;
    config.keepalives_retries(given.number("keepalives_count")?);
    let milliseconds = given.number("tcp_user_timeout")?;
    // As in libpq, 0 is no limit. The deadline of the call still is one.
    if milliseconds > 0 {
        config.tcp_user_timeout(Duration::from_millis(milliseconds));
    }
    Ok(config)
}

#[cfg(test)]
mod tests;
