//! Online codes.

use stopgap::{
    Code, KeyId, OnlineGrant, OnlinePolicy, Purpose, RecordId, Refusal, Sealed, VerifyRequest,
};

use super::{
    MISSING, NOW, at, edits, every_purposes, flipped, forge, formats, is_refused, keys, maybe,
    name, nearly, others, rng, swap,
};

pub(crate) fn policy() -> OnlinePolicy {
    OnlinePolicy::default()
        .purposes([Purpose::Reset, Purpose::Bypass])
        .not_before(at(NOW))
        .max_uses(3)
}

pub(crate) fn issue(seed: u64) -> (Code, Sealed<OnlineGrant>) {
    issue_to("alice", policy(), seed)
}

fn issue_to(user: &str, policy: OnlinePolicy, seed: u64) -> (Code, Sealed<OnlineGrant>) {
    let issued = policy.issue(&keys(), user, at(NOW), &mut rng(seed));
    issued.unwrap()
}

fn typed(code: &Code) -> VerifyRequest<'static> {
    let text = code.reveal().canonical().to_owned().leak();
    VerifyRequest::new("alice", text, Purpose::Bypass)
}

fn used(record: &Sealed<OnlineGrant>, code: &Code) -> Sealed<OnlineGrant> {
    record
        .verify(&keys(), &typed(code), at(NOW))
        .unwrap()
        .record
}

fn edits_of(sound: &OnlineGrant, other: &OnlineGrant) -> Vec<(&'static str, OnlineGrant)> {
    let [later, earlier] = nearly(sound.expires_at);
    let uses = [None, Some(0), Some(1), Some(3), Some(u32::MAX)];
    edits!(
        sound,
        OnlineGrant {
            id: [other.id, RecordId::from_bytes([0; 16])],
            key_id: [KeyId(2), MISSING],
            digest: [
                other.digest,
                flipped(sound.digest, 0),
                flipped(sound.digest, 31)
            ],
            user: ["bob", "alic", "alicee", "Alice"].map(name),
            format: formats(&sound.format),
            purposes: others(&sound.purposes, every_purposes()),
            issued_at: nearly(sound.issued_at),
            not_before: maybe(sound.not_before),
            expires_at: [later, earlier, at(NOW + 100_000_000)],
            max_uses: others(&sound.max_uses, uses),
            uses: others(&sound.uses, [0, 1, 2, u32::MAX]),
            revoked_at: maybe(sound.revoked_at),
        }
    )
}

/// Calls every function that decides about a record, and checks that it refuses.
fn check_refused(
    field: &str,
    edited: &Sealed<OnlineGrant>,
    sound: &Sealed<OnlineGrant>,
    code: &Code,
) {
    let (keys, now) = (keys(), at(NOW));
    let users = ["alice", edited.unverified().user.as_str()];
    for user in users {
        let text = code.reveal().canonical().to_owned();
        let request = VerifyRequest::new(user, &text, Purpose::Bypass);
        let one = core::slice::from_ref(edited);
        // A store finds the original record by its owner's digest under its key.
        let digests = users.map(|user| {
            let user = name(user);
            let mut digests = keys.online_digests(&user, code);
            let of_key = digests.find(|it| it.key_id() == sound.unverified().key_id);
            of_key.unwrap()
        });
        for verdict in [
            edited.verify(&keys, &request, now),
            Sealed::verify_any(one, &keys, &request, now).map(|(_, granted)| granted),
            edited.check_code(&keys, &request, code, now),
            edited.check_digest(&keys, &request, &digests[0], now),
            edited.check_digest(&keys, &request, &digests[1], now),
        ] {
            let refusal = verdict.map(|_| ()).unwrap_err();
            let expected = match refusal {
                // Under another key, the digest differs as well.
                Refusal::Unknown => matches!(field, "digest" | "user" | "key_id"),
                Refusal::Malformed(_) => field == "format",
                refusal => is_refused(field, refusal),
            };
            assert!(expected, "{field}: {refusal}");
        }
    }
    let refusals = [
        edited.revoke(&keys, now).map(|_| ()),
        edited.check_not_ended(&keys, now),
    ];
    for refusal in refusals {
        let refusal = refusal.unwrap_err();
        assert!(is_refused(field, refusal), "{field}: {refusal}");
    }
}

#[test]
fn an_edited_online_code_is_refused() {
    let (code, plain) = issue_to("alice", OnlinePolicy::default(), 1);
    let (_, other) = issue(2);
    let (limited_code, limited) = issue(3);
    let used = used(&limited, &limited_code);
    let revoked = used.revoke(&keys(), at(NOW)).unwrap();
    for (sound, code, count) in [
        (plain, &code, 49),
        (used, &limited_code, 49),
        (revoked, &limited_code, 49),
    ] {
        let edits = edits_of(sound.unverified(), other.unverified());
        for (field, edited) in forge(&sound, edits, count) {
            check_refused(field, &edited, &sound, code);
        }
    }
}

#[test]
fn two_edits_do_not_cancel_each_other() {
    let (code, sound) = issue(1);
    let record = sound.unverified().clone();
    let not_before = record.not_before;
    let edits = vec![
        (
            "two instants in each other's place",
            OnlineGrant {
                not_before: None,
                revoked_at: not_before,
                ..record.clone()
            },
        ),
        (
            "two numbers in each other's place",
            OnlineGrant {
                max_uses: Some(0),
                uses: 3,
                ..record.clone()
            },
        ),
        (
            "no limit, written as a limit of 0",
            OnlineGrant {
                max_uses: None,
                uses: 3,
                ..record
            },
        ),
    ];
    for (field, edited) in forge(&sound, edits, 3) {
        check_refused(field, &edited, &sound, &code);
    }
}

/// A limit of 0 has the encoding of no limit, so the tag would be valid.
#[test]
fn a_limit_of_0_is_not_read_as_no_limit() {
    let (code, sound) = issue_to("alice", OnlinePolicy::default(), 1);
    let (mut record, tag) = sound.into_parts();
    record.max_uses = Some(0);
    let edited = Sealed::from_parts(record, tag);
    assert_eq!(edited.open(&keys()).unwrap_err(), Refusal::Tampered);
    let refused = edited.verify(&keys(), &typed(&code), at(NOW)).unwrap_err();
    assert_eq!(refused, Refusal::Tampered);
}

#[test]
fn tags_of_other_codes_and_of_other_states_are_refused() {
    let (code, issued) = issue(1);
    let once = used(&issued, &code);
    let twice = used(&once, &code);
    let revoke = |record: &Sealed<_>, seconds| record.revoke(&keys(), at(seconds)).unwrap();
    // With the same random numbers, another user has the same code and id.
    let (_, bob) = issue_to("bob", policy(), 1);
    assert_eq!(bob.unverified().id, issued.unverified().id);
    let (_, longer) = issue_to("alice", policy().validity("2d".parse().unwrap()), 1);
    let states = [
        revoke(&issued, NOW),
        revoke(&issued, NOW + 1),
        revoke(&once, NOW),
        issued,
        once,
        twice,
        bob,
        longer,
        issue(2).1,
    ];
    swap(&states, 9 * 8);
}

#[test]
fn a_code_of_another_tenant_is_unknown() {
    let (keys, (code, record)) = (keys(), issue(1));
    let tenant = keys.tenant(&name("acme"));
    let request = typed(&code);
    let refused = [
        record.verify(&tenant, &request, at(NOW)),
        record.check_code(&tenant, &request, &code, at(NOW)),
    ];
    for verdict in refused {
        assert_eq!(verdict.unwrap_err(), Refusal::Unknown);
    }
    let user = name("alice");
    let digest = tenant.online_digests(&user, &code).next().unwrap();
    let unknown = record.check_digest(&tenant, &request, &digest, at(NOW));
    assert_eq!(unknown.unwrap_err(), Refusal::Unknown);
    // The digest matches, but the tag does not.
    let digest = keys.online_digests(&user, &code).next().unwrap();
    let moved = record.check_digest(&tenant, &request, &digest, at(NOW));
    assert_eq!(moved.unwrap_err(), Refusal::Tampered);
    let revoked = record.revoke(&tenant, at(NOW));
    assert_eq!(revoked.unwrap_err(), Refusal::Tampered);
    let ended = record.check_not_ended(&tenant, at(NOW));
    assert_eq!(ended.unwrap_err(), Refusal::Tampered);
}
