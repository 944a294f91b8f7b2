//! Processes and signals.

use std::{fs, io, path::Path, process::Command};

pub(crate) use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

/// Signals a process.
///
/// # Errors
///
/// There is none of that id, or it is not ours to signal.
pub(crate) fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("no process id"))?;
    Ok(kill_process(pid, signal)?)
}

/// Stops a process and then every child of it, so that none starts another meanwhile;
/// all of them.
pub(crate) fn halt(pid: u32) -> io::Result<Vec<u32>> {
    signal(pid, Signal::STOP)?;
    let children = children(pid)?;
    for child in &children {
        // It may have ended by now.
        let _ = signal(*child, Signal::STOP);
    }
    Ok(children)
}

/// The children of a process.
pub(crate) fn children(of: u32) -> io::Result<Vec<u32>> {
    let all = if Path::new("/proc/self/stat").exists() {
        by_proc()?
    } else {
        by_ps()?
    };
    let children = all.into_iter().filter(|(_, parent)| *parent == of);
    Ok(children.map(|(pid, _)| pid).collect())
}

/// Each process and its parent, as Linux has them in `/proc`.
fn by_proc() -> io::Result<Vec<(u32, u32)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(pid) = pid
            && let Ok(stat) = fs::read_to_string(entry.path().join("stat"))
            && let Some(parent) = parent(&stat)
        {
            found.push((pid, parent));
        }
    }
    Ok(found)
}

/// The second field after the name, which stands in brackets and may hold any.
fn parent(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
}

fn by_ps() -> io::Result<Vec<(u32, u32)>> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid="])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let pairs = text.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    Ok(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_brackets() {
        assert_eq!(parent("12 (postgres) S 7 12 12 0"), Some(7));
        assert_eq!(parent("12 (odd) R 1 (x) S 8 12"), Some(8));
        assert_eq!(parent(""), None);
    }

    #[test]
    fn this_process_has_the_children_it_starts() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let found = children(std::process::id()).unwrap();
        assert!(found.contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
