//! Online codes, policies and failures.

use super::*;

const fn no_grant() -> stopgap_granted {
    stopgap_granted {
        size: size_of::<stopgap_granted>(),
        index: usize::MAX,
        expires_at: 0,
        password_only_until: 0,
        purpose: 0,
        uses_left: 0,
    }
}

/// Issues two codes with three uses, and returns the second.
fn issued(ring: *const stopgap_key_ring) -> ([*mut stopgap_online_grant; 2], stopgap_code) {
    let policy = stopgap_online_policy {
        max_uses: 3,
        ..stopgap_online_policy_default()
    };
    let request = stopgap_issue_request {
        user: stopgap_text::lend("alice"),
        policy: &raw const policy,
        reason: stopgap_text::lend("lost token"),
        ..ISSUE_REQUEST
    };
    let mut grants = [ptr::null_mut(); 2];
    let mut code = MaybeUninit::<stopgap_code>::uninit();
    for grant in &mut grants {
        c!(stopgap_online_issue(
            ring,
            &raw const request,
            NOW,
            code.as_mut_ptr(),
            grant,
            NONE,
        ));
    }
    // SAFETY: written by the calls.
    (grants, unsafe { code.assume_init() })
}

#[test]
#[expect(clippy::too_many_lines, reason = "all calls of a grant")]
fn a_grant_lends_its_own_user() {
    let ring = ring(&mut 3);
    let (mut grants, code) = issued(ring);
    let second = grants[1];
    let typed = (code.text.as_ptr(), length(&code.text));
    let mut granted = no_grant();
    let granted = &raw mut granted;
    let user = info!(stopgap_online_grant_info, second).user;
    let user = (user.ptr, user.len);
    // An older caller, whose struct has fewer members.
    let request = stopgap_verify_request {
        size: std::mem::offset_of!(stopgap_verify_request, source_address),
        ..asking(user, typed, STOPGAP_PURPOSE_RESET)
    };
    c!(stopgap_online_verify(
        second,
        ring,
        &raw const request,
        NOW,
        granted,
        NONE,
    ));
    let user = info!(stopgap_online_grant_info, second).user;
    let user = (user.ptr, user.len);
    let request = asking(user, typed, STOPGAP_PURPOSE_RESET);
    let all = stopgap_online_grants {
        ptr: grants.as_ptr(),
        count: grants.len(),
    };
    c!(stopgap_online_verify_any(
        all,
        ring,
        &raw const request,
        NOW,
        granted,
        NONE,
    ));
    // SAFETY: written above.
    assert_eq!(unsafe { (*granted).index }, 1);
    assert_eq!(info!(stopgap_online_grant_info, second).uses, 2);
    c!(stopgap_online_open(second, ring, NONE));
    c!(stopgap_online_check_not_ended(second, ring, NOW, NONE));
    c!(stopgap_online_revoke(second, ring, NOW, NONE));
    let bytes = bytes!(stopgap_online_grant_to_bytes, second);
    let mut read =
        made!(|grant| stopgap_online_grant_from_bytes(stopgap_bytes::lend(&bytes), grant, NONE));
    let members = info!(stopgap_online_grant_info, read);
    assert_eq!(members.revoked_at, NOW);
    // The alphabet is lent as well.
    let mut again = MaybeUninit::<stopgap_code>::uninit();
    c!(stopgap_normalize(
        &raw const members.format,
        stopgap_text {
            ptr: typed.0,
            len: typed.1
        },
        again.as_mut_ptr(),
        NONE
    ));
    // An answer under an idempotency key, whose name is the grant's own.
    let kept = stopgap_verification_request {
        size: size_of::<stopgap_verification_request>(),
        user: members.user,
        idempotency_key: members.user,
        purpose: STOPGAP_PURPOSE_RESET,
        code: &raw const code,
        answer: stopgap_bytes::lend(b"granted"),
        replay_seconds: 0,
    };
    let mut verification = made!(|verification| stopgap_verification_seal(
        ring,
        &raw const kept,
        NOW,
        verification,
        NONE,
    ));
    let replayed = made!(|answer| stopgap_verification_replay(
        verification,
        ring,
        &raw const kept,
        NOW + 599,
        answer,
        NONE,
    ));
    let opened = made!(|answer| stopgap_verification_open(verification, ring, answer, NONE));
    let members = info!(stopgap_verification_info, verification);
    for answer in [replayed, opened, members.answer] {
        // SAFETY: lent by the record.
        assert_eq!(unsafe { answer.read() }.unwrap(), b"granted");
    }
    let bytes = bytes!(stopgap_verification_to_bytes, verification);
    let mut copy = made!(|verification| stopgap_verification_from_bytes(
        stopgap_bytes::lend(&bytes),
        verification,
        NONE
    ));
    for _ in 0..2 {
        // SAFETY: handles, and NULL the second time.
        unsafe {
            stopgap_verification_free(&raw mut verification);
            stopgap_verification_free(&raw mut copy);
            stopgap_online_grant_free(&raw mut read);
        }
    }
    let mut error = MaybeUninit::<stopgap_error>::uninit();
    // SAFETY: the contract of the header.
    let status = unsafe {
        stopgap_online_verify(
            second,
            ring,
            &raw const request,
            NOW,
            granted,
            error.as_mut_ptr(),
        )
    };
    assert_eq!(status, STOPGAP_ERR_REVOKED);
    for grant in &mut grants {
        // SAFETY: handles.
        unsafe { stopgap_online_grant_free(grant) };
    }
    let mut text = [MaybeUninit::<c_char>::uninit(); 256];
    let mut needed = 0;
    c!(stopgap_error_message(
        error.as_ptr(),
        text.as_mut_ptr().cast(),
        text.len(),
        &raw mut needed
    ));
    c!(stopgap_error_public_message(
        error.as_ptr(),
        NO_TEXT,
        STOPGAP_LANGUAGE_GERMAN,
        text.as_mut_ptr().cast(),
        text.len(),
        ptr::null_mut()
    ));
    assert!(needed > 20);
    freed(ring);
}

#[test]
fn records_of_policies_and_failures_are_opened() {
    let ring = ring(&mut 6);
    let mut own = made!(|alphabet| stopgap_alphabet_new(
        stopgap_text::lend("BCDFGHJKMPQRTVWX"),
        0,
        alphabet,
        NONE
    ));
    let mut policy = stopgap_online_policy_default();
    policy.format.alphabet = own;
    let mut preset = made!(|preset| stopgap_preset_seal(
        ring,
        stopgap_text::lend("visitor"),
        &raw const policy,
        preset,
        NONE
    ));
    // SAFETY: a handle.
    unsafe { stopgap_alphabet_free(&raw mut own) };
    let bytes = bytes!(stopgap_preset_to_bytes, preset);
    let mut copy =
        made!(|preset| stopgap_preset_from_bytes(stopgap_bytes::lend(&bytes), preset, NONE));
    let name = info!(stopgap_preset_info, preset).name;
    let opened = made!(|policy| stopgap_preset_open(copy, ring, name, policy, NONE));
    assert_eq!(opened.purposes, policy.purposes);
    // The copy lends its alphabet.
    let symbols = info!(stopgap_alphabet_info, opened.format.alphabet).symbols;
    // SAFETY: lent by the record.
    assert_eq!(unsafe { symbols.bytes() }.unwrap(), b"BCDFGHJKMPQRTVWX");
    let mut throttle = stopgap_throttle_new();
    throttle.failures = 4;
    let mut record = made!(|record| stopgap_user_throttle_seal(
        ring,
        stopgap_text::lend("alice"),
        &raw const throttle,
        record,
        NONE
    ));
    let bytes = bytes!(stopgap_user_throttle_to_bytes, record);
    let mut read =
        made!(|record| stopgap_user_throttle_from_bytes(stopgap_bytes::lend(&bytes), record, NONE));
    let user = info!(stopgap_user_throttle_info, record).user;
    c!(stopgap_user_throttle_open(
        read,
        ring,
        user,
        &raw mut throttle,
        NONE
    ));
    assert_eq!(throttle.failures, 4);
    // SAFETY: handles.
    unsafe {
        stopgap_preset_free(&raw mut preset);
        stopgap_preset_free(&raw mut copy);
        stopgap_user_throttle_free(&raw mut record);
        stopgap_user_throttle_free(&raw mut read);
    }
    let formats = [stopgap_format_online(), stopgap_format_offline()];
    let mut codes = [const { MaybeUninit::<stopgap_code>::uninit() }; 2];
    let mut place = stopgap_codes {
        ptr: codes.as_mut_ptr().cast(),
        capacity: codes.len(),
        count: 0,
    };
    c!(stopgap_normalize_any(
        formats.as_ptr(),
        formats.len(),
        stopgap_text::lend("3f9a-77c2-01be"),
        &raw mut place,
        NONE
    ));
    assert_eq!(place.count, 1);
    freed(ring);
}
