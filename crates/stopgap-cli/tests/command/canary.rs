//! After all commands have run, no code and no key is found in a file, an error or a log.

use std::fs;

use super::desk::Desk;

/// The secrets, and the output in which they must not be found.
#[derive(Default)]
struct Canaries {
    secrets: Vec<String>,
    said: String,
}

impl Canaries {
    fn secret(&mut self, secret: &str) -> String {
        let secret = secret.trim().to_owned();
        assert!(secret.len() > 12, "{secret}");
        self.secrets.push(secret.to_uppercase());
        self.secrets.push(secret.replace('-', "").to_uppercase());
        secret
    }

    /// Runs a command, and again with `--json`, and keeps all of its output.
    fn hear(&mut self, desk: &Desk, input: &str, words: &str) {
        for words in [words, &format!("{words} --json")] {
            let said = desk.hears(input, words);
            self.said.push_str(&said.stdout);
            self.said.push_str(&said.stderr);
        }
    }

    /// Returns the secret that a command must show, and keeps its standard error.
    fn shown(&mut self, desk: &Desk, words: &str) -> String {
        let said = desk.stopgap(words);
        assert_eq!(said.status, 0, "{words}: {}", said.stderr);
        self.said.push_str(&said.stderr);
        self.secret(&said.stdout)
    }

    fn found_in(&self, text: &[u8]) -> Vec<&str> {
        let text = String::from_utf8_lossy(text).to_uppercase();
        let found = self.secrets.iter().filter(|secret| text.contains(*secret));
        found.map(String::as_str).collect()
    }
}

#[test]
fn no_secret_is_found_where_none_should_be() {
    let (desk, plane) = (Desk::ready(), Desk::new());
    let mut canaries = Canaries::default();
    let key = desk.read("stopgap.key");
    canaries.secret(key.split_whitespace().last().unwrap());
    online(&desk, &mut canaries);
    offline(&desk, &plane, &mut canaries);
    security(&desk, &mut canaries);
    for words in [
        "key add",
        "key list",
        "throttle show alice",
        "clock accept",
        "log --limit 999",
        "online list alice",
        "online show 00000000",
        "machine list alice",
        "throttle list",
        "purge --yes",
        "log --csv --limit 999",
        "online verify",
        "--store foo://bar purge",
        "--key-file none online list",
    ] {
        canaries.hear(&desk, "", words);
    }
    for key in desk.read("stopgap.key").split_whitespace() {
        if key.len() == 64 {
            canaries.secret(key);
        }
    }

    let mut looked_at = Vec::new();
    for (here, secret) in [(&desk, "stopgap.key"), (&plane, "17.enrolment")] {
        for name in here.files() {
            let bytes = fs::read(here.path(&name)).unwrap();
            // The control: the secrets are found in the file that contains them.
            assert_eq!(
                canaries.found_in(&bytes).is_empty(),
                name != secret,
                "{name}"
            );
            looked_at.push(name);
        }
    }
    assert!(looked_at.contains(&"stopgap.db".to_owned()) && looked_at.len() >= 4);
    assert!(canaries.secrets.len() >= 14, "{}", canaries.secrets.len());
    assert_eq!(canaries.found_in(canaries.said.as_bytes()), [""; 0]);
    // The control: each secret is found if it is added to the output.
    for secret in &canaries.secrets {
        let told = format!("{}{}", canaries.said, secret.to_lowercase());
        assert!(
            canaries
                .found_in(told.as_bytes())
                .contains(&secret.as_str())
        );
    }
    assert!(canaries.said.contains("alice"));
}

fn online(desk: &Desk, canaries: &mut Canaries) {
    for words in ["--valid 7d", "--purpose reset --length 16", "--max-uses 1"] {
        let code = canaries.shown(desk, &format!("online issue alice {words}"));
        for typed in [
            code.clone(),
            code.to_lowercase(),
            format!("{code}?"),
            format!("{code} {code}"),
            code[1..].to_owned(),
        ] {
            for verify in [
                "alice",
                "alice --purpose register",
                "bob",
                "alice --idempotency-key one",
            ] {
                canaries.hear(desk, &typed, &format!("online verify {verify}"));
            }
        }
    }
    canaries.hear(desk, "", "throttle reset alice");
    canaries.hear(desk, "", "online revoke alice");
}

fn offline(desk: &Desk, plane: &Desk, canaries: &mut Canaries) {
    let enrolled = desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment");
    canaries.said.push_str(&enrolled.stdout);
    fs::rename(desk.path("17.enrolment"), plane.path("17.enrolment")).unwrap();
    let enrolment = plane.read("17.enrolment");
    let key = enrolment.split('"').find(|word| word.len() == 64).unwrap();
    canaries.secret(key);
    // A request code is not a secret.
    let request = plane.line("agent request 17.enrolment");
    let answer = format!("offline answer alice {request} --valid 7d");
    let code = canaries.shown(desk, &answer);
    for typed in [format!("{code}?"), code[1..].to_owned(), code.clone()] {
        canaries.hear(plane, &typed, "agent redeem 17.enrolment");
    }
    for command in ["logon", "status", "clear"] {
        let words = &format!("agent {command} 17.enrolment");
        canaries.hear(plane, "", words);
    }
}

fn security(desk: &Desk, canaries: &mut Canaries) {
    for words in [
        "--super-administrator --unlimited-scope",
        "--same-as bob@example.com --scope reports.read",
    ] {
        let code = canaries.shown(desk, &format!("security create {words}"));
        for presented in [code.clone(), format!("{code}?"), code[1..].to_owned()] {
            canaries.hear(desk, &presented, "security authenticate");
        }
    }
    canaries.hear(desk, "", "security list");
}
