//! `stopgap online issue --from`.

use super::desk::{Desk, masked, now};

const ISSUE: &str = "online issue --from people.csv --out codes.csv --valid 7d";

#[test]
fn every_user_of_a_file_gets_a_code() {
    let desk = Desk::ready();
    let people = (0..1_000).map(|number| format!("user{number}\n"));
    desk.write("people.csv", people.collect::<String>());
    desk.stopgap(ISSUE).is(
        0,
        "Issued 1000 codes; they are in codes.csv.\n",
        "No line of people.csv names its columns: the first user is \"user0\".\n",
    );
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
    desk.stopgap("online list").done(
        "ID                                    STATE   USER    USES  PURPOSES                 ISSUED                      EXPIRES\n\
         <id>  active  #carol  any   reset, register, bypass  <time>  <time> (in 7 days)\n\
         <id>  active  alice   0/2   reset, bypass            <time>  <time> (in 24 hours)\n\
         <id>  active  bob     any   reset, register, bypass  <time>  <time> (in 7 days)\n",
    );
}

#[test]
fn names_are_written_unchanged() {
    let desk = Desk::ready();
    desk.write(
        "people.csv",
        "user\n=1+1\n\"a, b\"\n\"say \"\"hi\"\"\"\n@x\n",
    );
    assert_eq!(desk.stopgap(ISSUE).status, 0);
    assert_eq!(
        masked(&desk.read("codes.csv")),
        "user,code,expires_at\n=1+1,<code>,<time>\n\"a, b\",<code>,<time>\n\
         \"say \"\"hi\"\"\",<code>,<time>\n@x,<code>,<time>\n"
    );
}

#[test]
fn a_wrong_file_is_refused_before_a_code_is_issued() {
    let desk = Desk::ready();
    for (text, status, error) in [
        ("", 2, "people.csv: the file names no user"),
        ("user\n", 2, "people.csv: the file names no user"),
        (
            "alice,7d\n",
            2,
            "people.csv, line 1: the first line must name the columns, and one of them user",
        ),
        (
            "user,until\nalice,7d\n",
            2,
            "people.csv, line 1: there is no column \"until\", only user, valid, purpose, max_uses",
        ),
        (
            "user,valid\nalice,7d\nbob,99d\n",
            2,
            "people.csv, line 3: a validity has 1 to 31 days, not 99",
        ),
        (
            "user,max_uses\nalice,0\n",
            2,
            "people.csv, line 2: a code needs at least one use; leave the limit out for any number of uses",
        ),
        (
            "user,max_uses\nalice,x\n",
            2,
            "people.csv, line 2: max_uses is a number",
        ),
        (
            "user,purpose\nalice,fly\n",
            2,
            "people.csv, line 2: a purpose is reset, register or bypass",
        ),
        (
            "user,valid\n,7d\n",
            2,
            "people.csv, line 2: the user: a name must not be empty",
        ),
        (
            "user,valid\nalice\n",
            2,
            "people.csv, line 2: columns: 1, but 2 in the first line",
        ),
        (
            "user;valid\nalice;7d\n",
            2,
            "people.csv, line 1: the columns must be separated by commas",
        ),
    ] {
        desk.write("people.csv", text);
        desk.stopgap(ISSUE).failed(status, error);
    }
    desk.write("people.csv", b"user\nalice\nM\xFCller\n");
    desk.stopgap(ISSUE)
        .failed(2, "people.csv, line 3: it is not UTF-8 text");
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
