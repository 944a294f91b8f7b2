//! Signals that end the command.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::Child,
    thread,
    time::Duration,
};

use libc::{SIGHUP, SIGINT, SIGTERM};

use super::desk::Desk;

/// Starts a batch that heeds signals, even if the parent of these tests ignores them, or ignores
/// one of them.
fn start(desk: &Desk, users: usize, ignored: Option<i32>) -> Child {
    let people = (0..users).map(|number| format!("user{number}\n"));
    desk.write(
        "people.csv",
        "user\n".to_owned() + &people.collect::<String>(),
    );
    let mut command = desk.command("online issue --from people.csv --out codes.csv");
    let heed_signals = move || {
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let action = if ignored == Some(signal) {
                libc::SIG_IGN
            } else {
                libc::SIG_DFL
            };
            // SAFETY: POSIX allows `signal` between fork and exec.
            unsafe { libc::signal(signal, action) };
        }
        Ok(())
    };
    // SAFETY: the closure calls one function, which is safe there.
    unsafe { command.pre_exec(heed_signals) };
    command.spawn().unwrap()
}

fn send(child: &Child, signal: i32) {
    let process = child.id().try_into().unwrap();
    // SAFETY: the child was not waited for, so the number is its own.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0);
}

/// Waits until there is a draft of at least this size, and returns its name.
fn draft(desk: &Desk, least: u64) -> String {
    for _ in 0..60_000 {
        let is_draft = |name: &String| name.starts_with(".codes.csv.");
        if let Some(name) = desk.files().into_iter().find(is_draft) {
            let about = fs::metadata(desk.path(&name));
            if about.is_ok_and(|about| about.len() >= least) {
                return name;
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("there is no draft");
}

#[test]
fn an_interrupted_batch_leaves_nothing() {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let desk = Desk::ready();
        let mut child = start(&desk, 50_000, None);
        draft(&desk, 0);
        send(&child, signal);
        assert_eq!(child.wait().unwrap().signal(), Some(signal));
        desk.stopgap("online list").done("");
        assert_eq!(desk.files(), ["people.csv", "stopgap.db", "stopgap.key"]);
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let desk = Desk::ready();
    let child = start(&desk, 2_000, Some(SIGHUP));
    draft(&desk, 0);
    send(&child, SIGHUP);
    let said = child.wait_with_output().unwrap();
    assert_eq!(said.status.code(), Some(0), "{said:?}");
    assert_eq!(desk.read("codes.csv").lines().count(), 2_001);
}

/// Holds the lock of a store that writers take, for as long as it lives.
#[cfg(target_os = "linux")]
fn busy(desk: &Desk) -> fs::File {
    use std::os::fd::AsRawFd;

    let file = fs::File::options()
        .write(true)
        .open(desk.path("stopgap.db-lock"));
    let file = file.unwrap();
    // SAFETY: `flock` is a C struct of integers, for which zeros are valid.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK.try_into().unwrap();
    lock.l_whence = libc::SEEK_SET.try_into().unwrap();
    lock.l_start = (1 << 61) - 2;
    lock.l_len = 1;
    // SAFETY: the file is open, and the lock is a valid struct.
    let set = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) };
    assert_eq!(set, 0);
    file
}

/// While the store is asked, the command does not know if the codes are good.
#[cfg(target_os = "linux")]
#[test]
fn codes_that_are_being_issued_are_kept() {
    const WAITING: &str = "The codes are being issued: waiting for the store. Interrupt again to \
                           end at once.\n";
    for again in [false, true] {
        let desk = Desk::ready();
        let lock = busy(&desk);
        let mut child = start(&desk, 3, None);
        let name = draft(&desk, 60);
        // A moment later the draft is on the disk.
        thread::sleep(Duration::from_millis(500));
        send(&child, SIGTERM);
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert_eq!(line, WAITING);
        if again {
            send(&child, SIGINT);
        } else {
            drop(lock);
        }
        let (mut rest, mut stdout) = (String::new(), String::new());
        stderr.read_to_string(&mut rest).unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_to_string(&mut stdout).unwrap();
        let signal = child.wait().unwrap().signal();
        if again {
            assert_eq!((signal, stdout.as_str()), (Some(SIGINT), ""));
            let said = "interrupted: the codes may have been issued; they are in ";
            assert!(
                rest.starts_with(said) && rest.ends_with(&format!("{name}\n")),
                "{rest}"
            );
            assert_eq!(desk.read(&name).lines().count(), 4);
        } else {
            let said = "Issued 3 codes; they are in codes.csv.\n";
            assert_eq!((signal, stdout.as_str()), (Some(SIGTERM), said));
            assert_eq!(desk.read("codes.csv").lines().count(), 4);
            let list = desk.stopgap("online list").stdout;
            assert_eq!(list.lines().count(), 4);
            let files = ["codes.csv", "people.csv", "stopgap.db", "stopgap.key"];
            assert_eq!(desk.files(), files);
        }
    }
}
