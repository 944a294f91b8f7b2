use stopgap_registry::stopgap::{Alphabet, OnlinePolicy, Purpose, Role, Validity};

use crate::world::{World, desk, reason, someone};

pub(crate) fn they_are_kept_by_name(world: &World) {
    let registry = &world.registry;
    let administrator = someone(Role::Administrator);
    let lost = OnlinePolicy::default()
        .valid_for(Validity::MONTH)
        .length(10)
        .unwrap()
        .alphabet(Alphabet::UNAMBIGUOUS)
        .check_symbol(true)
        .purposes([Purpose::Bypass, Purpose::Reset])
        .unwrap()
        .max_uses(3)
        .unwrap();
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

    let week = OnlinePolicy::default().valid_for(Validity::days(7).unwrap());
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
    // What it issued stays.
    let _ = world.verify(&code).unwrap();
}
