//! Makes a Markdown table of the measurements of `cargo bench`: ours, the floor and the
//! peers, and their ratios. `report FOLDER` reads criterion's folder.
//!
//! The time of a measurement is the 10th percentile of its samples. Other programs on the
//! machine make samples longer, so the median would measure these programs too.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use serde_json::Value;

/// The most that work should cost, as a multiple of another's, by the beginning of the
/// other's name; 1 beside other peers.
const RATIOS: [(&str, &str, f64); 6] = [
    ("verify", "floor", 2.3),
    ("redeem", "floor", 1.4),
    ("issue", "floor", 1.5),
    ("locate 5 enrolments", "floor", 1.6),
    ("digest", "hmac", 0.9),
    ("month in a zone", "chrono-tz", 1.2),
];

/// The most that work should cost in nanoseconds. 256 bytes in 256 ns are 1 GB/s.
const CEILINGS: [(&str, f64); 3] = [
    ("normalize", 25.0),
    ("normalize 256 bytes", 256.0),
    ("month in UTC", 20.0),
];

/// One sample in this many is faster than the time that counts.
const FASTER: usize = 10;

/// The times by group and by name, in nanoseconds.
type Times = BTreeMap<String, BTreeMap<String, f64>>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("report FOLDER")?;
    let mut times = Times::new();
    gather(Path::new(&folder), &mut times)?;
    if times.is_empty() {
        return Err("nothing was measured: run cargo bench".into());
    }
    println!("| the same work | ours | beside | it takes | ours to it | asked | |");
    println!("| --- | ---: | --- | ---: | ---: | ---: | --- |");
    for (group, of) in &times {
        let Some(ours) = of.get("ours") else { continue };
        let (each, shown) = (of.iter().filter(|(peer, _)| *peer != "ours"), time(*ours));
        for (peer, theirs) in each {
            let ratio = ours / theirs;
            let bound = RATIOS
                .iter()
                .find(|bound| bound.0 == group && peer.starts_with(bound.1));
            let other = (!peer.starts_with("floor")).then_some(1.0);
            let asked = bound.map(|bound| bound.2).or(other);
            let verdict = asked.map_or("", |most| verdict(ratio <= most));
            let asked = asked.map(|most| format!("{most:.1}")).unwrap_or_default();
            let theirs = time(*theirs);
            println!(
                "| {group} | {shown} | {peer} | {theirs} | {ratio:.2} | {asked} | {verdict} |"
            );
        }
        if let Some((_, most)) = CEILINGS.iter().find(|(asked, _)| asked == group) {
            let (asked, verdict) = (time(*most), verdict(ours <= most));
            println!("| {group} | {shown} | | | | {asked} | {verdict} |");
        }
    }
    for (group, of) in &times {
        let Some(name) = group.strip_prefix("growth: ") else {
            continue;
        };
        println!("\nHow cost grows, {name}:\n");
        println!("| | time | to the first |\n| ---: | ---: | ---: |");
        let points = of
            .iter()
            .filter_map(|(point, time)| Some((point.parse().ok()?, *time)));
        let points: BTreeMap<u32, f64> = points.collect();
        let first = points.values().next().copied().unwrap_or(1.0);
        for (point, found) in points {
            println!("| {point} | {} | {:.2} |", time(found), found / first);
        }
    }
    Ok(())
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "**missed**" }
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1_000.0 {
        format!("{nanoseconds:.1} ns")
    } else {
        format!("{:.2} µs", nanoseconds / 1_000.0)
    }
}

/// Returns the time of one iteration in the fast samples.
fn fast(samples: &Value) -> Option<f64> {
    let numbers = |field: &str| {
        let numbers = samples[field].as_array()?.iter();
        numbers.map(Value::as_f64).collect::<Option<Vec<_>>>()
    };
    let pairs = numbers("times")?.into_iter().zip(numbers("iters")?);
    let mut each: Vec<f64> = pairs.map(|(time, iterations)| time / iterations).collect();
    each.sort_by(f64::total_cmp);
    each.get(each.len() / FASTER).copied()
}

/// Reads every measurement below a folder.
fn gather(folder: &Path, times: &mut Times) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, times)?;
        } else if path.ends_with("new/benchmark.json") {
            let benchmark: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let samples = fs::read(path.with_file_name("sample.json"))?;
            let text = |field: &str| benchmark[field].as_str().map(str::to_owned);
            let name = text("function_id").or(text("value_str"));
            let group = times.entry(text("group_id").ok_or("no group")?);
            let time = fast(&serde_json::from_slice(&samples)?).ok_or("no samples")?;
            group.or_default().insert(name.ok_or("no name")?, time);
        }
    }
    Ok(())
}
