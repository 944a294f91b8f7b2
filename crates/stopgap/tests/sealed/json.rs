//! Sealed records as JSON, for stores without columns.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value, json, to_value};
use stopgap::{OnlineGrant, OnlinePolicy, Purpose, Record, Sealed, SecurityCode};

use super::{head, keys, machine, online, security, store};

/// Returns the places of all values in a JSON value that contain no other values.
fn leaves(value: &Value, place: &str, found: &mut Vec<String>) {
    let fields: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(items) if !items.is_empty() => {
            let items = items.iter().enumerate();
            items.map(|(index, it)| (index.to_string(), it)).collect()
        }
        _ => return found.push(place.to_owned()),
    };
    for (field, value) in fields {
        leaves(value, &format!("{place}/{field}"), found);
    }
}

/// Returns values to put in a place of a record.
fn candidates(value: &Value) -> Vec<Value> {
    let mut candidates = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(2),
        json!(9),
        json!(13),
        json!("bob"),
        json!("reset"),
        json!("register"),
        json!("permanent"),
        json!("deleted"),
        json!("unlimited"),
        json!("super_administrator"),
        json!("FEDCBA9876543210"),
        json!("019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11"),
        json!("2026-11-21T15:00:42.000001Z"),
        json!("2036-11-21T15:00:42Z"),
        json!("P31D"),
        json!(["reset"]),
        json!(["a"]),
        json!([]),
        json!([0]),
        json!("3f".repeat(32)),
    ];
    if let Some(text) = value.as_str().filter(|text| text.len() == 64) {
        let first = if text.starts_with('0') { "1" } else { "0" };
        candidates.push(json!(format!("{first}{}", &text[1..])));
    }
    candidates
}

/// Checks the JSON of a sealed record, and that no edit of it can be read and opened.
/// Returns the number of edits that could be read.
fn check<R: Record + Serialize + DeserializeOwned>(sealed: &Sealed<R>) -> usize {
    let keys = keys();
    let written = to_value(sealed).unwrap();
    let fields: Vec<_> = written.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["record", "tag"]);
    assert!(written["tag"].as_str().is_some_and(|tag| tag.len() == 64));
    let read: Sealed<R> = from_value(written.clone()).unwrap();
    assert!(read.open(&keys).is_ok());
    assert_eq!(to_value(&read).unwrap(), written);

    let (mut places, mut edited) = (Vec::new(), 0);
    leaves(&written, "", &mut places);
    let single = places.clone();
    // Values that contain others are replaced too.
    let fields = written["record"].as_object().unwrap().keys();
    places.extend(fields.map(|field| format!("/record/{field}")));
    places.sort();
    places.dedup();
    for place in &places {
        let mut edits = 0;
        for candidate in candidates(written.pointer(place).unwrap()) {
            let mut edit = written.clone();
            *edit.pointer_mut(place).unwrap() = candidate.clone();
            let Ok(read) = from_value::<Sealed<R>>(edit) else {
                continue;
            };
            if to_value(&read).unwrap() == written {
                continue;
            }
            assert!(read.open(&keys).is_err(), "{place}: {candidate}");
            edits += 1;
        }
        assert!(edits > 0 || !single.contains(place), "{place}");
        edited += edits;
    }
    for field in written["record"].as_object().unwrap().keys() {
        let mut edit = written.clone();
        edit["record"].as_object_mut().unwrap().remove(field);
        let Ok(read) = from_value::<Sealed<R>>(edit) else {
            continue;
        };
        // A field may be left out only if it is null or has its default.
        assert!(
            read.open(&keys).is_err() || to_value(&read).unwrap() == written,
            "{field}"
        );
    }
    edited
}

#[test]
fn edited_json_is_refused() {
    let edits = [
        check(&online::issue(1).1),
        check(&security::create(1).1),
        check(&machine::enrol("LAPTOP-17", 1)),
        check(&store::throttle("alice")),
        check(&head::head("alice")),
        check(&store::preset("visitor")),
        check(&store::verification(Purpose::Reset, "alice").1),
    ];
    assert_eq!(edits, [53, 62, 41, 27, 32, 36, 74]);
}

#[test]
fn an_empty_list_of_scopes_is_not_read_as_no_limit() {
    let sealed = to_value(security::create(1).1).unwrap();
    for (scopes, reads) in [
        (json!(["a", "b"]), true),
        (json!("unlimited"), true),
        (json!([]), false),
        (json!(null), false),
        (json!("UNLIMITED"), false),
        (json!(["A"]), false),
        (json!([""]), false),
    ] {
        let mut edited = sealed.clone();
        edited["record"]["scopes"] = scopes.clone();
        let read = from_value::<Sealed<SecurityCode>>(edited);
        assert_eq!(read.is_ok(), reads, "{scopes}");
    }
    let mut left_out = sealed;
    left_out["record"].as_object_mut().unwrap().remove("scopes");
    assert!(from_value::<Sealed<SecurityCode>>(left_out).is_err());
}

/// A limit of 0 has the encoding of no limit.
#[test]
fn a_limit_of_0_uses_does_not_open() {
    let issued =
        OnlinePolicy::default().issue(&keys(), "alice", super::at(super::NOW), &mut super::rng(1));
    let mut sealed = to_value(issued.unwrap().1).unwrap();
    assert_eq!(sealed["record"]["max_uses"], json!(null));
    sealed["record"]["max_uses"] = json!(0);
    let read = from_value::<Sealed<OnlineGrant>>(sealed);
    assert!(!read.is_ok_and(|read| read.open(&keys()).is_ok()));
}
