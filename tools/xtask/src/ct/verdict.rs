//! Where a secret may decide a branch: at the verdict, which is told anyway.
//!
//! A report is allowed for the text of the line where it happened, so that a line
//! that is changed is looked at again. Lines may move.

use std::fs;

use super::report::{Frame, Report};
use crate::step::root;

/// A line of the product that may branch on what came of a secret.
struct Verdict {
    /// Below the folder of the crates, ours or another's.
    file: &'static str,
    line: &'static str,
    reach: Reach,
}

/// How far a verdict reaches.
#[derive(PartialEq)]
enum Reach {
    /// The branch is at this very line.
    Here,
    /// It is here or in what this line calls with what is not secret any more.
    Below,
}

const VERDICTS: [Verdict; 13] = [
    // Whether the code that was typed is the right one.
    Verdict {
        file: "stopgap/src/online/grant.rs",
        line: "if !bool::from(digest.matches(&self.digest)) {",
        reach: Reach::Here,
    },
    Verdict {
        file: "stopgap/src/security.rs",
        line: "if !bool::from(key.security_digest(&code).matches(&self.digest)) {",
        reach: Reach::Here,
    },
    // Whether a tag fits. (As it is compiled now, the answer is computed without a
    // branch, and who asked branches.)
    Verdict {
        file: "stopgap/src/record.rs",
        line: "if bool::from(same(&self.0, &kept.0)) {",
        reach: Reach::Here,
    },
    Verdict {
        file: "stopgap/src/offline/state.rs",
        line: "if !bool::from(key.state.mac(&[body]).ct_eq(tag)) {",
        reach: Reach::Here,
    },
    // Whether a key file holds white space around the digits, and nothing but digits.
    Verdict {
        file: "stopgap/src/secret.rs",
        line: "let text = text.trim();",
        reach: Reach::Below,
    },
    Verdict {
        file: "base16ct-1.0.0/src/lib.rs",
        line: "match err {",
        reach: Reach::Here,
    },
    // Whether the request code of a minute was typed, which the machine showed.
    Verdict {
        file: "stopgap/src/offline/request.rs",
        line: ".find(|offset| {",
        reach: Reach::Here,
    },
    // Whether the code of any minute was typed: within the window, or long ago.
    Verdict {
        file: "stopgap/src/offline/agent.rs",
        line: "if let Some(found) = self.find(typed, purpose, oldest..=minute) {",
        reach: Reach::Here,
    },
    Verdict {
        file: "stopgap/src/offline/agent.rs",
        line: "match self.find(typed, purpose, late) {",
        reach: Reach::Here,
    },
    // The minute of the right code, and the end of the lock, which is told.
    Verdict {
        file: "stopgap/src/offline/agent.rs",
        line: "let shown_at = first_second(found, &zoned.timezone())?;",
        reach: Reach::Below,
    },
    Verdict {
        file: "stopgap/src/offline/agent.rs",
        line: "let expired_at = typed.validity().expires_at(shown_at)?.to_utc();",
        reach: Reach::Below,
    },
    Verdict {
        file: "stopgap/src/offline/agent.rs",
        line: "if now >= expired_at {",
        reach: Reach::Below,
    },
    Verdict {
        file: "stopgap/src/offline/state.rs",
        line: "&seconds(self.lock.map(|lock| lock.until)),",
        reach: Reach::Below,
    },
];

/// What of the standard library may stand between a verdict and its branch: it asks a
/// closure or a value. What compares bytes does not.
const TRANSPARENT: [&str; 5] = [
    "core/src/bool.rs",
    "core/src/iter/",
    "core/src/ops/",
    "core/src/option.rs",
    "core/src/result.rs",
];

/// The place of the verdict that a report is of, or what else it is.
pub(super) fn place(report: &Report) -> Result<String, String> {
    find(report, line_of).ok_or_else(|| {
        let mut what = format!("{} that depends on a secret", report.kind);
        for frame in report.frames.iter().take_while(|frame| !is_watcher(frame)) {
            let Frame {
                function,
                file,
                line,
            } = frame;
            let text = line_of(frame);
            what = format!("{what}\n    {function} ({file}:{line}) {text}");
        }
        what
    })
}

fn find(report: &Report, line_of: impl Fn(&Frame) -> String) -> Option<String> {
    let verdict = |frame: &Frame, reach: &Reach| {
        let text = line_of(frame);
        VERDICTS.iter().find_map(|verdict| {
            let file = frame.file.strip_suffix(verdict.file);
            let is = file.is_some_and(|folder| folder.ends_with('/'))
                && text == verdict.line
                && verdict.reach == *reach;
            is.then(|| format!("{}:{}", verdict.file, frame.line))
        })
    };
    let here = report.frames.iter().find(|frame| !is_transparent(frame));
    here.and_then(|frame| verdict(frame, &Reach::Here))
        .or_else(|| {
            report
                .frames
                .iter()
                .find_map(|frame| verdict(frame, &Reach::Below))
        })
}

fn is_transparent(frame: &Frame) -> bool {
    let of_library = frame.file.split_once("/library/").map(|(_, file)| file);
    of_library.is_some_and(|file| TRANSPARENT.iter().any(|known| file.starts_with(known)))
}

/// What calls the product.
fn is_watcher(frame: &Frame) -> bool {
    frame.file.contains("tools/constant-time/")
}

/// The text of the line, where its file is here.
fn line_of(frame: &Frame) -> String {
    let text = fs::read_to_string(root().join(&frame.file)).unwrap_or_default();
    let line = text.lines().nth(frame.line.saturating_sub(1));
    line.unwrap_or_default().trim().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "if !bool::from(digest.matches(&self.digest)) {";

    /// Each file's frame, the innermost first; those of the product are at `LINE`.
    fn is_verdict(files: &[&str], line: &'static str) -> bool {
        let frames = files.iter().map(|file| Frame {
            file: (*file).to_owned(),
            ..Frame::default()
        });
        let report = Report {
            kind: "UninitCondition".into(),
            frames: frames.collect(),
        };
        let line_of = |frame: &Frame| {
            let ours = frame.file.contains("crates/stopgap/");
            if ours { line.to_owned() } else { String::new() }
        };
        find(&report, line_of).is_some()
    }

    const GRANT: &str = "/a/crates/stopgap/src/online/grant.rs";

    #[test]
    fn the_line_itself() {
        assert!(is_verdict(&[GRANT], LINE));
        assert!(!is_verdict(&[GRANT], "if digest == self.digest {"));
        assert!(!is_verdict(
            &["/a/crates/stopgap/src/offline/agent.rs"],
            LINE
        ));
    }

    #[test]
    fn a_value_asked_by_the_standard_library() {
        let option = "/rustc/1/library/core/src/option.rs";
        assert!(is_verdict(&[option, GRANT], LINE));
    }

    #[test]
    fn a_comparison_below_the_line_is_none() {
        for below in [
            "",
            "/rustc/1/library/core/src/slice/cmp.rs",
            "/rustc/1/library/core/src/array/equality.rs",
            "/r/subtle-2.6.1/src/lib.rs",
            "/a/crates/stopgap/src/digest.rs",
        ] {
            assert!(!is_verdict(&[below, GRANT], LINE), "{below}");
        }
    }

    #[test]
    fn what_a_minute_is_turned_into() {
        let line = "let shown_at = first_second(found, &zoned.timezone())?;";
        let agent = "/a/crates/stopgap/src/offline/agent.rs";
        assert!(is_verdict(
            &["/r/chrono-0.4.45/src/naive/date/mod.rs", agent],
            line
        ));
    }
}
