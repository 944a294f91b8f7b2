//! Security codes, roles and the throttle.

use std::{ffi::c_void, hint::black_box, ptr};

use stopgap::{
    Access, Action, Actor, LifecycleEvent, Name, Role, Scopes, SecurityCode, SecurityFormat,
    SecurityRequest, SysRng, Throttle, ThrottlePolicy,
};

use super::{Line, NONE, NOW, USER, measure, now, ring};
use crate::{
    access::*,
    key_ring::*,
    lifetime::*,
    rights::*,
    role::*,
    scopes::*,
    security_code::*,
    security_request::*,
    text::{NO_TEXT, stopgap_text},
    throttle::*,
};

unsafe extern "C" fn help_desk(_: *mut c_void, _: stopgap_text, role: *mut stopgap_role) -> i32 {
    // SAFETY: the library's, to be written.
    unsafe { role.write(STOPGAP_ROLE_HELP_DESK) };
    0
}

pub(super) fn lines() -> Vec<Line> {
    let (keys, face) = (ring(), stopgap_key_ring(ring()));
    let face = &raw const face;
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let knows = stopgap_role_of {
        role_of: Some(help_desk),
        context: ptr::null_mut(),
    };
    let knows = &raw const knows;
    let alice = Name::new(USER).unwrap();
    let format = SecurityFormat::default();
    let cases = [
        ("authenticate, super", Access::SuperAdministrator),
        ("authenticate, same as", Access::SameAs(alice)),
    ];
    let authenticate = cases.map(|(name, access)| {
        let request = SecurityRequest::new(access, Scopes::UNLIMITED).description("nightly report");
        let created = SecurityCode::create(&keys, &format, &root, request, now(), &mut SysRng);
        let (presented, sealed) = created.unwrap();
        let presented = presented.to_string();
        let record = stopgap_security_code::new(sealed.clone());
        let request = stopgap_authenticate_request {
            size: size_of::<stopgap_authenticate_request>(),
            presented: stopgap_text::lend(&presented),
            role_of: knows,
            prefixes: ptr::null(),
            prefix_count: 0,
        };
        let mut authenticated = stopgap_authenticated {
            size: size_of::<stopgap_authenticated>(),
            role: 0,
            limited: 0,
            user: NO_TEXT,
            scopes: stopgap_scopes {
                list: NO_TEXT,
                unlimited: 0,
            },
        };
        measure(
            name,
            || {
                let code = format.read(black_box(presented.as_str())).unwrap();
                let verdict = sealed.authenticate(&keys, &code, |_| Role::HelpDesk, now());
                verdict.unwrap().limited
            },
            || {
                c!(stopgap_security_code_authenticate(
                    &raw const record,
                    face,
                    &raw const request,
                    NOW,
                    &raw mut authenticated,
                    NONE,
                ));
            },
        )
    });
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created = SecurityCode::create(&keys, &format, &root, request, now(), &mut SysRng);
    let (_, sealed) = created.unwrap();
    let mut written = stopgap_security_code::new(sealed.clone());
    let change = stopgap_security_change {
        size: size_of::<stopgap_security_change>(),
        actor: stopgap_actor {
            name: stopgap_text::lend("root"),
            role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
        },
        event: STOPGAP_EVENT_RESET,
        expires_at: 0,
        description: NO_TEXT,
    };
    let change = &raw const change;
    let mut throttle_c = Throttle::default().into();
    let mut throttle = Throttle::default();
    let (policy, policy_c) = (
        ThrottlePolicy::default(),
        stopgap_throttle_policy::from(ThrottlePolicy::default()),
    );
    let throttle_c: *mut stopgap_throttle = &raw mut throttle_c;
    authenticate
        .into_iter()
        .chain([
            measure(
                "security_code_apply",
                || {
                    let sealed = black_box(&sealed);
                    sealed
                        .apply(&keys, &root, LifecycleEvent::Reset, now())
                        .unwrap()
                },
                || {
                    c!(stopgap_security_code_apply(
                        &raw mut written,
                        face,
                        change,
                        NOW,
                        NONE,
                    ));
                },
            ),
            measure(
                "throttle_check",
                || black_box(&mut throttle).check(&policy, now()).unwrap(),
                || {
                    c!(stopgap_throttle_check(
                        throttle_c,
                        &raw const policy_c,
                        NOW,
                        NONE
                    ))
                },
            ),
            measure(
                "role_may",
                || black_box(Role::HelpDesk).may(Action::IssueCode).unwrap(),
                || {
                    c!(stopgap_role_may(
                        STOPGAP_ROLE_HELP_DESK,
                        STOPGAP_ACTION_ISSUE_CODE,
                        NONE
                    ))
                },
            ),
        ])
        .collect()
}
