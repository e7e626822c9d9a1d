//! The command line: each command and flag is defined here once.
//!
//! Not here: what a command does (command/).
//! Invariant: exit status 0 success, 1 the thing checked does not hold, 2 wrong use.

use std::path::PathBuf;
use std::process::ExitCode;

use city::Time;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::command::bench::see::Seeds;
use crate::command::{self, backtest, check, init, sim, surges};
use crate::node::clock::Pace;

/// One picture of the city, early warnings, and proof afterwards.
#[derive(Debug, Parser)]
#[command(name = "yiwang", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// What to log, such as `info` or `engine=debug,warn`.
    #[arg(long, global = true, env = "YIWANG_LOG", default_value = "info", hide_env_values = true)]
    log: String,
    /// Log as JSON lines.
    #[arg(long, global = true, env = "YIWANG_LOG_JSON")]
    log_json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a site folder and report every problem with file, line and remedy.
    Check(check::CheckArgs),
    /// Make a working starter site from a list of sensors, a file of observations, or both.
    Init(init::InitArgs),
    /// Forecast a file of observations from rolling origins and score the forecasts beside baselines.
    Backtest(Box<backtest::BacktestArgs>),
    /// Find surges that no profile knows in a file of observations, within a budget of false alarms, and score it.
    Surges(surges::SurgesArgs),
    /// Replay a file of observations through the engine and print what came of it.
    Replay(ReplayArgs),
    /// Write a simulated run as files: what sensors said, what was true, and what was wrong with whom.
    Sim(sim::SimArgs),
    /// Serve the page and the API: live, replaying a file, or playing a simulated evening.
    Serve(ServeArgs),
    /// Check a log: its chain, and that applying it again gives the same state.
    Verify(DataArgs),
    /// Report what a log says happened: peaks, and what the consoles had to bear.
    Report(DataArgs),
    /// Copy a data folder, also while it is being served.
    Backup(BackupArgs),
    /// Make a data folder from a backup.
    Restore(RestoreArgs),
    /// Measure this machine.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print the completion script of a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// `yiwang replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The site folder.
    #[arg(long)]
    pub site: PathBuf,
    /// A CSV file, `.csv` or `.csv.gz`.
    #[arg(long, required_unless_present = "sim", conflicts_with = "sim")]
    pub observations: Option<PathBuf>,
    /// Play a simulated evening instead of a file.
    #[arg(long, value_enum)]
    pub sim: Option<Simulation>,
    /// Seed of the simulation.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// From this site time on, ISO 8601 with offset.
    #[arg(long)]
    pub from: Option<Time>,
    /// Up to this site time, itself excluded.
    #[arg(long)]
    pub to: Option<Time>,
    /// Site seconds per second, or `max`.
    #[arg(long, default_value = "max")]
    pub speed: Pace,
    /// The data folder to go on with; a temporary one if absent.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Observations per log entry.
    #[arg(long, default_value_t = command::replay::DEFAULT_BATCH)]
    pub batch: usize,
    /// Score the estimates against this file, `phenomenonTime,zone,occupancy` at whole minutes; a simulation is scored
    /// against its own truth.
    #[arg(long, conflicts_with = "sim")]
    pub truth: Option<PathBuf>,
    /// Score the findings against this file, `datastream,kind,from,to`.
    #[arg(long, requires = "truth")]
    pub faults: Option<PathBuf>,
    /// Score the learned rates against this file, `phenomenonTime,datastream,direction,rate`.
    #[arg(long, requires = "truth")]
    pub rates: Option<PathBuf>,
    /// Draw estimate, intervals and truth of every group into this SVG file.
    #[arg(long)]
    pub plot: Option<PathBuf>,
    /// Draw this zone too; may be given again.
    #[arg(long, value_name = "ZONE", requires = "plot")]
    pub plot_zone: Vec<String>,
    /// Hours east of UTC for the times in the picture.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, requires = "plot")]
    pub plot_utc_offset_h: f64,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `yiwang serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// A configuration file.
    #[arg(long, env = "YIWANG_CONFIG")]
    pub config: Option<PathBuf>,
    /// The site folder.
    #[arg(long, env = "YIWANG_SITE")]
    pub site: Option<PathBuf>,
    /// The data folder; made if absent. A replay or simulation without one keeps nothing.
    #[arg(long, env = "YIWANG_DATA_DIR")]
    pub data: Option<PathBuf>,
    /// Loopback address and port.
    #[arg(long, env = "YIWANG_LISTEN")]
    pub listen: Option<String>,
    /// A URL that gets a request every few seconds while the server is well.
    #[arg(long, env = "YIWANG_HEARTBEAT_URL")]
    pub heartbeat: Option<String>,
    /// Replay this file of observations instead of listening to the wall clock.
    #[arg(long, conflicts_with = "sim")]
    pub replay: Option<PathBuf>,
    /// Play a simulated evening.
    #[arg(long, value_enum)]
    pub sim: Option<Simulation>,
    /// Seed of the simulation.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Replay from this site time on: what came before is applied without waiting.
    #[arg(long)]
    pub from: Option<Time>,
    /// Replay up to this site time, itself excluded.
    #[arg(long)]
    pub to: Option<Time>,
    /// Site seconds per second.
    #[arg(long, default_value = "60")]
    pub speed: Pace,
}

/// What can be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Simulation {
    /// The Bund, 2 October 2019, 16:00 to 23:00.
    Evening,
}

/// A command on a data folder.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The data folder.
    #[arg(long)]
    pub data: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `yiwang backup`.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The data folder to copy.
    #[arg(long)]
    pub data: PathBuf,
    /// The folder to make.
    #[arg(long)]
    pub to: PathBuf,
}

/// `yiwang restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long)]
    pub from: PathBuf,
    /// The data folder to make; must be absent or empty.
    #[arg(long)]
    pub data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// Ingest, streaming, history and restart, with the load made by a process of its own.
    Ingest(IngestArgs),
    /// Estimates, findings and learned rates against the truth of simulated evenings.
    See(SeeArgs),
    /// How fast the engine passes a day of a large city.
    City(CityArgs),
}

/// `yiwang bench city`.
#[derive(Debug, Clone, Args)]
pub struct CityArgs {
    /// The site folder that is tiled.
    #[arg(long, default_value = "sites/bund")]
    pub site: PathBuf,
    /// At least so many zones.
    #[arg(long, default_value_t = 1_000)]
    pub zones: usize,
    /// At least so many counting lines.
    #[arg(long, default_value_t = 3_000)]
    pub lines: usize,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `yiwang bench see`.
#[derive(Debug, Clone, Args)]
pub struct SeeArgs {
    /// The site folder.
    #[arg(long)]
    pub site: PathBuf,
    /// One seed, or a range such as `1..20`, both ends included.
    #[arg(long, default_value = "1..20")]
    pub seeds: Seeds,
    /// Let sensors err more, and otherwise, than the site's description expects.
    #[arg(long)]
    pub outside_priors: bool,
    /// Lay a true crowd behind a gate of each seed that one camera alone can see.
    #[arg(long)]
    pub surge: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `yiwang bench ingest`.
#[derive(Debug, Clone, Args)]
pub struct IngestArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Seconds for each timed part.
    #[arg(long, default_value_t = 5)]
    pub seconds: u32,
    /// Observations in the log that the restart is timed with.
    #[arg(long, default_value_t = 10_000_000)]
    pub restart_observations: u64,
}

impl Cli {
    /// Runs the command that was asked for.
    pub fn run(self) -> ExitCode {
        crate::telemetry::start(&self.log, self.log_json);
        let outcome = match self.command {
            Command::Check(args) => check::run(&args),
            Command::Init(args) => init::run(&args),
            Command::Backtest(args) => backtest::run(&args),
            Command::Surges(args) => surges::run(&args),
            Command::Replay(args) => command::replay::run(&args),
            Command::Sim(args) => sim::run(&args),
            Command::Serve(args) => command::serve::run(&args),
            Command::Verify(args) => command::verify::run(&args),
            Command::Report(args) => command::report::run(&args),
            Command::Backup(args) => command::backup::backup(&args),
            Command::Restore(args) => command::backup::restore(&args),
            Command::Bench(BenchCommand::Ingest(args)) => command::bench::run(&args),
            Command::Bench(BenchCommand::See(args)) => command::bench::see::run(&args),
            Command::Bench(BenchCommand::City(args)) => command::bench::scaled::run(&args),
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "yiwang", &mut std::io::stdout());
                Ok(command::Verdict::Holds)
            }
        };
        command::exit_code(outcome)
    }
}
