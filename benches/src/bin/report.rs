//! Makes a Markdown table of what `cargo bench` measured: ours, the floor and the peers,
//! and their ratios. `report FOLDER` reads criterion's folder.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use serde_json::Value;

/// The most that work should cost, as a multiple of another's; 1 beside other peers.
const RATIOS: [(&str, &str, f64); 5] = [
    ("verify", "floor", 2.0),
    ("redeem", "floor", 1.5),
    ("issue", "floor", 1.5),
    ("locate 5 enrolments", "floor", 1.5),
    ("month in a zone", "chrono-tz", 1.2),
];

/// The most that work should cost in nanoseconds. 256 bytes in as many are 1 GB/s.
const CEILINGS: [(&str, f64); 3] = [
    ("normalize", 25.0),
    ("normalize 256 bytes", 256.0),
    ("month in UTC", 20.0),
];

/// The medians by group and by name.
type Medians = BTreeMap<String, BTreeMap<String, f64>>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("report FOLDER")?;
    let mut medians = Medians::new();
    gather(Path::new(&folder), &mut medians)?;
    if medians.is_empty() {
        return Err("nothing was measured: run cargo bench".into());
    }
    println!("| the same work | ours | beside | it takes | ours to it | asked | |");
    println!("| --- | ---: | --- | ---: | ---: | ---: | --- |");
    for (group, of) in &medians {
        let Some(ours) = of.get("ours") else { continue };
        let (each, shown) = (of.iter().filter(|(peer, _)| *peer != "ours"), time(*ours));
        for (peer, theirs) in each {
            let ratio = ours / theirs;
            let bound = RATIOS
                .iter()
                .find(|bound| (bound.0, bound.1) == (group, peer));
            let other = (peer != "floor").then_some(1.0);
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
    for (group, of) in &medians {
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
        for (point, median) in points {
            println!("| {point} | {} | {:.2} |", time(median), median / first);
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

/// Reads every measurement below a folder.
fn gather(folder: &Path, medians: &mut Medians) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, medians)?;
        } else if path.ends_with("new/benchmark.json") {
            let benchmark: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let estimates = fs::read(path.with_file_name("estimates.json"))?;
            let estimates: Value = serde_json::from_slice(&estimates)?;
            let text = |field: &str| benchmark[field].as_str().map(str::to_owned);
            let name = text("function_id").or(text("value_str"));
            let median = estimates["median"]["point_estimate"].as_f64();
            let group = medians
                .entry(text("group_id").ok_or("no group")?)
                .or_default();
            group.insert(name.ok_or("no name")?, median.ok_or("no median")?);
        }
    }
    Ok(())
}
