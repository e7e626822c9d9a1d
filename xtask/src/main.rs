//! `cargo xtask`: the house rules from the command line.
//!
//! Not here: the rules (the library) and the tests of the product (`make test`).
//! Invariant: exit status 0 says that everything asked for holds, 1 that it does not, 2 wrong use.

use std::process::ExitCode;

const USE: &str = "\
cargo xtask check    formatting, clippy and every rule of the house
cargo xtask rules    only the rules: seconds, nothing is compiled
cargo xtask list     what each rule says";

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let root = xtask::root();
    let held = match mode.as_str() {
        "check" => xtask::check(&root),
        "rules" => xtask::rules(&root),
        "list" => {
            xtask::list();
            Ok(true)
        }
        _ => {
            eprintln!("{USE}");
            return ExitCode::from(2);
        }
    };
    match held {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
