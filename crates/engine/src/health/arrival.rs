//! When things come: results that do not, clocks that are wrong, rows that come again.
//!
//! Not here: what they say.
//! Invariant: only what the source did counts: a gap that was a silence is no dropout, and a burst of old rows is one
//! repetition.
//!
//! **Dropout.** The last 32 expected results are bits: there or not. A sequential test (Wald 1945; Page 1954) of "one
//! in five is missing" against "one in fifty" runs over them; [`DROPOUT_AT`] is reached by four missing among seven, or
//! seven among thirty-two. **Skew.** The median of the last nine lags, each being the result time less the interval's
//! end and `delay_s`. **Same rows again.** Intervals in which a known row came once more, as bits.

use city::{Datastream, DatastreamIx, FeedHealth, FigureKind, FindingKind, RejectionReason, Span, Time};
use serde::{Deserialize, Serialize};

use super::findings::{Found, figure, is_rows_again};
use crate::stream::{Reading, interval};
use crate::turn::Turn;

/// Lags of which the median is the skew.
const LAGS: usize = 9;

/// A clock may be ahead by so much, seconds: a result before its interval's end is impossible, so this is tight.
const AHEAD_S: f32 = 15.0;

/// A clock may be behind what is usual by so much, seconds: delivery that takes longer looks the same.
const BEHIND_S: f32 = 30.0;

/// A lag may be so many usual distances from the usual.
const SLACK: f32 = 4.0;

/// Weight of the newest lag in what is usual.
const USUAL: f32 = 1.0 / 32.0;

/// A skew holds all lags together: within this share of the median, seconds at least [`TOGETHER_S`].
const TOGETHER_SHARE: f64 = 0.25;

/// See [`TOGETHER_SHARE`].
const TOGETHER_S: f64 = 10.0;

/// Refusals "future" in a row that are a clock far ahead.
const FUTURE_RUN: u8 = 3;

/// What one impossible result adds.
const IMPOSSIBLE_STEP: u8 = 5;

/// Where [`Arrival::refused`] holds impossible results.
const REFUSED_IMPOSSIBLE: usize = 0;

/// Where [`Arrival::refused`] holds results from the future.
const REFUSED_FUTURE: usize = 1;

/// The sum of impossible results that is a jump: three among seven.
const IMPOSSIBLE_AT: u8 = 11;

/// A missing result adds so much to the dropout sum; one that is there takes 1.
const DROPOUT_STEP: i32 = 9;

/// The dropout sum that is a finding.
const DROPOUT_AT: i32 = 33;

/// So many results in a row end a dropout.
const DROPOUT_QUIET: u32 = 15;

/// Of the last [`AGAIN_OF`] intervals so many with a repeated row are a source that repeats itself.
const AGAIN_AT: u32 = 7;

/// See [`AGAIN_AT`].
const AGAIN_OF: u32 = 12;

/// A rhythm is known from so many equal gaps.
const RHYTHM_KNOWN: i8 = 6;

/// No rhythm is surer than this.
const RHYTHM_SURE: i8 = 12;

/// When things of one stream come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Arrival {
    /// The latest phenomenon time seen.
    newest: Option<Time>,
    /// The gap between results by majority, seconds.
    rhythm_s: u32,
    /// How sure.
    votes: i8,
    /// The last expected results, the newest in the lowest bit: 1 is there.
    there: u32,
    /// Of these, those whose row came and said "missing".
    said: u32,
    /// The last intervals, the newest in the lowest bit: 1 had a row that was known.
    again: u32,
    /// When the newest of these began.
    again_at: Time,
    /// The last lags, seconds, oldest overwritten.
    lags: [i16; LAGS],
    /// Lags seen, up to [`LAGS`].
    lags_seen: u8,
    /// Where the next lag goes.
    lag_at: u8,
    /// What its lags usually are, seconds: how late its way to us is.
    usual_s: f32,
    /// How far they usually lie from that, seconds.
    apart_s: f32,
    /// Impossible results of late: each refused one adds [`IMPOSSIBLE_STEP`], each that is taken takes 1.
    impossible: u8,
    /// The latest phenomenon time of an impossible result, and of one refused as "future": a refused row is not
    /// remembered, and one that comes again is no news.
    refused: [Option<Time>; 2],
    /// Refusals "future" since the last that was taken.
    future_run: u8,
    /// When the first of those was.
    future_since: Time,
    /// Lags in a row beyond the bounds, or within them while a skew is found.
    off_run: u8,
}

impl Default for Arrival {
    fn default() -> Self {
        Self {
            newest: None,
            rhythm_s: 0,
            votes: 0,
            there: u32::MAX,
            said: 0,
            again: 0,
            again_at: Time::default(),
            lags: [0; LAGS],
            lags_seen: 0,
            lag_at: 0,
            usual_s: 0.0,
            apart_s: 0.0,
            impossible: 0,
            refused: [None; 2],
            future_run: 0,
            future_since: Time::default(),
            off_run: 0,
        }
    }
}

/// Result time less the end of the interval and the stream's delay, whole seconds.
fn lag_s(config: &Datastream, reading: Reading) -> i16 {
    let due = reading.phenomenon_time.plus(interval(config)).plus(Span::from_seconds(i64::from(config.delay_s)));
    let lag = reading.result_time.since(due).seconds();
    lag.clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

impl Arrival {
    /// The time from one result to the next, seconds.
    pub(super) fn rhythm_s(&self) -> i64 {
        i64::from(self.rhythm_s)
    }

    /// Notes a new row; true when a result may be missing.
    fn note(&mut self, reading: Reading, silent_after_s: u32) -> bool {
        let Reading { phenomenon_time, result, .. } = reading;
        let is_there = result.is_some();
        let Some(newest) = self.newest else {
            self.newest = Some(phenomenon_time);
            return false;
        };
        let gap_s = phenomenon_time.since(newest).seconds();
        if gap_s <= 0.0 {
            self.fill(-gap_s, is_there);
            return false;
        }
        self.newest = Some(phenomenon_time);
        self.vote(gap_s);
        if self.votes < RHYTHM_KNOWN {
            self.there = u32::MAX;
            return false;
        }
        let steps = (gap_s / f64::from(self.rhythm_s) + 0.5) as u32;
        if steps == 0 {
            return false;
        }
        if silent_after_s > 0 && gap_s >= f64::from(silent_after_s) || steps > 31 {
            // A silence, which is a finding of its own.
            self.there = u32::MAX;
            self.said = 0;
        } else {
            self.there <<= steps;
            self.said <<= steps;
        }
        self.there = self.there & !1 | u32::from(is_there);
        self.said = self.said & !1 | u32::from(!is_there);
        true
    }

    /// A row that came after later ones.
    fn fill(&mut self, back_s: f64, is_there: bool) {
        if self.rhythm_s == 0 {
            return;
        }
        let place = (back_s / f64::from(self.rhythm_s) + 0.5) as u32;
        if place < 32 && is_there {
            self.there |= 1 << place;
        }
    }

    /// The majority of gaps (Boyer and Moore 1981), so that one gap does not change it.
    fn vote(&mut self, gap_s: f64) {
        let gap = gap_s.min(f64::from(u32::MAX)) as u32;
        if gap == self.rhythm_s {
            self.votes = (self.votes + 1).min(RHYTHM_SURE);
        } else if self.rhythm_s > 0 && gap_s > 1.5 * f64::from(self.rhythm_s) && self.votes > 0 {
            // Left out, not a new rhythm, unless it goes on.
            self.votes -= i8::from(self.there.trailing_zeros() >= 8);
        } else {
            self.votes -= 1;
            if self.votes < 0 {
                (self.rhythm_s, self.votes) = (gap, 0);
            }
        }
    }

    /// The sequential test over the bits, oldest first: its highest present sum, and how far back it began.
    fn dropout(&self) -> (i32, u32) {
        let (mut sum, mut from) = (0, 0);
        for place in (0..32).rev() {
            if self.there >> place & 1 == 0 {
                if sum == 0 {
                    from = place;
                }
                sum += DROPOUT_STEP;
            } else if sum > 0 {
                sum -= 1;
            }
        }
        (sum, from)
    }

    /// Gaps of missing results among the last 32, a run counting as one unless its rows said "missing".
    fn gaps(&self) -> u32 {
        let begins = !self.there & (self.there << 1 | 1);
        begins.count_ones() + u32::from(self.said != 0)
    }

    /// The intervals since the last repeated row move on.
    fn pace(&mut self, now: Time, is_again: bool) {
        let step_s = if self.rhythm_s > 0 { f64::from(self.rhythm_s) } else { 60.0 };
        if now.since(self.again_at).seconds() >= 0.75 * step_s {
            self.again = self.again << 1 | u32::from(is_again);
            self.again_at = now;
        } else {
            self.again |= u32::from(is_again);
        }
    }

    /// Notes a lag; true when it is out of bounds.
    fn lag(&mut self, lag_s: i16) -> bool {
        self.lags[usize::from(self.lag_at) % LAGS] = lag_s;
        self.lag_at = (self.lag_at + 1) % LAGS as u8;
        self.lags_seen = self.lags_seen.saturating_add(1);
        let is_off = self.is_off(lag_s);
        if !is_off {
            let weight = (1.0 / f32::from(self.lags_seen)).max(USUAL);
            let by = f32::from(lag_s) - self.usual_s;
            self.usual_s += weight * by;
            self.apart_s += weight * (by.abs() - self.apart_s);
        }
        is_off
    }

    /// Whether a lag is impossible, or far from what is usual.
    fn is_off(&self, lag_s: i16) -> bool {
        let lag = f32::from(lag_s);
        let slack = SLACK * self.apart_s;
        if lag < -AHEAD_S {
            return true;
        }
        let is_known = usize::from(self.lags_seen) > LAGS;
        is_known && (lag > self.usual_s + BEHIND_S.max(slack) || lag < self.usual_s - (2.0 * AHEAD_S).max(slack))
    }

    /// Whether a refused row is later than all refused before for the same reason.
    fn is_news(&mut self, place: usize, reading: Reading) -> bool {
        let is_news = self.refused[place].is_none_or(|latest| reading.phenomenon_time > latest);
        if is_news {
            self.refused[place] = Some(reading.phenomenon_time);
        }
        is_news
    }

    /// The median lag and the median distance from it, seconds.
    fn skew(&self) -> (f64, f64) {
        let mut lags = self.lags;
        lags.sort_unstable();
        let median = lags[LAGS / 2];
        let mut apart = lags.map(|lag| (i32::from(lag) - i32::from(median)).unsigned_abs());
        apart.sort_unstable();
        (f64::from(median), f64::from(apart[LAGS / 2]))
    }
}

impl Turn<'_> {
    /// A new observation as it comes, in order or not.
    pub(crate) fn examine_arrival(&mut self, ix: DatastreamIx, reading: Reading) {
        let now = self.now();
        let silent_after_s = self.site().datastreams[ix.index()].silent_after_s;
        let arrival = &mut self.state.streams[ix.index()].exam.arrival;
        arrival.pace(now, false);
        arrival.future_run = 0;
        let expected = arrival.note(reading, silent_after_s);
        let (all_there, was_impossible) = (arrival.there == u32::MAX, arrival.impossible > 0);
        let repeats = arrival.again != 0 || !self.state.streams[ix.index()].findings.is_empty();
        self.examine_lag(ix, reading);
        if expected && !all_there {
            self.judge_dropout(ix);
        }
        if repeats {
            self.judge_again(ix);
        }
        if was_impossible {
            self.recover(ix);
        }
    }

    /// How late a row came, whatever else it is.
    pub(crate) fn examine_lag(&mut self, ix: DatastreamIx, reading: Reading) {
        let config = &self.site().datastreams[ix.index()];
        let lag = lag_s(config, reading);
        let stream = &mut self.state.streams[ix.index()];
        let is_off = stream.exam.arrival.lag(lag);
        if is_off || stream.exam.arrival.off_run > 0 {
            self.judge_skew(ix, reading, is_off);
        }
    }

    fn judge_skew(&mut self, ix: DatastreamIx, reading: Reading, is_off: bool) {
        let known = self.has_finding(ix, FindingKind::Skew);
        let arrival = &mut self.state.streams[ix.index()].exam.arrival;
        if known {
            arrival.off_run = if is_off { 1 } else { arrival.off_run.saturating_add(1) };
            if usize::from(arrival.off_run) > LAGS {
                arrival.off_run = 0;
                self.end_finding(ix, FindingKind::Skew);
            }
            return;
        }
        if usize::from(arrival.lags_seen) < LAGS {
            return;
        }
        let (median, apart) = arrival.skew();
        let by = median - f64::from(arrival.usual_s);
        if !arrival.is_off(median as i16) || apart > TOGETHER_S.max(TOGETHER_SHARE * by.abs()) {
            return;
        }
        arrival.off_run = 1;
        let off = arrival.lags.iter().filter(|lag| arrival.is_off(**lag)).count();
        let rhythm_s = i64::from(arrival.rhythm_s.max(1));
        let since = reading.result_time.minus(Span::from_seconds(rhythm_s * (off as i64 - 1)));
        let evidence = vec![figure(FigureKind::SkewS, -by), figure(FigureKind::Count, off as f64)];
        self.find(ix, Found { kind: FindingKind::Skew, since, evidence, other: None });
    }

    fn judge_dropout(&mut self, ix: DatastreamIx) {
        let known = self.has_finding(ix, FindingKind::Dropout);
        let arrival = &self.state.streams[ix.index()].exam.arrival;
        if known {
            if arrival.there.trailing_ones() >= DROPOUT_QUIET {
                self.state.streams[ix.index()].exam.arrival.there = u32::MAX;
                self.end_finding(ix, FindingKind::Dropout);
            }
            return;
        }
        let (sum, from) = arrival.dropout();
        if sum < DROPOUT_AT || arrival.gaps() < 2 {
            return;
        }
        let missing = (!arrival.there).count_ones();
        let share = f64::from(missing) / f64::from(from + 1);
        let back = Span::from_seconds(i64::from(arrival.rhythm_s) * i64::from(from));
        let since = arrival.newest.unwrap_or_default().minus(back);
        let evidence =
            vec![figure(FigureKind::Count, f64::from(missing)), figure(FigureKind::Share, share.clamp(0.0, 1.0))];
        self.find(ix, Found { kind: FindingKind::Dropout, since, evidence, other: None });
    }

    /// An observation that was seen before: how late it comes is the sender's retry, not the sensor's clock.
    pub(crate) fn examine_repetition(&mut self, ix: DatastreamIx) {
        let now = self.now();
        self.state.streams[ix.index()].exam.arrival.pace(now, true);
        self.judge_again(ix);
    }

    fn judge_again(&mut self, ix: DatastreamIx) {
        let finding = self.state.streams[ix.index()].findings.iter().find(|it| it.kind == FindingKind::Duplicate);
        let (known, by_rows) = (finding.is_some(), finding.is_some_and(is_rows_again));
        let arrival = &mut self.state.streams[ix.index()].exam.arrival;
        let window = arrival.again & ((1 << AGAIN_OF) - 1);
        if known {
            if by_rows && window == 0 {
                arrival.again = 0;
                self.end_finding(ix, FindingKind::Duplicate);
            }
            return;
        }
        let count = window.count_ones();
        if count < AGAIN_AT {
            return;
        }
        let first = window.ilog2();
        let back = Span::from_seconds(i64::from(arrival.rhythm_s.max(1)) * i64::from(first));
        let evidence = vec![
            figure(FigureKind::Count, f64::from(count)),
            figure(FigureKind::Share, f64::from(count) / f64::from(AGAIN_OF)),
        ];
        let since = self.now().minus(back);
        self.find(ix, Found { kind: FindingKind::Duplicate, since, evidence, other: None });
    }

    /// An observation that was refused.
    pub(crate) fn examine_refusal(&mut self, ix: DatastreamIx, reading: Reading, reason: RejectionReason) {
        match reason {
            RejectionReason::Future => {}
            RejectionReason::AboveMax | RejectionReason::BelowMin | RejectionReason::Negative => {
                self.examine_impossible(ix, reading);
                return;
            }
            _ => return,
        }
        let now = self.now();
        let config = &self.site().datastreams[ix.index()];
        let lag = f64::from(lag_s(config, reading));
        let arrival = &mut self.state.streams[ix.index()].exam.arrival;
        if !arrival.is_news(REFUSED_FUTURE, reading) {
            return;
        }
        if arrival.future_run == 0 {
            arrival.future_since = now;
        }
        arrival.future_run = arrival.future_run.saturating_add(1);
        if arrival.future_run < FUTURE_RUN {
            return;
        }
        let (since, run) = (arrival.future_since, arrival.future_run);
        arrival.off_run = 1;
        let evidence = vec![figure(FigureKind::SkewS, -lag), figure(FigureKind::Count, f64::from(run))];
        self.find(ix, Found { kind: FindingKind::Skew, since, evidence, other: None });
    }

    /// A result beyond what the stream says is possible: refused, but a sensor that goes on so is looked at.
    fn examine_impossible(&mut self, ix: DatastreamIx, reading: Reading) {
        let config = &self.site().datastreams[ix.index()];
        let Some(result) = reading.result else { return };
        let bound = if config.max.is_some_and(|max| result > max) { config.max } else { config.min };
        let arrival = &mut self.state.streams[ix.index()].exam.arrival;
        if !arrival.is_news(REFUSED_IMPOSSIBLE, reading) {
            return;
        }
        arrival.impossible = arrival.impossible.saturating_add(IMPOSSIBLE_STEP).min(4 * IMPOSSIBLE_STEP);
        if arrival.impossible < IMPOSSIBLE_AT {
            return;
        }
        let evidence =
            vec![figure(FigureKind::Reading, result), figure(FigureKind::Expected, bound.unwrap_or_default())];
        let since = reading.phenomenon_time;
        self.find(ix, Found { kind: FindingKind::Jump, since, evidence, other: None });
        self.judge_check(ix);
    }

    /// A possible result after impossible ones.
    fn recover(&mut self, ix: DatastreamIx) {
        let exam = &mut self.state.streams[ix.index()].exam;
        exam.arrival.impossible -= 1;
        if exam.arrival.impossible == 0 && exam.level.deviation.is_none() {
            self.end_finding(ix, FindingKind::Jump);
        }
    }

    /// A stream fell silent or speaks (again).
    pub(crate) fn examine_feed(&mut self, ix: DatastreamIx, health: FeedHealth) {
        if health != FeedHealth::Silent {
            self.end_finding(ix, FindingKind::Silent);
            return;
        }
        let stream = &self.state.streams[ix.index()];
        let since = stream.heard;
        let for_s = self.now().since(since).seconds();
        let evidence = vec![figure(FigureKind::ForS, for_s)];
        self.find(ix, Found { kind: FindingKind::Silent, since, evidence, other: None });
    }
}
