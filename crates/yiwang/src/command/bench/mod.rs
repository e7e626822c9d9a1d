//! `yiwang bench ingest`: what this machine can take in, show, keep and recover, with the load in its own process.
//!
//! Not here: the load (load), the server (server), the wire (wire).
//! Invariant: every figure is of acknowledged, synced observations over loopback HTTP, as a client would see it.

mod load;
pub mod scaled;
pub mod see;
mod server;
mod stream;
mod surge;
mod wire;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use city::{Span, Time};
use serde::Serialize;

use super::{Verdict, print_json};
use crate::cli::IngestArgs;
use crate::node::clock::wall_now;
use server::{STREAMS, Server, folder_bytes, stream_id, write_site};
use wire::Connection;

/// Version of the JSON this command prints.
const SCHEMA: u32 = 1;
/// How far back the load's own time starts: far enough that nothing lies in the future.
const START_BACK: Span = Span::from_seconds(60 * 86_400);
/// Minutes of all counters that the size on disk is measured after.
const SIZE_MINUTES: u64 = 60;
/// Points of the series that is aggregated.
const SERIES_POINTS: u64 = 10_000;
/// Requests of which the median is taken.
const REPEATS: usize = 21;

/// What `bench ingest --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    batch_obs_per_s: f64,
    single_obs_per_s: f64,
    sse_obs_per_s: f64,
    sse_p50_ms: f64,
    sse_p99_ms: f64,
    bytes_per_obs: f64,
    latest_10k_ms: f64,
    aggregate_10k_ms: f64,
    restart_observations: u64,
    restart_10m_s: f64,
    cores: usize,
}

/// Runs the command.
pub fn run(args: &IngestArgs) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let site = write_site(folder.path())?;
    let lasting = Duration::from_secs(u64::from(args.seconds.max(1)));
    let start = wall_now().minus(START_BACK).floor(Span::from_seconds(60));
    let bench = Bench { site: &site, folder: folder.path(), start, lasting };

    let bytes_per_obs = bench.size()?;
    let batch_obs_per_s = bench.batches()?;
    let single_obs_per_s = bench.singles()?;
    let streamed = bench.streamed()?;
    let (latest_10k_ms, aggregate_10k_ms) = bench.reads()?;
    let restart_10m_s = bench.restart(args.restart_observations)?;
    let report = Report {
        schema: SCHEMA,
        batch_obs_per_s,
        single_obs_per_s,
        sse_obs_per_s: streamed.obs_per_s,
        sse_p50_ms: streamed.p50_ms,
        sse_p99_ms: streamed.p99_ms,
        bytes_per_obs,
        latest_10k_ms,
        aggregate_10k_ms,
        restart_observations: args.restart_observations,
        restart_10m_s,
        cores: std::thread::available_parallelism().map_or(0, usize::from),
    };
    if args.json {
        print_json(&report)?;
    } else {
        print_text(&report);
    }
    Ok(Verdict::Holds)
}

/// What each part of the benchmark needs.
struct Bench<'a> {
    site: &'a Path,
    folder: &'a Path,
    start: Time,
    lasting: Duration,
}

impl Bench<'_> {
    fn server(&self, data: &str) -> anyhow::Result<Server> {
        eprintln!("bench: {data}");
        Server::start(self.site, &self.folder.join(data))
    }

    fn size(&self) -> anyhow::Result<f64> {
        let server = self.server("size")?;
        let wanted = STREAMS as u64 * SIZE_MINUTES;
        let sent = load::batches(server.address, self.start, |so_far, _| so_far >= wanted)?;
        server.stop()?;
        Ok(folder_bytes(&self.folder.join("size"))? as f64 / sent.observations as f64)
    }

    fn batches(&self) -> anyhow::Result<f64> {
        let server = self.server("batches")?;
        Ok(load::batches(server.address, self.start, |_, took| took >= self.lasting)?.per_second())
    }

    fn singles(&self) -> anyhow::Result<f64> {
        let server = self.server("singles")?;
        Ok(load::singles(server.address, self.start, self.lasting)?.per_second())
    }

    fn streamed(&self) -> anyhow::Result<stream::Streamed> {
        let server = self.server("stream")?;
        stream::measure(server.address, self.start, self.lasting)
    }

    fn reads(&self) -> anyhow::Result<(f64, f64)> {
        let server = self.server("reads")?;
        load::batches(server.address, self.start, |so_far, _| so_far >= STREAMS as u64)?;
        load::one_series(server.address, 0, self.start.plus(Span::from_seconds(86_400)), SERIES_POINTS)?;
        let mut connection = Connection::open(server.address)?;
        let latest = median_ms(&mut connection, "/v1/datastreams/latest")?;
        let from = self.start.plus(Span::from_seconds(86_400));
        let to = from.plus(Span::from_seconds(SERIES_POINTS as i64 * 60));
        let window = format!("/v1/history?series=datastream/{}&from={from}&to={to}&window_s=600", stream_id(0));
        Ok((latest, median_ms(&mut connection, &window)?))
    }

    fn restart(&self, observations: u64) -> anyhow::Result<f64> {
        let server = self.server("restart")?;
        load::batches(server.address, self.start, |so_far, _| so_far >= observations)?;
        server.kill()?;
        Ok(self.server("restart")?.ready_after.as_secs_f64())
    }
}

fn median_ms(connection: &mut Connection, path: &str) -> anyhow::Result<f64> {
    let mut taken = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        let begun = Instant::now();
        let response = connection.get(path)?;
        anyhow::ensure!(response.status == 200, "{path} answered {}", response.status);
        taken.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(quantile(&mut taken, 0.5))
}

/// The `q`-quantile by nearest rank; 0 of nothing.
fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = ((values.len() as f64 * q).ceil() as usize).saturating_sub(1);
    values.get(rank).copied().unwrap_or(0.0)
}

fn print_text(report: &Report) {
    println!("batches of 1,000        {:>12.0} observations/s acknowledged", report.batch_obs_per_s);
    println!("single posts            {:>12.0} observations/s acknowledged", report.single_obs_per_s);
    println!(
        "post to event           {:>9.1} ms median, {:.1} ms p99 at {:.0} observations/s",
        report.sse_p50_ms, report.sse_p99_ms, report.sse_obs_per_s
    );
    println!("on disk                 {:>12.2} bytes per observation", report.bytes_per_obs);
    println!("latest of 10,000        {:>12.1} ms", report.latest_10k_ms);
    println!("aggregate of 10,000     {:>12.1} ms", report.aggregate_10k_ms);
    println!("restart with {:>9} {:>13.2} s to ready", report.restart_observations, report.restart_10m_s);
}
