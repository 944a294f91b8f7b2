//! Online codes.

use std::{hint::black_box, ptr};

use stopgap::{KeyId, Name, OnlinePolicy, Purpose, Sealed, SysRng, VerifyRequest};

use super::{Line, NONE, NOW, USER, measure, now, ring};
use crate::{
    code::*, digest::*, grant::*, granted::*, issue::*, key_ring::*, online_policy::*, purpose::*,
    request::*, text::stopgap_text,
};

pub(super) fn lines() -> Vec<Line> {
    let (keys, face) = (ring(), stopgap_key_ring(ring()));
    let face = &raw const face;
    let policy = OnlinePolicy::default();
    let written = stopgap_online_policy::lend(&policy);
    let issued = || policy.issue(&keys, USER, now(), &mut SysRng).unwrap();
    let mut made: Vec<_> = (0..3).map(|_| issued()).collect();
    let shown = made[2].0.reveal().as_str().to_owned();
    let typed = shown.as_str();
    let grants: Vec<_> = made.drain(..).map(|(_, grant)| grant).collect();
    let kept: Vec<*mut stopgap_online_grant> = grants
        .iter()
        .map(|grant| Box::into_raw(Box::new(stopgap_online_grant(grant.clone()))))
        .collect();
    let all = stopgap_online_grants {
        ptr: kept.as_ptr(),
        count: kept.len(),
    };
    let limited = OnlinePolicy {
        max_uses: Some(u32::MAX - 1),
        ..policy
    };
    let made = limited.issue(&keys, USER, now(), &mut SysRng).unwrap();
    let (counted_shown, mut counted) = (made.0.reveal().as_str().to_owned(), made.1);
    let mut counted_c = stopgap_online_grant(counted.clone());
    let counted_request = VerifyRequest::new(USER, &counted_shown, Purpose::Reset);
    let mut code = stopgap_code { text: [0; 40] };
    let mut granted = stopgap_granted {
        size: size_of::<stopgap_granted>(),
        index: 0,
        expires_at: 0,
        password_only_until: 0,
        purpose: 0,
        uses_left: 0,
    };
    let checked = &grants[2];
    let request = VerifyRequest::new(USER, typed, Purpose::Reset);
    let issue_request = stopgap_issue_request {
        user: stopgap_text::lend(USER),
        policy: &raw const written,
        ..ISSUE_REQUEST
    };
    let verify_request = stopgap_verify_request {
        user: stopgap_text::lend(USER),
        text: stopgap_text::lend(typed),
        purpose: STOPGAP_PURPOSE_RESET,
        ..VERIFY_REQUEST
    };
    let counted_request_c = stopgap_verify_request {
        text: stopgap_text::lend(&counted_shown),
        ..verify_request
    };
    let counted_request_c = &raw const counted_request_c;
    let (issue_request, verify_request) = (&raw const issue_request, &raw const verify_request);
    let canonical = checked.unverified().format.normalize(typed).unwrap();
    let presented = stopgap_code::from(&canonical);
    let mut digests = [stopgap_keyed_digest::new(KeyId(0), [0; 32])];
    let mut place = stopgap_digests {
        ptr: digests.as_mut_ptr(),
        capacity: 1,
        count: 0,
    };
    vec![
        measure("online_issue", issued, || {
            let mut grant = ptr::null_mut();
            c!(stopgap_online_issue(
                face,
                issue_request,
                NOW,
                &raw mut code,
                &raw mut grant,
                NONE,
            ));
            // SAFETY: a handle.
            unsafe { stopgap_online_grant_free(&raw mut grant) };
        }),
        measure(
            "online_verify",
            || black_box(checked).verify(&keys, &request, now()).unwrap(),
            || {
                c!(stopgap_online_verify(
                    kept[2],
                    face,
                    verify_request,
                    NOW,
                    &raw mut granted,
                    NONE,
                ));
            },
        ),
        measure(
            "online_verify, counted",
            || {
                let verdict = counted.verify(&keys, &counted_request, now());
                counted = verdict.unwrap().record;
            },
            || {
                c!(stopgap_online_verify(
                    &raw mut counted_c,
                    face,
                    counted_request_c,
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
                    all,
                    face,
                    verify_request,
                    NOW,
                    &raw mut granted,
                    NONE,
                ));
            },
        ),
        measure(
            "online_open",
            || black_box(checked).open(&keys).unwrap().uses,
            || c!(stopgap_online_open(kept[2], face, NONE)),
        ),
        measure(
            "online_digests",
            || {
                // As from C: a request has the user's name as text.
                let user = Name::new(black_box(USER)).unwrap();
                keys.online_digests(&user, black_box(&canonical))
                    .collect::<Vec<_>>()
            },
            || {
                c!(stopgap_key_ring_online_digests(
                    face,
                    stopgap_text::lend(USER),
                    &raw const presented,
                    &raw mut place,
                    NONE,
                ));
            },
        ),
    ]
}
