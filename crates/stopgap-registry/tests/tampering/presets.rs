//! Presets.

use stopgap_registry::{
    EventFilter,
    stopgap::{OnlinePolicy, Validity},
    store::{Table, Value},
};

use crate::{
    attacker::{each, root, said},
    edit::{Edit, cover},
    uncovered,
};

#[test]
fn an_edited_preset_is_not_used() {
    let month = OnlinePolicy::default().validity(Validity::MONTH);
    let month = serde_json::to_string(&month).unwrap();
    let edits = [
        (Edit::Tenant, "no_preset"),
        (Edit::Append("name"), "no_preset"),
        (Edit::set("key_id", 1_u32), "tampered"),
        (Edit::set("key_id", 9_u32), "key_missing"),
        (Edit::set("policy", month), "tampered"),
        (Edit::Flip("tag"), "tampered"),
    ];
    let others = uncovered::columns(Table::Presets);
    cover(Table::Presets, edits.iter().map(|(edit, _)| edit), &others);
    each(|attacker| {
        let registry = &attacker.registry;
        let once = OnlinePolicy::default().max_uses(1);
        for (edit, after) in &edits {
            registry.set_preset(&root(), "once", &once).unwrap();
            assert_eq!(registry.preset("once").unwrap(), once);
            let row = attacker.row(Table::Presets, vec!["once".into()]);
            let edited = attacker.edit(&row, edit);
            assert_eq!(said(registry.preset("once")), *after, "{edit:?}");
            let Value::Text(name) = &edited.key()[0] else {
                panic!("{edited:?}");
            };
            let listed = said(registry.presets(&root()));
            if let Edit::Tenant = edit {
                assert_eq!(listed, "done");
                continue;
            }
            let refusal = if *after == "key_missing" {
                "key_missing"
            } else {
                "tampered"
            };
            assert_eq!(said(registry.preset(name)), refusal, "{edit:?}");
            // The whole list is refused, and its event names the preset.
            assert_eq!(listed, refusal, "{edit:?}");
            let events = registry.events(&root(), &EventFilter::default()).unwrap();
            let refused = events.iter().find(|event| event.reason.is_some());
            assert_eq!(refused.unwrap().subject.as_ref(), Some(name));
            // The preset can be set again or removed.
            registry.set_preset(&root(), name, &once).unwrap();
            assert_eq!(registry.preset(name).unwrap(), once);
            registry.remove_preset(&root(), name).unwrap();
            assert_eq!(said(registry.presets(&root())), "done");
        }
    });
}

#[test]
fn the_policies_of_two_presets_cannot_be_exchanged() {
    each(|attacker| {
        let registry = &attacker.registry;
        let month = OnlinePolicy::default().validity(Validity::MONTH);
        for (name, policy) in [("day", OnlinePolicy::default()), ("month", month)] {
            registry.set_preset(&root(), name, &policy).unwrap();
        }
        let row = |name: &str| attacker.row(Table::Presets, vec![name.into()]);
        let mut edited = row("month");
        edited.set("name", "day");
        attacker.replace(&row("day"), &edited);
        assert_eq!(said(registry.preset("day")), "tampered");
        assert_eq!(registry.preset("month").unwrap(), month);
    });
}
