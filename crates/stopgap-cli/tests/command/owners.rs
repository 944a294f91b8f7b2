//! Owners and permissions of files that the command rewrites. Most of this needs root.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    process::Command,
};

use super::desk::{Desk, Said};

/// A user and a group that are not root's, as which commands run.
const SERVICE: u32 = 65_534;

/// Returns `true` if these tests may give files away; otherwise notes that they check less.
fn is_root(desk: &Desk) -> bool {
    let is_root = fs::metadata(desk.path("")).unwrap().uid() == 0;
    if !is_root {
        eprintln!("this test checks less, because it does not run as root");
    }
    is_root
}

/// The number of a user without a name.
const NUMBER: u32 = 1_234_567;

/// Runs the command as the service.
fn as_service(desk: &Desk, words: &str) -> Said {
    let mut command = desk.command(words);
    command.uid(SERVICE).gid(SERVICE);
    Said::of(command.output().unwrap())
}

fn owner(desk: &Desk, name: &str) -> (u32, u32, u32) {
    let about = fs::metadata(desk.path(name)).unwrap();
    (about.uid(), about.gid(), about.permissions().mode() & 0o777)
}

#[test]
fn the_mode_of_a_key_file_is_kept() {
    let desk = Desk::ready();
    desk.set_mode("stopgap.key", 0o400);
    assert_eq!(desk.stopgap("key add").status, 0);
    assert_eq!(desk.mode("stopgap.key"), 0o400);
}

/// Root changes the keys of a service, which can still read them and change them itself.
#[test]
fn a_service_keeps_the_files_that_root_rewrites() {
    let desk = Desk::ready();
    if !is_root(&desk) {
        return;
    }
    desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment");
    for name in [
        "",
        "stopgap.key",
        "stopgap.db",
        "stopgap.db-lock",
        "17.enrolment",
    ] {
        if desk.path(name).exists() {
            chown(desk.path(name), Some(SERVICE), Some(SERVICE)).unwrap();
        }
    }
    assert_eq!(desk.stopgap("key add").status, 0);
    let own = (SERVICE, SERVICE, 0o600);
    assert_eq!(owner(&desk, "stopgap.key"), own);
    assert_eq!(as_service(&desk, "key list").status, 0);
    let said = as_service(&desk, "key add");
    assert_eq!(said.status, 0, "{said:?}");
    // The state is made by root, and then used by the service.
    assert_eq!(desk.stopgap("agent request 17.enrolment").status, 0);
    assert_eq!(owner(&desk, "17.enrolment.state"), own);
    assert_eq!(as_service(&desk, "agent clear 17.enrolment").status, 0);
    assert_eq!(desk.stopgap("agent clear 17.enrolment").status, 0);
    assert_eq!(owner(&desk, "17.enrolment.state"), own);
}

/// systemd and Kubernetes hand secrets out as files of root that a group may read.
#[test]
fn a_key_of_root_may_be_readable_by_a_group() {
    let desk = Desk::ready();
    if !is_root(&desk) {
        return;
    }
    for name in ["", "stopgap.db", "stopgap.db-lock"] {
        if desk.path(name).exists() {
            chown(desk.path(name), Some(SERVICE), Some(SERVICE)).unwrap();
        }
    }
    chown(desk.path("stopgap.key"), Some(0), Some(SERVICE)).unwrap();
    for mode in [0o440, 0o640] {
        desk.set_mode("stopgap.key", mode);
        as_service(&desk, "online list").done("");
    }
    for mode in [0o444, 0o460, 0o644, 0o442] {
        desk.set_mode("stopgap.key", mode);
        let said = as_service(&desk, "online list");
        assert!(said.stderr.contains("are too open"), "{mode:o}: {said:?}");
        assert_eq!(said.status, 3);
    }
    // A key that belongs to the service itself is for it alone.
    chown(desk.path("stopgap.key"), Some(SERVICE), Some(SERVICE)).unwrap();
    desk.set_mode("stopgap.key", 0o640);
    assert_eq!(as_service(&desk, "online list").status, 3);
}

/// The service owns its key file, in a folder that it cannot write.
#[test]
fn a_key_file_in_a_folder_that_cannot_be_written_is_written_in_place() {
    let desk = Desk::ready();
    if !is_root(&desk) {
        return;
    }
    fs::create_dir(desk.path("store")).unwrap();
    fs::create_dir(desk.path("keys")).unwrap();
    desk.set_mode("keys", 0o755);
    desk.set_mode("", 0o755);
    assert_eq!(
        desk.stopgap("--home store --key-file keys/stopgap.key init")
            .status,
        0
    );
    for name in [
        "store",
        "keys/stopgap.key",
        "store/stopgap.db",
        "store/stopgap.db-lock",
    ] {
        if desk.path(name).exists() {
            chown(desk.path(name), Some(SERVICE), Some(SERVICE)).unwrap();
        }
    }
    let inode = fs::metadata(desk.path("keys/stopgap.key")).unwrap().ino();
    let said = as_service(&desk, "--home store --key-file keys/stopgap.key key add");
    assert_eq!(said.status, 0, "{said:?}");
    let said = as_service(
        &desk,
        "--home store --key-file keys/stopgap.key key retire 1",
    );
    assert_eq!(said.status, 0, "{said:?}");
    let about = fs::metadata(desk.path("keys/stopgap.key")).unwrap();
    assert_eq!(about.ino(), inode);
    let keys = desk.read("keys/stopgap.key");
    assert_eq!(keys.lines().count(), 3);
    assert!(keys.contains("\n2 "), "{keys}");
}

/// A container often has one file of the host, which cannot be replaced.
#[test]
fn a_key_file_that_is_mounted_by_itself_is_written_in_place() {
    let desk = Desk::ready();
    fs::copy(desk.path("stopgap.key"), desk.path("hosts.key")).unwrap();
    let stopgap = desk.command("key add");
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c"])
        .arg("mount --bind hosts.key stopgap.key && exec \"$0\" key add")
        .arg(stopgap.get_program())
        .current_dir(desk.path(""));
    let said = command.output().map(Said::of);
    match said {
        Ok(said) if said.stdout.starts_with("Key 2 is the primary key") => {}
        // In many places nothing can be mounted.
        other => {
            assert!(!format!("{other:?}").contains("stopgap.key"), "{other:?}");
            eprintln!("this test checks nothing, because nothing can be mounted: {other:?}");
            return;
        }
    }
    let keys = desk.read("hosts.key");
    assert_eq!(keys.lines().count(), 4, "{keys}");
    // No draft is left.
    let drafts = desk
        .files()
        .into_iter()
        .filter(|name| name.starts_with('.'));
    assert_eq!(drafts.count(), 0);
}

/// In many containers the user has a number and no name.
#[test]
fn a_user_without_a_name_is_logged_by_the_number() {
    let desk = Desk::new();
    if !is_root(&desk) {
        return;
    }
    chown(desk.path(""), Some(NUMBER), Some(NUMBER)).unwrap();
    let run = |words: &str| {
        let mut command = desk.command(words);
        command.uid(NUMBER).gid(NUMBER);
        Said::of(command.output().unwrap())
    };
    assert_eq!(run("online issue alice").status, 0);
    let log = run("log --user alice --json").stdout;
    assert!(log.contains("\"actor\":\"uid-1234567\""), "{log}");
}

/// A settings file of another user could name that user's store and keys.
#[test]
fn settings_of_another_user_are_refused() {
    let desk = Desk::new();
    if !is_root(&desk) {
        return;
    }
    desk.write("stopgap.toml", "valid = \"8h\"\n");
    desk.set_mode("stopgap.toml", 0o644);
    chown(desk.path("stopgap.toml"), Some(SERVICE), Some(SERVICE)).unwrap();
    let refused = "stopgap.toml belongs to another user: run the command in another folder, or \
                   name this one with --home if you trust its owner";
    desk.stopgap("config").failed(3, refused);
    // The folder belongs to root, which did not put the file there.
    let home = desk.path("").display().to_string();
    assert_eq!(desk.stopgap(&format!("config --home {home}")).status, 3);
    chown(desk.path(""), Some(SERVICE), Some(SERVICE)).unwrap();
    desk.stopgap("config").failed(3, refused);
    assert_eq!(desk.stopgap(&format!("config --home {home}")).status, 0);
    // The user's own settings, and those of root.
    assert_eq!(as_service(&desk, "config").status, 0);
    chown(desk.path("stopgap.toml"), Some(0), Some(0)).unwrap();
    assert_eq!(as_service(&desk, "config").status, 0);
}
