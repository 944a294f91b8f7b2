//! Verdicts: the lines of the product that may branch on a secret, because they tell
//! the answer anyway.

use super::report::{Frame, Report};

/// The verdicts: each has a reach, its file and the text of its line. A line may move,
/// but a changed line must be reviewed again.
///
/// `here`: the branch is in this line. `below`: it is in this line, or in a function that
/// this line calls with a value that is no longer secret.
const VERDICTS: &str = include_str!("verdicts.txt");

/// Files of the standard library that may be between a verdict and its branch: they call
/// a closure or read a value, and compare no bytes.
const TRANSPARENT: [&str; 5] = [
    "core/src/bool.rs",
    "core/src/iter/",
    "core/src/ops/",
    "core/src/option.rs",
    "core/src/result.rs",
];

/// Returns the place of the verdict that a report is about, or an error that describes
/// the report.
pub(super) fn place(report: &Report) -> Result<String, String> {
    let frames = || report.frames.iter();
    let here = frames().find(|frame| !is_transparent(frame));
    here.and_then(|frame| listed(frame, "here"))
        .or_else(|| frames().find_map(|frame| listed(frame, "below")))
        .ok_or_else(|| {
            let calls = frames().map(|call| format!("\n    {call:?}"));
            let calls = calls.collect::<String>();
            format!("{} that depends on a secret{calls}", report.kind)
        })
}

/// Returns the place of a call if it is a verdict of this reach.
fn listed(frame: &Frame, reach: &str) -> Option<String> {
    VERDICTS.lines().find_map(|verdict| {
        let (file, text) = verdict.strip_prefix(reach)?.trim_start().split_once(' ')?;
        let folder = frame.file.strip_suffix(file)?;
        (folder.ends_with('/') && frame.text == text).then(|| format!("{file}:{}", frame.line))
    })
}

fn is_transparent(frame: &Frame) -> bool {
    let of_library = frame.file.split_once("/library/").map(|(_, file)| file);
    of_library.is_some_and(|file| TRANSPARENT.iter().any(|known| file.starts_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRANT: &str = "/a/crates/stopgap/src/online/grant.rs";
    const AGENT: &str = "/a/crates/stopgap/src/offline/agent.rs";
    const LINE: &str = "if !is_user || !bool::from(digest(key).matches(&record.digest)) {";

    /// Returns `true` if a branch in the first file is a verdict when the second calls it
    /// in this line.
    fn is_verdict(branch: &str, caller: &str, line: &str) -> bool {
        let frame = |file: &str| Frame {
            file: file.to_owned(),
            text: line.to_owned(),
            ..Frame::default()
        };
        place(&Report {
            kind: "UninitCondition".into(),
            frames: vec![frame(branch), frame(caller)],
        })
        .is_ok()
    }

    #[test]
    fn only_the_text_of_the_line_is_a_verdict() {
        assert!(is_verdict(GRANT, "", LINE));
        assert!(!is_verdict(GRANT, "", "if digest == self.digest {"));
        assert!(!is_verdict(AGENT, "", LINE));
    }

    #[test]
    fn calls_from_the_line_may_not_compare_bytes() {
        let option = "/rustc/1/library/core/src/option.rs";
        assert!(is_verdict(option, GRANT, LINE));
        for comparison in [
            "",
            "/rustc/1/library/core/src/slice/cmp.rs",
            "/rustc/1/library/core/src/array/equality.rs",
            "/r/subtle-2.6.1/src/lib.rs",
            "/a/crates/stopgap/src/digest.rs",
        ] {
            assert!(!is_verdict(comparison, GRANT, LINE), "{comparison}");
        }
        let below = "let shown_at = first_second(found, &zoned.timezone())?;";
        let chrono = "/r/chrono-0.4.45/src/naive/date/mod.rs";
        assert!(is_verdict(chrono, AGENT, below));
    }
}
