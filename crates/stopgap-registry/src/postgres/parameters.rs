//! The parameters of an address.

use std::{collections::BTreeMap, ops::RangeInclusive, str::FromStr};

use percent_encoding::percent_decode_str;

use super::{
    mistake::{unusable, wrong},
    service,
    surroundings::Surroundings,
};
use crate::store::Result;

/// The parameters of libpq that are supported, and those of Stopgap.
const KNOWN: &str = "application_name, channel_binding, connect_timeout, dbname, deadline, host, \
    hostaddr, keepalives, keepalives_count, keepalives_idle, keepalives_interval, \
    load_balance_hosts, options, owner, passfile, password, pool_size, port, replicas, \
    require_auth, service, sslcert, sslkey, sslmode, sslnegotiation, sslrootcert, target_session_attrs, tcp_user_timeout, user";

/// Parameters of libpq that are not supported, and names that are often written in place of a
/// known one. Errors show only these: another name may be a part of a password.
const REFUSED: &str = "client_encoding, database, fallback_application_name, gssdelegation, \
    gssencmode, gsslib, krbsrvname, max_protocol_version, min_protocol_version, pool_timeout, \
    replication, requirepeer, schema, ssl_max_protocol_version, \
    ssl_min_protocol_version, ssl_mode, sslcompression";

/// The values of parameters that are not given.
const DEFAULTS: [(&str, &str); 9] = [
    ("application_name", "stopgap"),
    ("connect_timeout", "5"),
    ("deadline", "30"),
    ("keepalives_count", "3"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("pool_size", "16"),
    ("sslmode", "verify-full"),
    ("tcp_user_timeout", "30000"),
];

/// The parts of an address, read as libpq reads them. An address that could be read in two ways
/// is refused: a part of a password must not be taken for a host, or be shown.
pub(super) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT,…/DATABASE?NAME=VALUE&…`.
    /// Parameters that it does not give come from a service, if one is named.
    pub(super) fn read(url: &str, around: &Surroundings) -> Result<Self> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or_else(|| unusable("it begins neither with postgres:// nor with postgresql://"))?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (credentials, hosts) = authority.split_once('@').unwrap_or(("", authority));
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
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let database = path.strip_prefix('/').unwrap_or(path);
        for (name, value) in [("user", user), ("password", password), ("dbname", database)] {
            if !value.is_empty() {
                given.put(name, value)?;
            }
        }
        if !hosts.is_empty() {
            let (hosts, ports) = split_hosts(hosts)?;
            given.put("host", &hosts)?;
            given.put("port", &ports)?;
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(unusable(
                    "a parameter after the ? has no =; write NAME=VALUE&NAME=VALUE",
                ));
            };
            given.put(known(name)?, value)?;
        }
        given.serve(around)?;
        for (name, default) in DEFAULTS {
            given.0.entry(name).or_insert_with(|| default.to_owned());
        }
        Ok(given)
    }

    /// Adds the parameters of a service that are not given.
    fn serve(&mut self, around: &Surroundings) -> Result<()> {
        // Hosts of an address bring ports, which may be empty.
        let has_no_port = |port: &String| port.chars().all(|one| one == ',');
        if self.0.get("port").is_some_and(has_no_port) {
            self.0.remove("port");
        }
        let named = self.0.remove("service").or_else(|| around.service.clone());
        let Some(service) = named.filter(|service| !service.is_empty()) else {
            return Ok(());
        };
        let given: Vec<&str> = self.0.keys().copied().collect();
        for (name, value) in service::read(&service, around)? {
            let name = known(&name)?;
            if name == "service" {
                return Err(unusable("its service names another service"));
            }
            if !given.contains(&name) {
                self.put_as_is(name, &value)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, name: &'static str, value: &str) -> Result<()> {
        let encoded = value.split('%').skip(1).all(|behind| {
            let digits = behind.as_bytes().get(..2);
            digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
        });
        if !encoded {
            return Err(wrong(
                name,
                "has a % without two hex digits after it; write % as %25",
            ));
        }
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| wrong(name, "is not UTF-8"))?;
        self.put_as_is(name, &value)
    }

    /// Adds a value without escapes.
    fn put_as_is(&mut self, name: &'static str, value: &str) -> Result<()> {
        if value.contains('\0') {
            return Err(wrong(name, "has a zero byte"));
        }
        check(name, value)?;
        if self.0.insert(name, value.to_owned()).is_some() {
            return Err(wrong(name, "is given twice"));
        }
        Ok(())
    }

    /// Returns the value of a parameter; `None` if it is not given and has no default.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the number of a parameter that has a default.
    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<T> {
        let number = self.get(name).and_then(|value| value.parse().ok());
        number.ok_or_else(|| wrong(name, "has to be a number"))
    }
}

/// Checks the value of a parameter.
fn check(name: &str, value: &str) -> Result<()> {
    let one_of = |words: &str| {
        let fits = words.split(", ").any(|word| word == value);
        (fits, format!("one of {words}"))
    };
    let number = |range: RangeInclusive<f64>, unit: &str| {
        // Refuses 1e3 and NaN, which are numbers for Rust.
        let is_plain = |byte: u8| byte.is_ascii_digit() || (byte == b'.' && name == "deadline");
        let fits = value.bytes().all(is_plain)
            && value.parse().is_ok_and(|number| range.contains(&number));
        (fits, format!("{} to {}{unit}", range.start(), range.end()))
    };
    let (fits, wanted) = match name {
        "channel_binding" => one_of("disable, prefer, require"),
        "connect_timeout" => number(0.0..=3_600.0, " seconds"),
        "deadline" => number(0.1..=3_600.0, " seconds"),
        "keepalives" => one_of("0, 1"),
        "keepalives_count" => number(1.0..=127.0, ""),
        "keepalives_idle" | "keepalives_interval" => number(1.0..=32_767.0, " seconds"),
        "load_balance_hosts" => one_of("disable, random"),
        "pool_size" => number(1.0..=1_000.0, ""),
        "sslmode" => one_of("disable, allow, prefer, require, verify-ca, verify-full"),
        "sslnegotiation" => one_of("postgres, direct"),
        "target_session_attrs" => one_of("any, read-write, primary"),
        "tcp_user_timeout" => number(0.0..=3_600_000.0, " milliseconds"),
        _ => return Ok(()),
    };
    if fits {
        Ok(())
    } else {
        Err(wrong(name, &format!("has to be {wanted}")))
    }
}

/// Returns the hosts and the ports, both joined by commas, as in libpq.
pub(super) fn split_hosts(hosts: &str) -> Result<(String, String)> {
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
fn split_port(host: &str) -> Result<(&str, &str)> {
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

fn known(name: &str) -> Result<&'static str> {
    let is_it = |other: &&str| *other == name;
    if let Some(known) = KNOWN.split(", ").find(is_it) {
        return Ok(known);
    }
    Err(unusable(match name {
        "sslcrl" | "sslcrldir" => {
            "sslcrl and sslcrldir are not followed: no revocation lists are read; leave them out \
             and let certificates be short-lived, or exchange the authority"
                .to_owned()
        }
        "sslpassword" => "sslpassword is not followed; let sslkey name a key that is not \
                          encrypted, and that no other user may read"
            .to_owned(),
        _ => match REFUSED.split(", ").find(is_it) {
            Some(name) => format!("the parameter {name} is not known; known are {KNOWN}"),
            None => format!("a parameter is not known; known are {KNOWN}"),
        },
    }))
}
