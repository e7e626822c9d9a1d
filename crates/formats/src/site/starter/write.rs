//! A plan as the two files, in the order and with the comments a person goes on editing.
//!
//! Not here: what the plan holds (`plan`).
//! Invariant: foreign text is always quoted and escaped, so no name can change what the file says.

use std::fmt::Write;

use city::{Bilingual, Layout, Position};
use serde_json::{Value, json};

use super::plan::{Flow, Plan, Spot, Stream};

/// Where the levels come from, as the page shows it.
const LEVELS_SOURCE: &str = "quantiles P90/P97/P99.5 of the file given";

/// The id of the one department; whoever gave the data.
const OWNER: &str = "owner";

/// The id of the one zone of a site whose streams are gates.
const NETWORK: &str = "network";

/// What a gate's counts are believed to miss until the estimate knows better.
const GATE_RATE: &str = "\
detection_rate = { mean = 1.0, sd = 0.01, source = \"assumption: fare gates count 98 to 102 people for each 100\" }
error_share = 0.01
";

/// What stands above the datastreams.
const STREAMS: &str = "
# What is observed. `levels` with purpose \"colour\" only colour the map, by the stream's own past; for warnings write
# limits that mean something, with purpose \"warn\" and their source. Unit \"1\" says that nobody told the unit.
";

/// `site.toml`.
pub(super) fn toml(plan: &Plan) -> String {
    let mut text = String::with_capacity(1024 + plan.streams.len() * 420);
    // Writing to a String cannot fail.
    let _ = write_head(&mut text, plan);
    if plan.places.iter().any(|place| place.is_gate) {
        let _ = write_network(&mut text, plan);
    }
    for gate in plan.places.iter().filter(|place| place.is_gate && place.position.is_none()) {
        let _ = write_gate(&mut text, gate);
    }
    text.push_str(STREAMS);
    for stream in &plan.streams {
        let _ = write_stream(&mut text, plan, stream);
    }
    text
}

fn write_head(text: &mut String, plan: &Plan) -> std::fmt::Result {
    text.push_str(
        "# A starter site. It works as it is; change what you know better, then run `yiwang check` on this folder.\n\
         # Every key is described in docs/sites.md and docs/schema/site.schema.json.\n\
         schema = 1\n",
    );
    writeln!(text, "name = {}", bilingual(&Bilingual::same(&plan.name)))?;
    writeln!(text, "timezone = {}", quoted(&plan.timezone))?;
    match plan.layout {
        Layout::Geographic => text.push_str("layout = \"geographic\"\n"),
        Layout::Schematic => text.push_str(
            "# No coordinates were given, so places are drawn as tiles: nobody may read distances from the map.\n\
             layout = \"schematic\"\n",
        ),
    }
    text.push_str(
        "# attribution = \"whom to thank for the data, shown on the map\"\n\n\
         # Who owns the data. Add one [[department]] for each, and set `department` of its datastreams.\n\
         [[department]]\n",
    );
    writeln!(text, "id = {}", quoted(OWNER))?;
    writeln!(text, "name = {}", bilingual(&Bilingual::new("数据提供方", "Data owner")))
}

fn write_network(text: &mut String, plan: &Plan) -> std::fmt::Result {
    text.push_str(
        "\n# People who have entered somewhere and not yet left anywhere. It is one zone: people enter at one station\n\
         # and leave at another, so entries minus exits of a single station say nothing about who is in it.\n\
         [[zone]]\n",
    );
    writeln!(text, "id = {}", quoted(NETWORK))?;
    writeln!(text, "name = {}", bilingual(&Bilingual::new("路网（在途乘客）", "Network (people riding)")))?;
    text.push_str(
        "kind = \"network\"\n\
         initial = { people = 0, sd = 0, source = \"assumption: empty before the first entry\" }\n",
    );
    let Some(night) = &plan.night else { return Ok(()) };
    text.push_str(
        "# Nobody rides while it is shut: whoever the counts still hold is taken away then, and the difference is the day's\n\
         # balance. It begins after the last ones out have been counted. Take it out if the network runs at night.\n",
    );
    writeln!(
        text,
        "locked = {{ from = {}, for_s = {}, every_s = 86400, source = {} }}",
        quoted(&night.lock_from()),
        night.lock_for_s,
        quoted(&night.source())
    )
}

/// A gate without a position; the others are in `site.geojson`.
fn write_gate(text: &mut String, place: &Spot) -> std::fmt::Result {
    writeln!(text, "\n[[gate]]\nid = {}", quoted(&place.id))?;
    writeln!(text, "name = {}", bilingual(&Bilingual::same(&place.name)))?;
    writeln!(text, "zone = {}\nkind = \"metro\"", quoted(NETWORK))
}

fn write_stream(text: &mut String, plan: &Plan, stream: &Stream) -> std::fmt::Result {
    text.push_str("\n[[datastream]]\n");
    writeln!(text, "id = {}", quoted(&stream.id))?;
    writeln!(text, "name = {}", bilingual(&stream.name))?;
    writeln!(text, "department = {}", quoted(OWNER))?;
    match stream.flow {
        Some(flow) => {
            let flow = if flow == Flow::In { "in" } else { "out" };
            let gate = quoted(&plan.places[stream.place].id);
            writeln!(text, "unit = \"people\"\nrole = {{ gate = {gate}, flow = \"{flow}\" }}")?;
            text.push_str(GATE_RATE);
        }
        None => text.push_str("unit = \"1\"\n"),
    }
    match stream.interval_s {
        Some(interval_s) => writeln!(text, "interval_s = {interval_s}")?,
        None => text.push_str("# interval_s = 60  # no observation told it\n"),
    }
    if stream.min_is_zero {
        text.push_str("min = 0\n");
    }
    if let Some(Position { lon, lat }) = stream.position {
        writeln!(text, "position = [{lon}, {lat}]")?;
    }
    if let Some(ladder) = stream.levels {
        writeln!(
            text,
            "levels = {{ caution = {}, warning = {}, critical = {}, purpose = \"colour\", source = {} }}",
            ladder.caution,
            ladder.warning,
            ladder.critical,
            quoted(LEVELS_SOURCE)
        )?;
    }
    Ok(())
}

fn bilingual(name: &Bilingual) -> String {
    format!("{{ zh-CN = {}, en = {} }}", quoted(&name.zh_cn), quoted(&name.en))
}

/// A text as a basic string: what JSON escapes is what TOML escapes.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// `site.geojson`, one feature a line.
pub(super) fn geojson(plan: &Plan) -> String {
    let tiles = plan.places.iter().flat_map(|place| [tile(place), label(place)]).flatten();
    let gates = plan.places.iter().filter_map(gate);
    let features: Vec<String> = tiles.chain(gates).map(|feature| format!("\n{feature}")).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}\n]}}\n", features.join(","))
}

fn gate(place: &Spot) -> Option<String> {
    let position = place.position.filter(|_| place.is_gate)?;
    let head = format!(
        r#""id":{},"properties":{{"is":"gate","name":{},"zone":"{NETWORK}","kind":"metro"}}"#,
        quoted(&place.id),
        name(place)
    );
    Some(feature(&head, &point(position)))
}

fn tile(place: &Spot) -> Option<String> {
    let [low, high] = place.tile?;
    let corners = json!([[
        [low.lon, low.lat],
        [high.lon, low.lat],
        [high.lon, high.lat],
        [low.lon, high.lat],
        [low.lon, low.lat]
    ]]);
    let geometry = format!(r#"{{"type":"Polygon","coordinates":{corners}}}"#);
    Some(feature(r#""properties":{"is":"scenery","kind":"building"}"#, &geometry))
}

fn label(place: &Spot) -> Option<String> {
    let position = place.position.filter(|_| place.tile.is_some())?;
    let head = format!(r#""properties":{{"is":"scenery","kind":"label","name":{}}}"#, name(place));
    Some(feature(&head, &point(position)))
}

fn name(place: &Spot) -> String {
    let name = quoted(&place.name);
    format!(r#"{{"zh-CN":{name},"en":{name}}}"#)
}

fn point(position: Position) -> String {
    format!(r#"{{"type":"Point","coordinates":{}}}"#, json!([position.lon, position.lat]))
}

/// In the order a person reads: what it is before where it is.
fn feature(head: &str, geometry: &str) -> String {
    format!(r#"{{"type":"Feature",{head},"geometry":{geometry}}}"#)
}
