//! Makes a table of what `cargo bench` left: ours, the floor and the peers, and their
//! ratios, as Markdown. `report FOLDER` where the folder is criterion's.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// What the work may cost, as a multiple of its floor or its peer.
const FLOORS: [(&str, &str, f64); 5] = [
    ("verify", "floor", 2.0),
    ("redeem", "floor", 1.5),
    ("issue", "floor", 1.5),
    ("locate 5 enrolments", "floor", 1.5),
    ("month in a zone", "chrono-tz", 1.2),
];

/// What it may cost in nanoseconds. 256 bytes in as many are 1 GB/s.
const CEILINGS: [(&str, f64); 3] = [
    ("normalize", 25.0),
    ("normalize 256 bytes", 256.0),
    ("month in UTC", 20.0),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("report FOLDER")?;
    let mut medians: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    gather(Path::new(&folder), &mut medians)?;
    if medians.is_empty() {
        return Err("nothing was measured: cargo bench first".into());
    }
    println!("| the same work | ours | beside | it takes | ours to it | asked | |");
    println!("| --- | ---: | --- | ---: | ---: | ---: | --- |");
    for (group, of) in medians
        .iter()
        .filter(|(group, _)| !group.starts_with("growth"))
    {
        let Some(ours) = of.get("ours") else { continue };
        for (peer, theirs) in of.iter().filter(|(peer, _)| *peer != "ours") {
            let ratio = ours / theirs;
            let asked = FLOORS
                .iter()
                .find(|(asked, beside, _)| asked == group && beside == peer)
                .map(|(_, _, most)| *most)
                .or((peer != "floor" && peer != "chrono").then_some(1.0));
            let verdict = asked.map_or("", |most| verdict(ratio <= most));
            let asked = asked.map(|most| format!("{most:.1}")).unwrap_or_default();
            println!(
                "| {group} | {} | {peer} | {} | {ratio:.2} | {asked} | {verdict} |",
                time(*ours),
                time(*theirs)
            );
        }
        if let Some((_, most)) = CEILINGS.iter().find(|(asked, _)| asked == group) {
            let verdict = verdict(*ours <= *most);
            println!(
                "| {group} | {} | | | | {} | {verdict} |",
                time(*ours),
                time(*most)
            );
        }
    }
    for (group, of) in medians
        .iter()
        .filter(|(group, _)| group.starts_with("growth"))
    {
        println!("\n{}:", group.replace("growth: ", "How cost grows, "));
        println!();
        let mut points: Vec<_> = of
            .iter()
            .filter_map(|(point, time)| Some((point.parse::<u32>().ok()?, *time)))
            .collect();
        points.sort_by_key(|(point, _)| *point);
        let first = points.first().map_or(1.0, |(_, time)| *time);
        println!("| | time | to the first |\n| ---: | ---: | ---: |");
        for (point, nanoseconds) in points {
            println!(
                "| {point} | {} | {:.2} |",
                time(nanoseconds),
                nanoseconds / first
            );
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
fn gather(
    folder: &Path,
    medians: &mut BTreeMap<String, BTreeMap<String, f64>>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            gather(&path, medians)?;
        } else if path.ends_with("new/benchmark.json") {
            let benchmark: Benchmark = serde_json::from_slice(&fs::read(&path)?)?;
            let estimates = path.with_file_name("estimates.json");
            let estimates: Estimates = serde_json::from_slice(&fs::read(estimates)?)?;
            let name = benchmark
                .function_id
                .or(benchmark.value_str)
                .unwrap_or_default();
            let group = medians.entry(benchmark.group_id).or_default();
            group.insert(name, estimates.median.point_estimate);
        }
    }
    Ok(())
}
