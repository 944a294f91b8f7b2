//! The parameters of an address.

use std::{collections::BTreeMap, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::store::{Result, StoreError};

/// The parameters of libpq that are supported, and those of Stopgap.
const KNOWN: [&str; 26] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "deadline",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "owner",
    "password",
    "pool_size",
    "port",
    "replicas",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// The parts of an address, read as libpq reads them. An address that could be read in two ways
/// is refused: a part of a password must not be taken for a host, or be shown.
pub(super) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT,…/DATABASE?NAME=VALUE&…`.
    pub(super) fn read(url: &str) -> Result<Self> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or_else(|| unusable("it begins neither with postgres:// nor with postgresql://"))?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (credentials, hosts) = match authority.split_once('@') {
            Some((credentials, hosts)) => (Some(credentials), hosts),
            None => (None, authority),
        };
        // A password that was not encoded ends too early, and its rest looks like a host, a
        // database or a parameter.
        if hosts.contains('@') || rest.contains('@') {
            return Err(unusable(
                "there is an @ where none belongs; in a user, password or value write @ as %40, \
                 : as %3A, / as %2F, ? as %3F, # as %23, & as %26 and % as %25",
            ));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));

        let mut given = Self(BTreeMap::new());
        if let Some(credentials) = credentials {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            given.put_unless_empty("user", user)?;
            given.put_unless_empty("password", password)?;
        }
        if !hosts.is_empty() {
            let (hosts, ports) = split_hosts(hosts)?;
            given.put("host", &hosts)?;
            given.put("port", &ports)?;
        }
        given.put_unless_empty("dbname", path.strip_prefix('/').unwrap_or(path))?;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(unusable(
                    "behind the ? stand NAME=VALUE, joined by &; one has no =",
                ));
            };
            given.put(known(name)?, value)?;
        }
        Ok(given)
    }

    fn put_unless_empty(&mut self, name: &'static str, value: &str) -> Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        self.put(name, value)
    }

    fn put(&mut self, name: &'static str, value: &str) -> Result<()> {
        let encoded = value.split('%').skip(1).all(|behind| {
            let digits = behind.as_bytes().get(..2);
            digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
        });
        if !encoded {
            return Err(wrong(
                name,
                "has a % without two hex digits behind it; write % as %25",
            ));
        }
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| wrong(name, "is not UTF-8"))?;
        if value.contains('\0') {
            return Err(wrong(name, "has a zero byte"));
        }
        if self.0.insert(name, value.into_owned()).is_some() {
            return Err(wrong(name, "is given twice"));
        }
        Ok(())
    }

    /// Returns the value of a parameter; `None` if it is not given.
    pub(super) fn get(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the number of a parameter, which must pass; `None` if it is not given.
    pub(super) fn number<T: FromStr>(
        &self,
        name: &'static str,
        passes: impl Fn(&T) -> bool,
        wanted: &str,
    ) -> Result<Option<T>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        // Refuses 1e3 and NaN, which are numbers for Rust.
        let plain = value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        match value.parse() {
            Ok(number) if plain && passes(&number) => Ok(Some(number)),
            _ => Err(wrong(name, &format!("has to be {wanted}"))),
        }
    }

    /// Returns the choice for the word of a parameter; `None` if it is not given.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        among: &[(&str, T)],
    ) -> Result<Option<T>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let found = among.iter().find(|(word, _)| *word == value);
        let Some((_, choice)) = found else {
            let words: Vec<_> = among.iter().map(|(word, _)| *word).collect();
            let wanted = format!("has to be one of {}", words.join(", "));
            return Err(wrong(name, &wanted));
        };
        Ok(Some(*choice))
    }
}

/// Returns the hosts and the ports, both joined by commas, as in libpq.
fn split_hosts(hosts: &str) -> Result<(String, String)> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for host in hosts.split(',') {
        let (name, port) = split_port(host)?;
        names.push(name);
        ports.push(port);
    }
    Ok((names.join(","), ports.join(",")))
}

/// Splits `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`. The port may be empty.
pub(super) fn split_port(host: &str) -> Result<(&str, &str)> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or(("", "?")),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    match port.strip_prefix(':') {
        Some(port) if !port.contains(':') => Ok((name, port)),
        None if port.is_empty() => Ok((name, port)),
        _ => Err(unusable(
            "a host is written HOST, HOST:PORT, [IPv6] or [IPv6]:PORT",
        )),
    }
}

/// Parameters of libpq that are not supported, and names that are often written in place of a
/// known one. Errors show only these: another name may be a part of a password.
const REFUSED: [&str; 20] = [
    "client_encoding",
    "database",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "max_protocol_version",
    "min_protocol_version",
    "passfile",
    "pool_timeout",
    "replication",
    "require_auth",
    "requirepeer",
    "schema",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "ssl_mode",
    "sslcompression",
];

fn known(name: &str) -> Result<&'static str> {
    if let Some(known) = KNOWN.iter().find(|known| **known == name) {
        return Ok(known);
    }
    let why = match name {
        "sslcrl" | "sslcrldir" => {
            "sslcrl and sslcrldir are not followed: no revocation lists are read; leave them out \
             and let certificates be short-lived, or exchange the authority"
                .to_owned()
        }
        "sslpassword" => "sslpassword is not followed; let sslkey name a key that is not \
                          encrypted, and that no other user may read"
            .to_owned(),
        "passfile" | "service" => {
            format!("{name} is not followed: no other files of libpq's are read; write it out")
        }
        _ => {
            let named = REFUSED.iter().find(|refused| **refused == name);
            let named = named.map_or("a parameter".to_owned(), |name| {
                format!("the parameter {name}")
            });
            format!("{named} is not known; known are {}", KNOWN.join(", "))
        }
    };
    Err(StoreError::Address { why })
}

/// Returns the error of an address that cannot be used. `why` has no part of the address.
pub(super) fn unusable(why: impl Into<String>) -> StoreError {
    StoreError::Address { why: why.into() }
}

/// Returns the error of one parameter.
pub(super) fn wrong(name: &str, why: &str) -> StoreError {
    unusable(format!("{name} {why}"))
}
