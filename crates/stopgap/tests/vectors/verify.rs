//! Sessions of online codes at a server with a small model of a store.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use stopgap::{
    Alphabet, Code, CodeFormat, KeyId, KeyRing, MasterKey, Name, OnlineGrant, Purpose, RecordId,
    RecordTag, Refusal, ReplayPolicy, Sealed, Verification, VerifyRequest,
};

use super::{array, figure, instant, text};

const MASTER: [u8; 32] = [9; 32];

/// A store: the records, and also the codes, which a real store does not have.
struct Model {
    keys: KeyRing,
    policy: ReplayPolicy,
    codes: HashMap<String, Code>,
    records: Vec<(String, Sealed<OnlineGrant>)>,
    verifications: HashMap<(String, String), Sealed<Verification>>,
}

/// The result of a step, in the words of the vectors.
struct Answer {
    result: String,
    uses_left: Option<u32>,
    replayed: bool,
    failure: bool,
}

pub(crate) fn session(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let mut model = Model::new(group, test);
    for step in array(&test["steps"]) {
        let now = instant(&step["at"]);
        match text(step, "op") {
            "revoke" => model.revoke(text(step, "code"), now),
            "verify" => {
                let answer = model.verify(step, now);
                assert_eq!(answer.result, text(step, "result"), "{step}");
                assert_eq!(step["replayed"], answer.replayed, "{step}");
                assert_eq!(step["failure"], answer.failure, "{step}");
                assert_eq!(step["usesLeft"], Value::from(answer.uses_left), "{step}");
            }
            op => panic!("no such step: {op}"),
        }
    }
}

impl Model {
    fn new(group: &Value, test: &Value) -> Self {
        let default = ReplayPolicy::default();
        let mut model = Self {
            keys: KeyRing::new(KeyId(1), &MasterKey::from_bytes(MASTER)),
            policy: ReplayPolicy {
                replay_seconds: figure(group, "replaySeconds", default.replay_seconds),
            },
            codes: HashMap::new(),
            records: Vec::new(),
            verifications: HashMap::new(),
        };
        let code = |number: u8| CodeFormat::ONLINE.encode(&[number; 6]).unwrap();
        model.codes.insert("wrong".into(), code(0xFF));
        for (number, entry) in (0_u8..).zip(array(&test["codes"])) {
            let label = text(entry, "label").to_owned();
            let code = code(number);
            let record = model.record(entry, number, &code);
            model.records.push((label.clone(), record));
            model.codes.insert(label, code);
        }
        model
    }

    /// Returns the sealed record of a code that is valid between any two instants: no
    /// policy issues one, so the tag is computed here.
    fn record(&self, entry: &Value, number: u8, code: &Code) -> Sealed<OnlineGrant> {
        let user = Name::new(text(entry, "user")).unwrap();
        let not_before = entry["notBefore"].as_i64();
        let computed = self.keys.online_digests(&user, code).next().unwrap();
        let digest = computed.digest();
        let purposes = array(&entry["purposes"]).map(|word| word.as_str().unwrap());
        let record = OnlineGrant {
            id: RecordId::from_bytes([number; 16]),
            key_id: KeyId(1),
            digest,
            user,
            format: CodeFormat::ONLINE,
            purposes: purposes
                .map(|word| word.parse::<Purpose>().unwrap())
                .collect(),
            issued_at: DateTime::UNIX_EPOCH,
            not_before: not_before.map(|_| instant(&entry["notBefore"])),
            expires_at: instant(&entry["expiresAt"]),
            max_uses: entry["maxUses"]
                .as_u64()
                .map(|uses| u32::try_from(uses).unwrap()),
            uses: 0,
            revoked_at: None,
        };
        let tag = tag(&record);
        Sealed::from_parts(record, RecordTag::from_bytes(tag))
    }

    fn revoke(&mut self, label: &str, now: DateTime<Utc>) {
        let (_, record) = self.records.iter_mut().find(|(of, _)| of == label).unwrap();
        *record = record.revoke(&self.keys, now).unwrap();
    }

    fn verify(&mut self, step: &Value, now: DateTime<Utc>) -> Answer {
        let user = text(step, "user");
        let code = &self.codes[text(step, "code")];
        let shown = code.reveal();
        let mut request = VerifyRequest::new(
            user,
            shown.canonical(),
            text(step, "purpose").parse().unwrap(),
        );
        let Some(key) = step["idempotencyKey"].as_str() else {
            let decided = decide(&self.keys, &mut self.records, &request, now);
            return answer_of(&decided, false);
        };
        request.idempotency_key = Some(key);
        let place = (user.to_owned(), key.to_owned());
        if let Some(sealed) = self.verifications.get(&place) {
            return match sealed.replay(&self.keys, &request, code, &self.policy, now) {
                Ok(answer) => self.replayed(answer, now),
                Err(refusal) => {
                    let known = decide(&self.keys, &mut self.records.clone(), &request, now);
                    let guess = matches!(known, Err(Refusal::Unknown));
                    Answer {
                        failure: refusal == Refusal::IdempotencyKeyReused && guess,
                        ..answer_of(&Err(refusal), false)
                    }
                }
            };
        }
        let decided = decide(&self.keys, &mut self.records, &request, now);
        let kept = match &decided {
            Ok((label, uses_left)) => serde_json::json!({"label": label, "usesLeft": uses_left}),
            Err(refusal) => serde_json::to_value(refusal).unwrap(),
        };
        let kept = kept.to_string();
        let sealed = Verification::seal(&self.keys, &request, code, kept.as_bytes(), now);
        self.verifications.insert(place, sealed.unwrap());
        answer_of(&decided, false)
    }

    /// Returns an answer that is replayed, unless it was granted and the code has ended.
    fn replayed(&self, kept: &[u8], now: DateTime<Utc>) -> Answer {
        let kept: Value = serde_json::from_slice(kept).unwrap();
        let Some(label) = kept["label"].as_str() else {
            let refusal: Refusal = serde_json::from_value(kept).unwrap();
            return answer_of(&Err(refusal), true);
        };
        let (_, record) = self.records.iter().find(|(of, _)| of == label).unwrap();
        let record = record.open(&self.keys).unwrap();
        let ended = match record.revoked_at {
            Some(revoked_at) => Some(Refusal::Revoked { revoked_at }),
            None => (now >= record.expires_at).then_some(Refusal::Expired {
                expired_at: record.expires_at,
            }),
        };
        if let Some(refusal) = ended {
            return answer_of(&Err(refusal), false);
        }
        let uses_left = serde_json::from_value(kept["usesLeft"].clone()).unwrap();
        answer_of(&Ok((label.to_owned(), uses_left)), true)
    }
}

type Decided = Result<(String, Option<u32>), Refusal>;

/// Verifies a request against all records, and stores the one that is granted.
fn decide(
    keys: &KeyRing,
    records: &mut [(String, Sealed<OnlineGrant>)],
    request: &VerifyRequest<'_>,
    now: DateTime<Utc>,
) -> Decided {
    let sealed: Vec<_> = records.iter().map(|(_, record)| record.clone()).collect();
    let (index, granted) = Sealed::verify_any(&sealed, keys, request, now)?;
    records[index].1 = granted.record;
    Ok((records[index].0.clone(), granted.uses_left))
}

fn answer_of(decided: &Decided, replayed: bool) -> Answer {
    Answer {
        result: match decided {
            Ok(_) => "granted".into(),
            Err(refusal) => refusal.reason().into(),
        },
        uses_left: decided.as_ref().ok().and_then(|(_, uses_left)| *uses_left),
        replayed,
        failure: !replayed && matches!(decided, Err(Refusal::Unknown)),
    }
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
