//! Temporary.
use std::sync::OnceLock;
use std::collections::HashMap;
static T: OnceLock<HashMap<String, f32>> = OnceLock::new();
#[allow(missing_docs)]
pub fn tune(name: &str, default: f32) -> f32 {
    *T.get_or_init(|| std::env::var("TUNE").unwrap_or_default().split(',').filter_map(|p| { let (a,b)=p.split_once('=')?; Some((a.to_owned(), b.parse().ok()?)) }).collect()).get(name).unwrap_or(&default)
}
