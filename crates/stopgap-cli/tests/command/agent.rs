//! `stopgap machine`, `offline` and `agent`: two folders that share nothing but
//! what a person reads aloud.

use std::{fs, process::Stdio};

use super::desk::Desk;

const OPEN: &str = "Open: name and password suffice until <time> (in 7 days).\n";
const CLOSED: &str = "Closed: the second factor is asked for.\n";

/// A help desk, and the machine that it enrolled.
fn desk_and_plane() -> (Desk, Desk) {
    let (desk, plane) = (Desk::ready(), Desk::new());
    desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment")
        .done("Enrolled LAPTOP-17 of alice. Bring 17.enrolment to it; it is a secret of that machine.\n");
    assert_eq!(desk.mode("17.enrolment"), 0o600);
    // While the machine was online.
    fs::rename(desk.path("17.enrolment"), plane.path("17.enrolment")).unwrap();
    (desk, plane)
}

/// What the help desk answers to what the machine shows.
fn answer(desk: &Desk, plane: &Desk) -> String {
    let request = plane.line("agent request 17.enrolment");
    assert_eq!(request.len(), 9);
    desk.line(&format!("offline answer alice {request} --valid 7d"))
}

#[test]
fn a_round_trip() {
    let (desk, plane) = desk_and_plane();
    plane.stopgap("agent status 17.enrolment").done(CLOSED);
    let code = answer(&desk, &plane);
    plane
        .hears(&code.to_lowercase(), "agent redeem 17.enrolment")
        .done(OPEN);
    plane
        .hears(&code, "agent redeem 17.enrolment")
        .refused("That code has been used.");
    plane.stopgap("agent status 17.enrolment").done(OPEN);
    plane.stopgap("agent clear 17.enrolment").done(CLOSED);
    plane.stopgap("agent status 17.enrolment").done(CLOSED);
    assert_eq!(plane.files(), ["17.enrolment", "17.enrolment.state"]);
    assert_eq!(plane.mode("17.enrolment.state"), 0o600);
}

#[test]
fn what_is_refused_on_the_plane() {
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
    plane.hears(&code, "agent redeem 17.enrolment").done(OPEN);
}

#[test]
fn what_is_refused_at_the_desk() {
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
    desk.stopgap("machine list alice").done(
        "STATE     MACHINE    GENERATION  ENROLLED\n\
         enrolled  LAPTOP-17  0           <time> (now)\n",
    );
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

#[test]
fn an_enrolment_is_never_overwritten() {
    let desk = Desk::ready();
    let enrol = "machine enrol alice LAPTOP-17 --out 17.enrolment";
    assert_eq!(desk.stopgap(enrol).status, 0);
    let before = desk.read("17.enrolment");
    desk.stopgap(enrol).failed(
        3,
        "17.enrolment is there already, and is not overwritten; choose another name",
    );
    assert_eq!(desk.read("17.enrolment"), before);
    // Nor is the machine enrolled anew.
    assert!(desk.stopgap("machine list alice").stdout.contains("  0  "));
}

#[test]
fn damage_is_said_and_nothing_is_lost() {
    let (desk, plane) = desk_and_plane();
    let code = answer(&desk, &plane);
    plane.hears(&code, "agent redeem 17.enrolment").done(OPEN);
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
            "the sealed state was changed, or is another enrolment's; enrol the machine again; or, where it has just been enrolled again, remove this file",
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
    plane.stopgap("agent status 17.enrolment").done(OPEN);
    plane.set_mode("17.enrolment", 0o640);
    plane.stopgap("agent status 17.enrolment").failed(
        3,
        "permissions 0640 for 17.enrolment are too open: others than its owner can get at a \
         secret; type: chmod 600 17.enrolment",
    );
}

#[test]
fn two_who_redeem_at_once_cannot_both() {
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
    plane.hears(&code, "agent redeem else/link").done(OPEN);
    plane
        .hears(&code, "agent redeem 17.enrolment")
        .refused("That code has been used.");
}
