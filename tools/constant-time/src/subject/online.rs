//! Online codes, security codes, and the tags of sealed records.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Code, CodeDigest, CodeFormat, KeyId, KeyRing, LifecycleEvent, MasterKey, Name,
    OnlineGrant, OnlinePolicy, Preset, Purpose, RecordTag, Refusal, ReplayPolicy, Role, Scopes,
    Sealed, SecurityCode, SecurityFormat, SecurityRequest, SecurityText, Throttle, UserHead,
    UserThrottle, Verification, VerifyRequest, offline::Enrolment,
};

use crate::{
    case::{Case, cases, kept_right, kept_wrong, keys, random, secrets},
    tool::{Tool, Wrong, expect},
    valgrind::{public, secret},
    watched::{Watched, now, watched},
};

/// Long texts: the instructions of `memcmp` on a short one depend on its address.
const USER: &str = "alice.liddell@wonderland.example.com";
const IDEMPOTENCY_KEY: &str = "6f1e3c58-1c3a-4f0e-9a53-5b1f0c9d2e11";

pub(super) const SUBJECTS: [Watched; 10] = [
    watched(
        "verify_granted",
        || kept_right(&typed()?, code_digest),
        verify,
    ),
    VERIFY_REFUSED,
    watched("issue", secrets, issue),
    watched(
        "authenticate",
        || kept_right(&presented()?, security_digest),
        authenticate,
    ),
    watched("security_text", secrets, security_text),
    watched("tag_fits", || kept_right("", tag), open),
    watched("tag_tampered", || kept_wrong("", tag), open),
    watched("seal_records", secrets, seal_records),
    watched("replay", || Ok(replays(true)), replay),
    watched("replay_reused", || Ok(replays(false)), replay),
];

pub(crate) const VERIFY_REFUSED: Watched = watched(
    "verify_refused",
    || kept_wrong(&typed()?, code_digest),
    verify,
);

fn ring(key: [u8; 32]) -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes(key))
}

/// Returns random numbers that are the same for each key, so that the codes are the same.
fn public_random() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(0)
}

/// Issues an online code with three uses.
fn issued(key: &[u8; 32]) -> Result<(Code, Sealed<OnlineGrant>), Wrong> {
    let policy = OnlinePolicy::default().max_uses(3);
    Ok(policy.issue(&ring(*key), USER, now(), &mut public_random())?)
}

/// Returns the online code that is typed.
fn typed() -> Result<String, Wrong> {
    Ok(issued(&[0; 32])?.0.reveal().to_string())
}

fn code_digest(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    Ok(*issued(key)?.1.unverified().digest.as_bytes())
}

fn tag(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    Ok(*issued(key)?.1.tag().as_bytes())
}

/// Returns the stored record of a code, with a secret digest and a secret tag.
fn stored(
    key: &[u8; 32],
    change: impl FnOnce(&mut [u8; 32], &mut [u8; 32]),
) -> Result<Sealed<OnlineGrant>, Wrong> {
    let (mut record, tag) = issued(key)?.1.into_parts();
    let (mut digest, mut tag) = (*record.digest.as_bytes(), *tag.as_bytes());
    change(&mut digest, &mut tag);
    record.digest = CodeDigest::from_bytes(secret(digest));
    Ok(Sealed::from_parts(
        record,
        RecordTag::from_bytes(secret(tag)),
    ))
}

fn verify(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let sealed = stored(&case.key, |digest, _| *digest = case.kept)?;
    let request = VerifyRequest::new(USER, &case.typed, Purpose::Reset);
    let verdict = tool.measure(|| sealed.verify(&keys, &request, now()));
    let granted = match verdict {
        Ok(granted) => {
            // The record with one use more is sealed again.
            tool.came_of_secret(granted.record.tag().as_bytes())?;
            Ok(granted.purpose)
        }
        Err(refusal) => Err(refusal),
    };
    let expected = case.right.then_some(Purpose::Reset).ok_or(Refusal::Unknown);
    expect(granted, &expected)
}

/// Issues a code of secret random numbers under a secret key.
fn issue(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let mut random = ChaCha8Rng::from_seed(secret(case.kept));
    let policy = OnlinePolicy::default();
    let issued = tool.measure(|| policy.issue(&keys, USER, now(), &mut random));
    let (code, sealed) = issued?;
    tool.came_of_secret(sealed.unverified().digest.as_bytes())?;
    tool.came_of_secret(sealed.tag().as_bytes())?;
    tool.came_of_secret(code.reveal().canonical().as_bytes())
}

/// Checks the tag of a stored record.
fn open(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let sealed = stored(&case.key, |_, tag| *tag = case.kept)?;
    let verdict = tool.measure(|| sealed.open(&keys).map(|_| ()));
    tool.may_come_of_secret(verdict.is_ok());
    expect(verdict, &case.right.then_some(()).ok_or(Refusal::Tampered))
}

fn administrator() -> Result<Actor, Wrong> {
    Ok(Actor::new("root", Role::SuperAdministrator)?)
}

/// Creates a security code: its text and its record.
fn created(
    keys: &KeyRing,
    random: &mut ChaCha8Rng,
) -> Result<(SecurityText, Sealed<SecurityCode>), Wrong> {
    let (format, actor) = (SecurityFormat::default(), administrator()?);
    let request = security_request()?;
    let created = SecurityCode::create(keys, &format, &actor, request, now(), random);
    Ok(created?)
}

fn security_request() -> Result<SecurityRequest<'static>, Wrong> {
    let scopes = Scopes::new(["reports:read"])?;
    let request = SecurityRequest::new(Access::SuperAdministrator, scopes);
    Ok(request.description("reports"))
}

/// Returns the text of the security code that is presented.
fn presented() -> Result<String, Wrong> {
    let (text, _) = created(&ring([0; 32]), &mut public_random())?;
    Ok(text.to_string())
}

fn security_digest(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    let (_, sealed) = created(&ring(*key), &mut public_random())?;
    Ok(*sealed.unverified().digest.as_bytes())
}

fn authenticate(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let (_, sealed) = created(&ring(case.key), &mut public_random())?;
    let (mut record, tag) = sealed.into_parts();
    record.digest = CodeDigest::from_bytes(secret(case.kept));
    let tag = RecordTag::from_bytes(secret(*tag.as_bytes()));
    let (sealed, format) = (Sealed::from_parts(record, tag), SecurityFormat::default());
    let verdict = tool.measure(|| {
        let code = format.read(&case.typed)?;
        let authenticated = sealed.authenticate(&keys, &code, |_| Role::User, now())?;
        Ok::<_, Refusal>(authenticated.role)
    });
    expect(verdict, &Ok(Role::SuperAdministrator))
}

/// Creates a security code of secret random numbers, and shows it with its check.
fn security_text(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let mut random = ChaCha8Rng::from_seed(secret(case.kept));
    let (format, actor) = (SecurityFormat::default(), administrator()?);
    let request = security_request()?;
    let created =
        tool.measure(|| SecurityCode::create(&keys, &format, &actor, request, now(), &mut random));
    let (text, sealed) = created?;
    tool.came_of_secret(sealed.tag().as_bytes())?;
    let symbols = text.as_str().as_bytes().split_first_chunk::<8>();
    let (_, symbols) = symbols.ok_or("a text has a prefix")?;
    tool.came_of_secret(symbols)
}

fn request<'a>() -> VerifyRequest<'a> {
    VerifyRequest::new(USER, "", Purpose::Reset).idempotency_key(IDEMPOTENCY_KEY)
}

/// Seals a record of each kind.
fn seal_records(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let (user, day) = (Name::new(USER)?, Name::new("day")?);
    let code = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE")?;
    let (_, online) = issued(&case.key)?;
    let (_, security) = created(&ring(case.key), &mut public_random())?;
    let actor = administrator()?;
    let tags = tool.measure(|| {
        let enrolment = Enrolment::new(&keys, USER, "LAPTOP-17", now(), &mut public_random())?;
        let verification = Verification::seal(&keys, &request(), &code, b"granted", now())?;
        let event = LifecycleEvent::MakePermanent;
        let head = UserHead::seal(&keys, user.clone(), Throttle::default(), 1);
        Ok::<_, Wrong>([
            *UserThrottle::seal(&keys, user, Throttle::default()).tag(),
            *head.tag(),
            *head.update(&keys, Throttle::default(), 2)?.tag(),
            *Preset::seal(&keys, day, OnlinePolicy::default())?.tag(),
            *verification.tag(),
            *enrolment.tag(),
            *enrolment.next(&keys, now())?.tag(),
            *enrolment.retire(&keys, now())?.tag(),
            *online.revoke(&keys, now())?.tag(),
            *security.apply(&keys, &actor, event, now())?.tag(),
        ])
    });
    for tag in tags? {
        tool.came_of_secret(tag.as_bytes())?;
    }
    Ok(())
}

/// Makes cases with the code of the first verification, or with another one.
fn replays(right: bool) -> Vec<Case> {
    let typed = if right {
        "3F9A-77C2-01BE"
    } else {
        "3F9A-77C2-01BF"
    };
    let classes = keys().map(|(class, key)| (class, key, random(9)));
    cases(classes, typed, right)
}

/// Repeats a verification under its idempotency key.
fn replay(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = ring(secret(case.key));
    let first = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE")?;
    let code = CodeFormat::ONLINE.normalize(&case.typed)?;
    let sealed = Verification::seal(&ring(case.key), &request(), &first, b"granted", now())?;
    let (mut record, tag) = sealed.into_parts();
    record.digest = CodeDigest::from_bytes(secret(*record.digest.as_bytes()));
    let tag = RecordTag::from_bytes(secret(*tag.as_bytes()));
    let (sealed, policy) = (Sealed::from_parts(record, tag), ReplayPolicy::default());
    let verdict = tool.measure(|| {
        let answer = sealed.replay(&keys, &request(), &code, &policy, now());
        answer.map(<[u8]>::len)
    });
    let expected = case.right.then_some(7).ok_or(Refusal::IdempotencyKeyReused);
    expect(public(verdict), &expected)
}
