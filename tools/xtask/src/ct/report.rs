//! What memcheck reports, as it writes it in XML: a tag to a line.

/// One report.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// `UninitCondition` for a branch, `UninitValue` for an index.
    pub(super) kind: String,
    /// Where it happened, the innermost call first; inlined calls have their own.
    pub(super) frames: Vec<Frame>,
}

/// One call.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) function: String,
    /// Folder and file, as the compiler saw them; empty where there are no lines.
    pub(super) file: String,
    pub(super) line: usize,
}

/// The reports of a run that came to its end.
pub(super) fn read(xml: &str) -> Result<Vec<Report>, String> {
    if !xml.contains("<state>FINISHED</state>") {
        return Err("memcheck did not come to its end".into());
    }
    let reports = xml.split("<error>").skip(1);
    Ok(reports
        .map(|report| read_one(before(report, "</error>")))
        .collect())
}

fn read_one(xml: &str) -> Report {
    // Behind the first stack may stand another one, of where a block came from.
    let stack = before(xml, "</stack>");
    let frames = stack.split("<frame>").skip(1).map(|frame| {
        let file = match (tag(frame, "dir"), tag(frame, "file")) {
            (Some(folder), Some(file)) => format!("{folder}/{file}"),
            (None, Some(file)) => file,
            (_, None) => String::new(),
        };
        Frame {
            function: tag(frame, "fn").unwrap_or_default(),
            file,
            line: tag(frame, "line")
                .and_then(|line| line.parse().ok())
                .unwrap_or_default(),
        }
    });
    Report {
        kind: tag(xml, "kind").unwrap_or_default(),
        frames: frames.collect(),
    }
}

fn before<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or(text, |(before, _)| before)
}

/// What stands between `<name>` and `</name>`, first.
fn tag(xml: &str, name: &str) -> Option<String> {
    let (_, behind) = xml.split_once(&format!("<{name}>"))?;
    let (inside, _) = behind.split_once(&format!("</{name}>"))?;
    Some(
        inside
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_in_their_order() {
        let xml = "<error>\n<kind>UninitCondition</kind>\n<stack>\n\
            <frame><ip>0x1</ip><fn>check&lt;&amp;str&gt;</fn>\n<dir>/a/src</dir>\n\
            <file>grant.rs</file><line>116</line></frame>\n\
            <frame><fn>bcmp</fn></frame>\n</stack>\n<stack><frame></frame></stack></error>\n\
            <status><state>FINISHED</state></status>";
        let reports = read(xml).unwrap();
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].kind, "UninitCondition");
        assert_eq!(reports[0].frames.len(), 2);
        assert_eq!(reports[0].frames[0].function, "check<&str>");
        assert_eq!(reports[0].frames[0].file, "/a/src/grant.rs");
        assert_eq!(reports[0].frames[0].line, 116);
        assert_eq!(reports[0].frames[1].file, "");
    }

    #[test]
    fn cut_off() {
        assert!(read("<error></error>").is_err());
    }
}
