//! The public vectors of `verify`: sessions of online codes, with idempotency keys.

use std::{collections::HashMap, convert::Infallible, fs, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use stopgap_registry::{
    Error, Registry,
    stopgap::{
        Alphabet, Code, CodeFormat, KeyId, KeyRing, KeySource, MasterKey, Name, OnlineGrant,
        Purpose, RecordId, RecordTag, ReplayPolicy, Sealed, ThrottlePolicy, VerifyRequest,
    },
    store::{self, Row, Table},
};

use crate::{
    rows,
    world::{World, desk, root},
};

const MASTER: [u8; 32] = [9; 32];

/// A source that gives every tenant the same ring.
struct Fixed;

impl KeySource for Fixed {
    type Error = Infallible;

    fn tenant_ring(&self, _: &Name) -> Result<KeyRing, Infallible> {
        Ok(KeyRing::new(KeyId(1), &MasterKey::from_bytes(MASTER)))
    }
}

pub(crate) fn sessions(world: &World) {
    let copy = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../stopgap/tests/vectors/verify.json"
    );
    let mut tests = run(world, Path::new(copy), "copy");
    assert_eq!(tests, 19);
    if let Some(folder) = std::env::var_os("STOPGAP_VECTORS") {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name == "verify.json" || name.starts_with("verify-") {
                tests += run(world, &path, name);
            }
        }
        println!("{tests} sessions");
    }
}

/// Runs the tests of a file, each in its own tenant. Returns their number.
fn run(world: &World, path: &Path, label: &str) -> usize {
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut count = 0;
    for group in array(&file["testGroups"]) {
        for test in array(&group["tests"]) {
            let tenant = format!("{label} {}", test["tcId"]);
            Session::new(world, group, test, &tenant).run(test);
            count += 1;
        }
    }
    assert_eq!(file["numberOfTests"], count);
    count
}

struct Session<'w> {
    world: &'w World,
    registry: Registry,
    tenant: Name,
    keys: KeyRing,
    /// The codes by their labels.
    codes: HashMap<String, (Name, Code)>,
    /// Their first records, by the same labels.
    records: HashMap<String, OnlineGrant>,
}

impl<'w> Session<'w> {
    fn new(world: &'w World, group: &Value, test: &Value, tenant: &str) -> Self {
        world.set(instant(&array(&test["steps"]).next().unwrap()["at"]));
        // The throttle counts and does not lock.
        let throttle = ThrottlePolicy {
            free: u32::MAX,
            hard_limit: u32::MAX,
            ..ThrottlePolicy::default()
        };
        let replay = ReplayPolicy {
            replay_seconds: group["replaySeconds"].as_u64().unwrap().try_into().unwrap(),
        };
        let registry = Registry::builder(&Fixed)
            .tenant(tenant)
            .clock(world.clock())
            .clock_tolerance(None)
            .throttle(throttle)
            .replay(replay)
            .over(Arc::clone(&world.store))
            .unwrap();
        let tenant = Name::new(tenant).unwrap();
        let mut session = Self {
            world,
            registry,
            keys: Fixed.tenant_ring(&tenant).unwrap(),
            tenant,
            codes: HashMap::new(),
            records: HashMap::new(),
        };
        let code = |number: u8| CodeFormat::ONLINE.encode(&[number; 6]).unwrap();
        let nobody = Name::new("nobody").unwrap();
        session.codes.insert("wrong".into(), (nobody, code(0xFF)));
        for (number, entry) in (0_u8..).zip(array(&test["codes"])) {
            let user = Name::new(text(entry, "user")).unwrap();
            let sealed = session.sealed(entry, number, user.clone(), &code(number));
            let row = rows::code(&sealed, u32::from(number) + 1);
            let kept = world.store.keep(&session.tenant, &[row]);
            assert_eq!(kept.unwrap(), 1);
            let label = text(entry, "label").to_owned();
            session.codes.insert(label.clone(), (user, code(number)));
            session.records.insert(label, sealed.into_parts().0);
        }
        session
    }

    /// Returns the sealed record of a code that is valid between any two instants: no policy
    /// issues one, so the tag is computed here.
    fn sealed(&self, entry: &Value, number: u8, user: Name, code: &Code) -> Sealed<OnlineGrant> {
        let digest = self
            .keys
            .online_digests(&user, code)
            .next()
            .unwrap()
            .digest();
        let mut id = *RecordId::first_at(DateTime::UNIX_EPOCH).as_bytes();
        id[15] = number;
        let id = RecordId::from_bytes(id);
        let max_uses = entry["maxUses"].as_u64();
        let record = OnlineGrant {
            id,
            key_id: KeyId(1),
            digest,
            user,
            format: CodeFormat::ONLINE,
            purposes: array(&entry["purposes"])
                .map(|word| word.as_str().unwrap().parse::<Purpose>().unwrap())
                .collect(),
            issued_at: id.created_at(),
            not_before: entry
                .get("notBefore")
                .filter(|value| !value.is_null())
                .map(instant),
            expires_at: instant(&entry["expiresAt"]),
            max_uses: max_uses.map(|uses| uses.try_into().unwrap()),
            uses: 0,
            revoked_at: None,
        };
        let tag = RecordTag::from_bytes(tag(&record));
        Sealed::from_parts(record, tag)
    }

    fn run(&self, test: &Value) {
        for step in array(&test["steps"]) {
            let at = instant(&step["at"]);
            // Some sessions go back in time, which an administrator must accept.
            self.world.set(at);
            self.registry.accept_clock(&root()).unwrap();
            let label = text(step, "code");
            match text(step, "op") {
                "revoke" => self.revoke(label, at),
                "verify" => self.verify(step, label, at),
                op => panic!("no such step: {op}"),
            }
        }
    }

    fn revoke(&self, label: &str, at: DateTime<Utc>) {
        let (user, code) = &self.codes[label];
        let digest = self
            .keys
            .online_digests(user, code)
            .next()
            .unwrap()
            .digest();
        let rows = rows::all(&*self.world.store, &self.tenant, Table::Codes);
        let is_it = |row: &&Row| *row.value("digest") == (&digest).into();
        let row = rows.iter().find(is_it).unwrap();
        let store::Value::Integer(number) = *row.value("uses") else {
            panic!("{row:?}");
        };
        let record = OnlineGrant {
            uses: number.try_into().unwrap(),
            revoked_at: Some(at),
            ..self.records[label].clone()
        };
        rows::edit(&*self.world.store, &self.tenant, row, |row| {
            row.set("revoked_at", at);
            row.set("tag", &RecordTag::from_bytes(tag(&record)));
        });
    }

    fn failures(&self, user: &str) -> u32 {
        let throttle = self.registry.throttle(&desk(), user).unwrap();
        throttle.failures
    }

    fn verify(&self, step: &Value, label: &str, at: DateTime<Utc>) {
        let user = text(step, "user");
        let typed = self.codes[label].1.reveal();
        let purpose: Purpose = text(step, "purpose").parse().unwrap();
        let mut request = VerifyRequest::new(user, typed.canonical(), purpose);
        request.idempotency_key = step["idempotencyKey"].as_str();

        let before = self.failures(user);
        let older = self.events();
        // The next reading of the clock takes a microsecond.
        self.world.set(at - TimeDelta::microseconds(1));
        let answer = self.registry.verify_code(&request);
        let (result, uses_left) = match &answer {
            Ok(granted) => ("granted", granted.uses_left),
            Err(error) => (error.reason(), None),
        };
        assert!(matches!(answer, Ok(_) | Err(Error::Refused(_))), "{step}");
        assert_eq!(result, text(step, "result"), "{step}");
        assert_eq!(step["usesLeft"], Value::from(uses_left), "{step}");
        let mut new = self.events();
        new.retain(|event| !older.contains(event));
        // A typo leaves no event.
        let expected = usize::from(result != "malformed");
        assert_eq!(new.len(), expected, "{step}");
        let replay = format!("{purpose}, replay");
        let is_replay = |row: &Row| *row.value("detail") == replay.as_str().into();
        let replayed = new.first().is_some_and(is_replay);
        assert_eq!(step["replayed"], replayed, "{step}");
        if let Ok(granted) = &answer {
            assert_eq!(granted.replayed, replayed, "{step}");
        }
        let after = match (&answer, step["failure"].as_bool().unwrap()) {
            (Ok(granted), _) if !granted.replayed => 0,
            (_, failure) => before + u32::from(failure),
        };
        assert_eq!(self.failures(user), after, "{step}");
    }

    /// Returns all events of verifications.
    fn events(&self) -> Vec<Row> {
        let rows = rows::all(&*self.world.store, &self.tenant, Table::Events);
        let is_verification = |row: &Row| *row.value("kind") == "online.verify".into();
        rows.into_iter().filter(is_verification).collect()
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap()
}

fn instant(value: &Value) -> DateTime<Utc> {
    DateTime::from_timestamp(value.as_i64().unwrap(), 0).unwrap()
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Returns the tag of a record, by SPEC, "Records at rest".
fn tag(record: &OnlineGrant) -> [u8; 32] {
    let key = mac(&MASTER, &[b"stopgap/1/record", &[1]]);
    let never = || i64::MIN.to_be_bytes();
    let t = |instant: DateTime<Utc>| instant.timestamp_micros().to_be_bytes();
    let user = record.user.as_str();
    let user_length = u16::try_from(user.len()).unwrap().to_be_bytes();
    assert_eq!(record.format.alphabet, Alphabet::HEX);
    let parts: [&[u8]; 15] = [
        b"online\0",
        &record.key_id.0.to_be_bytes(),
        record.id.as_bytes(),
        record.digest.as_bytes(),
        &user_length,
        user.as_bytes(),
        b"0123456789ABCDEF",
        &[0, record.format.length, 0],
        &[record.purposes.bits()],
        &t(record.issued_at),
        &record.not_before.map_or_else(never, t),
        &t(record.expires_at),
        &record.max_uses.unwrap_or(0).to_be_bytes(),
        &record.uses.to_be_bytes(),
        &record.revoked_at.map_or_else(never, t),
    ];
    mac(&key, &parts)
}
