//! Divisions: how long one takes depends on what is divided, which neither memcheck nor
//! callgrind sees. So there is none in all of the code that handles secrets.

use std::{path::Path, process::Command};

use crate::step::output;

/// What stands in the names of functions that handle secrets; the program's own are
/// among them, because what they call may have become part of them.
const WATCHED: [&str; 7] = [
    "base16ct",
    "constant_time",
    "hmac",
    "sha2",
    "stopgap",
    "subtle",
    "zeroize",
];

/// The control: it must be found, and is no part of the product.
const CONTROL: &str = "by_division";

/// That no function but the control divides; how many were looked at.
pub(super) fn none(program: &Path) -> Result<usize, String> {
    let mut disassemble = Command::new("objdump");
    disassemble
        .args(["--disassemble", "--no-show-raw-insn"])
        .arg(program);
    judge(&output(disassemble)?)
}

fn judge(assembly: &str) -> Result<usize, String> {
    let (mut function, mut functions, mut control) = ("", 0_usize, false);
    for line in assembly.lines() {
        if let Some((_, name)) = line.split_once(" <")
            && let Some(name) = name.strip_suffix(">:")
        {
            function = name;
            functions = functions.saturating_add(usize::from(is_watched(name)));
        } else if is_watched(function) && divides(line) {
            if !function.contains(CONTROL) {
                return Err(format!("{function} divides: {}", line.trim()));
            }
            control = true;
        }
    }
    if control {
        Ok(functions)
    } else {
        Err("the control division was not found".into())
    }
}

fn is_watched(function: &str) -> bool {
    WATCHED.iter().any(|watched| function.contains(watched))
}

/// Whether a line of objdump's is a division of integers: `  12ab:  divl  %ecx`.
fn divides(line: &str) -> bool {
    let instruction = line
        .split_once('\t')
        .map_or("", |(_, instruction)| instruction);
    let mnemonic = instruction.split_whitespace().next().unwrap_or_default();
    let unsigned = mnemonic.strip_prefix('i').unwrap_or(mnemonic);
    matches!(unsigned, "div" | "divb" | "divw" | "divl" | "divq")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROLLED: &str = "0000000000001000 <_RNvNtC13constant_time7control11by_division>:\n    \
        1000:\tdivl   (%rdi)\n";

    fn with(function: &str, instruction: &str) -> Result<usize, String> {
        judge(&format!(
            "{CONTROLLED}\n0000000000002000 <{function}>:\n    2000:\t{instruction}\n"
        ))
    }

    #[test]
    fn divisions() {
        for division in ["div    %ecx", "idiv   %rcx", "divq   0x8(%rsp)"] {
            assert!(with("_RNv7stopgap12check_symbol", division).is_err());
            assert_eq!(with("_RNv4core3fmt", division), Ok(1));
        }
    }

    #[test]
    fn others() {
        for other in ["divsd  %xmm1,%xmm0", "mul    %rcx", "mov    %rdi,%rax"] {
            assert_eq!(with("_RNv7stopgap12check_symbol", other), Ok(2));
        }
    }

    #[test]
    fn the_control_must_be_there() {
        assert!(judge("").is_err());
        assert!(judge(&CONTROLLED.replace("divl", "mull")).is_err());
    }
}
