//! Fits the Bund evening's demand to what is known of it: arrivals so that the greater area follows its curve, weights
//! of places so that the zones keep their shares, stays so that 360,000 come from 16:00.
//!
//!     cargo run --release -p sim --example fit_demand -- sites/bund [ROUNDS]
//!
//! It prints `per_min`, the medians of the stays and the zones' weights, to be put into `demand.toml` by hand.
//!
//! Not here: the world. Nobody is moved: only the demand changes from round to round.
//! Invariant: the fit runs without the seed's variation, so that it is of the mean evening.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers")]

use city::{Access, Site};
use sim::demand::{self, Demand, Points, Vary};
use sim::{Moment, World, WorldStart};

/// People in the greater area by minutes after 16:00: the peak at 18:50 is a fact, the rest of the shape an assumption.
const GREATER: [(f64, f64); 18] = [
    (0.0, 118_000.0),
    (30.0, 131_000.0),
    (60.0, 148_000.0),
    (90.0, 168_000.0),
    (120.0, 191_000.0),
    (150.0, 213_000.0),
    (161.0, 217_500.0),
    (170.0, 220_000.0),
    (179.0, 217_500.0),
    (190.0, 213_500.0),
    (210.0, 204_500.0),
    (240.0, 182_000.0),
    (270.0, 152_000.0),
    (300.0, 122_000.0),
    (330.0, 92_000.0),
    (360.0, 64_000.0),
    (390.0, 38_000.0),
    (420.0, 18_000.0),
];
/// People in the core at 18:50: a fact.
const CORE_AT_PEAK: f64 = 72_000.0;
const PEAK_MINUTE: usize = 170;
/// Arrivals from 16:00: 550,000 visits of the day less 190,000 before.
const ARRIVALS: f64 = 360_000.0;
/// When the zones are held against their shares: before the decided measures, and at the peak.
const LOOKS: [usize; 2] = [115, PEAK_MINUTE];
/// Density of the opened road relative to the core's mean, and what a place beside it keeps: assumptions.
const ROAD_SHARE: f64 = 0.6;
const RELIEF: f64 = 0.8;
/// Minutes between the points of the arrivals' curve.
const SPAN_MIN: usize = 10;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = args.first().map_or("sites/bund", String::as_str);
    let rounds = args.get(1).and_then(|text| text.parse().ok()).unwrap_or(12);
    let site = read(folder);
    let text = std::fs::read_to_string(format!("{folder}/demand.toml")).unwrap();
    let reading = demand::read(&text, &site);
    let mut demand = reading.demand.unwrap_or_else(|| panic!("{:#?}", reading.problems));
    let kept = demand.vary;
    demand.vary = Vary::default();
    let curve = Points(GREATER.to_vec());
    let minutes = demand.minutes as usize;
    let old = demand.arrivals_per_min.clone();
    let centres = (0..minutes / SPAN_MIN).map(|span| (span * SPAN_MIN + SPAN_MIN / 2) as f64);
    demand.arrivals_per_min = Points(centres.map(|minute| (minute, old.at(minute))).collect());
    for round in 0..rounds {
        let seed = 1 + round as u64;
        let run = Run::of(&site, &demand, seed);
        run.print(&site, round);
        adjust_arrivals(&mut demand, &run, &curve);
        adjust_stays(&mut demand, &run, round);
        adjust_places(&mut demand, &run, &site);
    }
    demand.vary = kept;
    print(&site, &demand);
}

/// What a run was.
struct Run {
    people: Vec<Vec<f64>>,
    greater: Vec<f64>,
    core: Vec<f64>,
    came: f64,
}

impl Run {
    fn of(site: &Site, demand: &Demand, seed: u64) -> Self {
        let measures = sim::spells(site, demand);
        let moments: Vec<Moment> = World::new(WorldStart { site, demand, seed, days: 1, measures }).unwrap().collect();
        let group = |id: &str| {
            let members = &site.groups[site.group_ix(&id.into()).unwrap().index()].members;
            let count = |moment: &Moment| members.iter().map(|zone| f64::from(moment.people[zone.index()])).sum();
            moments.iter().map(count).collect::<Vec<f64>>()
        };
        let came = moments.iter().flat_map(|moment| moment.gates.iter().chain(&moment.aside));
        Self {
            greater: group("greater"),
            core: group("waterfront"),
            came: came.map(|passage| f64::from(passage.forward)).sum(),
            people: moments
                .iter()
                .map(|moment| moment.people.iter().map(|count| f64::from(*count)).collect())
                .collect(),
        }
    }

    fn peak(&self) -> (usize, f64) {
        let rows = self.greater.iter().copied().enumerate();
        rows.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
    }

    fn print(&self, site: &Site, round: usize) {
        let (minute, most) = self.peak();
        let off = |zone: usize, look: usize| {
            let target = targets(site, self, look)[zone];
            if target > 0.0 { (self.people[look][zone] / target - 1.0).abs() } else { 0.0 }
        };
        let mean =
            |look: usize| (0..site.zones.len()).map(|zone| off(zone, look)).sum::<f64>() / site.zones.len() as f64;
        println!(
            "# round {round}: peak {most} at {minute}, core {} at 18:50, came {}, zones off by {:.3} and {:.3}",
            self.core[PEAK_MINUTE],
            self.came,
            mean(LOOKS[0]),
            mean(LOOKS[1])
        );
    }
}

/// Arrivals make up for what the greater area misses of its curve in each span.
fn adjust_arrivals(demand: &mut Demand, run: &Run, curve: &Points) {
    let miss = |minute: usize| curve.at(minute as f64) - run.greater[minute];
    for (span, point) in demand.arrivals_per_min.0.iter_mut().enumerate() {
        let (from, to) = (span * SPAN_MIN, (span + 1) * SPAN_MIN);
        // What is missing at the end comes in part from earlier spans, hence a little of the level too.
        let rate = (miss(to) - miss(from)) / SPAN_MIN as f64 + 0.15 * miss(to) / SPAN_MIN as f64;
        point.1 = (point.1 + 0.5 * rate).max(20.0);
    }
}

/// Longer stays everywhere when too many must come to keep the curve; longer in the core when it holds too few.
fn adjust_stays(demand: &mut Demand, run: &Run, round: usize) {
    if round < 2 {
        return;
    }
    let longer = libm::pow((run.came / ARRIVALS).clamp(0.8, 1.25), 0.6);
    let core_share = run.core[PEAK_MINUTE] / run.greater[PEAK_MINUTE];
    let in_core = libm::pow((CORE_AT_PEAK / 220_000.0 / core_share).clamp(0.7, 1.4), 0.6);
    for attraction in &mut demand.attractions {
        let own = if attraction.id == "river" { in_core } else { 1.0 / libm::sqrt(in_core) };
        attraction.stay_median_min *= longer * own;
    }
}

fn adjust_places(demand: &mut Demand, run: &Run, site: &Site) {
    let wanted = LOOKS.map(|look| targets(site, run, look));
    for attraction in &mut demand.attractions {
        for (zone, weight) in &mut attraction.zones {
            let zone = zone.index();
            let ratio = |look: usize| {
                let (target, is) = (wanted[look][zone], run.people[LOOKS[look]][zone]);
                (target > 0.0).then(|| (target / is.max(1.0)).clamp(0.5, 2.0))
            };
            let factor = match (ratio(0), ratio(1)) {
                (Some(a), Some(b)) => libm::pow(a, 0.7) * libm::pow(b, 0.3),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => 1.0,
            };
            *weight *= libm::pow(factor, 0.5);
        }
        let total: f64 = attraction.zones.iter().map(|zone| zone.1).sum();
        attraction.zones.iter_mut().for_each(|zone| zone.1 *= 100.0 / total);
    }
}

/// People each zone should have at a minute: the core's and the rest's totals shared by the people at 16:00.
fn targets(site: &Site, run: &Run, minute: usize) -> Vec<f64> {
    let core = &site.groups[site.group_ix(&"waterfront".into()).unwrap().index()].members;
    let opened = minute >= 140;
    let in_core: Vec<bool> = (0..site.zones.len()).map(|zone| core.iter().any(|ix| ix.index() == zone)).collect();
    let area = |zone: usize| site.zones[zone].area_m2.as_ref().map_or(0.0, |area| area.value);
    let is_road = |zone: usize| site.zones[zone].access == Access::VehicleUntilOpened;
    let sum = |of: &dyn Fn(usize) -> f64| {
        (0..site.zones.len()).filter(|zone| in_core[*zone] && !is_road(*zone)).map(of).sum::<f64>()
    };
    let density = sum(&|zone| site.zones[zone].initial.value.people) / sum(&area);
    let beside = |zone: usize| {
        let road = |ix: city::ZoneIx| is_road(ix.index()) && in_core[ix.index()];
        site.links
            .iter()
            .any(|link| (link.from.index() == zone && road(link.to)) || (link.to.index() == zone && road(link.from)))
    };
    let pull = |zone: usize| match (is_road(zone), in_core[zone]) {
        (true, true) if opened => area(zone) * density * ROAD_SHARE,
        (true, _) => 0.0,
        (false, _) if opened && beside(zone) => RELIEF * site.zones[zone].initial.value.people,
        (false, _) => site.zones[zone].initial.value.people,
    };
    let pulls: Vec<f64> = (0..site.zones.len()).map(pull).collect();
    let total =
        |inside: bool| (0..pulls.len()).filter(|zone| in_core[*zone] == inside).map(|zone| pulls[zone]).sum::<f64>();
    let people = [run.greater[minute] - run.core[minute], run.core[minute]];
    let totals = [total(false), total(true)];
    (0..pulls.len())
        .map(|zone| people[usize::from(in_core[zone])] * pulls[zone] / totals[usize::from(in_core[zone])])
        .collect()
}

fn print(site: &Site, demand: &Demand) {
    let points: Vec<String> = demand.arrivals_per_min.0.iter().map(|(x, y)| format!("[{x:.0}, {y:.0}]")).collect();
    println!("per_min = [\n  {},\n]", points.chunks(8).map(|row| row.join(", ")).collect::<Vec<_>>().join(",\n  "));
    for attraction in &demand.attractions {
        println!("id = \"{}\"", attraction.id);
        println!(
            "stay_median_min = {:.1}\nstay_most_min = {:.0}",
            attraction.stay_median_min, attraction.stay_most_min
        );
        for (zone, weight) in &attraction.zones {
            println!("{} = {weight:.3}", site.zones[zone.index()].id);
        }
    }
}

fn read(folder: &str) -> Site {
    let toml = std::fs::read_to_string(format!("{folder}/site.toml")).unwrap();
    let geojson = std::fs::read_to_string(format!("{folder}/site.geojson")).ok();
    let texts = formats::site::SiteTexts { toml: &toml, geojson: geojson.as_deref(), folder_name: "site" };
    formats::site::read(texts).site.unwrap()
}
