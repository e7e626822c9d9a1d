//! `site.toml`: no panic, and a site that is returned is sound.
#![no_main]

use formats::site::{SiteTexts, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|toml: &str| {
    let reading = read(SiteTexts { toml, geojson: None, folder_name: "fuzz" });
    assert!(reading.site.is_none_or(|site| site.is_sound()));
});
