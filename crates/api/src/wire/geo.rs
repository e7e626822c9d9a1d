//! `GeoJSON` of the site: static geometry, and zones with their live state.
//!
//! Not here: the folder it was drawn in.
//! Invariant: longitude before latitude; a feature's numeric id is its position in the site's table.
