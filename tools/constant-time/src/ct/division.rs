//! Divisions: the time of one depends on its operands, which neither memcheck nor
//! callgrind sees. So no code that handles secrets may divide.

use std::{path::Path, process::Command};

use crate::tool::Wrong;

/// Parts of the names of functions that handle secrets. The functions of this program are
/// among them, because the compiler may inline those of the product into them.
const WATCHED: [&str; 11] = [
    "base16ct",
    "block_buffer",
    "constant_time",
    "crc",
    "digest",
    "hkdf",
    "hmac",
    "sha2",
    "stopgap",
    "subtle",
    "zeroize",
];

/// The name of the control, which must be found.
const CONTROL: &str = "by_division";

/// Returns the number of functions that were read, if only the control divides.
pub(super) fn none(program: &Path) -> Result<usize, Wrong> {
    let mut objdump = Command::new("objdump");
    let objdump = objdump.args(["--disassemble", "--no-show-raw-insn"]);
    let output = objdump.arg(program).output()?;
    if !output.status.success() {
        return Err(format!("objdump: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    judge(&String::from_utf8(output.stdout)?).map_err(Wrong::from)
}

fn judge(assembly: &str) -> Result<usize, String> {
    let (mut functions, mut control) = (0_usize, false);
    // A blank line separates functions. A function is `0000000000001000 <name>:` and a
    // line for each instruction.
    for function in assembly.split("\n\n") {
        let (name, body) = function.split_once(">:\n").unwrap_or_default();
        if !WATCHED.iter().any(|watched| name.contains(watched)) {
            continue;
        }
        functions = functions.saturating_add(1);
        match body.lines().find(|line| divides(line)) {
            Some(_) if name.contains(CONTROL) => control = true,
            Some(line) => return Err(format!("{name}> divides: {}", line.trim())),
            None => {}
        }
    }
    control
        .then_some(functions)
        .ok_or_else(|| "the control division was not found".into())
}

/// Returns `true` for a division of integers: `  12ab:  divl  %ecx`.
fn divides(line: &str) -> bool {
    let mnemonic = line.split_whitespace().nth(1).unwrap_or_default();
    let unsigned = mnemonic.strip_prefix('i').unwrap_or(mnemonic);
    matches!(unsigned, "div" | "divb" | "divw" | "divl" | "divq")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTROLLED: &str = "0000000000001000 <_RNvNtC13constant_time7control11by_division>:\n    \
        1000:\tdivl   (%rdi)\n";

    #[test]
    fn a_division_is_found() {
        let with = |function, instruction| {
            judge(&format!(
                "{CONTROLLED}\n0000000000002000 <{function}>:\n    2000:\t{instruction}\n"
            ))
        };
        for division in ["div    %ecx", "idiv   %rcx", "divq   0x8(%rsp)"] {
            assert!(with("_RNv7stopgap12check_symbol", division).is_err());
            assert_eq!(with("_RNv4core3fmt", division), Ok(1));
        }
        for other in ["divsd  %xmm1,%xmm0", "mul    %rcx", "mov    %rdi,%rax"] {
            assert_eq!(with("_RNv7stopgap12check_symbol", other), Ok(2));
        }
    }

    #[test]
    fn the_control_must_be_found() {
        assert!(judge("").is_err());
        assert!(judge(&CONTROLLED.replace("divl", "mull")).is_err());
    }
}
