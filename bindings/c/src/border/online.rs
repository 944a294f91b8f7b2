//! Online codes.

use std::{hint::black_box, ptr};

use stopgap::{KeyId, Name, OnlineGrant, OnlinePolicy, Purpose, SysRng};

use super::{Line, NONE, NOW, USER, chars, measure, now, ring};
use crate::{code::*, digest::*, grant::*, granted::*, key_ring::*, online_policy::*, purpose::*};

pub(super) fn lines() -> Vec<Line> {
    let (keys, face) = (ring(), stopgap_key_ring(ring()));
    let face = &raw const face;
    let policy = OnlinePolicy::default();
    let written = stopgap_online_policy::from(policy);
    let issued = || policy.issue(&keys, USER, now(), &mut SysRng).unwrap();
    let mut made: Vec<_> = (0..3).map(|_| issued()).collect();
    let shown = made[2].0.reveal().as_str().to_owned();
    let typed = shown.as_str();
    let mut grants: Vec<OnlineGrant> = made.drain(..).map(|(_, grant)| grant).collect();
    let mut kept: Vec<stopgap_online_grant> = grants.iter().cloned().map(Into::into).collect();
    let (mut code, mut granted, mut index) = (
        stopgap_code { text: [0; 40] },
        stopgap_granted {
            expires_at: 0,
            purpose: 0,
            uses_left: 0,
        },
        0,
    );
    let mut grant = kept[2];
    let mut tag = stopgap_tag { bytes: [0; 32] };
    let checked = grants[2].clone();
    let wanted = checked.tag(&keys).unwrap();
    let read = stopgap_tag::from(wanted);
    let canonical = checked.format.normalize(typed).unwrap();
    let presented = stopgap_code::from(&canonical);
    let mut digests = [stopgap_keyed_digest::new(KeyId(0), [0; 32])];
    let user = Name::new(USER).unwrap();
    vec![
        measure("online_issue", issued, || {
            c!(stopgap_online_issue(
                &raw const written,
                face,
                chars(USER),
                USER.len(),
                NOW,
                ptr::null(),
                0,
                ptr::null(),
                &raw mut code,
                &raw mut grant,
                NONE,
            ));
        }),
        measure(
            "online_verify",
            || {
                let grant = black_box(&mut grants[2]);
                grant
                    .verify(&keys, USER, typed, Purpose::Reset, now())
                    .unwrap()
            },
            || {
                c!(stopgap_online_verify(
                    &raw mut kept[2],
                    face,
                    chars(USER),
                    USER.len(),
                    chars(typed),
                    typed.len(),
                    STOPGAP_RESET,
                    NOW,
                    &raw mut granted,
                    NONE,
                ));
            },
        ),
        measure(
            "online_verify_any of 3",
            || {
                let any = &mut *black_box(&mut grants);
                OnlineGrant::verify_any(any, &keys, USER, typed, Purpose::Reset, now()).unwrap()
            },
            || {
                c!(stopgap_online_verify_any(
                    kept.as_mut_ptr(),
                    3,
                    face,
                    chars(USER),
                    USER.len(),
                    chars(typed),
                    typed.len(),
                    STOPGAP_RESET,
                    NOW,
                    &raw mut index,
                    &raw mut granted,
                    NONE,
                ));
            },
        ),
        measure(
            "online_tag",
            || black_box(&checked).tag(&keys).unwrap(),
            || {
                c!(stopgap_online_tag(
                    &raw const kept[2],
                    face,
                    &raw mut tag,
                    NONE
                ))
            },
        ),
        measure(
            "online_check_tag",
            || black_box(&checked).check_tag(&keys, &wanted).unwrap(),
            || {
                c!(stopgap_online_check_tag(
                    &raw const kept[2],
                    face,
                    &raw const read,
                    NONE
                ))
            },
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
                    chars(USER),
                    USER.len(),
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
