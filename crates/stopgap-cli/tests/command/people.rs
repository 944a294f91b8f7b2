//! `stopgap online issue --from`.

use super::desk::{Desk, Said, masked, now, start};

const ISSUE: &str = "online issue --from people.csv --out codes.csv --valid 7d";

#[test]
fn every_user_of_a_file_gets_a_code() {
    let desk = Desk::ready();
    let people = (0..1_000).map(|number| format!("user{number}\n"));
    desk.write(
        "people.csv",
        "user\n".to_owned() + &people.collect::<String>(),
    );
    desk.stopgap(ISSUE)
        .done("Issued 1,000 codes; they are in codes.csv.\n");
    assert_eq!(desk.mode("codes.csv"), 0o600);
    let codes = desk.read("codes.csv");
    assert_eq!(codes.lines().count(), 1_001);
    let line = codes.lines().nth(8).unwrap();
    assert_eq!(masked(line), "user7,<code>,<time>");
    let code = line.split(',').nth(1).unwrap();
    assert_eq!(desk.hears(code, "online verify user7").status, 0);
    assert_eq!(desk.hears(code, "online verify user8").status, 1);
}

#[test]
fn a_file_may_choose_the_kind_of_each_code() {
    let desk = Desk::ready();
    let text =
        "\u{FEFF}Max_Uses,USER,purpose,valid\n2, alice ,reset bypass,1d\n\n,bob,,\n,#carol,,\n";
    desk.write("people.csv", text);
    desk.stopgap(ISSUE)
        .done("Issued 3 codes; they are in codes.csv.\n");
    // Codes of one instant come in any order.
    let listed = desk.stopgap("online list --wide --columns user,uses,purposes,expires");
    let mut lines: Vec<String> = listed.stdout.lines().skip(1).map(masked).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "#carol  any   reset, register, bypass  <time> (in 7 days)",
            "alice   0/2   reset, bypass            <time> (in 24 hours)",
            "bob     any   reset, register, bypass  <time> (in 7 days)",
        ]
    );
}

#[test]
fn one_code_is_one_code() {
    let desk = Desk::ready();
    desk.write("people.csv", "user\nalice\n");
    desk.stopgap(ISSUE)
        .done("Issued one code; it is in codes.csv.\n");
    assert_eq!(
        masked(&desk.read("codes.csv")),
        "user,code,expires_at\nalice,<code>,<time>\n"
    );
}

const FORMULAS: &str = "user,note\n=1+1,+49 30\n\"a, b\",-5\n\"say \"\"hi\"\"\",@x\n@y,\"\tz\"\n";

#[test]
fn cells_that_a_spreadsheet_would_run_are_guarded() {
    let desk = Desk::ready();
    desk.write("people.csv", FORMULAS);
    let note = "Columns that are copied and not read: note.\n";
    desk.stopgap(ISSUE)
        .is(0, "Issued 4 codes; they are in codes.csv.\n", note);
    assert_eq!(
        masked(&desk.read("codes.csv")),
        "user,note,code,expires_at\n'=1+1,'+49 30,<code>,<time>\n\"a, b\",'-5,<code>,<time>\n\
         \"say \"\"hi\"\"\",'@x,<code>,<time>\n'@y,'\tz,<code>,<time>\n"
    );
    // The user has the name of the file.
    assert_eq!(desk.stopgap("online revoke =1+1").status, 0);
}

#[test]
fn formulas_are_written_unchanged_if_asked() {
    let desk = Desk::ready();
    desk.write("people.csv", FORMULAS);
    assert_eq!(
        desk.stopgap(&format!("{ISSUE} --no-formula-guard")).status,
        0
    );
    let codes = masked(&desk.read("codes.csv"));
    assert!(codes.contains("\n=1+1,+49 30,<code>,"), "{codes}");
}

/// German and French spreadsheets write semicolons, and many write UTF-16 with tabs.
#[test]
fn files_of_spreadsheets_are_read_and_keep_their_columns() {
    let rows = [
        ["Name", "User", "Valid", "Ort"],
        ["Müller, Änne", "aenne", "1w", "Köln"],
        ["O'Neil", "oneil", "", "5\" Straße"],
    ];
    for (separator, encoding) in [(";", "utf-8"), ("\t", "utf-16"), (",", "marked")] {
        let desk = Desk::ready();
        let quoted = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |row: &[&str; 4]| row.iter().map(quoted).collect::<Vec<_>>().join(separator);
        let text = rows.iter().map(line).collect::<Vec<_>>().join("\r\n") + "\r\n";
        let marked = format!("\u{FEFF}{text}");
        match encoding {
            "utf-8" => desk.write("people.csv", &text),
            "marked" => desk.write("people.csv", &marked),
            _ => {
                let units = marked.encode_utf16();
                let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
                desk.write("people.csv", bytes);
            }
        }
        let note = "Columns that are copied and not read: name, ort.\n";
        desk.stopgap("online issue --from people.csv --out codes.csv")
            .is(0, "Issued 2 codes; they are in codes.csv.\n", note);
        let codes = desk.read("codes.csv");
        assert_eq!(codes.starts_with('\u{FEFF}'), encoding != "utf-8");
        let codes = masked(codes.trim_start_matches('\u{FEFF}'));
        let lines: Vec<&str> = codes.lines().collect();
        let joined = |cells: &[&str]| cells.join(separator);
        let head = ["Name", "User", "Valid", "Ort", "code", "expires_at"];
        assert_eq!(lines[0], joined(&head));
        let name = if separator == "," {
            "\"Müller, Änne\""
        } else {
            "Müller, Änne"
        };
        assert_eq!(
            lines[1],
            joined(&[name, "aenne", "1w", "Köln", "<code>", "<time>"])
        );
        let place = "\"5\"\" Straße\"";
        assert_eq!(
            lines[2],
            joined(&["O'Neil", "oneil", "", place, "<code>", "<time>"])
        );
    }
}

#[test]
fn a_batch_is_piped() {
    let desk = Desk::ready();
    let said = desk.hears("user\nalice\nbob\n", "online issue --from - --out -");
    said.is(
        0,
        "user,code,expires_at\nalice,<code>,<time>\nbob,<code>,<time>\n",
        "Issued 2 codes.\n",
    );
    let code = said
        .stdout
        .lines()
        .nth(2)
        .unwrap()
        .split(',')
        .nth(1)
        .unwrap();
    assert_eq!(desk.hears(code, "online verify bob").status, 0);
    let said = desk.hears("user\ncarol\n", "online issue --from - --out codes.csv");
    said.done("Issued one code; it is in codes.csv.\n");
    desk.hears("email\ncarol\n", "online issue --from - --out -")
        .failed(
            2,
            "standard input, line 1: no column user: the first line must name the columns, \
             separated by commas, semicolons or tabs",
        );
    let said = desk.hears("user\ndan\n", "online issue --from - --out - --json");
    let error = "--json cannot be used with --out -, which prints CSV";
    assert_eq!(
        (said.status, said.stderr.as_str()),
        (2, &*format!("error: {error}\n"))
    );
    desk.stopgap("online list dan").done("");
    assert_eq!(desk.files(), ["codes.csv", "stopgap.db", "stopgap.key"]);
}

#[test]
fn a_broken_pipe_is_an_error_that_names_the_way_out() {
    let desk = Desk::ready();
    let mut command = desk.command("online issue --from - --out -");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer);
    let said = start(command, "user\nalice\n").wait_with_output().unwrap();
    Said::of(said).failed(
        3,
        "the codes were issued, but could not all be written (Broken pipe (os error 32)): revoke \
         them by \"stopgap online revoke USER\" for each user of standard input",
    );
    assert_eq!(desk.stopgap("online revoke alice").status, 0);
}

#[test]
fn all_wrong_lines_are_reported_at_once() {
    let desk = Desk::ready();
    let text = "user,valid\r\nalice,99d\r\n\r\nbob\r\ncarol,7d\r\ncarol,1w\r\n";
    desk.write("people.csv", text);
    let said = desk.stopgap(ISSUE);
    said.failed(
        2,
        "people.csv: 3 lines are wrong, so no code was issued\n  \
         line 2: a validity has 1 to 31 days, not 99\n  \
         line 4: one cell, but 2 in the first line\n  \
         line 6: the user \"carol\" is on line 5 already",
    );
    let said = desk.stopgap(&format!("{ISSUE} --json"));
    let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(document["reason"], "usage");
    assert_eq!(document["lines"][1]["line"], 4);
    assert_eq!(document["more"], 0);
    desk.write(
        "people.csv",
        "user,valid\n".to_owned() + &"x,2mo\n".repeat(30),
    );
    let said = desk.stopgap(ISSUE);
    assert_eq!(said.stderr.lines().count(), 22, "{}", said.stderr);
    assert!(
        said.stderr.ends_with("\n  … and 10 more\n"),
        "{}",
        said.stderr
    );
    desk.stopgap("online list").done("");
}

#[test]
fn a_wrong_file_is_refused_before_a_code_is_issued() {
    let desk = Desk::ready();
    let no_user = "people.csv, line 1: no column user: the first line must name the columns, \
                   separated by commas, semicolons or tabs";
    for (text, error) in [
        ("", "people.csv: the file names no user"),
        ("user\n", "people.csv: the file names no user"),
        ("alice,7d\n", no_user),
        ("email\nalice@example.com\n", no_user),
        (
            "user,valid,Valid\nalice,7d,1d\n",
            "people.csv, line 1: the column \"valid\" is there twice",
        ),
        (
            "user,code\nalice,x\n",
            "people.csv, line 1: the column code is there already: rename or remove it, because \
             the new file gets a column of that name",
        ),
        (
            "user;Expires_At\nalice;x\n",
            "people.csv, line 1: the column expires_at is there already: rename or remove it, \
             because the new file gets a column of that name",
        ),
        (
            "user,note\nalice,\"x\nbob,y\n",
            "people.csv, line 2: a cell begins with a quotation mark, and none ends it",
        ),
        (
            "user,valid\nalice,7d\nbob,99d\n",
            "people.csv, line 3: a validity has 1 to 31 days, not 99",
        ),
        (
            "user,valid\nalice,2mo\n",
            "people.csv, line 2: a validity is 1 minute to 24 hours, 1 to 31 days, 1 to 4 weeks, \
             or 1 month (1mo)",
        ),
        (
            "user,max_uses\nalice,0\n",
            "people.csv, line 2: a code needs at least one use; leave the limit out for any number of uses",
        ),
        (
            "user,max_uses\nalice,x\n",
            "people.csv, line 2: max_uses is a number",
        ),
        (
            "user,purpose\nalice,fly\n",
            "people.csv, line 2: a purpose is reset, register or bypass",
        ),
        (
            "user,valid\n,7d\n",
            "people.csv, line 2: the user: a name must not be empty",
        ),
        (
            "user,valid\nalice\n",
            "people.csv, line 2: one cell, but 2 in the first line",
        ),
        (
            "user\nalice\u{200B}\n",
            "people.csv, line 2: the user: a name must not contain an invisible character; \
             remove the one at position 6",
        ),
    ] {
        desk.write("people.csv", text);
        desk.stopgap(ISSUE).failed(2, error);
    }
    desk.write("people.csv", b"user\nalice\nM\xFCller\n");
    desk.stopgap(ISSUE)
        .failed(2, "people.csv, line 3: it is not UTF-8 text");
    desk.write("people.csv", b"\xFF\xFEu\0s\0e\0r\0\n\0\x00\xD8");
    desk.stopgap(ISSUE).failed(
        2,
        "people.csv, line 2: it is not UTF-16 text, as the file's first bytes say",
    );
    desk.write("people.csv", "user\nalice\n");
    desk.write("codes.csv", "mine");
    desk.stopgap(ISSUE).failed(
        3,
        "codes.csv is there already, and is not overwritten; choose another name",
    );
    assert_eq!(desk.read("codes.csv"), "mine");
    desk.stopgap("online issue --from nobody.csv --out other.csv")
        .failed(3, "nobody.csv: No such file or directory (os error 2)");
    desk.stopgap("online issue --from people.csv --out none/codes.csv")
        .failed(3, "none/codes.csv: No such file or directory (os error 2)");
    desk.stopgap("online list").done("");
    // No file is left.
    let names = ["codes.csv", "people.csv", "stopgap.db", "stopgap.key"];
    assert_eq!(desk.files(), names);
}

#[test]
fn a_code_that_cannot_be_issued_is_named_by_its_line() {
    let desk = Desk::ready();
    desk.write("people.csv", "user,valid\nalice,7d\nbob,1d\n");
    let then = now() - chrono::TimeDelta::try_days(2).unwrap();
    let said = desk.stopgap(&format!("{ISSUE} --not-before {}", then.to_rfc3339()));
    assert_eq!(said.status, 2);
    assert_eq!(
        masked(&said.stderr),
        "error: people.csv, line 3: the code would have expired at <time>: choose a later \
         start, or a longer validity\n"
    );
    desk.stopgap("online list").done("");
    desk.stopgap(&format!("{ISSUE} --role user"))
        .refused("refused: user may not issue a code");
    let names = ["people.csv", "stopgap.db", "stopgap.key"];
    assert_eq!(desk.files(), names);
}
