//! The `yiwang` binary: parse, run, exit.
//!
//! Not here: anything else (the library beside it).
//! Invariant: at most 40 lines.

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    yiwang::cli::Cli::parse().run()
}
