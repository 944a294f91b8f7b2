//! The printed table: a figure, the peer's, their ratio, and the target.

/// The least or the most that a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// No target.
    None,
    /// At least this multiple of the peer's figure.
    AtLeast(f64),
    /// At most this multiple of the peer's figure.
    AtMost(f64),
    /// At most this figure, regardless of the peer's.
    Below(f64),
}

/// Prints the heading of a part.
pub(crate) fn head(part: &str, ours: &str, peer: &str) {
    println!("\n{part:<64} {ours:>10} {peer:>10} {:>6}  target", "ratio");
}

/// Prints a figure beside that of the peer.
pub(crate) fn beside(name: &str, ours: f64, peer: f64, target: Target) {
    let ratio = ours / peer;
    let (wanted, holds) = match target {
        Target::None => (String::from("-"), None),
        Target::AtLeast(least) => (format!(">= {least:.2}"), Some(ratio >= least)),
        Target::AtMost(most) => (format!("<= {most:.2}"), Some(ratio <= most)),
        Target::Below(most) => (format!("{most:.0}"), Some(ours <= most)),
    };
    let verdict = match holds {
        None => "",
        Some(true) => "  ok",
        Some(false) => "  MISSED",
    };
    println!("{name:<64} {ours:>10.0} {peer:>10.0} {ratio:>6.2}  {wanted}{verdict}");
}

/// Prints a figure alone.
pub(crate) fn alone(name: &str, figure: &str) {
    println!("{name:<64} {figure:>10}");
}

/// Returns the middle figure.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}
