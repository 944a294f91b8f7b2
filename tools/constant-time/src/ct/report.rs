//! The reports of memcheck, in XML.

use std::{fs, path::Path};

use roxmltree::{Document, Node};

/// One report.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// `UninitCondition` for a branch, `UninitValue` for an index.
    pub(super) kind: String,
    /// The calls, the innermost first; inlined calls have their own.
    pub(super) frames: Vec<Frame>,
}

/// One call.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) function: String,
    /// The folder and the file, as the compiler saw them; empty if unknown.
    pub(super) file: String,
    pub(super) line: usize,
    /// The text of the line; empty if the file does not exist here.
    pub(super) text: String,
}

/// Reads the reports of a run. A run that did not end has left incomplete XML.
pub(super) fn read(xml: &str) -> Result<Vec<Report>, roxmltree::Error> {
    let document = Document::parse(xml)?;
    let reports = document
        .descendants()
        .filter(|node| node.has_tag_name("error"));
    let reports = reports.map(|report| {
        // The second stack, if there is one, is that of an allocation.
        let stack = report.children().find(|node| node.has_tag_name("stack"));
        let frames = stack.into_iter().flat_map(|stack| stack.children());
        let frames = frames.filter(|node| node.has_tag_name("frame"));
        Report {
            kind: text(report, "kind").to_owned(),
            frames: frames.map(frame).collect(),
        }
    });
    Ok(reports.collect())
}

fn frame(node: Node<'_, '_>) -> Frame {
    let file = Path::new(text(node, "dir")).join(text(node, "file"));
    let line = text(node, "line").parse().unwrap_or_default();
    let source = fs::read_to_string(&file).unwrap_or_default();
    let text_of_line = source.lines().nth(usize::saturating_sub(line, 1));
    Frame {
        function: text(node, "fn").to_owned(),
        file: file.display().to_string(),
        line,
        text: text_of_line.unwrap_or_default().trim().to_owned(),
    }
}

/// Returns the text of a child; empty if there is none.
fn text<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    let child = node.children().find(|child| child.has_tag_name(name));
    child.and_then(|child| child.text()).unwrap_or_default()
}
