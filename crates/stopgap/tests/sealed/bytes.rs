//! Sealed records as bytes, for stores without columns.

use std::fmt::Debug;

use stopgap::{
    OnlineGrant, Preset, Purpose, Record, RecordBytesError, Refusal, Sealed, SecurityCode,
    UserHead, UserThrottle, Verification, offline::Enrolment,
};

use super::{head, keys, machine, online, security, store};

/// A kind of record: its label, and its fields with their lengths in the bytes of the record
/// that is tested.
struct Kind(&'static str, &'static [(&'static str, usize)]);

const ONLINE: Kind = Kind(
    "online",
    &[
        ("key_id", 4),
        ("id", 16),
        ("digest", 32),
        ("user", 7),
        ("format", 19),
        ("purposes", 1),
        ("issued_at", 8),
        ("not_before", 8),
        ("expires_at", 8),
        ("max_uses", 4),
        ("uses", 4),
        ("revoked_at", 8),
    ],
);
const SECURITY: Kind = Kind(
    "security",
    &[
        ("key_id", 4),
        ("id", 16),
        ("digest", 32),
        ("access", 6),
        ("description", 9),
        ("created_at", 8),
        ("lifetime", 9),
        ("scopes", 8),
    ],
);
const ENROLMENT: Kind = Kind(
    "enrolment",
    &[
        ("key_id", 4),
        ("user", 7),
        ("machine", 11),
        ("generation", 4),
        ("enrolled_at", 8),
        ("retired_at", 8),
    ],
);
const THROTTLE: Kind = Kind(
    "throttle",
    &[
        ("key_id", 4),
        ("user", 7),
        ("failures", 4),
        ("locked_until", 8),
    ],
);
const HEAD: Kind = Kind(
    "head",
    &[
        ("key_id", 4),
        ("user", 7),
        ("failures", 4),
        ("locked_until", 8),
        ("changes", 8),
    ],
);
const PRESET: Kind = Kind(
    "preset",
    &[
        ("key_id", 4),
        ("name", 9),
        ("format", 19),
        ("validity", 5),
        ("purposes", 1),
        ("not_before", 8),
        ("max_uses", 4),
    ],
);
const VERIFICATION: Kind = Kind(
    "verification",
    &[
        ("key_id", 4),
        ("user", 7),
        ("idempotency_key", 6),
        ("purpose", 1),
        ("digest", 32),
        ("answered_at", 8),
        ("answer", 11),
    ],
);

fn read<R: Record>(bytes: &[u8]) -> Result<Sealed<R>, RecordBytesError> {
    Sealed::from_bytes(bytes)
}

/// Returns be16(byte length) ‖ the bytes.
fn text(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    [&length.to_be_bytes(), text].concat()
}

fn format(symbols: &str, rest: [u8; 3]) -> Vec<u8> {
    [symbols.as_bytes(), &rest].concat()
}

/// Returns forms of a field that no record has; nothing for a field that may have any bytes.
fn wrong(field: &str) -> Vec<Vec<u8>> {
    let hex = "0123456789ABCDEF";
    // A minute after the last time that chrono has, and one before the first.
    let times = [8_210_266_876_860_000_000, -8_334_601_228_860_000_000_i64];
    let times = times.map(|micros| micros.to_be_bytes().to_vec());
    let absent = i64::MIN.to_be_bytes().to_vec();
    match field {
        "user" | "machine" | "name" => [b"".as_slice(), b"\xFF", b"a\nb", b" ", &[b'x'; 256]]
            .map(text)
            .to_vec(),
        "idempotency_key" => [b"".as_slice(), b"\xC3", &[b'k'; 256]].map(text).to_vec(),
        "description" => [b"\xED\xA0\x80".as_slice(), b"a\nb", &[b'x'; 1_025]]
            .map(text)
            .to_vec(),
        "format" => vec![
            format("0123456789ABCDEE", [0, 12, 0]),
            format("0123456789abcdef", [0, 12, 0]),
            format("0123456789ABCDE\u{1}", [0, 12, 0]),
            format("01234567ABCDEFG\u{7F}", [0, 12, 0]),
            [[0xFF; 16].as_slice(), &[0, 12, 0]].concat(),
            format(hex, [8, 12, 0]),
            format(hex, [0xFF, 12, 0]),
            format("Z3467ACEFHJKRWXY", [1, 12, 0]),
            format("01234567LBCDEFGH", [4, 12, 0]),
            format(hex, [0, 7, 0]),
            format(hex, [0, 33, 0]),
            format(hex, [0, 8, 1]),
            format(hex, [0, 12, 2]),
        ],
        "purposes" => [0, 8, 9, 0xFF].map(|bits| vec![bits]).to_vec(),
        "purpose" => [0, 3, 5, 7, 8].map(|bits| vec![bits]).to_vec(),
        "validity" => [
            "", "p1d", "1d", "P32D", "P01D", "PT60M", "PT1H30M", " P1D", "P1M\0",
        ]
        .map(|validity| text(validity.as_bytes()))
        .to_vec(),
        "access" => vec![
            vec![2],
            vec![0xFF],
            [&[1], text(b"").as_slice()].concat(),
            [&[1], text("\u{200B}".as_bytes()).as_slice()].concat(),
        ],
        "lifetime" => vec![vec![3], [&[0], absent.as_slice()].concat()],
        "scopes" => vec![
            [&[0, 1], text(b"").as_slice()].concat(),
            [&[0, 1], text(b"A").as_slice()].concat(),
            [&[0, 2], text(b"b").as_slice(), &text(b"a")].concat(),
            [&[0, 2], text(b"a").as_slice(), &text(b"a")].concat(),
            [0, 33].to_vec(),
            [0xFF, 0xFF].to_vec(),
        ],
        "not_before" | "revoked_at" | "retired_at" | "locked_until" => times.to_vec(),
        "issued_at" | "expires_at" | "created_at" | "enrolled_at" | "answered_at" => {
            times.into_iter().chain([absent]).collect()
        }
        "key_id" | "id" | "digest" | "max_uses" | "uses" | "generation" | "failures"
        | "changes" | "answer" => Vec::new(),
        field => panic!("no such field: {field}"),
    }
}

/// Checks the form of a record, and that every other form is refused. Returns the bytes, and
/// the number of wrong fields that were tried.
fn check<R: Record + Debug>(sealed: &Sealed<R>, kind: &Kind) -> (Vec<u8>, usize) {
    let Kind(label, fields) = kind;
    let (keys, bytes) = (keys(), sealed.to_bytes());
    let head = [&[1], label.as_bytes(), &[0]].concat();
    let length: usize = fields.iter().map(|(_, length)| length).sum();
    assert!(bytes.starts_with(&head));
    assert_eq!(bytes.len(), head.len() + length + 32);
    assert!(bytes.ends_with(sealed.tag().as_bytes()));

    // The tag covers every field, so a record that opens under the same tag is equal.
    let back = read::<R>(&bytes).unwrap();
    assert!(back.open(&keys).is_ok());
    assert_eq!(back.tag(), sealed.tag());
    assert_eq!(back.to_bytes(), bytes);
    assert_eq!(format!("{back:?}"), format!("{sealed:?}"));

    for end in 0..bytes.len() {
        let cut = read::<R>(&bytes[..end]).unwrap_err();
        assert_eq!(cut, RecordBytesError::Truncated, "{label}: {end}");
    }
    for found in [1, 2, 400] {
        let longer = [bytes.clone(), vec![0; found]].concat();
        let error = RecordBytesError::TrailingBytes { found };
        assert_eq!(read::<R>(&longer).unwrap_err(), error);
    }
    for found in [0, 2, 0xFF] {
        let other = [&[found], &bytes[1..]].concat();
        let error = RecordBytesError::Version { found };
        assert_eq!(read::<R>(&other).unwrap_err(), error);
    }

    let (mut start, mut tried) = (head.len(), 0);
    for (field, length) in *fields {
        for wrong in wrong(field) {
            let (before, after) = (&bytes[..start], &bytes[start + length..]);
            let edited = [before, &wrong, after].concat();
            let error = read::<R>(&edited).unwrap_err();
            let expected = RecordBytesError::Invalid { field };
            assert_eq!(error, expected, "{label}.{field}: {wrong:x?}");
            tried += 1;
        }
        start += length;
    }
    check_changed_bytes(sealed, &bytes);
    (bytes, tried)
}

/// Puts each other byte in each place. Bytes that are read are written again as they were, and
/// the record does not open.
fn check_changed_bytes<R: Record + Debug>(sealed: &Sealed<R>, bytes: &[u8]) {
    let (keys, mut opened) = (keys(), 0);
    let (mut accepted, mut refused) = (0, 0);
    for place in 0..bytes.len() {
        for byte in 0..=u8::MAX {
            let mut changed = bytes.to_vec();
            changed[place] = byte;
            let Ok(read) = read::<R>(&changed) else {
                refused += 1;
                continue;
            };
            assert_eq!(read.to_bytes(), changed);
            accepted += 1;
            match read.open(&keys) {
                Ok(_) => opened += 1,
                Err(Refusal::Tampered | Refusal::KeyMissing { .. }) => {}
                Err(refusal) => panic!("{refusal}"),
            }
        }
    }
    // Each place has its own byte once.
    assert_eq!(opened, bytes.len(), "{sealed:?}");
    assert!(accepted > 32 * 256 && refused > 0);
}

/// Checks that the bytes of other kinds are refused.
fn check_kind<R: Record + Debug>(own: usize, bytes: &[Vec<u8>], expected: &'static str) {
    for (index, bytes) in bytes.iter().enumerate() {
        let error = RecordBytesError::Kind { expected };
        let found = read::<R>(bytes).err();
        assert_eq!(found, (index != own).then_some(error));
    }
}

#[test]
fn bytes_have_one_form() {
    let (online, online_fields) = check(&online::issue(1).1, &ONLINE);
    let (security, security_fields) = check(&security::create(1).1, &SECURITY);
    let (enrolment, enrolment_fields) = check(&machine::enrol("LAPTOP-17", 1), &ENROLMENT);
    let (throttle, throttle_fields) = check(&store::throttle("alice"), &THROTTLE);
    let (head, head_fields) = check(&head::head("alice"), &HEAD);
    let (preset, preset_fields) = check(&store::preset("visitor"), &PRESET);
    let verification = store::verification(Purpose::Reset, "alice").1;
    let (verification, verification_fields) = check(&verification, &VERIFICATION);
    let tried = [
        online_fields,
        security_fields,
        enrolment_fields,
        throttle_fields,
        head_fields,
        preset_fields,
        verification_fields,
    ];
    assert_eq!(tried, [32, 18, 15, 7, 7, 33, 16]);

    let all = [
        online,
        security,
        enrolment,
        throttle,
        head,
        preset,
        verification,
    ];
    check_kind::<OnlineGrant>(0, &all, "online");
    check_kind::<SecurityCode>(1, &all, "security");
    check_kind::<Enrolment>(2, &all, "enrolment");
    check_kind::<UserThrottle>(3, &all, "throttle");
    check_kind::<UserHead>(4, &all, "head");
    check_kind::<Preset>(5, &all, "preset");
    check_kind::<Verification>(6, &all, "verification");
}

/// The answer is a part of the record; a length that no memory holds is refused unread.
#[test]
fn an_answer_of_any_length_is_read_back() {
    let code = online::issue(1).0;
    for length in [0, 1, 65_535, 65_536, 100_000] {
        let answer = vec![0xA5; length];
        let request = stopgap::VerifyRequest::new("alice", "", Purpose::Reset).idempotency_key("k");
        let now = super::at(super::NOW);
        let sealed = Verification::seal(&keys(), &request, &code, &answer, now).unwrap();
        let mut bytes = sealed.to_bytes();
        let back = read::<Verification>(&bytes).unwrap();
        assert_eq!(back.open(&keys()).unwrap().answer, answer);

        let start = bytes.len() - 32 - length - 4;
        bytes[start..start + 4].copy_from_slice(&[0xFF; 4]);
        let error = read::<Verification>(&bytes).unwrap_err();
        assert_eq!(error, RecordBytesError::Truncated);
    }
}

#[test]
fn errors_say_what_to_do() {
    let messages = [
        RecordBytesError::Version { found: 2 },
        RecordBytesError::Kind { expected: "online" },
        RecordBytesError::Truncated,
        RecordBytesError::TrailingBytes { found: 3 },
        RecordBytesError::Invalid { field: "user" },
    ]
    .map(|error| error.to_string());
    assert_eq!(
        messages,
        [
            "the bytes of a record have version 1, not 2; use the release that wrote them",
            "the bytes are no record of the kind online; read them as the kind that was written",
            "the bytes end before the record does; pass all that were written",
            "after the record, the number of further bytes is 3; pass only its own",
            "the bytes of the field user are invalid; restore the record from a backup",
        ]
    );
}
