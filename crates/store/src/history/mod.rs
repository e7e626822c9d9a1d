//! History (API only so far).

use crate::sqlite::Kind;

/// The history's file in a data folder.
pub const HISTORY_FILE: &str = "history.db";
/// `YwHs` in ASCII.
pub(crate) const KIND: Kind = Kind { name: "history", application_id: 0x5977_4873, migrations: &[], page_size: 8192 };
/// Widths of the rollups, seconds.
pub const ROLLUP_WIDTHS_S: [u32; 3] = [60, 900, 3600];
