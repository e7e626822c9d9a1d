//! `site.geojson` beside a small `site.toml`: no panic, and a site that is returned is sound.
#![no_main]

use formats::site::{SiteTexts, read};
use libfuzzer_sys::fuzz_target;

const TOML: &str = include_str!("../seeds/site_toml/small.toml");

fuzz_target!(|geojson: &str| {
    let reading = read(SiteTexts { toml: TOML, geojson: Some(geojson), folder_name: "fuzz" });
    assert!(reading.site.is_none_or(|site| site.is_sound()));
});
