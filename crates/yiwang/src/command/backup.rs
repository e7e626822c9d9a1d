//! `yiwang backup` and `yiwang restore`.
//!
//! Not here: the copying itself (store).
//! Invariant: a backup is a data folder that `verify` accepts; nothing that exists is overwritten.

use anyhow::Context;

use super::Verdict;
use crate::cli::{BackupArgs, RestoreArgs};

/// Copies a data folder, also while a server writes to it.
pub fn backup(args: &BackupArgs) -> anyhow::Result<Verdict> {
    store::backup(&args.data, &args.to).with_context(|| format!("no backup of {} was made", args.data.display()))?;
    println!("backed up {} to {}", args.data.display(), args.to.display());
    println!("check it with: yiwang verify --data {}", args.to.display());
    Ok(Verdict::Holds)
}

/// Makes a data folder from a backup.
pub fn restore(args: &RestoreArgs) -> anyhow::Result<Verdict> {
    store::restore(&args.from, &args.data).with_context(|| format!("{} was not restored", args.from.display()))?;
    println!("restored {} to {}", args.from.display(), args.data.display());
    Ok(Verdict::Holds)
}
