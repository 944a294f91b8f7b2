//! Who gives certificates.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};

/// An authority of a test's own.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(authority(name), key).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for [`server`], changed as a test wants it, and its key.
    pub(super) fn give(&self, change: impl Fn(&mut CertificateParams)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut server = server();
        change(&mut server);
        let certificate = server.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// Gives a certificate of an authority that has its own certificate from this one.
    pub(super) fn give_by_another(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = authority("another");
        let another = Self(CertifiedIssuer::signed_by(params, key, &self.0).unwrap());
        let (certificate, key) = another.give(|_| ());
        (certificate + &another.pem(), key)
    }
}

/// Returns a certificate that is signed by its own key.
pub(super) fn of_its_own(change: impl Fn(&mut CertificateParams)) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut server = server();
    change(&mut server);
    let certificate = server.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// The server of these tests, by name and by number.
fn server() -> CertificateParams {
    let mut params = CertificateParams::new(["db.example".to_owned()]).unwrap();
    let number = SanType::IpAddress([127, 0, 0, 1].into());
    params.subject_alt_names.push(number);
    params
}
