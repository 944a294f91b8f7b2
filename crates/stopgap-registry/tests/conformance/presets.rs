use chrono::Utc;
use stopgap_registry::{
    Error, ErrorKind,
    stopgap::{Alphabet, InvalidValue, OnlinePolicy, Purpose, Role, Validity},
};

use crate::world::{World, desk, reason, someone};

pub(crate) fn presets_are_stored_by_name(world: &World) {
    let registry = &world.registry;
    let administrator = someone(Role::Administrator);
    let lost = OnlinePolicy::default()
        .validity(Validity::MONTH)
        .length(10)
        .alphabet(Alphabet::UNAMBIGUOUS)
        .check_symbol(true)
        .purposes([Purpose::Bypass, Purpose::Reset])
        .max_uses(3);
    registry
        .set_preset(&administrator, "lost-token", &lost)
        .unwrap();
    registry
        .set_preset(&administrator, "day", &OnlinePolicy::default())
        .unwrap();
    assert_eq!(registry.preset("lost-token").unwrap(), lost);
    assert_eq!(reason(registry.preset("lost")), "no_preset");
    let names: Vec<String> = registry
        .presets(&desk())
        .unwrap()
        .iter()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(names, ["day", "lost-token"]);

    let code = world.issue(&registry.preset("lost-token").unwrap());
    assert_eq!(code.len(), "ZZZZ-ZZZZ-ZZ".len());
    assert_eq!(world.verify(&code).unwrap().uses_left, Some(2));

    let week = OnlinePolicy::default().validity(Validity::days(7).unwrap());
    registry
        .set_preset(&administrator, "lost-token", &week)
        .unwrap();
    assert_eq!(registry.preset("lost-token").unwrap(), week);
    registry
        .remove_preset(&administrator, "lost-token")
        .unwrap();
    assert_eq!(reason(registry.preset("lost-token")), "no_preset");
    assert_eq!(
        reason(registry.remove_preset(&administrator, "lost-token")),
        "no_preset"
    );
    // Codes that were issued with the preset stay.
    let _ = world.verify(&code).unwrap();
}

pub(crate) fn a_policy_is_checked_when_it_is_set(world: &World) {
    let registry = &world.registry;
    let administrator = someone(Role::Administrator);
    let policy = OnlinePolicy::default();
    for (bad, why) in [
        (policy.length(7), InvalidValue::Length { found: 7 }),
        (
            policy.length(8).check_symbol(true),
            InvalidValue::CheckedLength { found: 8 },
        ),
        (policy.max_uses(0), InvalidValue::NoUses),
        (policy.purposes([]), InvalidValue::NoPurpose),
    ] {
        let set = registry.set_preset(&administrator, "bad", &bad);
        let issued = registry.issue_code(&desk(), "alice", &bad, &Utc).map(drop);
        for error in [set.unwrap_err(), issued.unwrap_err()] {
            assert!(matches!(error, Error::InvalidValue(found) if found == why));
            assert_eq!(
                (error.reason(), error.kind()),
                (why.reason(), ErrorKind::Invalid)
            );
        }
        assert_eq!(world.last_event().reason.as_deref(), Some(why.reason()));
        assert_eq!(reason(registry.preset("bad")), "no_preset");
    }
    assert!(registry.codes(&desk(), "alice").unwrap().is_empty());
}

pub(crate) fn a_validity_in_minutes_is_stored(world: &World) {
    let registry = &world.registry;
    let short = OnlinePolicy::default().validity(Validity::minutes(90).unwrap());
    let administrator = someone(Role::Administrator);
    registry
        .set_preset(&administrator, "short", &short)
        .unwrap();
    let kept = registry.preset("short").unwrap();
    assert_eq!(kept, short);
    let issued = registry.issue_code(&desk(), "alice", &kept, &Utc).unwrap();
    let record = issued.record;
    let lifetime = record.expires_at.timestamp() - record.issued_at().timestamp();
    assert_eq!(lifetime, 90 * 60);
}
