//! Online codes.

use std::{hint::black_box, ptr};

use stopgap::{KeyId, Name, OnlinePolicy, Purpose, Sealed, SysRng, VerifyRequest};

use super::{Line, NONE, NOW, USER, measure, now, ring};
use crate::{
    code::*,
    digest::*,
    grant::*,
    granted::*,
    key_ring::*,
    online_policy::*,
    purpose::*,
    request::*,
    text::{NO_TEXT, stopgap_text},
};

pub(super) fn lines() -> Vec<Line> {
    let (keys, face) = (ring(), stopgap_key_ring(ring()));
    let face = &raw const face;
    let policy = OnlinePolicy::default();
    let written = stopgap_online_policy::from(policy);
    let issued = || policy.issue(&keys, USER, now(), &mut SysRng).unwrap();
    let mut made: Vec<_> = (0..3).map(|_| issued()).collect();
    let shown = made[2].0.reveal().as_str().to_owned();
    let typed = shown.as_str();
    let grants: Vec<_> = made.drain(..).map(|(_, grant)| grant).collect();
    let mut kept: Vec<stopgap_online_grant> = grants.iter().cloned().map(Into::into).collect();
    let (mut code, mut granted, mut index) = (
        stopgap_code { text: [0; 40] },
        stopgap_granted {
            expires_at: 0,
            password_only_until: 0,
            purpose: 0,
            uses_left: 0,
        },
        0,
    );
    let mut grant = kept[2];
    let checked = &grants[2];
    let request = VerifyRequest::new(USER, typed, Purpose::Reset);
    let issue_request = stopgap_issue_request {
        user: stopgap_text::lend(USER),
        ..ISSUE_REQUEST
    };
    let verify_request = stopgap_verify_request {
        user: stopgap_text::lend(USER),
        text: stopgap_text::lend(typed),
        purpose: STOPGAP_PURPOSE_RESET,
        ..VERIFY_REQUEST
    };
    let (issue_request, verify_request) = (&raw const issue_request, &raw const verify_request);
    let canonical = checked.unverified().format.normalize(typed).unwrap();
    let presented = stopgap_code::from(&canonical);
    let mut digests = [stopgap_keyed_digest::new(KeyId(0), [0; 32])];
    let user = Name::new(USER).unwrap();
    vec![
        measure("online_issue", issued, || {
            c!(stopgap_online_issue(
                &raw const written,
                face,
                issue_request,
                NOW,
                NO_TEXT,
                ptr::null(),
                &raw mut code,
                &raw mut grant,
                NONE,
            ));
        }),
        measure(
            "online_verify",
            || black_box(checked).verify(&keys, &request, now()).unwrap(),
            || {
                c!(stopgap_online_verify(
                    &raw mut kept[2],
                    face,
                    verify_request,
                    NOW,
                    &raw mut granted,
                    NONE,
                ));
            },
        ),
        measure(
            "online_verify_any of 3",
            || Sealed::verify_any(black_box(&grants), &keys, &request, now()).unwrap(),
            || {
                c!(stopgap_online_verify_any(
                    kept.as_mut_ptr(),
                    3,
                    face,
                    verify_request,
                    NOW,
                    &raw mut index,
                    &raw mut granted,
                    NONE,
                ));
            },
        ),
        measure(
            "online_open",
            || black_box(checked).open(&keys).unwrap().uses,
            || c!(stopgap_online_open(&raw const kept[2], face, NONE)),
        ),
        measure(
            "online_digests",
            || {
                keys.online_digests(&user, black_box(&canonical))
                    .collect::<Vec<_>>()
            },
            || {
                c!(stopgap_key_ring_online_digests(
                    face,
                    stopgap_text::lend(USER),
                    &raw const presented,
                    digests.as_mut_ptr(),
                    1,
                    &raw mut index,
                    NONE,
                ));
            },
        ),
    ]
}
