//! Scores as a page of text, for whoever tunes.
//!
//! Not here: the scores.
//! Invariant: nothing is printed that the JSON does not hold.

use super::accuracy::Figures;
use super::compare::Scores;
use super::faults::FaultScores;
use super::rates::{LearningScores, RateScores};

/// Zones that are named: so many of the least covered, and so many of the most.
const NAMED: (usize, usize) = (8, 4);
/// The range in which the coverage of a zone's 90 % interval should lie.
const FAIR: std::ops::RangeInclusive<f64> = 0.80..=0.97;

/// Prints how the engine did, with the baselines' figures among its own.
pub fn page(truth: &Scores, naive: &Scores, raw_area: &Scores) {
    heading();
    line("all zones", &truth.all);
    for row in &truth.by_level {
        line(&format!("level {}", format!("{:?}", row.level).to_lowercase()), &row.figures);
    }
    line("before peaks", &truth.before_peak);
    if let Some(figures) = &truth.during_faults {
        line("during faults", figures);
    }
    for (name, scores) in [("", truth), ("naive ", naive), ("raw ", raw_area)] {
        for row in &scores.by_group {
            line(&format!("{name}{}", row.group), &row.figures);
        }
    }
    line("naive all zones", &naive.all);
    line("raw all zones", &raw_area.all);
    zones(truth);
}

/// Prints a line or more for each seed.
pub fn seeds(seeds: &[(u64, &Scores, f64)]) {
    println!();
    heading();
    for (seed, scores, wall_s) in seeds {
        line(&format!("seed {seed}, {wall_s:.1} s"), &scores.all);
        for row in &scores.by_group {
            line(&format!("  {}", row.group), &row.figures);
        }
    }
}

fn heading() {
    println!(
        "{:<24}{:>9}{:>9}{:>8}{:>8}{:>10}{:>9}{:>10}{:>9}{:>10}{:>9}",
        "", "mae", "bias", "in 50", "in 90", "width", "width %", "peak mae%", "width %", "missed", "unknown"
    );
}

fn line(name: &str, figures: &Figures) {
    let people = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    let percent = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.2}", value * 100.0));
    println!(
        "{name:<24}{:>9}{:>9}{:>8}{:>8}{:>10}{:>9}{:>10}{:>9}{:>10}{:>9}",
        people(figures.mae),
        people(figures.bias),
        percent(figures.coverage_50),
        percent(figures.coverage_90),
        people(figures.width_90),
        percent(figures.width_90_share),
        percent(figures.mae_peak_share),
        percent(figures.width_90_peak_share),
        format!("{}/{}", figures.danger_missed, figures.danger_minutes),
        figures.unknown,
    );
}

/// The zones covered worst and most.
fn zones(scores: &Scores) {
    let mut rows: Vec<_> = scores.by_zone.iter().filter_map(|row| Some((row.figures.coverage_90?, row))).collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let outside = rows.iter().filter(|(coverage, _)| !FAIR.contains(coverage)).count();
    println!("\n{outside} of {} zones cover less than 80 % or more than 97 %; the lowest and the highest:", rows.len());
    let count = rows.len();
    for (at, (_, row)) in rows.iter().enumerate() {
        if at < NAMED.0 || at + NAMED.1 >= count {
            line(&row.zone, &row.figures);
        }
    }
}

/// Prints how faults were found.
pub fn faults(faults: &FaultScores) {
    println!(
        "\nfaults: {} of {} found, {} named; {} false in {:.0} sensor-days: {:.3} each",
        faults.found, faults.of, faults.named, faults.false_findings, faults.sensor_days, faults.false_per_sensor_day
    );
    for row in &faults.by_kind {
        println!(
            "  {:<12}{:>5} of {:<5} named {:<5} median {:>6} s   false {:<5} {:.3} per sensor-day",
            row.kind.name(),
            row.found,
            row.of,
            row.named,
            row.median_delay_s.map_or_else(|| "-".to_owned(), |delay| format!("{delay:.0}")),
            row.false_findings,
            row.false_per_sensor_day
        );
    }
}

/// Prints how rates were learned.
pub fn rates(rates: &RateScores) {
    println!("\ndetection rates, percentage points: error (before learning), within 1, in the 90 % interval");
    let rows = [
        ("lines", &rates.lines),
        ("beside an area count", &rates.beside_area),
        ("away from one", &rates.away_from_area),
        ("asymmetry", &rates.asymmetry),
        ("asymmetry beside", &rates.asymmetry_beside_area),
        ("multipliers", &rates.multipliers),
    ];
    for (name, LearningScores { all, after_first_hour }) in rows {
        for (when, figures) in [("", all), (", after 1 h", after_first_hour)] {
            let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
            println!(
                "  {:<34}{:>6} ({:>6}){:>7}{:>7}{:>9} minutes, {} unknown",
                format!("{name}{when}"),
                number(figures.mae_pp),
                number(figures.prior_mae_pp),
                number(figures.within_1_pp),
                number(figures.coverage_90),
                figures.minutes,
                figures.unknown
            );
        }
    }
}
