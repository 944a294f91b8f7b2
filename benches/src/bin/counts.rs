//! Does one piece of work, so that callgrind can count its instructions. It counts only
//! those in `measured`. `counts list` prints the names.

use std::{hint::black_box, process::ExitCode};

use stopgap_benches::work::{Measure, all};

/// The control, which does one piece of work twice.
const TWICE: (&str, &str) = ("verify", "verify twice");

/// Callgrind counts only the instructions in this function.
#[inline(never)]
fn measured<R>(work: impl FnOnce() -> R) {
    black_box(work());
}

/// The name of the wanted work, and whether it was done.
struct Count(String, bool);

impl Measure for Count {
    fn work<R>(&mut self, name: &str, mut work: impl FnMut() -> R) {
        if (name, self.0.as_str()) == TWICE {
            measured(|| (work(), work()));
            self.1 = true;
        }
        self.fresh(name, || (), |()| work());
    }

    fn fresh<N, R>(
        &mut self,
        name: &str,
        mut new: impl FnMut() -> N,
        mut work: impl FnMut(&mut N) -> R,
    ) {
        if self.0 == "list" {
            println!("{name}");
        } else if self.0 == name {
            let mut new = new();
            measured(|| work(&mut new));
            self.1 = true;
        }
    }
}

fn main() -> ExitCode {
    let mut count = Count(std::env::args().nth(1).unwrap_or_default(), false);
    all(&mut count);
    if count.0 == "list" {
        println!("{}", TWICE.1);
    } else if !count.1 {
        eprintln!("counts NAME, or counts list");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}
