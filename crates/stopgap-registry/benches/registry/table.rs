//! What is printed: ours, the peer's, and what is asked for.

use std::time::{Duration, Instant};

/// How long something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

/// The middle one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// Nothing; the line is there to be known.
    None,
    /// So much of the peer's speed, or more.
    Speed(f64),
    /// So much of the other time, or less.
    Within(f64),
    /// So long, or shorter.
    Longest(Duration),
    /// So many MiB, or fewer.
    Mebibytes(f64),
}

/// The heading.
pub(crate) fn head() {
    println!(
        "\n{:<52} {:>10} {:>10} {:>7}  target",
        "", "ours", "peer", "ratio"
    );
}

/// Ours beside the peer's, by their times.
pub(crate) fn beside(name: &str, ours: Duration, peer: Duration, target: Target) {
    let (quotient, wanted, holds) = match target {
        Target::Speed(least) => {
            let speed = peer.as_secs_f64() / ours.as_secs_f64();
            (speed, format!(">= {least:.2}"), speed >= least)
        }
        Target::Within(most) => {
            let slower = ours.as_secs_f64() / peer.as_secs_f64();
            (slower, format!("<= {most:.2}"), slower <= most)
        }
        _ => {
            let speed = peer.as_secs_f64() / ours.as_secs_f64();
            (speed, String::from("-"), true)
        }
    };
    let (ours, peer) = (text(ours), text(peer));
    let verdict = verdict(holds, target);
    println!("{name:<52} {ours:>10} {peer:>10} {quotient:>7.2}  {wanted}{verdict}");
}

/// Ours alone.
pub(crate) fn alone(name: &str, ours: Duration, target: Target) {
    let (wanted, holds) = match target {
        Target::Longest(most) => (format!("<= {}", text(most)), ours <= most),
        _ => (String::from("-"), true),
    };
    let ours = text(ours);
    let verdict = verdict(holds, target);
    println!(
        "{name:<52} {ours:>10} {:>10} {:>7}  {wanted}{verdict}",
        "", ""
    );
}

/// A peak of memory.
pub(crate) fn memory(name: &str, mebibytes: f64, target: Target) {
    let (wanted, holds) = match target {
        Target::Mebibytes(most) => (format!("<= {most} MiB"), mebibytes <= most),
        _ => (String::from("-"), true),
    };
    let ours = format!("{mebibytes:.1} MiB");
    let verdict = verdict(holds, target);
    println!(
        "{name:<52} {ours:>10} {:>10} {:>7}  {wanted}{verdict}",
        "", ""
    );
}

const fn verdict(holds: bool, target: Target) -> &'static str {
    match target {
        Target::None => "",
        _ if holds => "  ok",
        _ => "  MISSED",
    }
}

fn text(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1_000.0 {
        format!("{micros:.2} us")
    } else if micros < 1_000_000.0 {
        format!("{:.2} ms", micros / 1e3)
    } else {
        format!("{:.2} s", micros / 1e6)
    }
}
