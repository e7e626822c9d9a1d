//! Pictures of a backtest: fans beside what came, and how true said probabilities were.
//!
//! Not here: drawing fans (`score::plot`).
//! Invariant: pictures show forecasts as they were scored.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use city::Span;
use forecast::Forecaster;
use forecast::backtest::{Reliability, Shown};

use crate::score::accuracy::Band;
use crate::score::plot::{Panel, svg};

/// Writes the pictures into a folder, which is made if it is absent.
pub fn write(
    folder: &Path,
    forecaster: &Forecaster,
    shown: &[Shown],
    diagrams: &[(f64, Vec<Reliability>)],
) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    put(folder, "forecasts.svg", &fans(forecaster, shown))?;
    if !diagrams.is_empty() {
        put(folder, "reliability.svg", &reliability(diagrams))?;
    }
    Ok(())
}

fn put(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// A panel for each series that was kept.
fn fans(forecaster: &Forecaster, shown: &[Shown]) -> String {
    let calendar = forecaster.calendar();
    let levels = &forecaster.settings().levels;
    let place = |level: f32| levels.iter().position(|other| (other - level).abs() < 1e-4).unwrap_or(0);
    let [p05, p25, p75, p95] = [0.05, 0.25, 0.75, 0.95].map(place);
    let mut series: Vec<usize> = shown.iter().map(|one| one.series).collect();
    series.sort_unstable();
    series.dedup();
    let mut offset = Span::ZERO;
    let panels: Vec<Panel> = (series.iter())
        .map(|s| {
            let of_series = shown.iter().filter(|one| one.series == *s);
            let mut last = None;
            let points = of_series.filter(|one| one.truth.is_some()).flat_map(|one| {
                let band = Band {
                    people: f64::from(one.point),
                    p05: f64::from(one.fan[p05]),
                    p25: f64::from(one.fan[p25]),
                    p75: f64::from(one.fan[p75]),
                    p95: f64::from(one.fan[p95]),
                };
                offset = calendar.offset(one.target);
                let gap = last.replace(one.target).filter(|last| last + 1 < one.target);
                let gap = gap.map(|last| (calendar.start(last + 1), f64::NAN, None));
                let truth = one.truth.map_or(f64::NAN, f64::from);
                gap.into_iter().chain([(calendar.start(one.target), truth, Some(band))])
            });
            let horizon = shown.first().map_or(0, |one| forecaster.settings().horizons[one.horizon]);
            let minutes = horizon as f64 * calendar.cadence().minutes();
            Panel::forecast(format!("{}, forecast {minutes} min before", forecaster.series()[*s].name), points)
        })
        .collect();
    svg(&panels, offset)
}

/// Size of a diagram and its margin, pixels.
const SIZE: f64 = 260.0;
const MARGIN: f64 = 44.0;

/// What was said against what happened, a diagram for each horizon.
fn reliability(diagrams: &[(f64, Vec<Reliability>)]) -> String {
    let width = (SIZE + 2.0 * MARGIN) * diagrams.len() as f64;
    let height = SIZE + 2.0 * MARGIN;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#333\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (at, (horizon_s, bins)) in diagrams.iter().enumerate() {
        let left = (SIZE + 2.0 * MARGIN) * at as f64 + MARGIN;
        let x = |share: f64| left + share * SIZE;
        let y = |share: f64| MARGIN + (1.0 - share) * SIZE;
        // Writing into a text cannot fail.
        let _ =
            writeln!(text, "<text x=\"{left}\" y=\"24\" font-weight=\"bold\">{} min ahead</text>", horizon_s / 60.0);
        let _ =
            writeln!(text, "<path d=\"M{} {}V{}H{}\" fill=\"none\" stroke=\"#888\"/>", x(0.0), y(1.0), y(0.0), x(1.0));
        let _ = writeln!(
            text,
            "<path d=\"M{} {}L{} {}\" stroke=\"#bbb\" stroke-dasharray=\"4 3\"/>",
            x(0.0),
            y(0.0),
            x(1.0),
            y(1.0)
        );
        let _ = writeln!(text, "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">said</text>", x(0.5), y(0.0) + 30.0);
        let _ =
            writeln!(text, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">happened</text>", x(0.0) + 50.0, y(1.0) - 6.0);
        for bin in bins {
            if let (Some(said), Some(happened)) = (bin.said, bin.happened) {
                let radius = 2.0 + (bin.n as f64).sqrt().min(120.0) / 12.0;
                let _ = writeln!(
                    text,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"#1f5fa8\" fill-opacity=\"0.75\"><title>{} cases</title></circle>",
                    x(said),
                    y(happened),
                    bin.n
                );
            }
        }
    }
    text.push_str("</svg>\n");
    text
}
