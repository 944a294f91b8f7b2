//! Security codes.

use super::*;

const PREFIX: &str = "abcdefghijklmnop";

fn root() -> stopgap_actor {
    stopgap_actor {
        name: stopgap_text::lend("root"),
        role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    }
}

/// Creates a code with a prefix that is so long that the text fills its struct.
fn security_code(
    ring: *const stopgap_key_ring,
) -> (stopgap_security_text, *mut stopgap_security_code) {
    let request = stopgap_security_request {
        actor: root(),
        scopes: stopgap_scopes {
            list: stopgap_text::lend("b a"),
            unlimited: 0,
        },
        same_as: stopgap_text::lend("bob"),
        access: STOPGAP_ACCESS_SAME_AS,
        description: stopgap_text::lend("nightly"),
        prefix: stopgap_text::lend(PREFIX),
        ..SECURITY_REQUEST
    };
    let mut text = MaybeUninit::uninit();
    let record = made!(|record| stopgap_security_code_create(
        ring,
        &raw const request,
        NOW,
        text.as_mut_ptr(),
        record,
        NONE,
    ));
    // SAFETY: written by the call.
    (unsafe { text.assume_init() }, record)
}

/// Returns the members of a record.
fn members(record: *const stopgap_security_code) -> stopgap_security_code_info {
    let mut info = MaybeUninit::<stopgap_security_code_info>::uninit();
    let place = info.as_mut_ptr();
    // SAFETY: the first member is the size.
    unsafe { (&raw mut (*place).size).write(size_of::<stopgap_security_code_info>()) };
    c!(stopgap_security_code_info(record, place, NONE));
    // SAFETY: written by the call.
    unsafe { info.assume_init() }
}

fn change(
    actor: stopgap_actor,
    event: stopgap_lifecycle_event,
    description: stopgap_text,
) -> stopgap_security_change {
    stopgap_security_change {
        size: size_of::<stopgap_security_change>(),
        actor,
        event,
        expires_at: 0,
        description,
    }
}

#[test]
fn a_record_lends_its_own_texts() {
    let ring = ring(&mut 4);
    let (_, mut record) = security_code(ring);
    let info = members(record);
    let shorter = stopgap_text {
        ptr: info.description.ptr.wrapping_add(1),
        len: 6,
    };
    let describe = change(bob_of(&info), STOPGAP_EVENT_DESCRIBE, shorter);
    c!(stopgap_security_code_apply(
        record,
        ring,
        &raw const describe,
        NOW,
        NONE
    ));
    let info = members(record);
    // SAFETY: lent by the record.
    let description = unsafe { info.description.bytes() };
    assert_eq!(description.unwrap(), b"ightly");
    let request = stopgap_rotate_request {
        size: size_of::<stopgap_rotate_request>(),
        actor: bob_of(&info),
        overlap_seconds: 60,
        expires_at: 0,
        permanent: 1,
        prefix: NO_TEXT,
        random: ptr::null(),
    };
    let mut rotated = made!(|rotated| stopgap_security_code_rotate(
        record,
        ring,
        &raw const request,
        NOW,
        rotated,
        NONE
    ));
    assert_eq!(members(record).expires_at, NOW + 60);
    assert_eq!(members(rotated.record).permanent, 1);
    for record in [&raw mut record, &raw mut rotated.record] {
        for _ in 0..2 {
            // SAFETY: a handle, and then NULL.
            unsafe { stopgap_security_code_free(record) };
        }
    }
    freed(ring);
}

fn bob_of(info: &stopgap_security_code_info) -> stopgap_actor {
    stopgap_actor {
        name: info.same_as,
        role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    }
}

#[test]
fn a_security_code_authenticates() {
    let ring = ring(&mut 4);
    let (text, mut record) = security_code(ring);
    let permanent = change(root(), STOPGAP_EVENT_MAKE_PERMANENT, NO_TEXT);
    c!(stopgap_security_code_apply(
        record,
        ring,
        &raw const permanent,
        NOW,
        NONE
    ));
    c!(stopgap_security_code_open(record, ring, NONE));
    let state = made!(|state| stopgap_security_code_state(record, ring, NOW, state, NONE));
    assert_eq!(state.kind, STOPGAP_LIFECYCLE_PERMANENT);
    let mut bytes = [MaybeUninit::<u8>::uninit(); 512];
    let mut needed = 0;
    c!(stopgap_security_code_to_bytes(
        record,
        bytes.as_mut_ptr().cast(),
        bytes.len(),
        &raw mut needed,
        NONE
    ));
    // SAFETY: handles, and then NULL.
    unsafe { stopgap_security_code_free(&raw mut record) };
    let stored = stopgap_bytes {
        ptr: bytes.as_ptr().cast(),
        len: needed,
    };
    let mut record = made!(|record| stopgap_security_code_from_bytes(stored, record, NONE));
    let knows = stopgap_role_of {
        role_of: Some(administrator),
        context: ptr::null_mut(),
    };
    let prefixes = ["acme", "stopgap", PREFIX].map(stopgap_text::lend);
    let presented = stopgap_text {
        ptr: text.text.as_ptr(),
        len: usize::MAX,
    };
    let request = stopgap_authenticate_request {
        size: size_of::<stopgap_authenticate_request>(),
        presented,
        role_of: &raw const knows,
        prefixes: prefixes.as_ptr(),
        prefix_count: prefixes.len(),
    };
    let mut authenticated = MaybeUninit::<stopgap_authenticated>::uninit();
    let place = authenticated.as_mut_ptr();
    // SAFETY: the first member is the size.
    unsafe { (&raw mut (*place).size).write(size_of::<stopgap_authenticated>()) };
    c!(stopgap_security_code_authenticate(
        record,
        ring,
        &raw const request,
        NOW,
        place,
        NONE,
    ));
    // SAFETY: written by the call.
    let authenticated = unsafe { authenticated.assume_init() };
    assert_eq!(authenticated.role, STOPGAP_ROLE_ADMINISTRATOR);
    // SAFETY: lent by the record.
    unsafe {
        assert_eq!(authenticated.scopes.list.bytes().unwrap(), b"a b");
        let scope = stopgap_text::lend("b");
        assert_eq!(stopgap_scopes_allow(authenticated.scopes, scope), 1);
        stopgap_security_code_free(&raw mut record);
    }
    let code = made!(|code| stopgap_security_read(
        prefixes.as_ptr(),
        prefixes.len(),
        presented,
        code,
        NONE
    ));
    let again = made!(|text| stopgap_security_write(&raw const code, prefixes[2], text, NONE));
    assert_eq!(again.text, text.text);
    let mut digests = [const { MaybeUninit::<stopgap_keyed_digest>::uninit() }; 2];
    let mut place = stopgap_digests {
        ptr: digests.as_mut_ptr().cast(),
        capacity: digests.len(),
        count: 0,
    };
    c!(stopgap_key_ring_security_digests(
        ring,
        &raw const code,
        &raw mut place,
        NONE
    ));
    assert_eq!(place.count, 2);
    freed(ring);
}
