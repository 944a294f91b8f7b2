//! Single calls of the core.

use std::{hint::black_box, rc::Rc};

use chrono_tz::Europe::Berlin;
use stopgap::{
    Access, Actor, Alphabet, CodeFormat, OnlineGrant, OnlinePolicy, Purpose, Role, SecurityCode,
    SysRng, Throttle, ThrottlePolicy, Validity,
    offline::{Agent, Enrolment, LocatePolicy, OfflinePolicy, SealedState, locate, minute_of},
};

use super::{Cases, USER, now, ring};

pub(super) fn add(cases: &mut Cases) {
    codes(cases);
    online(cases);
    offline(cases);
    security(cases);
}

fn codes(cases: &mut Cases) {
    cases.add("normalize", || {
        CodeFormat::ONLINE
            .normalize(black_box("3F9A-77C2-01BE"))
            .unwrap()
    });
    cases.add("expires_at in UTC", || {
        Validity::MONTH.expires_at(black_box(now())).unwrap()
    });
    cases.add("expires_at in a zone", || {
        let issued = black_box(now()).with_timezone(&Berlin);
        Validity::MONTH.expires_at(issued).unwrap()
    });
}

fn online(cases: &mut Cases) {
    let policy = OnlinePolicy::default();
    let keys = Rc::new(ring());
    let issued = || policy.issue(&keys, USER, now(), &mut SysRng).unwrap();
    let made: Vec<_> = (0..3).map(|_| issued()).collect();
    let typed: Vec<String> = made
        .iter()
        .map(|(code, _)| code.reveal().as_str().to_owned())
        .collect();
    let (right, wrong) = (typed[2].clone(), typed[0].clone());
    let mut grants: Vec<OnlineGrant> = made.into_iter().map(|(_, grant)| grant).collect();
    let grant = grants[2].clone();
    let tag = grant.tag(&keys).unwrap();
    let code = grant.format.normalize(&right).unwrap();

    let ring = Rc::clone(&keys);
    cases.add("issue", move || {
        policy.issue(&ring, USER, now(), &mut SysRng).unwrap()
    });
    let (ring, mut one, typed) = (Rc::clone(&keys), grant.clone(), right.clone());
    cases.add("verify", move || {
        let one = black_box(&mut one);
        one.verify(&ring, USER, &typed, Purpose::Reset, now())
            .map(drop)
            .unwrap();
    });
    let (ring, mut one) = (Rc::clone(&keys), grant.clone());
    cases.add("verify, refused", move || {
        let one = black_box(&mut one);
        one.verify(&ring, USER, &wrong, Purpose::Reset, now())
            .map(drop)
            .unwrap_err()
    });
    let ring = Rc::clone(&keys);
    cases.add("verify_any of 3", move || {
        let any = &mut *black_box(&mut grants);
        OnlineGrant::verify_any(any, &ring, USER, &right, Purpose::Reset, now())
            .map(drop)
            .unwrap();
    });
    let (ring, one) = (Rc::clone(&keys), grant.clone());
    cases.add("tag", move || black_box(&one).tag(&ring).unwrap());
    let (ring, one) = (Rc::clone(&keys), grant);
    cases.add("check_tag", move || {
        black_box(&one).check_tag(&ring, &tag).unwrap();
    });
    cases.add("online_digests", move || {
        let user = stopgap::Name::borrowed(USER).unwrap();
        keys.online_digests(&user, black_box(&code))
            .collect::<Vec<_>>()
    });
}

fn offline(cases: &mut Cases) {
    let keys = Rc::new(ring());
    let enrolments: Vec<Enrolment> = ["A", "B", "C", "D", "E"]
        .iter()
        .map(|machine| Enrolment::new(&keys, USER, machine).unwrap())
        .collect();
    let derived: Rc<Vec<_>> = Rc::new(
        enrolments
            .iter()
            .map(|one| one.key(&keys).unwrap())
            .collect(),
    );
    let minute = minute_of(now());
    let request = derived[4].request_code(minute - 30, &Alphabet::UNAMBIGUOUS);
    let request = request.to_string();
    let right = derived[0].offline_code(
        minute,
        Purpose::Bypass,
        Validity::DAY,
        &Alphabet::UNAMBIGUOUS,
    );
    let right = right.reveal().as_str().to_owned();
    let agent = Agent::new(enrolments[0].key(&keys).unwrap());
    cases.add("request_code", move || {
        black_box(&agent).request_code(now())
    });
    let first = enrolments[0].clone();
    let ring = Rc::clone(&keys);
    cases.add("redeem", move || {
        let mut agent = Agent::new(first.key(&ring).unwrap());
        let kept = |state: &SealedState| {
            black_box(state);
            Ok::<(), ()>(())
        };
        agent
            .redeem(black_box(&right), Purpose::Bypass, now())
            .keep(kept)
            .unwrap()
            .unwrap()
    });
    let (typed, keys_of) = (request.clone(), Rc::clone(&derived));
    cases.add("locate among 5", move || {
        let policy = LocatePolicy::default();
        locate(
            keys_of.iter(),
            black_box(&typed),
            &Alphabet::UNAMBIGUOUS,
            &policy,
            now(),
        )
        .unwrap()
    });
    cases.add("answer among 5", move || {
        OfflinePolicy::default()
            .answer(
                &keys,
                USER,
                &enrolments,
                black_box(&request),
                Purpose::Bypass,
                now(),
            )
            .unwrap()
            .minute
    });
}

fn security(cases: &mut Cases) {
    let keys = ring();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SuperAdministrator;
    let (code, record) =
        SecurityCode::create(&keys, &root, access, "nightly report", now(), &mut SysRng).unwrap();
    let presented = code.reveal().as_str().to_owned();
    cases.add("authenticate", move || {
        let typed = black_box(presented.as_str());
        let scope = record.authenticate(&keys, typed, |_| Role::HelpDesk, now());
        scope.unwrap().limited
    });
    let (policy, throttle) = (ThrottlePolicy::default(), Throttle::default());
    cases.add("throttle check", move || {
        black_box(&throttle).check(&policy, now()).unwrap();
    });
    cases.add("throttle fail", move || {
        let mut throttle = *black_box(&throttle);
        throttle.fail(&policy, now());
        throttle
    });
}
