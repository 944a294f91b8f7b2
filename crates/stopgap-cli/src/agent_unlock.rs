//! `stopgap agent unlock`: an online code activates the lock of a machine that reaches the store.

use std::path::Path;

use stopgap::{Purpose, VerifyRequest, offline::PasswordOnlyLock};

use crate::{
    enrolment_file::Machine,
    failure::Failure,
    home::Home,
    lock_status::{Bypass, Status},
    prompt,
    show::Screen,
    zone::now,
};

/// The prefix of a failure after the code was verified.
const VERIFIED: &str = "the code was verified, but the password-only lock is not active";

/// Verifies an online code of the enrolment's user for `bypass`, and activates the
/// password-only lock until it expires.
pub(crate) fn unlock(
    path: &Path,
    home: impl FnOnce() -> Result<Home, Failure>,
    screen: &mut Screen,
) -> Result<(), Failure> {
    // The file and the store are checked before the code is typed.
    Machine::look(path)?;
    let home = home()?;
    let typed = prompt::code("Code")?;
    let mut machine = Machine::lock(path)?;
    // A use is counted only if the clock is right and the state can be stored.
    let clock = machine.agent.lock(now());
    let _ = clock.map_err(|refusal| Failure::refusal(&refusal))?;
    machine.store()?;
    let purpose = Purpose::Bypass;
    let request = VerifyRequest::new(machine.enrolment.user.as_str(), &typed, purpose);
    let granted = home.registry.verify_code(&request)?;
    let lock = granted
        .password_only_lock()
        .map_err(|refusal| Failure::refusal(&refusal))?;
    let active = activate(&mut machine, lock).map_err(|failure| failure.at(VERIFIED))?;
    let status = Status::of(machine, Some(active.until));
    screen.done(&Bypass { purpose, status })
}

/// Activates the lock of a code that was verified.
fn activate(machine: &mut Machine, lock: PasswordOnlyLock) -> Result<PasswordOnlyLock, Failure> {
    let active = machine
        .keep(|agent| agent.activate(lock, now()))?
        .map_err(|refusal| Failure::refusal(&refusal))?;
    active.ok_or_else(|| {
        let message =
            "this machine's clock is past its expiry: set the clock, and issue a new code";
        Failure::trouble("expired", message.into())
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn failed(machine: &mut Machine, until: &str) -> (String, u8) {
        let until = until.parse().unwrap();
        let failure = activate(machine, PasswordOnlyLock { until }).unwrap_err();
        let failure = failure.at(VERIFIED);
        (failure.to_string(), failure.exit_status())
    }

    #[test]
    fn a_failure_after_the_verification_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("17.enrolment");
        let key = "09".repeat(32);
        let file = format!(
            r#"{{"stopgap":"enrolment","version":1,"user":"a","machine":"m","generation":1,"used":false,"key":"{key}"}}"#
        );
        fs::write(&path, file).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let mut machine = Machine::lock(&path).unwrap();

        let expected = "the code was verified, but the password-only lock is not active: this \
                        machine's clock is past its expiry: set the clock, and issue a new code";
        assert_eq!(
            failed(&mut machine, "2026-01-01T00:00:00Z"),
            (expected.into(), 3)
        );

        // The state cannot be stored any more.
        folder.close().unwrap();
        let (message, status) = failed(&mut machine, "9999-01-01T00:00:00Z");
        assert!(message.starts_with(&format!("{VERIFIED}: ")), "{message}");
        assert_eq!(status, 3);
    }
}
