use std::time::Duration;

use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    Error, EventFilter, EventKind, PurgePolicy, RevokeOnRestore,
    stopgap::{
        Access, Actor, KeyId, OnlinePolicy, Purpose, RecordId, Role, Rotation, Scopes,
        SecurityRequest, Validity, VerifyRequest,
    },
};

use crate::world::{World, master, root, someone};

type Call = fn(&World, &Actor, RecordId) -> Result<(), Error>;

/// Returns all calls that have an actor, each with the lowest role that may make it and
/// the kind of its event. `authenticate`, `verify_code` and `preset` need no role.
#[expect(clippy::too_many_lines, reason = "a table, a row for each call")]
fn calls() -> Vec<(EventKind, Role, Call)> {
    use EventKind as Kind;
    use Role::{Administrator, HelpDesk, SuperAdministrator as Super};
    vec![
        (Kind::IssueCode, HelpDesk, |w, a, _| {
            w.registry
                .issue_code(a, "alice", &OnlinePolicy::default(), &Utc)
                .map(drop)
        }),
        (Kind::IssueCode, HelpDesk, |w, a, _| {
            let requests = [("alice", OnlinePolicy::default())];
            w.registry.issue_codes(a, requests, &Utc).map(drop)
        }),
        (Kind::ListCodes, HelpDesk, |w, a, _| {
            w.registry.codes(a, "alice").map(drop)
        }),
        (Kind::ListCodes, HelpDesk, |w, a, _| {
            w.registry.all_codes(a, None, 9, |_| true).map(drop)
        }),
        (Kind::ListCodes, HelpDesk, |w, a, id| {
            w.registry.find_code(a, &id.into()).map(drop)
        }),
        (Kind::RevokeCode, HelpDesk, |w, a, id| {
            w.registry.revoke_codes(a, &[id]).map(drop)
        }),
        (Kind::RevokeCode, HelpDesk, |w, a, _| {
            w.registry.revoke_last_code(a, "alice").map(drop)
        }),
        (Kind::RevokeCode, HelpDesk, |w, a, _| {
            w.registry.revoke_all_codes(a, "alice").map(drop)
        }),
        (Kind::RevokeCode, HelpDesk, |w, a, id| {
            w.registry.revoke_code(a, id).map(drop)
        }),
        (Kind::SetPreset, Administrator, |w, a, _| {
            w.registry.set_preset(a, "day", &OnlinePolicy::default())
        }),
        (Kind::ListPresets, HelpDesk, |w, a, _| {
            w.registry.presets(a).map(drop)
        }),
        (Kind::RemovePreset, Administrator, |w, a, _| {
            w.registry.remove_preset(a, "day")
        }),
        (Kind::EnrolMachine, HelpDesk, |w, a, _| {
            w.registry.enrol_machine(a, "alice", "LAPTOP-17").map(drop)
        }),
        (Kind::ListMachines, HelpDesk, |w, a, _| {
            w.registry.machines(a, "alice").map(drop)
        }),
        (Kind::ListMachines, HelpDesk, |w, a, _| {
            w.registry.all_machines(a, None, 9, |_| true).map(drop)
        }),
        (Kind::AnswerRequest, HelpDesk, |w, a, _| {
            let (purpose, day) = (Purpose::Bypass, Validity::DAY);
            w.registry
                .answer_request(
                    a,
                    &VerifyRequest::new("alice", "ZZZZ-ZZZZ", purpose),
                    day,
                    &Utc,
                )
                .map(drop)
        }),
        (Kind::RetireMachine, HelpDesk, |w, a, _| {
            w.registry.retire_machine(a, "alice", "LAPTOP-17").map(drop)
        }),
        (Kind::CreateSecurityCode, Super, |w, a, _| {
            w.registry
                .create_security_code(
                    a,
                    SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
                )
                .map(drop)
        }),
        (Kind::ListSecurityCodes, Super, |w, a, _| {
            w.registry.security_codes(a, None, 9, |_| true).map(drop)
        }),
        (Kind::ListSecurityCodes, Super, |w, a, id| {
            w.registry.security_code(a, id).map(drop)
        }),
        (Kind::ListSecurityCodes, Super, |w, a, id| {
            w.registry.find_security_code(a, &id.into()).map(drop)
        }),
        (Kind::EditSecurityCode, Super, |w, a, id| {
            let later = w.now() + TimeDelta::hours(1);
            w.registry.edit_security_code(a, id, later).map(drop)
        }),
        (Kind::MakeSecurityCodePermanent, Super, |w, a, id| {
            w.registry.make_security_code_permanent(a, id).map(drop)
        }),
        (Kind::ResetSecurityCode, Super, |w, a, id| {
            w.registry.reset_security_code(a, id).map(drop)
        }),
        (Kind::ReactivateSecurityCode, Super, |w, a, id| {
            w.registry.reactivate_security_code(a, id).map(drop)
        }),
        (Kind::DescribeSecurityCode, Super, |w, a, id| {
            w.registry.describe_security_code(a, id, "other").map(drop)
        }),
        (Kind::RotateSecurityCode, Super, |w, a, id| {
            let rotation = Rotation::new(Duration::from_secs(60));
            w.registry.rotate_security_code(a, id, rotation).map(drop)
        }),
        (Kind::RequestDeletion, Super, |w, a, id| {
            w.registry.request_deletion(a, id).map(drop)
        }),
        (Kind::DeleteSecurityCode, Super, |w, a, id| {
            w.registry.confirm_deletion(a, id, "")
        }),
        (Kind::ShowThrottle, HelpDesk, |w, a, _| {
            w.registry.throttle(a, "alice").map(drop)
        }),
        (Kind::ShowThrottle, HelpDesk, |w, a, _| {
            w.registry.throttles(a, None, 9, |_| true).map(drop)
        }),
        (Kind::Unlock, Administrator, |w, a, _| {
            w.registry.unlock(a, "alice")
        }),
        (Kind::AddKey, Super, |w, a, _| {
            w.registry.add_key(a, KeyId(2), &master(2))
        }),
        (Kind::ListKeys, Super, |w, a, _| {
            w.registry.keys(a).map(drop)
        }),
        (Kind::RetireKey, Super, |w, a, _| {
            w.registry.retire_key(a, KeyId(1))
        }),
        (Kind::RetireKey, Super, |w, a, _| {
            w.registry.retire_compromised_key(a, KeyId(9)).map(drop)
        }),
        (Kind::AcceptClock, Super, |w, a, _| {
            w.registry.accept_clock(a)
        }),
        (Kind::RestoreStore, Super, |w, a, _| {
            w.registry.restored(a, RevokeOnRestore::Nothing).map(drop)
        }),
        (Kind::Purge, Administrator, |w, a, _| {
            w.registry.purge(a, &PurgePolicy::default()).map(drop)
        }),
        (Kind::SetLogRetention, Administrator, |w, a, _| {
            w.registry.set_log_retention(a, 400)
        }),
        (Kind::ShowStatus, Administrator, |w, a, _| {
            w.registry.status(a, w.now()).map(drop)
        }),
        (Kind::CheckRecords, Administrator, |w, a, _| {
            w.registry.check(a, w.now(), |_| {}).map(drop)
        }),
        (Kind::ListTenants, Super, |w, a, _| {
            w.registry.tenants(a).map(drop)
        }),
        (Kind::ReadLog, Administrator, |w, a, _| {
            w.registry.events(a, &EventFilter::default()).map(drop)
        }),
    ]
}

pub(crate) fn who_may_do_what(world: &World) {
    let secret = world.registry.create_security_code(
        &root(),
        SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED).description("kept"),
    );
    let id = secret.unwrap().record.id;
    let calls = calls();
    for (kind, least, call) in &calls {
        for role in Role::ALL {
            let outcome = call(world, &someone(role), id);
            let forbidden = matches!(&outcome, Err(error) if error.reason() == "forbidden");
            assert_eq!(forbidden, role < *least, "{kind} as {role}: {outcome:?}");
            let event = match kind {
                // Reading the log adds an event, which is the newest.
                EventKind::ReadLog => {
                    world.last_event();
                    let filter = EventFilter {
                        limit: 2,
                        ..EventFilter::default()
                    };
                    world.registry.events(&root(), &filter).unwrap().remove(1)
                }
                _ => world.last_event(),
            };
            assert_eq!((event.kind, event.role), (*kind, role), "{kind} as {role}");
            let reason = outcome.as_ref().err().map(Error::reason);
            assert_eq!(event.reason.as_deref(), reason, "{kind} as {role}");
            if forbidden {
                // Only the event was stored.
                let record = world.registry.security_code(&root(), id).unwrap();
                assert_eq!(record.description, "kept");
                assert_eq!(record.state.as_str(), "active");
            }
        }
        // A super administrator's calls have changed the code; this restores it.
        let _ = world.registry.describe_security_code(&root(), id, "kept");
        let _ = world.registry.reset_security_code(&root(), id);
    }
    let kinds = calls.iter().map(|(kind, ..)| kind);
    let kinds: std::collections::HashSet<_> = kinds.collect();
    assert_eq!(kinds.len(), EventKind::ALL.len() - 4);
}
