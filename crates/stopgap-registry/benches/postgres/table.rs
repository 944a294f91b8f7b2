//! What is printed.

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    None,
    /// So much of the peer's, or more.
    AtLeast(f64),
    /// So much of the other's, or less.
    AtMost(f64),
}

/// The heading of a part.
pub(super) fn head(part: &str, ours: &str, peer: &str) {
    println!("\n{part:<64} {ours:>10} {peer:>10} {:>6}  target", "ratio");
}

/// Ours beside another figure.
pub(super) fn beside(name: &str, ours: f64, peer: f64, target: Target) {
    let ratio = ours / peer;
    let (wanted, holds) = match target {
        Target::None => (String::from("-"), None),
        Target::AtLeast(least) => (format!(">= {least:.2}"), Some(ratio >= least)),
        Target::AtMost(most) => (format!("<= {most:.2}"), Some(ratio <= most)),
    };
    let verdict = match holds {
        None => "",
        Some(true) => "  ok",
        Some(false) => "  MISSED",
    };
    println!("{name:<64} {ours:>10.0} {peer:>10.0} {ratio:>6.2}  {wanted}{verdict}");
}

/// A figure alone.
pub(super) fn alone(name: &str, figure: &str) {
    println!("{name:<64} {figure:>10}");
}

/// The middle one.
pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}
