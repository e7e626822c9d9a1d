//! Plays a site's evening and prints what it was: people, zones at their worst, wall time and memory.
//!
//!     cargo run --release -p sim --example world -- sites/bund [SEED] [DAYS] [PART_OF_ID]
//!
//! With a part of an id, also people in such zones and the minute's passages of such links and gates.
//!
//! Not here: sensors (`yiwang sim`).
//! Invariant: reads the folder only.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

use std::time::Instant;

use sim::demand::{self, Demand};
use sim::{Moment, World, WorldStart};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = args.first().map_or("sites/bund", String::as_str);
    let number = |at: usize| args.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    let site = read(folder);
    let demand = demand_of(folder, &site);
    let begun = Instant::now();
    let measures = sim::spells(&site, &demand);
    let start = WorldStart { site: &site, demand: &demand, seed: number(1), days: number(2) as u32, measures };
    let mut world = World::new(start).unwrap();
    let mut came = [0_u32; 4];
    let mut worst = vec![(0.0_f64, String::new(), 0.0_f64); site.zones.len()];
    let mut most = 0;
    for moment in world.by_ref() {
        let sum =
            |rows: &[sim::Passage]| rows.iter().fold([0, 0], |sum, row| [sum[0] + row.forward, sum[1] + row.backward]);
        let (gates, aside) = (sum(&moment.gates), sum(&moment.aside));
        for (total, count) in came.iter_mut().zip([gates[0], gates[1], aside[0], aside[1]]) {
            *total += count;
        }
        most = most.max(moment.people.iter().sum::<u32>());
        if moment.minute.is_multiple_of(10) {
            print_groups(&site, &moment);
            if let Some(part) = args.get(3) {
                print_places(&site, &moment, part);
            }
        }
        for (index, zone) in site.zones.iter().enumerate() {
            let Some(area) = &zone.area_m2 else { continue };
            let density = f64::from(moment.people[index]) / area.value * zone.peak_factor;
            if density > worst[index].0 {
                worst[index] = (density, moment.time.to_string(), zone.ladder.value.warning);
            }
        }
    }
    println!(
        "in by gates {} aside {}, out by gates {} aside {}, most at once {most}",
        came[0], came[2], came[1], came[3]
    );
    let mut order: Vec<usize> = (0..site.zones.len()).collect();
    order.sort_by(|a, b| (worst[*b].0 / worst[*b].2).total_cmp(&(worst[*a].0 / worst[*a].2)));
    for zone in order.into_iter().take(30) {
        let (density, time, warning) = &worst[zone];
        println!("{:24} {density:5.2} at {time}, warning from {warning}", site.zones[zone].id.as_str());
    }
    println!("{:.1} s, peak memory {} kB", begun.elapsed().as_secs_f64(), peak_kb());
}

fn print_groups(site: &city::Site, moment: &Moment) {
    let count = |group: &city::Group| group.members.iter().map(|zone| moment.people[zone.index()]).sum::<u32>();
    let groups: Vec<String> = site.groups.iter().map(|group| format!("{} {}", group.id, count(group))).collect();
    let arrivals: u32 = moment.gates.iter().chain(&moment.aside).map(|passage| passage.forward).sum();
    println!("{} {} in {arrivals} all {}", moment.time, groups.join(" "), moment.people.iter().sum::<u32>());
}

fn print_places(site: &city::Site, moment: &Moment, part: &str) {
    for (zone, people) in site.zones.iter().zip(&moment.people).filter(|(zone, _)| zone.id.as_str().contains(part)) {
        print!("  {} {people}", zone.id);
    }
    let links = site.links.iter().map(|link| link.id.to_string()).zip(&moment.links);
    let gates = site.gates.iter().map(|gate| gate.id.to_string()).zip(&moment.gates);
    for (id, passage) in links.chain(gates).filter(|(id, _)| id.contains(part)) {
        print!("  {id} {}/{}", passage.forward, passage.backward);
    }
    println!();
}

fn read(folder: &str) -> city::Site {
    let toml = std::fs::read_to_string(format!("{folder}/site.toml")).unwrap();
    let geojson = std::fs::read_to_string(format!("{folder}/site.geojson")).ok();
    let texts = formats::site::SiteTexts { toml: &toml, geojson: geojson.as_deref(), folder_name: "site" };
    let reading = formats::site::read(texts);
    reading.site.unwrap_or_else(|| panic!("{:#?}", reading.problems))
}

fn demand_of(folder: &str, site: &city::Site) -> Demand {
    let Ok(text) = std::fs::read_to_string(format!("{folder}/demand.toml")) else { return demand::usual(site) };
    let reading = demand::read(&text, site);
    reading.demand.unwrap_or_else(|| panic!("{:#?}", reading.problems))
}

/// The most memory this process has had (Linux), kB.
fn peak_kb() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.map_or_else(|| "?".to_owned(), |line| line.replace("VmHWM:", "").replace("kB", "").trim().to_owned())
}
