//! The core beside the floor, the compressions of SHA-256 that the work needs, and
//! beside its peers doing the same work. `cargo xtask bench` makes a table of it.
//!
//! Names: GROUP/ours, GROUP/floor, GROUP/a peer. All of a group do the same work.

use std::{ffi::CString, hint::black_box, time::Instant};

use chrono::{DateTime, Months, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Zurich;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sha2::block_api::compress256;
use stopgap::{
    Alphabet, Code, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey, Name, OnlineGrant,
    OnlinePolicy, Purpose, SysRng, Validity,
    offline::{Agent, LocatePolicy, locate, minute_of},
};
use stopgap_benches::{by_hand, liboath};

const MASTER: [u8; 32] = [7; 32];

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 42).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes(MASTER))
}

/// The floor: so many compressions, each of which waits for the one before.
fn compressions(state: &mut [u32; 8], block: &[u8; 64], many: u32) {
    for _ in 0..many {
        compress256(state, std::slice::from_ref(black_box(block)));
    }
}

fn floor(c: &mut Criterion, group: &str, many: u32) {
    let mut group = c.benchmark_group(group);
    group.bench_function("floor", |bench| {
        let (mut state, block) = ([1; 8], [0xA5; 64]);
        bench.iter(|| compressions(black_box(&mut state), &block, many));
    });
    group.finish();
}

fn verify(c: &mut Criterion) {
    floor(c, "verify", 2);
    let keys = keys();
    let (code, mut grant) = (OnlinePolicy::default())
        .issue(&keys, "alice", now(), &mut SysRng)
        .unwrap();
    let typed = code.reveal().to_string();
    let by_hand_key = by_hand::key(&[9; 32]);
    let record = by_hand::Record {
        user: "alice".into(),
        digest: by_hand::digest(&by_hand_key, "alice", code.reveal().canonical().as_bytes()),
        expires_at: grant.expires_at,
        revoked: false,
    };
    let mut group = c.benchmark_group("verify");
    group.bench_function("ours", |bench| {
        bench.iter(|| {
            grant
                .verify(&keys, "alice", black_box(&typed), Purpose::Bypass, now())
                .unwrap()
        });
    });
    group.bench_function("by hand", |bench| {
        bench.iter(|| {
            assert!(by_hand::verify(
                &by_hand_key,
                &record,
                "alice",
                black_box(&typed),
                now()
            ));
        });
    });
    group.finish();
}

fn issue(c: &mut Criterion) {
    let keys = keys();
    let user = Name::new("alice").unwrap();
    let code = Code::from_canonical("3F9A77C201BE").unwrap();
    let mut group = c.benchmark_group("issue");
    // The randomness that the operating system gives, and one digest.
    group.bench_function("floor", |bench| {
        let (mut state, block) = ([1; 8], [0xA5; 64]);
        bench.iter(|| {
            let mut bytes = [0_u8; 16];
            ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).unwrap();
            compressions(black_box(&mut state), &block, 2);
            bytes
        });
    });
    group.bench_function("ours", |bench| {
        bench.iter(|| {
            (OnlinePolicy::default())
                .issue(&keys, black_box("alice"), now(), &mut SysRng)
                .unwrap()
        });
    });
    group.finish();
    let mut group = c.benchmark_group("digest");
    let message = b"\0\x05alice3F9A77C201BE";
    group.bench_function("ours", |bench| {
        bench.iter(|| keys.online_digests(black_box(&user), &code).next());
    });
    group.bench_function("ring", |bench| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &MASTER);
        bench.iter(|| ring::hmac::sign(&key, black_box(message)));
    });
    group.bench_function("aws-lc-rs", |bench| {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &MASTER);
        bench.iter(|| aws_lc_rs::hmac::sign(&key, black_box(message)));
    });
    group.bench_function("hmac", |bench| {
        let key = by_hand::key(&MASTER);
        bench.iter(|| by_hand::digest(&key, black_box("alice"), b"3F9A77C201BE"));
    });
    group.finish();
    floor(c, "digest", 2);
}

fn redeem(c: &mut Criterion) {
    floor(c, "redeem", 31 * 7);
    let now = now();
    let secret = [3; 32];
    let key = EnrolmentKey::from_bytes(secret);
    // The last minute of the window; all are compared, wherever it is.
    let minute = minute_of(now) - 30;
    let code = key.offline_code(
        minute,
        Purpose::Bypass,
        Validity::DAY,
        &Alphabet::UNAMBIGUOUS,
    );
    let typed = code.reveal().to_string();
    let mut group = c.benchmark_group("redeem");
    group.bench_function("ours", |bench| {
        bench.iter_batched_ref(
            || Agent::new(EnrolmentKey::from_bytes(secret)),
            |agent| {
                let step = agent.redeem(black_box(&typed), Purpose::Bypass, now);
                step.into_parts().1.unwrap()
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("by hand", |bench| {
        let (request, response) = (by_hand::key(&[1; 32]), by_hand::key(&[2; 32]));
        let now = minute_of(now);
        bench.iter(|| by_hand::redeem(&request, &response, now - 30..=now, black_box(1)));
    });
    group.finish();
}

fn locating(c: &mut Criterion) {
    floor(c, "locate 5 enrolments", 5 * 66 * 2);
    let now = now();
    let keys: Vec<_> = (0..5)
        .map(|enrolment| EnrolmentKey::from_bytes([enrolment; 32]))
        .collect();
    // The last one to be looked at.
    let shown = keys[4].request_code(minute_of(now) - 60, &Alphabet::UNAMBIGUOUS);
    let mut group = c.benchmark_group("locate 5 enrolments");
    group.bench_function("ours", |bench| {
        let policy = LocatePolicy::default();
        bench.iter(|| {
            let typed = black_box(shown.as_str());
            locate(&keys, typed, &Alphabet::UNAMBIGUOUS, &policy, now).unwrap()
        });
    });
    group.finish();
}

/// One HMAC-SHA-256 of the minute for each of 67 minutes, none of which fits: what
/// TOTP does too.
fn window(c: &mut Criterion) {
    floor(c, "window of 67 minutes", 67 * 2);
    let now = now();
    let secret = [5; 32];
    let key = [EnrolmentKey::from_bytes(secret)];
    let mut group = c.benchmark_group("window of 67 minutes");
    group.bench_function("ours", |bench| {
        let policy = LocatePolicy {
            past_minutes: 33,
            ahead_minutes: 33,
            diagnose_minutes: 0,
        };
        bench.iter(|| {
            locate(
                &key,
                black_box("ZZZZ-ZZZZ"),
                &Alphabet::UNAMBIGUOUS,
                &policy,
                now,
            )
            .unwrap_err()
        });
    });
    group.bench_function("totp-rs", |bench| {
        let totp = totp_rs::Builder::new()
            .with_algorithm(totp_rs::Algorithm::SHA256)
            .with_digits(8)
            .with_skew(33)
            .with_step_duration(60)
            .with_secret(secret.to_vec())
            .build()
            .unwrap();
        let seconds = u64::try_from(now.timestamp()).unwrap();
        bench.iter(|| assert!(totp.check(black_box("00000000"), seconds).is_none()));
    });
    group.bench_function("liboath", |bench| {
        assert!(liboath::init());
        let typed = CString::new("00000000").unwrap();
        bench.iter(|| {
            assert!(!liboath::totp_validate(
                &secret,
                now.timestamp(),
                33,
                black_box(&typed)
            ));
        });
    });
    group.finish();
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("normalize");
    group.bench_function("ours", |bench| {
        bench.iter(|| {
            CodeFormat::ONLINE
                .normalize(black_box("3F9A-77C2-01BE"))
                .unwrap()
        });
    });
    group.bench_function("by hand", |bench| {
        bench.iter(|| by_hand::normalize(black_box("3F9A-77C2-01BE")).unwrap());
    });
    group.finish();
    // The longest that is read: 32 symbols, each with seven hyphens behind it.
    let long = "A-------".repeat(32);
    let mut group = c.benchmark_group("normalize 256 bytes");
    group.throughput(Throughput::Bytes(256));
    group.bench_function("ours", |bench| {
        bench.iter(|| CodeFormat::SECURITY.normalize(black_box(&long)).unwrap());
    });
    group.finish();
}

fn expiry(c: &mut Criterion) {
    let issued = now();
    let mut group = c.benchmark_group("month in UTC");
    group.bench_function("ours", |bench| {
        bench.iter(|| Validity::MONTH.expires_at(black_box(issued)).unwrap());
    });
    group.bench_function("chrono", |bench| {
        bench.iter(|| {
            black_box(issued)
                .checked_add_months(Months::new(1))
                .unwrap()
        });
    });
    group.finish();
    let zoned = issued.with_timezone(&Zurich);
    let mut group = c.benchmark_group("month in a zone");
    group.bench_function("ours", |bench| {
        bench.iter(|| Validity::MONTH.expires_at(black_box(zoned)).unwrap());
    });
    group.bench_function("chrono", |bench| {
        bench.iter(|| black_box(zoned).checked_add_months(Months::new(1)).unwrap());
    });
    // chrono-tz's own conversion of the wall clock that comes out of it.
    let wall = NaiveDate::from_ymd_opt(2026, 12, 21)
        .and_then(|date| date.and_hms_opt(16, 0, 42))
        .unwrap();
    group.bench_function("chrono-tz", |bench| {
        bench.iter(|| Zurich.from_local_datetime(black_box(&wall)).unwrap());
    });
    group.finish();
}

/// How cost grows.
fn growth(c: &mut Criterion) {
    let now = now();
    let mut group = c.benchmark_group("growth: redeem by window");
    for minutes in [0_u16, 10, 30, 120] {
        let secret = [3; 32];
        let key = EnrolmentKey::from_bytes(secret);
        let code = key.offline_code(
            minute_of(now),
            Purpose::Bypass,
            Validity::DAY,
            &Alphabet::UNAMBIGUOUS,
        );
        let typed = code.reveal().to_string();
        group.bench_with_input(
            BenchmarkId::from_parameter(minutes),
            &minutes,
            |bench, _| {
                bench.iter_batched_ref(
                    || {
                        Agent::new(EnrolmentKey::from_bytes(secret)).with_policy(
                            stopgap::offline::AgentPolicy {
                                window_minutes: minutes,
                                ..Default::default()
                            },
                        )
                    },
                    |agent| {
                        let step = agent.redeem(black_box(&typed), Purpose::Bypass, now);
                        step.into_parts().1.unwrap()
                    },
                    BatchSize::SmallInput,
                );
            },
        );
    }
    group.finish();

    let mut group = c.benchmark_group("growth: locate by enrolments");
    let policy = LocatePolicy::default();
    for many in [1_u8, 2, 5, 10, 20] {
        let keys: Vec<_> = (0..many)
            .map(|enrolment| EnrolmentKey::from_bytes([enrolment; 32]))
            .collect();
        let last = keys.last().unwrap();
        let shown = last.request_code(minute_of(now) - 60, &Alphabet::UNAMBIGUOUS);
        group.bench_with_input(BenchmarkId::from_parameter(many), &many, |bench, _| {
            bench.iter(|| {
                let typed = black_box(shown.as_str());
                locate(&keys, typed, &Alphabet::UNAMBIGUOUS, &policy, now).unwrap()
            });
        });
    }
    group.finish();

    let mut group = c.benchmark_group("growth: verify by keys in the ring");
    for many in [1_u32, 2, 5, 10, 100] {
        // The grant is of the oldest.
        let mut keys = keys();
        let (code, mut grant) = (OnlinePolicy::default())
            .issue(&keys, "alice", now, &mut SysRng)
            .unwrap();
        for id in 2..=many {
            let master = MasterKey::from_bytes([u8::try_from(id).unwrap(); 32]);
            keys.rotate(KeyId(id), &master).unwrap();
        }
        let typed = code.reveal().to_string();
        group.bench_with_input(BenchmarkId::from_parameter(many), &many, |bench, _| {
            bench.iter(|| {
                grant
                    .verify(&keys, "alice", black_box(&typed), Purpose::Bypass, now)
                    .unwrap()
            });
        });
    }
    group.finish();

    let mut group = c.benchmark_group("growth: verify by threads");
    for threads in [1_u64, 2, 4] {
        let keys = keys();
        let (code, grant) = (OnlinePolicy::default())
            .issue(&keys, "alice", now, &mut SysRng)
            .unwrap();
        let typed = code.reveal().to_string();
        // The time of one verification where all threads verify: halved by two cores.
        group.bench_with_input(
            BenchmarkId::from_parameter(threads),
            &threads,
            |bench, _| {
                bench.iter_custom(|iterations| {
                    let each = iterations.div_ceil(threads);
                    let started = Instant::now();
                    std::thread::scope(|scope| {
                        for _ in 0..threads {
                            let mut grant: OnlineGrant = grant.clone();
                            let (keys, typed) = (&keys, &typed);
                            scope.spawn(move || {
                                for _ in 0..each {
                                    let granted = grant.verify(
                                        keys,
                                        "alice",
                                        black_box(typed),
                                        Purpose::Bypass,
                                        now,
                                    );
                                    let _ = black_box(granted.unwrap());
                                }
                            });
                        }
                    });
                    started.elapsed()
                });
            },
        );
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .measurement_time(TimeDelta::seconds(3).to_std().unwrap())
        .warm_up_time(TimeDelta::milliseconds(500).to_std().unwrap());
    targets = verify, issue, redeem, locating, window, reading, expiry, growth
}
criterion_main!(benches);
