//! The core beside its floor, the compressions of SHA-256 that the work needs, and beside
//! peers that do the same work. `cargo xtask bench` makes a table of the results.
//!
//! Names: GROUP/ours, GROUP/floor of N compressions, GROUP/a peer. All of a group do the
//! same work.

use std::{hint::black_box, thread, time::Instant};

use chrono::{NaiveDate, TimeDelta, TimeZone};
use chrono_tz::Europe::Zurich;
use criterion::{BatchSize, Bencher, BenchmarkId, Criterion, criterion_group, criterion_main};
use sha2::block_api::compress256;
use stopgap::{
    Alphabet, Code, EnrolmentKey, KeyId, MasterKey, Name, OnlinePolicy, Purpose,
    offline::{Agent, AgentPolicy, LocatePolicy, minute_of},
};
use stopgap_benches::{
    by_hand,
    work::{Measure, USER, all, enrolments, issue, keys, now, offline_code, request},
};

const MASTER: [u8; 32] = [7; 32];
const CODE: &str = "3F9A77C201BE";

struct Timed<'a>(&'a mut Criterion);

impl Measure for Timed<'_> {
    fn work<R>(&mut self, name: &str, work: impl FnMut() -> R) {
        bench(self.0, name, "ours", work);
    }

    fn fresh<N, R>(
        &mut self,
        name: &str,
        mut new: impl FnMut() -> N,
        mut work: impl FnMut(&mut N) -> R,
    ) {
        let mut group = self.0.benchmark_group(name);
        group.bench_function("ours", |bench| {
            bench.iter_batched_ref(&mut new, &mut work, BatchSize::SmallInput);
        });
    }
}

fn bench<R>(c: &mut Criterion, group: &str, name: &str, mut work: impl FnMut() -> R) {
    let mut group = c.benchmark_group(group);
    group.bench_function(name, |bench| bench.iter(&mut work));
}

/// Returns the compressions of HMAC-SHA-256 under a prepared key: those of the message
/// with its padding byte and length, and one of the outer hash.
const fn hmac(message: u32) -> u32 {
    (message + 9).div_ceil(64) + 1
}

/// The digest of an online code: the user's name with its length, and 12 symbols.
const DIGEST: u32 = hmac(2 + 5 + 12);
/// The tag of an online code: `online` and a zero byte, key id, id, digest, user, format,
/// purposes, three times, uses allowed, uses, time of revocation.
const ONLINE_TAG: u32 = hmac(7 + 4 + 16 + 32 + (2 + 5) + 19 + 1 + 3 * 8 + 4 + 4 + 8);
/// The digest of a security code, and its tag: `security` and a zero byte, key id, id,
/// digest, access, no description, creation, lifetime, no scopes.
const AUTHENTICATE: u32 = hmac(32) + hmac(9 + 4 + 16 + 32 + 1 + 2 + 8 + (1 + 8) + 2);
/// The request code of a minute.
const CHALLENGE: u32 = hmac(8);
/// The challenge of a minute, and the offline code of its data input.
const RESPONSE: u32 = CHALLENGE + hmac(235);
/// The state of an agent, without its tag.
const STATE: u32 = hmac(44);

/// Does a number of compressions, each of which needs the result of the last one.
fn compressions(state: &mut [u32; 8], block: &[u8; 64], many: u32) {
    for _ in 0..many {
        compress256(state, std::slice::from_ref(black_box(block)));
    }
}

fn ours(c: &mut Criterion) {
    all(&mut Timed(c));
}

fn floors(c: &mut Criterion) {
    let (mut state, block) = ([1; 8], [0xA5; 64]);
    for (group, many) in [
        ("verify", DIGEST + ONLINE_TAG),
        // The record with one use more has a new tag.
        ("verify with limited uses", DIGEST + 2 * ONLINE_TAG),
        ("authenticate", AUTHENTICATE),
        ("digest", DIGEST),
        ("redeem", 31 * RESPONSE + STATE),
        ("locate 5 enrolments", 5 * 66 * CHALLENGE),
        ("window of 67 minutes", 67 * CHALLENGE),
    ] {
        bench(c, group, &floor(many), || {
            compressions(black_box(&mut state), &block, many);
        });
    }
    // The operating system's randomness for the code and for the id, digest and tag.
    let many = DIGEST + ONLINE_TAG;
    bench(c, "issue", &floor(many), || {
        let random = ring::rand::SystemRandom::new();
        let (mut code, mut id) = ([0_u8; 16], [0_u8; 8]);
        ring::rand::SecureRandom::fill(&random, &mut code).unwrap();
        ring::rand::SecureRandom::fill(&random, &mut id).unwrap();
        compressions(black_box(&mut state), &block, many);
        (code, id)
    });
}

fn floor(many: u32) -> String {
    format!("floor of {many} compressions")
}

/// Measures the same work written without this library, with the crates `hmac`, `sha2` and
/// `subtle`, for comparison.
fn hands(c: &mut Criterion) {
    let (key, record_key) = (by_hand::key(&MASTER), by_hand::key(&[3; 32]));
    let mut record = by_hand::Record {
        user: USER.into(),
        digest: by_hand::digest(&key, USER, CODE.as_bytes()),
        expires_at: now() + TimeDelta::days(1),
        revoked: false,
        others: [0; 71],
        tag: [0; 32],
    };
    record.tag = record.expected_tag(&record_key);
    bench(c, "verify", "by hand", || {
        let typed = black_box("3F9A-77C2-01BE");
        let verified = by_hand::verify(&key, &record_key, &record, USER, typed, now());
        assert!(verified);
    });
    bench(c, "normalize", "by hand", || {
        by_hand::normalize(black_box("3F9A-77C2-01BE")).unwrap()
    });
    let (response, minute) = (by_hand::key(&[2; 32]), minute_of(now()));
    bench(c, "redeem", "by hand", || {
        by_hand::redeem(&key, &response, minute - 30..=minute, black_box(1))
    });
    // The conversion of the wall clock's time that the work needs.
    let day = NaiveDate::from_ymd_opt(2026, 12, 21).unwrap();
    let wall = day.and_hms_opt(16, 0, 42).unwrap();
    bench(c, "month in a zone", "chrono-tz", || {
        Zurich.from_local_datetime(black_box(&wall)).unwrap()
    });
}

/// Measures one HMAC of a short message under a prepared key.
fn digest(c: &mut Criterion) {
    let (keys, user) = (keys(), Name::new(USER).unwrap());
    let code = Code::from_canonical(CODE).unwrap();
    bench(c, "digest", "ours", || {
        keys.online_digests(black_box(&user), &code).next()
    });
    let message = b"\0\x05alice3F9A77C201BE";
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &MASTER);
    bench(c, "digest", "ring", || {
        ring::hmac::sign(&key, black_box(message))
    });
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &MASTER);
    bench(c, "digest", "aws-lc-rs", || {
        aws_lc_rs::hmac::sign(&key, black_box(message))
    });
    let key = by_hand::key(&MASTER);
    bench(c, "digest", "hmac", || {
        by_hand::digest(&key, black_box(USER), CODE.as_bytes())
    });
}

/// Measures one HMAC-SHA-256 for each of 67 minutes without a match, as TOTP needs it.
fn window(c: &mut Criterion) {
    let (now, key) = (now(), enrolments(1));
    let policy = LocatePolicy {
        past_minutes: 33,
        ahead_minutes: 33,
        diagnose_minutes: 0,
        ..LocatePolicy::default()
    };
    bench(c, "window of 67 minutes", "ours", || {
        let typed = black_box("ZZZZ-ZZZZ");
        let located = policy.locate(&key, typed, &Alphabet::UNAMBIGUOUS, now);
        located.unwrap_err()
    });
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA256)
        .with_digits(8)
        .with_skew(33)
        .with_step_duration(60)
        .with_secret(vec![5; 32])
        .build()
        .unwrap();
    let seconds = u64::try_from(now.timestamp()).unwrap();
    bench(c, "window of 67 minutes", "totp-rs", || {
        assert!(totp.check(black_box("00000000"), seconds).is_none());
    });
}

/// Measures how cost grows over some points.
fn growth(c: &mut Criterion, name: &str, points: &[u8], measure: impl Fn(&mut Bencher<'_>, u8)) {
    let mut group = c.benchmark_group(format!("growth: {name}"));
    for point in points {
        let id = BenchmarkId::from_parameter(point);
        group.bench_with_input(id, point, |bench, point| measure(bench, *point));
    }
}

fn growths(c: &mut Criterion) {
    let (now, alphabet) = (now(), &Alphabet::UNAMBIGUOUS);
    growth(
        c,
        "redeem by window",
        &[0, 10, 30, 120],
        |bench, minutes| {
            let key = || EnrolmentKey::from_bytes([3; 32]);
            let typed = offline_code(&key(), minute_of(now));
            let policy = AgentPolicy {
                window_minutes: minutes.into(),
                ..Default::default()
            };
            let agent = || Agent::new(key()).with_policy(policy);
            let redeem = |agent: &mut Agent| {
                let step = agent.redeem(black_box(&typed), Purpose::Bypass, now);
                (black_box(step.state()), step.confirm().unwrap())
            };
            bench.iter_batched_ref(agent, redeem, BatchSize::SmallInput);
        },
    );
    growth(
        c,
        "locate by enrolments",
        &[1, 2, 5, 10, 20],
        |bench, many| {
            let (keys, policy) = (enrolments(many), LocatePolicy::default());
            let last = keys.last().unwrap();
            let shown = last.request_code(minute_of(now) - 60, alphabet);
            bench.iter(|| {
                let located = policy.locate(&keys, black_box(shown.as_str()), alphabet, now);
                located.unwrap()
            });
        },
    );
    let policy = OnlinePolicy::default();
    let rings = [1, 2, 5, 10, 100];
    growth(c, "verify by keys in the ring", &rings, |bench, many| {
        // The code is of the oldest key.
        let mut keys = keys();
        let (code, sealed) = issue(&policy, &keys);
        let typed = code.reveal().to_string();
        for id in 2..=many {
            let master = MasterKey::from_bytes([id; 32]);
            keys.add(KeyId(id.into()), &master).unwrap();
        }
        bench.iter(|| {
            let granted = sealed.verify(&keys, &request(&typed), now);
            granted.unwrap()
        });
    });
    // The time of one verification while all threads verify: two cores halve it.
    growth(c, "verify by threads", &[1, 2, 4], |bench, threads| {
        let keys = keys();
        let (code, sealed) = issue(&policy, &keys);
        let typed = code.reveal().to_string();
        bench.iter_custom(|iterations| {
            let each = iterations.div_ceil(threads.into());
            let verify = || {
                for _ in 0..each {
                    let granted = sealed.verify(&keys, &request(&typed), now);
                    let _ = black_box(granted.unwrap());
                }
            };
            let started = Instant::now();
            thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(verify))));
            started.elapsed()
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .measurement_time(TimeDelta::seconds(3).to_std().unwrap())
        .warm_up_time(TimeDelta::milliseconds(500).to_std().unwrap());
    targets = ours, floors, hands, digest, window, growths
}
criterion_main!(benches);
