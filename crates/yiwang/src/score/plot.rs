//! Estimate, intervals and truth of some places over time, as one SVG picture.
//!
//! Not here: which places (the command), scores.
//! Invariant: where nothing was estimated nothing is drawn; a picture has at most [`POINTS`] points a line, whatever the
//! length of the run.

use std::fmt::Write as _;

use city::{GroupIx, Ladder, Level, Site, Span, Time, ZoneIx};

use super::accuracy::Band;
use super::compare::{Estimates, Subject, people_per_level};
use super::series::Series;
use super::truth::Truth;

/// Most points of a line.
const POINTS: usize = 420;
/// Width of the picture, and of a panel's parts, pixels.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 90.0;
const PANEL: f64 = 230.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 28.0;
/// Room for the legend.
const LEGEND: f64 = 30.0;
/// Room above the highest value of a panel, as a share of it.
const HEADROOM: f64 = 1.06;

/// A place over time.
pub struct Panel {
    title: String,
    ladder: Option<Ladder>,
    points: Vec<Point>,
}

#[derive(Clone, Copy)]
struct Point {
    at: Time,
    truth: f64,
    band: Option<Band>,
}

impl Panel {
    /// A group.
    pub fn group(site: &Site, ix: GroupIx, truth: &Truth, estimates: &impl Estimates) -> Self {
        let group = &site.groups[ix.index()];
        let ladder = group.people.as_ref().map(|ladder| ladder.value);
        let title = group.name.en.clone();
        Self { title, ladder, points: points(&truth.group(site, ix), Subject::Group(ix), estimates) }
    }

    /// A zone, with its levels in people.
    pub fn zone(site: &Site, ix: ZoneIx, truth: &Truth, estimates: &impl Estimates) -> Self {
        let zone = &site.zones[ix.index()];
        let scaled = |scale: f64| {
            let Ladder { caution, warning, critical } = zone.ladder.value;
            Ladder { caution: caution * scale, warning: warning * scale, critical: critical * scale }
        };
        let none = Series::default();
        let truth = truth.zone(ix).unwrap_or(&none);
        let title = format!("{} ({})", zone.name.en, zone.id);
        Self { title, ladder: people_per_level(zone).map(scaled), points: points(truth, Subject::Zone(ix), estimates) }
    }

    /// A series: what came (NaN where nothing did), and what was forecast of it.
    pub fn forecast(title: String, points: impl Iterator<Item = (Time, f64, Option<Band>)>) -> Self {
        let all: Vec<Point> = points.map(|(at, truth, band)| Point { at, truth, band }).collect();
        let every = all.len().div_ceil(POINTS).max(1);
        Self { title, ladder: None, points: all.into_iter().step_by(every).collect() }
    }

    /// The highest value that is drawn.
    fn highest(&self) -> f64 {
        let of = |point: &Point| point.band.map_or(point.truth, |band| band.p95.max(point.truth));
        self.points.iter().map(of).fold(1.0, f64::max) * HEADROOM
    }

    fn span(&self) -> Option<(Time, Time)> {
        Some((self.points.first()?.at, self.points.last()?.at))
    }
}

/// Every point, or as many of them, evenly, as a line may have.
fn points(truth: &Series<f64>, subject: Subject, estimates: &impl Estimates) -> Vec<Point> {
    let every = truth.len().div_ceil(POINTS).max(1);
    let point = |(at, truth)| Point { at, truth, band: estimates.at(subject, at) };
    truth.iter().step_by(every).map(point).collect()
}

/// Draws the panels below each other; times are shown at this offset from UTC.
pub fn svg(panels: &[Panel], utc_offset: Span) -> String {
    let height = PANEL * panels.len() as f64 + LEGEND;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#333\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        if let Some((first, last)) = panel.span() {
            let frame = Frame { top: PANEL * number as f64, first, last, highest: panel.highest(), utc_offset };
            frame.draw(panel, &mut text);
        }
    }
    legend(height - LEGEND, &mut text);
    text.push_str("</svg>\n");
    text
}

/// Where a panel's values lie in the picture.
struct Frame {
    top: f64,
    first: Time,
    last: Time,
    highest: f64,
    utc_offset: Span,
}

impl Frame {
    fn x(&self, at: Time) -> f64 {
        let whole = self.last.since(self.first).seconds().max(1.0);
        LEFT + at.since(self.first).seconds() / whole * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, people: f64) -> f64 {
        let low = self.top + PANEL - BOTTOM;
        low - people / self.highest * (PANEL - TOP - BOTTOM)
    }

    fn draw(&self, panel: &Panel, text: &mut String) {
        // Writing into a text cannot fail.
        let _ = writeln!(
            text,
            "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>",
            self.top + TOP - 12.0,
            escaped(&panel.title)
        );
        self.axes(text);
        if let Some(ladder) = panel.ladder {
            self.levels(ladder, text);
        }
        self.area(panel, "#cfe0f3", |band| (band.p05, band.p95), text);
        self.area(panel, "#93b9e0", |band| (band.p25, band.p75), text);
        self.line(panel, "stroke=\"#1f5fa8\" stroke-width=\"1.4\"", |point| point.band.map(|band| band.people), text);
        self.line(
            panel,
            "stroke=\"#111\" stroke-dasharray=\"3 2\"",
            |point| Some(point.truth).filter(|truth| !truth.is_nan()),
            text,
        );
    }

    fn axes(&self, text: &mut String) {
        let (right, low) = (WIDTH - RIGHT, self.y(0.0));
        let step = round_step(self.highest);
        let mut people = 0.0;
        while people <= self.highest {
            let y = self.y(people);
            let _ = writeln!(text, "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#e4e4e4\"/>");
            let _ =
                writeln!(text, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{people}</text>", LEFT - 6.0, y + 4.0);
            people += step;
        }
        let hours = (self.last.since(self.first).seconds() / 3600.0 / 9.0).ceil().max(1.0);
        let tick = Span::from_seconds(hours as i64 * 3600);
        let local = |at: Time| at.plus(self.utc_offset);
        let mut at = local(self.first).floor(tick);
        while at <= local(self.last) {
            let utc = at.minus(self.utc_offset);
            if utc >= self.first {
                let x = self.x(utc);
                // `2019-10-02T18:00:00Z`: hours and minutes.
                let hour: String = at.to_string().chars().skip(11).take(5).collect();
                let _ = writeln!(text, "<path d=\"M{x:.1} {low:.1}v4\" stroke=\"#888\"/>");
                let _ =
                    writeln!(text, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{hour}</text>", low + 17.0);
            }
            at = at.plus(tick);
        }
    }

    fn levels(&self, ladder: Ladder, text: &mut String) {
        let right = WIDTH - RIGHT;
        for (level, colour) in Level::RAISED.into_iter().zip(["#d9a400", "#e06c00", "#c21d1d"]) {
            let people = ladder.threshold(level);
            if people > self.highest {
                continue;
            }
            let (y, name) = (self.y(people), format!("{level:?}").to_lowercase());
            let _ = writeln!(text, "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"{colour}\" stroke-dasharray=\"6 3\"/>");
            let _ = writeln!(text, "<text x=\"{}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>", right + 5.0, y + 4.0);
        }
    }

    /// The area between two bounds, one shape for each stretch without a gap.
    fn area(&self, panel: &Panel, colour: &str, bounds: impl Fn(&Band) -> (f64, f64), text: &mut String) {
        for stretch in panel.points.split(|point| point.band.is_none()).filter(|stretch| !stretch.is_empty()) {
            let bound = |point: &Point| point.band.as_ref().map(&bounds).unwrap_or_default();
            let mut path = String::new();
            for point in stretch {
                self.to(point.at, bound(point).0, &mut path);
            }
            for point in stretch.iter().rev() {
                self.to(point.at, bound(point).1, &mut path);
            }
            let _ = writeln!(text, "<path d=\"{path}Z\" fill=\"{colour}\"/>");
        }
    }

    /// A line through what there is, one for each stretch without a gap.
    fn line(&self, panel: &Panel, style: &str, value: impl Fn(&Point) -> Option<f64>, text: &mut String) {
        for stretch in panel.points.split(|point| value(point).is_none()).filter(|stretch| !stretch.is_empty()) {
            let mut path = String::new();
            for point in stretch {
                self.to(point.at, value(point).unwrap_or_default(), &mut path);
            }
            let _ = writeln!(text, "<path d=\"{path}\" fill=\"none\" {style}/>");
        }
    }

    /// Goes on to a point.
    fn to(&self, at: Time, people: f64, path: &mut String) {
        let verb = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{verb}{:.1} {:.1}", self.x(at), self.y(people));
    }
}

fn legend(top: f64, text: &mut String) {
    let items = [
        ("fill=\"#cfe0f3\"", "90 % interval"),
        ("fill=\"#93b9e0\"", "50 % interval"),
        ("fill=\"#1f5fa8\"", "estimate"),
        ("fill=\"#111\"", "truth (dashed)"),
    ];
    for (number, (fill, name)) in items.into_iter().enumerate() {
        let x = LEFT + 150.0 * number as f64;
        let _ = writeln!(text, "<rect x=\"{x}\" y=\"{}\" width=\"18\" height=\"8\" {fill}/>", top + 8.0);
        let _ = writeln!(text, "<text x=\"{}\" y=\"{}\">{name}</text>", x + 24.0, top + 16.0);
    }
}

/// A step of 1, 2 or 5 times a power of ten that divides an axis into at most six.
fn round_step(highest: f64) -> f64 {
    let mut power = 1.0;
    loop {
        for times in [1.0, 2.0, 5.0] {
            if highest / (power * times) <= 6.0 {
                return power * times;
            }
        }
        power *= 10.0;
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Halves;

    impl Estimates for Halves {
        fn covers(&self, _: Subject) -> bool {
            true
        }

        fn at(&self, _: Subject, at: Time) -> Option<Band> {
            (at != Time::from_seconds(180)).then(|| Band::normal(50.0, 10.0))
        }
    }

    #[test]
    fn a_gap_in_the_estimate_is_a_gap_in_the_picture() {
        let mut truth = Series::default();
        for minute in 1..=5 {
            truth.put(Time::from_seconds(60 * minute), 40.0);
        }
        let panel = Panel {
            title: "a & b".to_owned(),
            ladder: Some(Ladder { caution: 45.0, warning: 60.0, critical: 900.0 }),
            points: points(&truth, Subject::Zone(ZoneIx(0)), &Halves),
        };
        let picture = svg(&[panel], Span::ZERO);
        assert_eq!(picture.matches("fill=\"#cfe0f3\"").count(), 3, "two stretches and the legend");
        assert!(picture.contains("a &amp; b") && picture.contains(">warning<") && !picture.contains(">critical<"));
    }

    #[test]
    fn an_axis_has_round_numbers_and_few_of_them() {
        let steps = [7.0, 1_000.0, 231_000.0].map(|highest| round_step(highest) as u32);
        assert_eq!(steps, [2, 200, 50_000]);
    }
}
