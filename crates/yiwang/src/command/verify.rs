//! `yiwang verify`: the chain, and that applying the log again gives the same state (INV-01).
//!
//! Not here: the chain itself (store) and the state hash (engine).
//! Invariant: it changes nothing in the folder.

use anyhow::Context;
use city::Seq;
use engine::City;
use serde::Serialize;
use store::LogReader;

use super::{Verdict, print_json};
use crate::cli::DataArgs;

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;

/// What `verify --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    entries: u64,
    base_seq: u64,
    head_seq: u64,
    chain_ok: bool,
    chain_problem: Option<String>,
    state_hash_live: Option<String>,
    state_hash_replay: Option<String>,
    equal: bool,
}

/// Runs the command.
pub fn run(args: &DataArgs) -> anyhow::Result<Verdict> {
    anyhow::ensure!(
        args.data.is_dir(),
        super::WrongUse(format!("{} is not a data folder; name the one given to `serve --data`", args.data.display()))
    );
    let log = LogReader::open(&args.data).with_context(|| format!("cannot open the log in {}", args.data.display()))?;
    let report = report(&log)?;
    if args.json {
        print_json(&report)?;
    } else {
        print_text(&report);
    }
    Ok(if report.chain_ok && report.equal { Verdict::Holds } else { Verdict::Fails })
}

fn report(log: &LogReader) -> anyhow::Result<Report> {
    let chain = log.verify_chain()?;
    let chain_problem = chain.damage.as_ref().map(|damage| format!("at entry {}: {}", damage.block.0, damage.reason));
    let mut report = Report {
        schema: SCHEMA,
        entries: chain.entries,
        base_seq: chain.base_seq.0,
        head_seq: chain.head.seq.0,
        chain_ok: chain_problem.is_none(),
        chain_problem,
        state_hash_live: None,
        state_hash_replay: None,
        equal: false,
    };
    if report.chain_ok {
        let live = state_at(log, chain.head.seq, From::NewestSnapshot)?;
        let replay = state_at(log, chain.head.seq, From::Base)?;
        report.equal = live == replay;
        report.state_hash_live = Some(live);
        report.state_hash_replay = Some(replay);
    }
    Ok(report)
}

/// Where a replay starts.
#[derive(Clone, Copy)]
enum From {
    NewestSnapshot,
    Base,
}

/// The state hash at `head`: a server may be appending beyond it meanwhile.
fn state_at(log: &LogReader, head: Seq, from: From) -> anyhow::Result<String> {
    let at_or_before = match from {
        From::NewestSnapshot => head,
        From::Base => log.base()?.seq,
    };
    let mut city = match log.latest_snapshot(engine::VERSION, Some(at_or_before))? {
        Some(snapshot) => City::from_snapshot(&snapshot.bytes)?,
        None => City::default(),
    };
    let mut outcome = city::Outcome::default();
    for entry in log.entries(city.seq()) {
        let entry = entry?;
        if entry.seq > head {
            break;
        }
        engine::apply_into(&mut city, &entry, &mut outcome);
    }
    Ok(city.state_hash().to_string())
}

fn print_text(report: &Report) {
    println!("entries {} (from {} to {})", report.entries, report.base_seq + 1, report.head_seq);
    match &report.chain_problem {
        None => println!("chain   holds"),
        Some(problem) => println!("chain   BROKEN: {problem}"),
    }
    if let (Some(live), Some(replay)) = (&report.state_hash_live, &report.state_hash_replay) {
        println!("state   {live} from the newest snapshot");
        println!("        {replay} from the base");
        println!("        {}", if report.equal { "equal" } else { "NOT EQUAL" });
    }
}
