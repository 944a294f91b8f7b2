//! `stopgap machine`, `offline` and `agent`: two folders, between which only codes that a
//! person reads aloud are exchanged.

use std::{fs, process::Stdio};

use super::desk::{Desk, now};

const ACTIVE: &str =
    "The password-only lock is active until <time> (in 7 days): name and password are enough.\n";
const INACTIVE: &str = "No password-only lock is active: the second factor is required.\n";

/// A help desk, and the machine that it enrolled.
fn desk_and_plane() -> (Desk, Desk) {
    let (desk, plane) = (Desk::ready(), Desk::new());
    desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment")
        .done("Enrolled LAPTOP-17 of alice. Bring 17.enrolment to it; it is a secret of that machine.\n");
    assert_eq!(desk.mode("17.enrolment"), 0o600);
    // This needs the machine to be online.
    fs::rename(desk.path("17.enrolment"), plane.path("17.enrolment")).unwrap();
    (desk, plane)
}

/// Returns the help desk's answer to the request code of the machine.
fn answer(desk: &Desk, plane: &Desk) -> String {
    let request = plane.line("agent request 17.enrolment");
    assert_eq!(request.len(), 9);
    desk.line(&format!("offline answer alice {request} --valid 7d"))
}

#[test]
fn an_offline_code_activates_the_lock_until_it_is_cleared() {
    let (desk, plane) = desk_and_plane();
    // The state is there before a code is redeemed.
    plane
        .stopgap("agent status 17.enrolment")
        .is(1, INACTIVE, "");
    assert_eq!(plane.files(), ["17.enrolment", "17.enrolment.state"]);
    let code = answer(&desk, &plane);
    plane
        .hears(&code.to_lowercase(), "agent redeem 17.enrolment")
        .done(ACTIVE);
    plane
        .hears(&code, "agent redeem 17.enrolment")
        .refused("That code has been used.");
    plane.stopgap("agent status 17.enrolment").done(ACTIVE);
    plane.stopgap("agent clear 17.enrolment").done(INACTIVE);
    plane
        .stopgap("agent status 17.enrolment")
        .is(1, INACTIVE, "");
    let said = plane.stopgap("agent status 17.enrolment --json");
    assert_eq!((said.status, said.stderr.as_str()), (1, ""));
    let status: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&status["outcome"], &status["active"]),
        (&"done".into(), &false.into())
    );
    assert_eq!(plane.files(), ["17.enrolment", "17.enrolment.state"]);
    assert_eq!(plane.mode("17.enrolment.state"), 0o600);
}

#[test]
fn wrong_purposes_and_typos_are_refused_on_the_machine() {
    let (desk, plane) = desk_and_plane();
    let code = answer(&desk, &plane);
    plane
        .hears(&code, "agent redeem 17.enrolment --purpose reset")
        .refused("That code is not valid.");
    plane
        .hears(&code, "agent redeem 17.enrolment --purpose register")
        .refused("That code is not valid.");
    plane
        .hears("ZZZZ", "agent redeem 17.enrolment")
        .refused("That is not a complete code; it has 4 characters, not 16.");
    plane
        .hears("", "agent redeem 17.enrolment")
        .failed(2, "no code was given: type it at the prompt, or pipe it in");
    plane.hears(&code, "agent redeem 17.enrolment").done(ACTIVE);
}

#[test]
fn requests_that_cannot_be_answered_are_refused_at_the_desk() {
    let (desk, plane) = desk_and_plane();
    let request = plane.line("agent request 17.enrolment");
    desk.stopgap(&format!("offline answer bob {request}"))
        .refused("refused: the user has no enrolled machine; one is enrolled when they log on while online");
    desk.stopgap("offline answer alice ZZZZ")
        .refused("That is not a complete code; it has 4 characters, not 8. Ask for it again.");
    desk.stopgap(&format!(
        "offline answer alice {request} --purpose register"
    ))
    .refused("refused: a second factor is registered online; issue an online code for it");
    let list = desk.stopgap("machine list alice").stdout;
    let lines: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        ["STATE", "USER", "MACHINE", "GENERATION", "ENROLLED"]
    );
    assert_eq!(lines[1][..3], ["enrolled", "alice", "LAPTOP-17"]);
    assert!(lines[1][3].parse::<u32>().unwrap() < 1 << 31);
    desk.stopgap("machine retire alice LAPTOP-17")
        .done("Retired LAPTOP-17 of alice.\n");
    desk.stopgap("machine retire alice LAPTOP-17")
        .refused("refused: the user is not enrolled on that machine; list the user's machines");
    assert_eq!(
        desk.stopgap(&format!("offline answer alice {request}"))
            .status,
        1
    );
}

/// The generation of the only machine of a user.
fn generation(desk: &Desk, user: &str) -> Option<u64> {
    let list = desk.stopgap(&format!("machine list {user} --json")).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    list["machines"][0]["generation"].as_u64()
}

#[test]
fn generations_start_at_random_and_then_rise() {
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let desk = Desk::ready();
            desk.stopgap("machine enrol alice LAPTOP-17 --out first");
            let first = generation(&desk, "alice").unwrap();
            desk.stopgap("machine enrol alice LAPTOP-17 --out second");
            assert_eq!(generation(&desk, "alice"), Some(first + 1));
            first
        })
        .collect();
    assert!(starts.iter().any(|start| *start != starts[0]), "{starts:?}");
}

#[test]
fn a_reset_does_not_change_the_lock() {
    let (desk, plane) = desk_and_plane();
    let request = plane.line("agent request 17.enrolment");
    let reset = format!("offline answer alice {request} --purpose reset");
    let answered = desk.stopgap(&format!("{reset} --json")).stdout;
    let answered: serde_json::Value = serde_json::from_str(&answered).unwrap();
    assert_eq!(answered["expires_at"], serde_json::Value::Null);
    assert_eq!(answered["late"], false);
    let code = answered["code"].as_str().unwrap();
    plane
        .hears(code, "agent redeem 17.enrolment --purpose reset")
        .done(
            "The password of alice may be reset on LAPTOP-17 now. \
             The password-only lock has not changed.\n",
        );
    plane
        .stopgap("agent status 17.enrolment")
        .is(1, INACTIVE, "");
    plane
        .hears(code, "agent redeem 17.enrolment --purpose reset --json")
        .is(
            1,
            "{\"outcome\":\"refused\",\"reason\":\"used_up\",\"message\":\"That code has been used.\"}\n",
            "That code has been used.\n",
        );
}

#[test]
fn an_offline_code_takes_days_or_a_month() {
    let (desk, plane) = desk_and_plane();
    let request = plane.line("agent request 17.enrolment");
    desk.stopgap(&format!("offline answer alice {request} --valid 90m"))
        .failed(2, "an offline code is valid for 1 to 31 days or one month");
}

/// The request code is more than half an hour old: the test computes it with the
/// machine's key.
#[test]
fn a_late_request_is_answered_with_a_warning() {
    let (desk, plane) = desk_and_plane();
    let enrolment: serde_json::Value = serde_json::from_str(&plane.read("17.enrolment")).unwrap();
    let key = stopgap::EnrolmentKey::from_hex(enrolment["key"].as_str().unwrap()).unwrap();
    let request = |minutes: i64| {
        let shown = now().timestamp() / 60 - minutes;
        let code = key.request_code(shown, &stopgap::Alphabet::UNAMBIGUOUS);
        format!("offline answer alice {code} --valid 7d")
    };
    let warning = "warning: the request code is old, and the machine may refuse this answer: \
                   if it does, ask for a new request code\n";
    for minutes in [32, 40, 58] {
        let words = request(minutes);
        desk.stopgap(&words).is(0, "<code>\n", warning);
        let said = desk.stopgap(&format!("{words} --json"));
        assert_eq!((said.status, said.stderr.as_str()), (0, warning));
        assert!(said.stdout.contains("\"late\":true"), "{}", said.stdout);
    }
    let words = request(28);
    desk.stopgap(&words).done("<code>\n");
    let said = desk.stopgap(&format!("{words} --json"));
    assert!(said.stdout.contains("\"late\":false"), "{}", said.stdout);
    assert_eq!(desk.stopgap(&request(63)).status, 1);
}

/// Without the state a redeemed code would be good again.
#[test]
fn a_used_enrolment_needs_its_state() {
    let (desk, plane) = desk_and_plane();
    // The first use is a request, before any code is redeemed.
    let code = answer(&desk, &plane);
    assert_eq!(plane.files(), ["17.enrolment", "17.enrolment.state"]);
    plane.hears(&code, "agent redeem 17.enrolment").done(ACTIVE);
    let state = plane.read_bytes("17.enrolment.state");
    fs::remove_file(plane.path("17.enrolment.state")).unwrap();
    let error = "17.enrolment.state is missing, but the enrolment was used: without the state, \
                 codes that were redeemed would be good again. Restore the file, or enrol the \
                 machine again";
    for command in ["request", "status", "clear", "redeem"] {
        plane
            .hears(&code, &format!("agent {command} 17.enrolment"))
            .failed(3, error);
    }
    assert_eq!(plane.files(), ["17.enrolment"]);
    plane.write("17.enrolment.state", &state);
    plane
        .hears(&code, "agent redeem 17.enrolment")
        .refused("That code has been used.");

    // A new enrolment is not used, and the old state is not its own.
    desk.stopgap("machine enrol alice LAPTOP-17 --out new");
    fs::copy(desk.path("new"), plane.path("17.enrolment")).unwrap();
    plane.stopgap("agent status 17.enrolment").failed(
        3,
        "17.enrolment.state: the sealed state was changed, or is another enrolment's; enrol the \
         machine again; or remove this file, if the machine has just been enrolled again",
    );
    fs::remove_file(plane.path("17.enrolment.state")).unwrap();
    plane
        .stopgap("agent status 17.enrolment")
        .is(1, INACTIVE, "");
}

/// Only the step for logging on remembers the time.
#[test]
fn logging_on_remembers_the_time_and_the_status_writes_nothing() {
    let (desk, plane) = desk_and_plane();
    let code = answer(&desk, &plane);
    plane.hears(&code, "agent redeem 17.enrolment").done(ACTIVE);

    // The state of a machine whose clock was last seen two minutes ago.
    let enrolment: serde_json::Value = serde_json::from_str(&plane.read("17.enrolment")).unwrap();
    let key = stopgap::EnrolmentKey::from_hex(enrolment["key"].as_str().unwrap()).unwrap();
    let mut agent = stopgap::offline::Agent::new(key);
    let seen = now() - std::time::Duration::from_secs(120);
    let until = now() + chrono::Days::new(7);
    let lock = stopgap::offline::PasswordOnlyLock { until };
    let path = plane.path("17.enrolment.state");
    let step = agent.activate(lock, seen);
    let stored = step.keep(|state| fs::write(&path, state.as_bytes()));
    assert!(stored.unwrap().is_ok());
    let before = fs::read(&path).unwrap();

    plane.stopgap("agent status 17.enrolment").done(ACTIVE);
    assert_eq!(fs::read(&path).unwrap(), before);
    plane.stopgap("agent logon 17.enrolment").done(ACTIVE);
    let after = fs::read(&path).unwrap();
    assert_ne!(after, before);
    // The next one has nothing to store.
    plane.stopgap("agent logon 17.enrolment").done(ACTIVE);
    assert_eq!(fs::read(&path).unwrap(), after);

    plane.stopgap("agent clear 17.enrolment").done(INACTIVE);
    plane
        .stopgap("agent logon 17.enrolment")
        .is(1, INACTIVE, "");
}

#[test]
fn an_enrolment_with_a_byte_order_mark_is_read() {
    let (desk, plane) = desk_and_plane();
    let text = plane.read("17.enrolment");
    plane.write("17.enrolment", format!("\u{FEFF}{text}"));
    let code = answer(&desk, &plane);
    plane.hears(&code, "agent redeem 17.enrolment").done(ACTIVE);
    let marked: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    plane.write("17.enrolment", [b"\xFF\xFE", &*marked].concat());
    plane
        .stopgap("agent status 17.enrolment")
        .failed(3, "17.enrolment: it is UTF-16 text: save it as UTF-8");
}

#[test]
fn an_enrolment_is_never_overwritten() {
    let desk = Desk::ready();
    let enrol = "machine enrol alice LAPTOP-17 --out 17.enrolment";
    assert_eq!(desk.stopgap(enrol).status, 0);
    let first = generation(&desk, "alice");
    let before = desk.read("17.enrolment");
    desk.stopgap(enrol).failed(
        3,
        "17.enrolment is there already, and is not overwritten; choose another name",
    );
    assert_eq!(desk.read("17.enrolment"), before);
    // The machine keeps its enrolment.
    assert!(generation(&desk, "alice").is_some());
    assert_eq!(generation(&desk, "alice"), first);
}

#[test]
fn a_damaged_file_is_reported_and_kept() {
    let (desk, plane) = desk_and_plane();
    let code = answer(&desk, &plane);
    plane.hears(&code, "agent redeem 17.enrolment").done(ACTIVE);
    let state = fs::read(plane.path("17.enrolment.state")).unwrap();
    let enrolment = plane.read("17.enrolment");
    let mut changed = state.clone();
    changed[20] ^= 1;
    let mut newer = state.clone();
    newer[7] = 2;
    for (bad, error) in [
        (&state[..75], "a sealed state has 76 bytes, this one 75"),
        (&[], "a sealed state has 76 bytes, this one 0"),
        (
            &changed,
            "the sealed state was changed, or is another enrolment's; enrol the machine again",
        ),
        (
            &newer,
            "the sealed state has version 2; update Stopgap on this machine",
        ),
    ] {
        plane.write("17.enrolment.state", bad);
        for command in ["request", "status", "clear", "redeem"] {
            plane
                .hears(&code, &format!("agent {command} 17.enrolment"))
                .failed(3, &format!("17.enrolment.state: {error}"));
        }
        assert_eq!(fs::read(plane.path("17.enrolment.state")).unwrap(), bad);
    }
    plane.write("17.enrolment.state", &state);
    for (bad, error) in [
        (String::new(), "it is not an enrolment"),
        ("{}".into(), "it is not an enrolment"),
        (
            enrolment.replace("\"enrolment\"", "\"other\""),
            "it is not an enrolment",
        ),
        (
            enrolment.replace(":1,", ":2,"),
            "a newer Stopgap made it; update this one",
        ),
        (
            enrolment.replace("\"key\":\"", "\"key\":\"x"),
            "its key is not 64 hex digits",
        ),
    ] {
        plane.write("17.enrolment", &bad);
        plane
            .stopgap("agent status 17.enrolment")
            .failed(3, &format!("17.enrolment: {error}"));
    }
    plane.write("17.enrolment", &enrolment);
    plane.stopgap("agent status 17.enrolment").done(ACTIVE);
    plane.set_mode("17.enrolment", 0o640);
    plane.stopgap("agent status 17.enrolment").failed(
        3,
        "permissions 0640 for 17.enrolment are too open: others than its owner can get at a \
         secret; type: chmod 600 17.enrolment",
    );
}

#[test]
fn a_code_redeemed_twice_at_once_is_granted_once() {
    let (desk, plane) = desk_and_plane();
    let code = answer(&desk, &plane);
    let children: Vec<_> = (0..8)
        .map(|_| plane.start(&code, "agent redeem 17.enrolment"))
        .collect();
    let done = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().status.code().unwrap())
        .filter(|status| *status == 0)
        .count();
    assert_eq!(done, 1);
}

#[test]
fn a_watch_on_a_pipe_prints_lines() {
    let (_, plane) = desk_and_plane();
    let mut watch = plane
        .command("agent request 17.enrolment --watch")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(watch.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    assert_eq!(line.len(), 10);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn a_link_leads_to_the_same_state() {
    let (desk, plane) = desk_and_plane();
    fs::create_dir(plane.path("else")).unwrap();
    std::os::unix::fs::symlink("../17.enrolment", plane.path("else/link")).unwrap();
    let code = answer(&desk, &plane);
    plane.hears(&code, "agent redeem else/link").done(ACTIVE);
    plane
        .hears(&code, "agent redeem 17.enrolment")
        .refused("That code has been used.");
}
