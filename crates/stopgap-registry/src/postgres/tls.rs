//! TLS, and the certificates that are accepted.

mod nameless;

use std::{fmt, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{SslMode, SslNegotiation},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use self::nameless::Nameless;
use super::{
    auth::{Guard, Methods},
    mistake::{unusable, wrong},
    parameters::Parameters,
};
use crate::store::Result;

/// The TLS of connections, and the methods by which servers may ask for the password.
#[derive(Clone)]
pub(super) struct Tls {
    connect: MakeRustlsConnect,
    methods: Option<Methods>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the parameters of TLS, if any server `has_tls`.
    pub(super) fn read(given: &Parameters, has_tls: bool) -> Result<Self> {
        let mode = given.get("sslmode").filter(|_| has_tls);
        let mode = mode.unwrap_or("disable");
        let direct = given.get("sslnegotiation") == Some("direct");
        if direct && matches!(mode, "allow" | "prefer") {
            return Err(wrong(
                "sslnegotiation",
                "can be direct only if sslmode is require, verify-ca or verify-full",
            ));
        }
        let mut config = config(mode, given)?;
        if direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        let methods = given.get("require_auth").map(Methods::read).transpose()?;
        if methods.is_some() && matches!(mode, "allow" | "prefer") {
            return Err(wrong(
                "require_auth",
                "goes with any sslmode but allow and prefer, which let the server decide",
            ));
        }
        Ok(Self {
            connect: MakeRustlsConnect::new(config),
            methods,
        })
    }

    /// Returns the connector of a server. One without TLS looks at the server's request as well,
    /// if not all methods are allowed.
    pub(super) fn guard(&self, server: &mut Config) -> Guard {
        let is_plain = server.get_ssl_mode() == SslMode::Disable;
        if is_plain && self.methods.is_some() {
            // The client then hands the connection to the connector without a question to the
            // server.
            server.ssl_mode(SslMode::Require);
            server.ssl_negotiation(SslNegotiation::Direct);
        }
        let tls = (!is_plain).then(|| self.connect.clone());
        let methods = self.methods;
        Guard { tls, methods }
    }
}

fn config(mode: &str, given: &Parameters) -> Result<ClientConfig> {
    // The default provider of the process may be another.
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(format!("TLS cannot be set up: {error}")))?;
    let builder = match (mode, given.get("sslrootcert")) {
        // No authority is trusted, so a use by mistake would fail.
        ("disable", _) => builder.with_root_certificates(RootCertStore::empty()),
        ("verify-full", None | Some("system")) => builder.with_root_certificates(system()?),
        ("verify-full", Some(file)) => builder.with_root_certificates(roots(file)?),
        (_, Some("system")) => {
            return Err(wrong(
                "sslrootcert",
                "can be system only if sslmode is verify-full: those authorities certify the \
                 owner of any name",
            ));
        }
        ("verify-ca", None) => {
            return Err(wrong(
                "sslmode",
                "can be verify-ca only if sslrootcert names a file: the system's authorities \
                 certify the owner of any name",
            ));
        }
        (_, file) => {
            let roots = file.map(roots).transpose()?;
            let verifier = Nameless::new(roots, &provider);
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    let (cert, key) = match (mode, given.get("sslcert"), given.get("sslkey")) {
        ("disable", _, _) | (_, None, None) => return Ok(builder.with_no_client_auth()),
        (_, Some(cert), Some(key)) => (cert, key),
        _ => return Err(unusable("sslcert and sslkey go together; give both")),
    };
    let (chain, key) = (certificates("sslcert", cert)?, private_key(key)?);
    builder.with_client_auth_cert(chain, key).map_err(|error| {
        unusable(format!(
            "the key of sslkey does not go with the certificate of sslcert: {error}"
        ))
    })
}

/// Returns the authorities that the operating system trusts.
fn system() -> Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        let first = found.errors.first();
        let why = first.map_or_else(String::new, |error| format!(" ({error})"));
        return Err(unusable(format!(
            "this system trusts no authority{why}; install its ca-certificates, or name a file \
             by sslrootcert"
        )));
    }
    Ok(roots)
}

/// Returns the authorities in a file.
fn roots(file: &str) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("sslrootcert", file)? {
        roots
            .add(certificate)
            .map_err(|error| unreadable("sslrootcert", file, &error))?;
    }
    Ok(roots)
}

/// Returns the certificates in a file, at least one.
fn certificates(name: &str, file: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(name, file, &error))?;
    if certificates.is_empty() {
        return Err(unreadable(
            name,
            file,
            &"there is no CERTIFICATE in it, in PEM",
        ));
    }
    Ok(certificates)
}

fn private_key(file: &str) -> Result<PrivateKeyDer<'static>> {
    if others_may_read(Path::new(file)) {
        return Err(unreadable(
            "sslkey",
            file,
            &"other users may read it; run chmod 600 on it",
        ));
    }
    PrivateKeyDer::from_pem_file(file).map_err(|error| match error {
        pem::Error::NoItemsFound => unreadable(
            "sslkey",
            file,
            &"there is no PRIVATE KEY in it, in PEM and not encrypted",
        ),
        error => unreadable("sslkey", file, &error),
    })
}

/// Returns `true` if other users may read a key. A group may read a key of root's. libpq has
/// the same rule.
#[cfg(unix)]
fn others_may_read(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    file.metadata().is_ok_and(|file| {
        let others = if file.uid() == 0 { 0o037 } else { 0o077 };
        file.mode() & others != 0
    })
}

/// libpq checks no access control list of Windows either.
#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}

fn unreadable(name: &str, file: &str, why: &dyn fmt::Display) -> crate::StoreError {
    unusable(format!(
        "{name} names {file:?}, which cannot be used: {why}"
    ))
}

#[cfg(all(test, unix))]
mod tests;
