//! Online codes and security codes: verifying, authenticating, issuing.

use std::convert::Infallible;

use chrono::{DateTime, Utc};
use rand_chacha::rand_core::{TryCryptoRng, TryRng};
use stopgap::{
    Access, CodeDigest, CodeFormat, Granted, KeyId, KeyRing, Life, MasterKey, Name, OnlineGrant,
    OnlinePolicy, Purpose, Purposes, Refusal, Role, Scope, SecurityCode,
};

use super::{expect, now, text, wrong};
use crate::{
    case::{Case, kept_wrong, with_keys},
    tool::{Tool, Wrong},
};

const USER: &str = "alice";
const TYPED: &str = "3F9A-77C2-01BE";
const PRESENTED: &str = "0123-4567-89AB-CDEF-FEDC-BA98-7654-3210";

pub(super) fn ring(key: [u8; 32]) -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes(key))
}

fn tomorrow() -> DateTime<Utc> {
    DateTime::from_timestamp(now().timestamp().saturating_add(86_400), 0).unwrap_or_default()
}

/// What a store keeps of an online code, where it keeps this digest.
pub(super) fn grant(digest: [u8; 32]) -> Result<OnlineGrant<&'static str>, Wrong> {
    Ok(OnlineGrant {
        key_id: KeyId(1),
        digest: CodeDigest::from_bytes(digest),
        user: Name::borrowed(USER).map_err(wrong)?,
        format: CodeFormat::ONLINE,
        purposes: Purposes::ALL,
        issued_at: now(),
        not_before: None,
        expires_at: tomorrow(),
        max_uses: Some(3),
        uses: 1,
        revoked_at: None,
    })
}

fn online_digest(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    let code = CodeFormat::ONLINE.normalize(TYPED).map_err(wrong)?;
    let user = Name::borrowed(USER).map_err(wrong)?;
    let keys = ring(*key);
    let digest = keys.online_digests(&user, &code).next();
    Ok(*digest.ok_or("a ring has a key")?.1.as_bytes())
}

pub(super) fn verify_granted_cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| Ok((online_digest(key)?, TYPED.into())))
}

pub(super) fn verify_granted(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let granted = Granted {
        user: USER,
        purpose: Purpose::Reset,
        expires_at: tomorrow(),
        uses_left: Some(1),
    };
    verify(case, tool, Ok(granted))
}

pub(crate) fn verify_refused_cases() -> Result<Vec<Case>, Wrong> {
    kept_wrong(TYPED, online_digest)
}

pub(crate) fn verify_refused(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    verify(case, tool, Err(Refusal::Unknown))
}

fn verify(case: &Case, tool: &mut Tool, expected: Result<Granted, Refusal>) -> Result<(), Wrong> {
    let keys = ring(tool.secret(case.key));
    let mut grant = grant(tool.secret(case.kept))?;
    let verdict = tool.measure(|| grant.verify(&keys, USER, &case.typed, Purpose::Reset, now()));
    expect(tool, verdict, &expected)
}

fn security_digest(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    let code = CodeFormat::SECURITY.normalize(PRESENTED).map_err(wrong)?;
    let keys = ring(*key);
    let digest = keys.security_digests(&code).next();
    Ok(*digest.ok_or("a ring has a key")?.1.as_bytes())
}

pub(super) fn authenticate_cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| Ok((security_digest(key)?, PRESENTED.into())))
}

pub(super) fn authenticate(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(tool.secret(case.key));
    let record = security_code(tool.secret(case.kept));
    let scope = tool.measure(|| record.authenticate(&keys, &case.typed, |_| Role::User, now()));
    let expected = Scope {
        role: Role::SuperAdministrator,
        user: None,
        limited: false,
    };
    expect(tool, scope, &Ok(expected))
}

/// What a store keeps of a security code.
pub(super) fn security_code(digest: [u8; 32]) -> SecurityCode {
    SecurityCode {
        key_id: KeyId(1),
        digest: CodeDigest::from_bytes(digest),
        access: Access::SuperAdministrator,
        description: String::new(),
        created_at: now(),
        life: Life::Permanent,
    }
}

/// Random numbers that are secret.
struct Secret<'a>(&'a [u8]);

impl TryRng for Secret<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, places: &mut [u8]) -> Result<(), Infallible> {
        for (place, byte) in places.iter_mut().zip(self.0) {
            *place = *byte;
        }
        Ok(())
    }
}

impl TryCryptoRng for Secret<'_> {}

pub(super) fn issue_cases() -> Result<Vec<Case>, Wrong> {
    text::cases()
}

/// The code and its digest, of secret random numbers under a secret key.
pub(super) fn issue(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(tool.secret(case.key));
    let random = tool.secret(case.kept);
    let policy = OnlinePolicy::default();
    let issued = tool.measure(|| policy.issue(&keys, USER, now(), &mut Secret(&random)));
    let (code, grant) = issued.map_err(wrong)?;
    tool.came_of_secret(grant.digest.as_bytes())?;
    tool.came_of_secret(code.reveal().canonical().as_bytes())
}
