//! Online codes and security codes, and the tags of their records.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use stopgap::{
    Access, CodeDigest, CodeFormat, KeyId, KeyRing, Life, MasterKey, Name, OnlineGrant,
    OnlinePolicy, Purpose, RecordTag, Refusal, Role, SecurityCode,
};

use crate::{
    case::{Case, kept_right, kept_wrong, secrets},
    tool::{Tool, Wrong, expect},
    valgrind::{public, secret},
    watched::{Watched, now, watched},
};

const USER: &str = "alice";
const TYPED: &str = "3F9A-77C2-01BE";
const SECURITY: &str = "0123-4567-89AB-CDEF-FEDC-BA98-7654-3210";
/// The digest in the records of all classes, if their tag is the stored secret.
const DIGEST: [u8; 32] = [0x5A; 32];

pub(super) const SUBJECTS: [Watched; 6] = [
    watched("verify_granted", || kept_right(TYPED, code_digest), verify),
    VERIFY_REFUSED,
    watched("issue", secrets, issue),
    watched(
        "authenticate",
        || kept_right(SECURITY, security_digest),
        authenticate,
    ),
    watched("tag_fits", || kept_right("", tag), check_tag),
    watched("tag_tampered", || kept_wrong("", tag), check_tag),
];

pub(crate) const VERIFY_REFUSED: Watched =
    watched("verify_refused", || kept_wrong(TYPED, code_digest), verify);

fn ring(key: [u8; 32]) -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes(key))
}

/// Returns the record of an online code, with this digest.
fn grant(digest: [u8; 32]) -> Result<OnlineGrant, Wrong> {
    let policy = OnlinePolicy::default().max_uses(3)?;
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let (_, mut grant) = policy.issue(&ring([0; 32]), USER, now(), &mut random)?;
    grant.digest = CodeDigest::from_bytes(digest);
    Ok(grant)
}

fn code_digest(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    let code = CodeFormat::ONLINE.normalize(TYPED)?;
    let (user, keys) = (Name::borrowed(USER)?, ring(*key));
    let digest = keys.online_digests(&user, &code).next();
    Ok(*digest.ok_or("a ring has a key")?.1.as_bytes())
}

fn verify(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let mut grant = grant(secret(case.kept))?;
    let verdict = tool.measure(|| grant.verify(&keys, USER, &case.typed, Purpose::Reset, now()));
    let granted = public(verdict).map(|granted| granted.purpose);
    let expected = case.right.then_some(Purpose::Reset).ok_or(Refusal::Unknown);
    expect(granted, &expected)
}

/// The record of a security code, with this digest.
fn security_code(digest: [u8; 32]) -> SecurityCode {
    SecurityCode {
        key_id: KeyId(1),
        digest: CodeDigest::from_bytes(digest),
        access: Access::SuperAdministrator,
        description: String::new(),
        created_at: now(),
        life: Life::Permanent,
    }
}

fn security_digest(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    let code = CodeFormat::SECURITY.normalize(SECURITY)?;
    let keys = ring(*key);
    let digest = keys.security_digests(&code).next();
    Ok(*digest.ok_or("a ring has a key")?.1.as_bytes())
}

fn authenticate(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let record = security_code(secret(case.kept));
    let scope = tool.measure(|| record.authenticate(&keys, &case.typed, |_| Role::User, now()));
    let role = public(scope).map(|scope| scope.role);
    expect(role, &Ok(Role::SuperAdministrator))
}

/// Issues a code of secret random numbers under a secret key.
fn issue(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let mut random = ChaCha8Rng::from_seed(secret(case.kept));
    let policy = OnlinePolicy::default();
    let issued = tool.measure(|| policy.issue(&keys, USER, now(), &mut random));
    let (code, grant) = issued?;
    tool.came_of_secret(grant.digest.as_bytes())?;
    tool.came_of_secret(code.reveal().canonical().as_bytes())
}

fn tag(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    Ok(*grant(DIGEST)?.tag(&ring(*key))?.as_bytes())
}

/// Checks the tag of an online code, then computes both kinds of tags.
fn check_tag(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let grant = grant(secret(DIGEST))?;
    let kept = RecordTag::from_bytes(secret(case.kept));
    let verdict = tool.measure(|| grant.check_tag(&keys, &kept));
    expect(verdict, &case.right.then_some(()).ok_or(Refusal::Tampered))?;
    let record = security_code(secret(DIGEST));
    for made in [grant.tag(&keys), record.tag(&keys)] {
        tool.came_of_secret(made?.as_bytes())?;
    }
    Ok(())
}
