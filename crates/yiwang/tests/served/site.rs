//! A small live site: a metro network with two gates, and streams that warn.
//!
//! Not here: sites with geometry.
//! Invariant: `yiwang check` finds nothing in it.

use std::path::Path;

/// Indicators that senders write to, `load/0` and so on; critical at [`CRITICAL`].
pub const LOADS: usize = 4;
/// At and above this value a load is critical.
pub const CRITICAL: f64 = 1_000.0;

/// Writes the site into `folder`.
pub fn write(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("site.toml"), text()).unwrap();
}

/// Its `site.toml`. Nothing is ever silent, and a warning returns as soon as its cause has gone.
fn text() -> String {
    let mut text = String::from(
        r#"schema = 1
id = "served"
name = { zh-CN = "测试", en = "Served" }
timezone = "Asia/Shanghai"

[rules]
dwell_caution_s = 0
dwell_warning_s = 0
quiet_s = 0

[[department]]
id = "police"
name = { zh-CN = "公安", en = "Police" }

[[zone]]
id = "network"
name = { zh-CN = "线网", en = "Network" }
kind = "network"

[[gate]]
id = "station"
name = { zh-CN = "车站", en = "Station" }
zone = "network"
kind = "metro"
"#,
    );
    for flow in ["in", "out"] {
        text.push_str(&stream(
            &format!("station/{flow}"),
            "people",
            &format!("role = {{ gate = \"station\", flow = \"{flow}\" }}"),
        ));
    }
    for load in 0..LOADS {
        let levels = format!(
            "levels = {{ caution = 600.0, warning = 800.0, critical = {CRITICAL:?}, side = \"above\", \
             purpose = \"warn\", source = \"assumption: a test\" }}"
        );
        text.push_str(&stream(&format!("load/{load}"), "1", &levels));
    }
    text
}

fn stream(id: &str, unit: &str, more: &str) -> String {
    format!(
        "\n[[datastream]]\nid = \"{id}\"\nname = {{ zh-CN = \"数据\", en = \"{id}\" }}\ndepartment = \"police\"\n\
         unit = \"{unit}\"\ninterval_s = 1\nsilent_after_s = 0\n{more}\n"
    )
}
