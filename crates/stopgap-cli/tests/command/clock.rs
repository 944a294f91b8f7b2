//! The clock of this machine, and that of a server.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::desk::{Desk, Said};

/// A library that shifts the clock of the program that it is loaded into.
const SHIFT: &str = r#"
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    const char *ahead = getenv("SECONDS_AHEAD");
    if (result == 0 && clock == CLOCK_REALTIME && ahead) time->tv_sec += atol(ahead);
    return result;
}
"#;

/// Compiles the library.
fn shift(desk: &Desk) -> PathBuf {
    let (source, library) = (desk.path("shift.c"), desk.path("shift.so"));
    desk.write("shift.c", SHIFT);
    let mut cc = Command::new("cc");
    cc.args(["-D_GNU_SOURCE", "-shared", "-fPIC", "-o"]);
    assert!(cc.arg(&library).arg(&source).status().unwrap().success());
    library
}

#[test]
fn a_clock_that_differs_from_the_servers_is_refused() {
    let Some(server) = test_postgres::server() else {
        return; // It has printed a message.
    };
    let (desk, tools, database) = (Desk::new(), Desk::new(), server.database());
    let library = shift(&tools);
    let ahead_by = |seconds: i64, tolerance: Option<&str>, words: &str| {
        let mut command = desk.command(words);
        command
            .env("STOPGAP_STORE", database.url())
            .env("LD_PRELOAD", Path::new(&library))
            .env("SECONDS_AHEAD", seconds.to_string());
        if let Some(tolerance) = tolerance {
            command.env("STOPGAP_CLOCK_TOLERANCE", tolerance);
        }
        Said::of(command.output().unwrap())
    };
    let list = "online list";
    assert_eq!(ahead_by(0, None, "online issue alice").status, 0);
    let refused = |said: &Said, direction: &str| {
        assert_eq!((said.status, said.stdout.as_str()), (3, ""), "{said:?}");
        let end =
            format!(" seconds {direction} the store's: set it right, or pass --clock-tolerance\n");
        assert!(said.stderr.ends_with(&end), "{said:?}");
    };
    refused(&ahead_by(300, None, list), "ahead of");
    refused(&ahead_by(-300, None, list), "behind");
    refused(&ahead_by(300, Some("200"), list), "ahead of");
    // An option overrides the environment.
    let narrow = "--clock-tolerance 30 online list";
    refused(&ahead_by(60, Some("off"), narrow), "ahead of");
    let said = ahead_by(300, None, "online list --json");
    assert!(
        said.stdout.contains("\"reason\":\"clock_differs\""),
        "{said:?}"
    );

    // A status shows it.
    for (seconds, direction) in [(300, "ahead of"), (-300, "behind")] {
        let said = ahead_by(seconds, None, "status");
        assert_eq!(said.status, 1, "{said:?}");
        let line = "\nclock           not that of the store";
        assert!(said.stdout.contains(line), "{said:?}");
        let end =
            format!(" seconds {direction} the store's: set it right, or pass --clock-tolerance\n");
        assert!(said.stdout.ends_with(&end), "{said:?}");
    }
    assert_eq!(
        ahead_by(300, None, "--clock-tolerance 400 status").status,
        0
    );

    assert_eq!(ahead_by(60, None, list).status, 0);
    let wide = "--clock-tolerance 400 online list";
    assert_eq!(ahead_by(300, None, wide).status, 0);
    assert_eq!(ahead_by(100_000, Some("off"), list).status, 0);
}

/// A file has no clock.
#[test]
fn a_file_has_no_clock_to_compare_with() {
    let (desk, tools) = (Desk::ready(), Desk::new());
    let library = shift(&tools);
    let mut command = desk.command("clock accept --clock-tolerance 1 --json");
    command
        .env("LD_PRELOAD", library)
        .env("SECONDS_AHEAD", "100000");
    let said = Said::of(command.output().unwrap());
    assert_eq!(said.status, 0, "{said:?}");
    let accepted: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let accepted = accepted["now"].as_str().unwrap();
    let accepted = chrono::DateTime::parse_from_rfc3339(accepted).unwrap();
    let ahead = accepted.to_utc() - super::desk::now();
    assert!((99_000..=100_000).contains(&ahead.num_seconds()), "{ahead}");
    // Now the clock that is right is behind.
    let said = desk.stopgap("online list");
    said.is(
        1,
        "",
        "refused: this computer's clock shows <time>, and <time> was seen before: set the clock \
         right, or accept it by \"stopgap clock accept\" if the time that was seen is wrong\n",
    );
    let said = desk.stopgap("online list --json");
    assert!(
        said.stdout.contains("\"reason\":\"clock_rolled_back\""),
        "{said:?}"
    );
}
