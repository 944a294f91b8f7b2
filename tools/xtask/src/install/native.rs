//! The libraries that a program with the static library needs.

/// The flags that rustc names, in their order.
pub(super) struct Native(Vec<String>);

/// Reads the flags from the output of `rustc --print native-static-libs`.
pub(super) fn read(told: &str) -> Result<Native, String> {
    let native = told
        .lines()
        .find_map(|line| line.split_once("native-static-libs:"));
    let (_, native) = native.ok_or("rustc did not name the libraries to link")?;
    Ok(Native(
        native.split_whitespace().map(str::to_owned).collect(),
    ))
}

impl Native {
    /// `true` if the program needs Rust's own unwinder, which C compilers do not have.
    pub(super) fn needs_unwinder(&self) -> bool {
        self.0.iter().any(|flag| flag == "-lunwind")
    }

    /// Returns each flag once, at its last place, without those of the C compiler: it
    /// chooses the unwinder of GCC itself, which is another file for `-static`. The crate
    /// libc asks for iconv on macOS, and the library calls none of its functions.
    pub(super) fn flags(&self) -> String {
        let (mut kept, mut flags) = (Vec::new(), self.0.clone());
        while let Some(flag) = flags.pop() {
            let chosen = ["-lc", "-lgcc_s", "-liconv", "-lunwind"].contains(&flag.as_str());
            if !chosen && !kept.contains(&flag) {
                kept.push(flag);
            }
        }
        kept.reverse();
        kept.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_the_compiler_are_left_out() {
        let told = "note: link against the following\n\n\
            note: native-static-libs: -lc -lm -lrt -lpthread -lgcc_s -lutil -lrt -lpthread -lm \
            -ldl -lc\n";
        let native = read(told).unwrap();
        assert_eq!(native.flags(), "-lutil -lrt -lpthread -lm -ldl");
        assert!(!native.needs_unwinder());
        let native = read("note: native-static-libs: -lunwind -lc\n").unwrap();
        assert_eq!(native.flags(), "");
        assert!(native.needs_unwinder());
        assert_eq!(read("native-static-libs:\n").unwrap().flags(), "");
        assert!(read("warning: unused").is_err());
    }
}
