//! A readable drawing of places that have no coordinates: tiles in rows, each with its name and its streams.
//!
//! Not here: real positions, which are kept as they are.
//! Invariant: a drawing lies around longitude and latitude 0 and is marked schematic, so nobody reads distances from it.

use city::{Layout, Position};

use super::plan::{Flow, Plan};

/// From the centre of a tile to the next, degrees: about 220 m, so that a map of a hundred tiles is a small town.
const STEP_DEGREES: f64 = 0.002;
/// Half a tile's width, in steps; the rest is the street between tiles.
const HALF_TILE: f64 = 0.42;
/// How far a stream is drawn from its tile's centre, in steps.
const APART: f64 = 0.2;
/// Columns for each row: screens are wide.
const ASPECT: f64 = 1.6;

/// Places everything of a schematic plan; a geographic one keeps its positions.
pub(super) fn lay_out(plan: &mut Plan) {
    if plan.layout == Layout::Geographic {
        return;
    }
    let count = plan.places.len();
    let columns = ((count as f64 * ASPECT).sqrt().ceil() as usize).max(1);
    let rows = count.div_ceil(columns);
    let middle = ((columns as f64 - 1.0) / 2.0, (rows as f64 - 1.0) / 2.0);
    for (index, place) in plan.places.iter_mut().enumerate() {
        let east = (index % columns) as f64 - middle.0;
        let north = middle.1 - (index / columns) as f64;
        place.position = Some(at(east, north));
        place.tile = Some([at(east - HALF_TILE, north - HALF_TILE), at(east + HALF_TILE, north + HALF_TILE)]);
    }
    for stream in &mut plan.streams {
        let Some(centre) = plan.places[stream.place].position else { continue };
        let shift = match stream.flow {
            Some(Flow::In) => -APART,
            Some(Flow::Out) => APART,
            None => 0.0,
        };
        let lon = rounded(centre.lon + shift * STEP_DEGREES);
        stream.position = Some(Position { lon, lat: rounded(centre.lat - APART * STEP_DEGREES) });
    }
}

fn at(east: f64, north: f64) -> Position {
    Position { lon: rounded(east * STEP_DEGREES), lat: rounded(north * STEP_DEGREES) }
}

/// To a tenth of a metre: what a person would write.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}
