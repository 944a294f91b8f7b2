use std::{
    io,
    sync::{Arc, Mutex},
};

use chrono::{TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    CodeRecord, CodeState, Error, ErrorKind, Registry,
    stopgap::{
        Alphabet, KeyRing, KeySource, Malformed, Name, OnlinePolicy, Purpose, Refusal, Validity,
        VerifyRequest,
    },
};

use crate::world::{World, desk, noon, reason, refused, ring, root, text};

fn policy() -> OnlinePolicy {
    OnlinePolicy::default().validity(Validity::days(7).unwrap())
}

pub(crate) fn a_code_is_read_in_every_form_of_typing(world: &World) {
    let code = world.issue(&policy());
    let bare = code.replace('-', "");
    for typed in [
        code.clone(),
        code.to_lowercase(),
        format!("  {}\r\n", bare.to_lowercase()),
        code.replace('-', "\u{2013}"),
    ] {
        let granted = world.verify(&typed).unwrap();
        assert_eq!((granted.user.as_str(), granted.uses_left), ("alice", None));
        assert_eq!(granted.purpose, Purpose::Bypass);
    }
    // The code is unknown for another user.
    let bob = world
        .registry
        .verify_code(&VerifyRequest::new("bob", &code, Purpose::Bypass));
    assert_eq!(refused(bob), Refusal::Unknown);
}

pub(crate) fn a_code_is_refused_for_every_reason(world: &World) {
    let code = world.issue(&policy());
    let malformed = |typed: &str| match world.refusal(typed) {
        Refusal::Malformed(malformed) => malformed,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        malformed("3F9A-7?C2-01BE"),
        Malformed::UnexpectedSymbol { position: 6 }
    );
    assert_eq!(
        malformed("3F9A-77C2-01B"),
        Malformed::WrongLength {
            expected: 12,
            found: 11
        }
    );
    assert_eq!(malformed(&"3".repeat(257)), Malformed::TooLong);
    assert_eq!(world.refusal("0000-0000-0000"), Refusal::Unknown);

    let for_reset = world.issue(&policy().purposes(Purpose::Reset));
    assert_eq!(world.refusal(&for_reset), Refusal::WrongPurpose);

    let not_before = noon() + TimeDelta::hours(5);
    let later = world.issue(&policy().not_before(not_before));
    assert_eq!(world.refusal(&later), Refusal::NotYetValid { not_before });
    world.set(not_before);
    let _ = world.verify(&later).unwrap();

    let once = world.issue(&policy().max_uses(1));
    let _ = world.verify(&once).unwrap();
    assert_eq!(world.refusal(&once), Refusal::UsedUp);

    let expires_at = world.verify(&code).unwrap().expires_at;
    world.set(expires_at - TimeDelta::microseconds(2));
    let _ = world.verify(&code).unwrap();
    // Reading the clock takes the last microsecond.
    world.set(expires_at - TimeDelta::microseconds(1));
    assert_eq!(
        world.refusal(&code),
        Refusal::Expired {
            expired_at: expires_at
        }
    );

    let [.., first] = &world.registry.codes(&desk(), "alice").unwrap()[..] else {
        panic!("no code");
    };
    assert_eq!(first.state(expires_at), CodeState::Expired);
    let live = first.state(expires_at - TimeDelta::microseconds(1));
    assert_eq!(live, CodeState::Active);

    let codes = world.registry.codes(&desk(), "alice").unwrap();
    let later = codes.iter().find(|code| code.not_before.is_some()).unwrap();
    let early = later.state(not_before - TimeDelta::microseconds(1));
    assert_eq!(early, CodeState::NotYetValid);
    assert_eq!(later.state(not_before), CodeState::Active);

    let other = world.issue(&policy());
    let revoked = world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(revoked.state(world.now()), CodeState::Revoked);
    assert_eq!(
        world.refusal(&other),
        Refusal::Revoked {
            revoked_at: revoked.revoked_at.unwrap()
        }
    );

    world.set(Utc.with_ymd_and_hms(1969, 12, 31, 23, 59, 59).unwrap());
    assert_eq!(world.refusal(&other), Refusal::TimeOutOfRange);
}

pub(crate) fn uses_are_counted(world: &World) {
    let code = world.issue(&policy().max_uses(3));
    for left in [2, 1, 0] {
        assert_eq!(world.verify(&code).unwrap().uses_left, Some(left));
    }
    assert_eq!(world.refusal(&code), Refusal::UsedUp);
    let [record] = &world.registry.codes(&desk(), "alice").unwrap()[..] else {
        panic!("not one code");
    };
    assert_eq!((record.uses, record.max_uses), (3, Some(3)));
    assert_eq!(record.state(world.now()), CodeState::UsedUp);
}

pub(crate) fn codes_of_several_formats_are_verified(world: &World) {
    let formats = [
        policy(),
        policy().length(8),
        policy().length(32),
        policy().alphabet(Alphabet::UNAMBIGUOUS),
        policy().length(9).check_symbol(true),
    ];
    let codes: Vec<String> = formats.iter().map(|format| world.issue(format)).collect();
    for code in &codes {
        let _ = world.verify(code).unwrap();
    }
    // If a symbol is missing, the error is that of the nearest format.
    for (expected, found) in [(8, 7), (12, 11), (32, 31)] {
        let refusal = world.refusal(&"3F9A77C2".repeat(4)[..found]);
        let nearest = Malformed::WrongLength { expected, found };
        assert_eq!(refusal, Refusal::Malformed(nearest));
    }
    // With a check symbol, a typo does not count as a guess.
    let last = codes[4].pop_and_change();
    assert_eq!(
        world.refusal(&last),
        Refusal::Malformed(Malformed::CheckFailed)
    );
}

/// With codes of other formats, a typo still does not count as a guess, unless the text
/// fits another format.
pub(crate) fn a_typo_is_found_among_codes_of_other_formats(world: &World) {
    let checked = world.issue(&policy().length(13).check_symbol(true));
    let others = [
        policy(),
        policy().length(8),
        policy().length(14).alphabet(Alphabet::UNAMBIGUOUS),
    ];
    for format in &others {
        world.issue(format);
    }
    let typo = checked.pop_and_change();
    let failures = || world.registry.throttle(&desk(), "alice").unwrap().failures;
    let refusal = world.refusal(&typo);
    assert_eq!(refusal, Refusal::Malformed(Malformed::CheckFailed));
    assert_eq!(failures(), 0);
    let _ = world.verify(&checked).unwrap();
    // Now the text fits another format.
    world.issue(&policy().length(13));
    assert_eq!(world.refusal(&typo), Refusal::Unknown);
    assert_eq!(failures(), 1);
}

/// A registry can use any source of keys, and asks it once.
pub(crate) fn a_key_source_is_asked_once(world: &World) {
    let asked = Source::default();
    let registry = Registry::builder(&asked)
        .tenant("acme")
        .clock(world.clock())
        .clock_tolerance(None)
        .over(Arc::clone(&world.store))
        .unwrap();
    let issued = registry.issue_code(&desk(), "alice", &policy(), &Utc);
    let code = text(&issued.unwrap().code);
    let request = VerifyRequest::new("alice", &code, Purpose::Reset);
    let _ = registry.verify_code(&request).unwrap();
    assert_eq!(*asked.tenants.lock().unwrap(), ["acme"]);
    // The ring is that of the tenant.
    let same = world.open("acme", &ring(&[1])).unwrap();
    let _ = same.verify_code(&request).unwrap();

    let broken = Source {
        broken: true,
        ..Source::default()
    };
    let failed = Registry::builder(&broken).over(Arc::clone(&world.store));
    let error = failed.unwrap_err();
    assert_eq!(
        (error.reason(), error.kind()),
        ("key_source", ErrorKind::Store)
    );
    assert!(error.to_string().contains("no vault"), "{error}");
}

#[derive(Default)]
struct Source {
    broken: bool,
    tenants: Mutex<Vec<String>>,
}

impl KeySource for Source {
    type Error = io::Error;

    fn tenant_ring(&self, tenant: &Name) -> Result<KeyRing, io::Error> {
        if self.broken {
            return Err(io::Error::other("no vault"));
        }
        self.tenants.lock().unwrap().push(tenant.to_string());
        Ok(ring(&[1]).tenant(tenant))
    }
}

trait Typo {
    fn pop_and_change(&self) -> String;
}

impl Typo for String {
    /// Returns the code with another last symbol.
    fn pop_and_change(&self) -> String {
        let mut typo = self.clone();
        let last = typo.pop().unwrap();
        typo.push(if last == '0' { '1' } else { '0' });
        typo
    }
}

pub(crate) fn a_month_ends_at_its_time_on_the_wall_clock(world: &World) {
    let berlin = chrono_tz::Europe::Berlin;
    // From noon on the last of January 2027, a month ends on the last of February. From
    // 21 March it also ends at noon, although summer time begins in between.
    for (month, day, end) in [(1, 31, (2, 28, 11)), (3, 21, (4, 21, 10))] {
        world.set(Utc.with_ymd_and_hms(2027, month, day, 11, 0, 0).unwrap());
        let policy = OnlinePolicy::default().validity(Validity::MONTH);
        let issued = world
            .registry
            .issue_code(&desk(), "alice", &policy, &berlin)
            .unwrap();
        let (month, day, hour) = end;
        let expected = Utc.with_ymd_and_hms(2027, month, day, hour, 0, 0).unwrap();
        let expires_at = issued.record.expires_at;
        assert_eq!(expires_at.timestamp(), expected.timestamp());
    }
}

pub(crate) fn the_last_code_is_revoked(world: &World) {
    let first = world.issue(&policy());
    let second = world.issue(&policy());
    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(world.refusal(&second).reason(), "revoked");
    let _ = world.verify(&first).unwrap();
    // Then the next code that can still be used is revoked, and then there is none.
    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(world.refusal(&first).reason(), "revoked");
    let none = world.registry.revoke_last_code(&desk(), "alice");
    assert_eq!(none.as_ref().unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(reason(none), "no_code");
    // Codes that have expired or are used up are not revoked.
    let used = world.issue(&policy().max_uses(1));
    let _ = world.verify(&used).unwrap();
    assert_eq!(
        reason(world.registry.revoke_last_code(&desk(), "alice")),
        "no_code"
    );
}

pub(crate) fn all_codes_are_revoked(world: &World) {
    let codes: Vec<String> = (0..5).map(|_| world.issue(&policy())).collect();
    let bob = world
        .registry
        .issue_code(&desk(), "bob", &policy(), &Utc)
        .unwrap();
    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(
        world.registry.revoke_all_codes(&desk(), "alice").unwrap(),
        4
    );
    for code in &codes {
        assert_eq!(world.refusal(code).reason(), "revoked");
    }
    assert_eq!(
        world.registry.revoke_all_codes(&desk(), "alice").unwrap(),
        0
    );
    let _ = world
        .registry
        .verify_code(&VerifyRequest::new("bob", &text(&bob.code), Purpose::Reset))
        .unwrap();
}

pub(crate) fn lists_come_in_pages(world: &World) {
    // More than the registry itself reads at a time.
    let users = ["bob", "alice", "carol"];
    let requests = (0..1_200).map(|index| (users[index % 3], policy()));
    world.registry.issue_codes(&desk(), requests, &Utc).unwrap();
    world.pass(TimeDelta::seconds(1));
    world.issue(&policy());
    let alices = world.registry.codes(&desk(), "alice").unwrap();
    assert_eq!(alices.len(), 401);
    assert!(alices.is_sorted_by(|one, next| one.number > next.number));

    let mut all = Vec::new();
    loop {
        let last = all.last().map(|code: &CodeRecord| code.id);
        let page = world.registry.all_codes(&desk(), last, 250, |_| true);
        let page = page.unwrap();
        assert!(page.len() <= 250);
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert_eq!(all.len(), 1_201);
    assert!(all.is_sorted_by(|one, next| one.id < next.id));
    assert_eq!(
        world.registry.revoke_all_codes(&desk(), "alice").unwrap(),
        401
    );
}

pub(crate) fn a_batch_is_issued_whole(world: &World) {
    let people = ["alice", "bob", "carol"].map(|user| (user, policy()));
    let issued = world.registry.issue_codes(&desk(), people, &Utc).unwrap();
    for one in &issued {
        let _ = world
            .registry
            .verify_code(&VerifyRequest::new(
                one.record.user.as_str(),
                &text(&one.code),
                Purpose::Reset,
            ))
            .unwrap();
    }
    let over = policy().not_before(noon() - TimeDelta::days(30));
    let bad = [("dave", policy()), ("erin", over), ("frank", policy())];
    let error = world.registry.issue_codes(&desk(), bad, &Utc).unwrap_err();
    assert!(matches!(error, Error::Batch { index: 1, .. }), "{error}");
    assert_eq!(error.reason(), "never_valid");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().starts_with("number 2: "));
    assert_eq!(world.last_event().reason.as_deref(), Some("never_valid"));
    assert!(world.registry.codes(&desk(), "dave").unwrap().is_empty());
    let unnamed = [("dave", policy()), ("", policy())];
    let error = world
        .registry
        .issue_codes(&desk(), unnamed, &Utc)
        .unwrap_err();
    assert!(matches!(error, Error::Batch { index: 1, .. }));
    assert_eq!(error.reason(), "invalid_name");
}

pub(crate) fn a_batch_that_is_not_kept_is_not_issued(world: &World) {
    let people = ["alice", "bob"].map(|user| (user, policy()));
    let mut kept = Vec::new();
    let error = world
        .registry
        .issue_codes_and_keep(&desk(), people, &Utc, |issued| {
            kept.extend(issued.iter().map(|one| text(&one.code)));
            Err("no room".into())
        })
        .unwrap_err();
    assert_eq!(error.reason(), "not_kept");
    assert!(error.to_string().ends_with("no room"));
    assert_eq!(world.last_event().reason.as_deref(), Some("not_kept"));
    assert_eq!(kept.len(), 2);
    assert_eq!(world.refusal(&kept[0]), Refusal::Unknown);
}

pub(crate) fn names_are_checked(world: &World) {
    let long = "x".repeat(256);
    for (name, kind) in [
        ("", "empty"),
        ("a\nb", "control_character"),
        ("a\u{2028}b", "control_character"),
        (long.as_str(), "too_long"),
        ("al\u{200B}ice", "invisible_character"),
        (" \u{3000}", "blank"),
    ] {
        let registry = &world.registry;
        let issued = registry.issue_code(&desk(), name, &policy(), &Utc);
        let error = issued.unwrap_err();
        assert_eq!(
            (error.reason(), error.kind()),
            ("invalid_name", ErrorKind::Invalid)
        );
        assert!(matches!(error, Error::InvalidName(name) if name.reason() == kind));
        // The public message does not reveal the reason.
        for key in [None, Some("one")] {
            let mut request = VerifyRequest::new(name, "3F9A", Purpose::Reset);
            request.idempotency_key = key;
            let refusal = refused(registry.verify_code(&request));
            assert!(matches!(refusal, Refusal::InvalidName(name) if name.reason() == kind));
            let message = refusal.public_message().to_string();
            assert_eq!(message, "That code is not valid.");
        }
        let day = Validity::DAY;
        for reason in [
            reason(registry.codes(&desk(), name)),
            reason(registry.revoke_last_code(&desk(), name)),
            reason(registry.revoke_all_codes(&desk(), name)),
            reason(registry.enrol_machine(&desk(), "alice", name)),
            reason(registry.enrol_machine(&desk(), name, "LAPTOP-17")),
            reason(registry.machines(&desk(), name)),
            reason(registry.retire_machine(&desk(), name, "LAPTOP-17")),
            reason(registry.retire_machine(&desk(), "alice", name)),
            reason(registry.answer_request(
                &desk(),
                &VerifyRequest::new(name, "", Purpose::Reset),
                day,
                &Utc,
            )),
            reason(registry.set_preset(&root(), name, &policy())),
            reason(registry.preset(name)),
            reason(registry.remove_preset(&root(), name)),
            reason(registry.throttle(&desk(), name)),
            reason(registry.unlock(&root(), name)),
            reason(world.open(name, &ring(&[1]))),
        ] {
            assert_eq!(reason, "invalid_name");
        }
    }
}

/// A code that starts later is valid for as long as one that starts now.
pub(crate) fn an_expiry_counts_from_the_start(world: &World) {
    let berlin = chrono_tz::Europe::Berlin;
    // Summer time begins on the day before the code starts.
    let not_before = Utc.with_ymd_and_hms(2027, 3, 27, 12, 0, 0).unwrap();
    for (validity, expires_at) in [
        (Validity::DAY, Utc.with_ymd_and_hms(2027, 3, 28, 11, 0, 0)),
        (Validity::MONTH, Utc.with_ymd_and_hms(2027, 4, 27, 11, 0, 0)),
        (
            Validity::hours(24).unwrap(),
            Utc.with_ymd_and_hms(2027, 3, 28, 12, 0, 0),
        ),
    ] {
        let policy = OnlinePolicy::default()
            .validity(validity)
            .not_before(not_before);
        let issued = world
            .registry
            .issue_code(&desk(), "alice", &policy, &berlin)
            .unwrap();
        assert_eq!(issued.record.not_before, Some(not_before));
        assert_eq!(issued.record.expires_at, expires_at.unwrap());
    }
}
