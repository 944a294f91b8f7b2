//! Master keys, enrolment keys and key rings.

use stopgap::{EnrolmentKey, KeyError, KeyId, KeyRing, MasterKey, Name};

use super::keys;

const HEX: &str = "0f2847ccbe7b30a88c04a439b4408acf2ef3d6c99a709a441b38597b6ede8c0a";

#[test]
fn a_key_is_32_bytes_or_64_digits() {
    let lower = MasterKey::from_hex(HEX).unwrap();
    let upper = MasterKey::from_hex(&format!(" {}\r\n", HEX.to_uppercase())).unwrap();
    assert_eq!(lower.reveal(), upper.reveal());
    assert_eq!(lower.reveal()[..2], [0x0f, 0x28]);
    assert_eq!(
        EnrolmentKey::from_hex(HEX).unwrap().reveal(),
        lower.reveal()
    );

    for (text, error) in [
        ("", KeyError::WrongHexLength { found: 0 }),
        (&HEX[1..], KeyError::WrongHexLength { found: 63 }),
        (&*format!("{HEX}0"), KeyError::WrongHexLength { found: 65 }),
        (&*HEX.replace('f', "g"), KeyError::NotHex),
        (&*"é".repeat(32), KeyError::NotHex),
        (&*"é".repeat(64), KeyError::WrongHexLength { found: 64 }),
        (&*HEX.replace("0f", "é"), KeyError::NotHex),
    ] {
        let master = MasterKey::from_hex(text).map(|_| ());
        assert_eq!(master, Err(error), "{text}");
        let enrolment = EnrolmentKey::from_hex(text).map(|_| ());
        assert_eq!(enrolment, Err(error), "{text}");
    }
    for found in [0, 31, 33, 64] {
        let (error, bytes) = (KeyError::WrongLength { found }, vec![1; found]);
        let master = MasterKey::from_slice(&bytes).map(|_| ());
        assert_eq!(master, Err(error));
        let enrolment = EnrolmentKey::from_slice(&bytes).map(|_| ());
        assert_eq!(enrolment, Err(error));
    }
}

#[test]
fn a_ring_keeps_one_primary_key() {
    let mut ring = keys();
    let second = MasterKey::from_bytes([8; 32]);
    let id = KeyId(1);
    assert_eq!(ring.add(id, &second), Err(KeyError::Duplicate { id }));
    assert_eq!(ring.retire(id), Err(KeyError::Primary { id }));
    ring.add(KeyId(9), &second).unwrap();
    ring.add(KeyId(3), &MasterKey::from_bytes([9; 32])).unwrap();
    let ids = |ring: &KeyRing| ring.ids().collect::<Vec<_>>();
    assert_eq!(ids(&ring), [KeyId(3), KeyId(9), KeyId(1)]);
    assert_eq!(ring.primary_id(), KeyId(3));
    let tenant = ring.tenant(&Name::new("t").unwrap());
    assert_eq!(ids(&tenant), [KeyId(3), KeyId(9), KeyId(1)]);
    ring.retire(KeyId(9)).unwrap();
    let id = KeyId(9);
    assert_eq!(ring.retire(id), Err(KeyError::Missing { id }));
    assert_eq!(ids(&ring), [KeyId(3), KeyId(1)]);
    assert_eq!(
        KeyError::Primary { id: KeyId(3) }.to_string(),
        "key 3 is the primary key; add another key first"
    );
    // An id that was retired can be used for another key.
    ring.add(KeyId(9), &second).unwrap();
    assert_eq!(ring.primary_id(), KeyId(9));
}

#[test]
fn different_keys_have_different_check_values() {
    let mut ring = keys();
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let values: Vec<_> = ring.check_values().collect();
    let [(KeyId(2), primary), (KeyId(1), oldest)] = values[..] else {
        panic!("{values:?}");
    };
    assert_ne!(primary, oldest);
    assert!(keys().check_values().eq([(KeyId(1), oldest)]));
    let tenant = keys().tenant(&Name::new("acme").unwrap());
    assert!(tenant.check_values().all(|(_, value)| value != oldest));
}
