//! Copies of keys in the memory of a process, where a core dump would contain them.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    fs::{self, File},
    hint::black_box,
    os::unix::fs::FileExt,
    path::PathBuf,
};

use chrono::DateTime;
use hkdf::Hkdf;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use sha2::{Sha256, block_api::compress256};
use stopgap::{
    Alphabet, EnrolmentKey, KeyId, KeyRing, MasterKey, Name, Purpose, Validity,
    offline::{Agent, Enrolment, LocatePolicy, minute_of},
};
use zeroize::{Zeroize, Zeroizing};

/// The search finds a copy by either half of a key.
const NEEDLE: usize = 16;
const CHUNK: usize = 1 << 20;
/// The numbers of the agents' keys.
const FIRST_AGENT: u8 = 3;
const AGENTS: u8 = 6;

/// Writes the bytes of a key, which only this function knows.
fn write_key(number: u8, key: &mut [u8; 32]) {
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = black_box(index as u8).wrapping_mul(91) ^ number.wrapping_mul(57);
    }
}

/// Calls `make` with the bytes of a key, and wipes them.
fn with_key<T>(number: u8, make: impl FnOnce(&[u8; 32]) -> T) -> T {
    let mut key = Zeroizing::new([0; 32]);
    write_key(number, &mut key);
    make(&key)
}

/// Writes the writable memory of this process to a file.
fn dump(buffer: &mut [u8], name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (file, memory) = (File::create(&path), File::open("/proc/self/mem").unwrap());
    let (file, mut written) = (file.unwrap(), 0);
    let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut fields = line.split(' ');
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [mut from, to] = [from, to].map(|at| usize::from_str_radix(at, 16).unwrap());
        while from < to {
            if own.contains(&from) {
                from = own.end.min(to);
                continue;
            }
            let next = if from < own.start { own.start } else { to };
            let length = (next.min(to) - from).min(buffer.len());
            let chunk = &mut buffer[..length];
            memory.read_exact_at(chunk, from as u64).unwrap();
            file.write_all_at(chunk, written).unwrap();
            (from, written) = (from + length, written + length as u64);
        }
    }
    buffer.zeroize();
    path
}

/// Counts the copies of a secret in each dump.
fn count<const N: usize>(dumps: &[Vec<u8>; N], secret: &[u8; 32]) -> [usize; N] {
    let (head, tail) = secret.split_at(NEEDLE);
    dumps.each_ref().map(|dump| {
        let count = |half| dump.windows(NEEDLE).filter(|bytes| *bytes == half).count();
        count(head).max(count(tail))
    })
}

fn derived(key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut derived = [0; 32];
    let key = Hkdf::<Sha256>::from_prk(key).unwrap();
    key.expand_multi_info(info, &mut derived).unwrap();
    derived
}

/// Returns the two states of SHA-256 in the schedule of a key.
fn schedule(key: &[u8; 32]) -> [[u8; 32]; 2] {
    [0x36, 0x5C].map(|pad| {
        let mut block = [pad; 64];
        block
            .iter_mut()
            .zip(key)
            .for_each(|(byte, key)| *byte ^= key);
        let mut state = [
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ];
        compress256(&mut state, &[block]);
        let mut bytes = [0; 32];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
            *place = u32::to_ne_bytes(word);
        }
        bytes
    })
}

#[expect(dead_code, reason = "the keys are in memory")]
struct Keys {
    ring: KeyRing,
    tenant: KeyRing,
    master: MasterKey,
    agents: Vec<Agent>,
    enrolment: EnrolmentKey,
    generation: u32,
}

/// Makes keys in each way, moves them, and uses them.
fn keys() -> Keys {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let old = with_key(1, |key| MasterKey::from_slice(key).unwrap());
    let mut ring = KeyRing::new(KeyId(1), &old);
    drop(old);
    let master = with_key(2, |key| MasterKey::from_bytes(*key));
    ring.add(KeyId(2), &master).unwrap();
    let tenant = ring.tenant(&Name::new("north").unwrap());
    let mut random = ChaCha20Rng::seed_from_u64(7);
    let record = Enrolment::new(&tenant, "alice", "laptop", now, &mut random).unwrap();
    let generation = record.unverified().generation;
    let enrolment = record.key(&tenant).unwrap();

    let mut agents = Vec::new();
    for number in FIRST_AGENT..FIRST_AGENT + AGENTS {
        let key = with_key(number, |key| EnrolmentKey::from_bytes(*key));
        let code = key.offline_code(
            minute_of(now),
            Purpose::Bypass,
            Validity::DAY,
            &Alphabet::UNAMBIGUOUS,
        );
        let code = code.unwrap();
        let request = key.request_code(minute_of(now), &Alphabet::UNAMBIGUOUS);
        let (typed, policy) = (request.as_str(), LocatePolicy::default());
        let located = policy.locate([&key], typed, &Alphabet::UNAMBIGUOUS, now);
        assert!(located.is_ok());
        let mut agent = Agent::new(key);
        let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, now);
        let (sealed, lock) = (step.state().unwrap(), step.confirm());
        assert!(lock.is_ok());
        let key = with_key(number, |key| EnrolmentKey::from_slice(key).unwrap());
        agents.push(Agent::resume(key, &sealed).unwrap());
    }
    Keys {
        ring,
        tenant,
        master,
        agents,
        enrolment,
        generation,
    }
}

#[test]
#[cfg_attr(miri, ignore = "needs the memory of a process")]
fn a_key_is_in_memory_once_until_it_is_dropped() {
    let mut buffer = vec![0; CHUNK];
    let keys = keys();
    let alive = dump(&mut buffer, "alive");
    let generation = keys.generation.to_be_bytes();
    drop(keys);
    let dropped = dump(&mut buffer, "dropped");
    // The search finds a key that is in memory.
    let mut control = Box::new([0; 32]);
    write_key(0, &mut control);
    let found = dump(&mut buffer, "control");
    let dumps = [alive, dropped, found].map(|path| fs::read(path).unwrap());
    assert_eq!(count(&dumps, &control), [0, 0, 1], "control");

    let mut checked = 0;
    let mut check = |secret: &[u8; 32], copies, name: &str| {
        assert_eq!(count(&dumps, secret), [copies, 0, 0], "{name}");
        checked += 1;
    };
    // A key that is needed only as a schedule has no copies.
    let mut check_key = |key: &[u8; 32], copies, schedules, name: &str| {
        check(key, copies, name);
        for state in schedule(key) {
            check(&state, schedules, name);
        }
    };
    for (number, copies) in [(1, 0), (2, 1)] {
        let master = with_key(number, |key| *key);
        let tenant = derived(&master, &[b"stopgap/1/tenant", b"\0\x05north"]);
        for (key, copies) in [(master, copies), (tenant, 0)] {
            check_key(&key, copies, 1, "master key");
            for name in ["online", "security", "record"] {
                check_key(
                    &derived(&key, &[b"stopgap/1/", name.as_bytes()]),
                    0,
                    1,
                    name,
                );
            }
        }
    }
    let tenant = derived(
        &with_key(2, |key| *key),
        &[b"stopgap/1/tenant", b"\0\x05north"],
    );
    let info: [&[u8]; 3] = [
        b"stopgap/1/enrolment",
        b"\0\x05alice\0\x06laptop",
        &generation,
    ];
    let mut enrolments = vec![derived(&tenant, &info)];
    enrolments.extend((0..AGENTS).map(|number| with_key(FIRST_AGENT + number, |key| *key)));
    for key in enrolments {
        check_key(&key, 1, 0, "enrolment key");
        for name in ["request", "response", "state"] {
            check_key(
                &derived(&key, &[b"stopgap/1/", name.as_bytes()]),
                0,
                1,
                name,
            );
        }
    }
    assert_eq!(checked, 3 * (4 * 4 + 7 * 4));
}
