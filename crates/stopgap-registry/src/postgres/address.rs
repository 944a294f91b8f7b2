//! Addresses: the servers, and the settings of their connections.

use std::{net::IpAddr, time::Duration};

use tokio_postgres::{
    Config,
    config::{ChannelBinding, LoadBalanceHosts, SslNegotiation, TargetSessionAttrs},
};

use super::{
    parameters::{Parameters, unusable, wrong},
    servers::{Place, Servers},
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
    /// Reads an address, and the files that it names.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let given = Parameters::read(url)?;
        let places = places(&given)?;
        let pool_size = given.number("pool_size", |n| (1..=1_000).contains(n), "1 to 1000")?;
        let deadline = given
            .number(
                "deadline",
                |n| (0.1..=3_600.0).contains(n),
                "0.1 to 3600 seconds",
            )?
            .map(Duration::from_secs_f64);
        let replicas = replicas(&given)?;
        let network = places
            .iter()
            .chain(&replicas)
            .any(|place| !place.is_socket());
        let tls = Tls::of(&given, network)?;

        let session = session(&given)?;
        let balance = given.choice(
            "load_balance_hosts",
            &[
                ("disable", LoadBalanceHosts::Disable),
                ("random", LoadBalanceHosts::Random),
            ],
        )?;
        let attributes = given.choice(
            "target_session_attrs",
            &[
                ("any", TargetSessionAttrs::Any),
                ("read-write", TargetSessionAttrs::ReadWrite),
                // A primary that refuses writes is no use either.
                ("primary", TargetSessionAttrs::ReadWrite),
            ],
        )?;
        let attributes = attributes.unwrap_or(match places.as_slice() {
            [_] => TargetSessionAttrs::Any,
            _ => TargetSessionAttrs::ReadWrite,
        });
        let servers = |balance, attributes, places: &[Place]| {
            let mut session = session.clone();
            session
                .load_balance_hosts(balance)
                .target_session_attrs(attributes);
            Servers::new(&session, &tls, places)
        };
        let in_order = balance.unwrap_or(LoadBalanceHosts::Disable);
        let spread = balance.unwrap_or(LoadBalanceHosts::Random);
        let primary = servers(in_order, attributes, &places);
        let replicas =
            (!replicas.is_empty()).then(|| servers(spread, TargetSessionAttrs::Any, &replicas));
        Ok(Self {
            servers: primary,
            tls,
            pool_size: pool_size.unwrap_or(16),
            deadline: deadline.unwrap_or(Duration::from_secs(30)),
            owner: given.get("owner").map(str::to_owned),
            replicas,
        })
    }
}

/// Returns the places of the servers, at least one.
fn places(given: &Parameters) -> Result<Vec<Place>> {
    let list = |name| -> Vec<&str> {
        let list = given.get(name).filter(|list| !list.is_empty());
        list.map(|list| list.split(',').collect())
            .unwrap_or_default()
    };
    let addresses = list("hostaddr")
        .into_iter()
        .map(str::parse)
        .collect::<Result<Vec<IpAddr>, _>>()
        .map_err(|_| {
            wrong(
                "hostaddr",
                "has to be IP addresses, joined by commas, one for each host",
            )
        })?;
    let numbers: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let mut hosts = list("host");
    if hosts.is_empty() {
        hosts = numbers.iter().map(String::as_str).collect();
    }
    if hosts.is_empty() {
        return Err(unusable(
            "it names no host; write postgres://HOST/DATABASE, or name the folder of a socket: \
             postgres:///DATABASE?host=/var/run/postgresql",
        ));
    }
    if !addresses.is_empty() && addresses.len() != hosts.len() {
        return Err(wrong("hostaddr", "has to have one address for each host"));
    }
    let ports = list("port");
    if ports.len() > 1 && ports.len() != hosts.len() {
        return Err(wrong("port", "has to be one, or one for each host"));
    }
    let every = ports.first().copied().unwrap_or("");
    let places = hosts.into_iter().enumerate().map(|(index, host)| {
        let port = ports.get(index).copied().unwrap_or(every);
        Place::new(host, addresses.get(index).copied(), port)
    });
    places.collect()
}

/// Returns the places of the replicas.
fn replicas(given: &Parameters) -> Result<Vec<Place>> {
    let list = given.get("replicas");
    let list = list.into_iter().flat_map(|list| list.split(','));
    list.map(Place::read).collect()
}

/// Returns the settings of a session, without its place.
fn session(given: &Parameters) -> Result<Config> {
    let mut config = Config::new();
    if let Some(user) = given.get("user") {
        config.user(user);
    }
    if let Some(password) = given.get("password") {
        config.password(password);
    }
    if let Some(database) = given.get("dbname") {
        config.dbname(database);
    }
    if let Some(options) = given.get("options") {
        config.options(options);
    }
    config.application_name(given.get("application_name").unwrap_or("stopgap"));
    let binding = given.choice(
        "channel_binding",
        &[
            ("disable", ChannelBinding::Disable),
            ("prefer", ChannelBinding::Prefer),
            ("require", ChannelBinding::Require),
        ],
    )?;
    config.channel_binding(binding.unwrap_or(ChannelBinding::Prefer));
    let negotiation = given.choice(
        "sslnegotiation",
        &[
            ("postgres", SslNegotiation::Postgres),
            ("direct", SslNegotiation::Direct),
        ],
    )?;
    config.ssl_negotiation(negotiation.unwrap_or(SslNegotiation::Postgres));
    patience(given, &mut config)?;
    Ok(config)
}

/// Sets the times after which a silent server is given up.
fn patience(given: &Parameters, config: &mut Config) -> Result<()> {
    let seconds = |name, default| -> Result<_> {
        let passes = |seconds: &u64| (1..=32_767).contains(seconds);
        let seconds = given.number(name, passes, "1 to 32767 seconds")?;
        Ok(Duration::from_secs(seconds.unwrap_or(default)))
    };
    // As in libpq, 0 is no limit. The deadline of the call still is one.
    let connect = given.number("connect_timeout", |n| *n <= 3_600, "0 to 3600 seconds")?;
    match connect.unwrap_or(5) {
        0 => {}
        seconds => {
            config.connect_timeout(Duration::from_secs(seconds));
        }
    }
    let unacknowledged = given.number(
        "tcp_user_timeout",
        |n| *n <= 3_600_000,
        "0 to 3600000 milliseconds",
    )?;
    match unacknowledged.unwrap_or(30_000) {
        0 => {}
        milliseconds => {
            config.tcp_user_timeout(Duration::from_millis(milliseconds));
        }
    }
    let alive = given.choice("keepalives", &[("0", false), ("1", true)])?;
    let retries = |n: &u32| (1..=127).contains(n);
    let retries = given.number("keepalives_count", retries, "1 to 127")?;
    config
        .keepalives(alive.unwrap_or(true))
        .keepalives_idle(seconds("keepalives_idle", 30)?)
        .keepalives_interval(seconds("keepalives_interval", 10)?)
        .keepalives_retries(retries.unwrap_or(3));
    Ok(())
}

#[cfg(test)]
mod tests;
