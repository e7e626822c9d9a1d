//! The rows of docs/warnings.md on one place; those of many places stand in surges, of a changed site in changes.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and means the exact number")]

mod town;

use std::collections::BTreeSet;

use city::CauseKind::{Density, Indicator, People, Word};
use city::*;
use town::{Town, at, squares, street};

const CAUTION: f64 = 210.0;
const WARNING: f64 = 310.0;
const CRITICAL: f64 = 410.0;

/// A square at `people` from 60 s until a warning of that level is raised, its changes forgotten.
fn raised(people: f64) -> Town {
    let mut town = Town::new(squares(1));
    town.hold((60, 180), "z0/camera", people);
    town.events.clear();
    town
}

fn acknowledge(town: &mut Town, seconds: i64, place: &str, kind: CauseKind) -> Vec<Event> {
    let warning = town.id(place, kind);
    town.command(seconds, Command::Acknowledge { warning })
}

fn shelve(town: &mut Town, seconds: i64, until: i64) -> Vec<Event> {
    let warning = town.id("zone/z0", Density);
    town.command(seconds, Command::Shelve { warning, why: "roadworks".to_owned(), until: at(until) })
}

fn service(town: &mut Town, seconds: i64, service: Service) -> Vec<Event> {
    let warning = town.id("zone/z0", Density);
    town.command(seconds, Command::Service { warning, service, why: "maintenance".to_owned() })
}

const Z0: Place = Place::Zone(ZoneIx(0));

#[test]
fn row_01_a_caution_is_raised_after_its_dwell() {
    let mut town = Town::new(squares(1));
    town.hold((60, 120), "z0/camera", CAUTION);
    town.tick(179);
    town.check(&[]);
    town.tick(180);
    town.check(&["00:03:00 raised zone/z0 density caution #1 sounded 1"]);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.value, warning.threshold), (Some(2.1), Some(2.0)));
    assert_eq!(warning.evidence.observations, [(DatastreamIx(0), at(60))]);
}

#[test]
fn row_02_a_warning_is_raised_after_its_shorter_dwell() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", WARNING);
    town.tick(600);
    town.check(&["00:02:00 raised zone/z0 density warning #1 sounded 1"]);
    let mut town = raised(CAUTION);
    town.observe(240, "z0/camera", WARNING);
    town.tick(300);
    town.check(&["00:05:00 worsened zone/z0 density warning #1 sounded 2"]);
}

#[test]
fn row_03_a_break_starts_the_dwell_anew() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CAUTION);
    town.observe(120, "z0/camera", 150.0);
    town.hold((180, 240), "z0/camera", CAUTION);
    town.tick(299);
    town.check(&[]);
    town.tick(300);
    town.check(&["00:05:00 raised zone/z0 density caution #1 sounded 1"]);
}

#[test]
fn row_04_an_open_warning_is_not_raised_again() {
    let mut town = raised(CAUTION);
    town.hold((240, 3600), "z0/camera", CAUTION);
    town.check(&[]);
    assert_eq!(town.city.warnings().count(), 1);
}

#[test]
fn row_05_between_the_threshold_and_its_clear_ratio_nothing_changes() {
    let mut town = raised(CAUTION);
    town.hold((240, 3600), "z0/camera", 181.0);
    town.check(&[]);
}

#[test]
fn row_06_a_quiet_time_eases_to_the_worst_level_seen_in_it() {
    let mut town = raised(WARNING);
    town.hold((240, 720), "z0/camera", 100.0);
    town.observe(780, "z0/camera", 185.0);
    town.observe(840, "z0/camera", 100.0);
    town.tick(1439);
    town.check(&["00:14:00 eased zone/z0 density caution #1 sounded 1"]);
    let warning = town.warning("zone/z0", CauseKind::Density).unwrap();
    assert_eq!((warning.worst, warning.worst_at), (Level::Warning, Some(at(120))), "what it came to is kept");
    assert!(warning.worst_value > warning.threshold, "{:?} {:?}", warning.worst_value, warning.threshold);
    assert!(warning.value < warning.worst_value, "{:?}", warning.value);
    town.tick(1440);
    town.check(&["00:24:00 returned zone/z0 density caution #1 sounded 1"]);
}

#[test]
fn row_06_one_reading_at_the_level_starts_the_quiet_time_anew() {
    let mut town = raised(CAUTION);
    town.hold((240, 780), "z0/camera", 100.0);
    town.observe(781, "z0/camera", 185.0);
    town.hold((840, 1380), "z0/camera", 100.0);
    town.check(&[]);
    town.tick(1440);
    town.check(&[
        "00:24:00 returned zone/z0 density caution #1 sounded 1",
        "00:24:00 closed zone/z0 density caution #1 sounded 1",
    ]);
}

#[test]
fn row_07_a_critical_is_raised_without_dwell() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    town.check(&["00:01:00 raised zone/z0 density critical #1 sounded 1"]);
    let mut town = raised(CAUTION);
    town.observe(240, "z0/camera", CRITICAL);
    town.check(&["00:04:00 worsened zone/z0 density critical #1 sounded 2"]);
}

#[test]
fn row_07_a_critical_does_not_wait_for_a_predecessor() {
    let mut town = raised(CAUTION);
    town.observe_interval(600, ("z0/camera", 540), Some(CRITICAL));
    town.check(&["00:10:00 worsened zone/z0 density critical #1 sounded 2"]);
}

#[test]
fn row_08_a_rising_level_voids_the_acknowledgement() {
    let mut town = raised(CAUTION);
    acknowledge(&mut town, 200, "zone/z0", Density);
    town.observe(240, "z0/camera", WARNING);
    town.tick(300);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.acknowledged.clone(), warning.soundings, warning.worst), (None, 2, Level::Warning));
}

#[test]
fn row_09_an_easing_level_keeps_the_acknowledgement_silently() {
    let mut town = raised(WARNING);
    acknowledge(&mut town, 200, "zone/z0", Density);
    town.hold((240, 840), "z0/camera", CAUTION);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.level, warning.soundings), (Level::Caution, 1));
    assert!(warning.acknowledged.is_some());
}

#[test]
fn row_10_a_returned_warning_that_comes_again_is_the_same_one() {
    let mut town = raised(WARNING);
    town.hold((240, 840), "z0/camera", 100.0);
    town.check(&["00:14:00 returned zone/z0 density warning #1 sounded 1"]);
    town.hold((900, 1020), "z0/camera", CAUTION);
    town.check(&["00:17:00 worsened zone/z0 density caution #1 sounded 2"]);
    assert_eq!(town.warning("zone/z0", Density).unwrap().activity, Activity::Active);
}

#[test]
fn row_11_silence_does_not_clear() {
    let mut site = squares(1);
    site.datastreams[0].silent_after_s = 180;
    let mut town = Town::new(site);
    town.hold((60, 180), "z0/camera", WARNING);
    town.observe(240, "z0/camera", 100.0);
    town.events.clear();
    town.tick(7200);
    town.check(&["00:09:00 raised datastream/z0/camera silent caution #2 sounded 1"]);
    town.hold((7260, 7860), "z0/camera", 100.0);
    town.check(&[
        "02:11:00 returned zone/z0 density warning #1 sounded 1",
        "02:11:00 returned datastream/z0/camera silent caution #2 sounded 1",
        "02:11:00 closed datastream/z0/camera silent caution #2 sounded 1",
    ]);
}

#[test]
fn row_11_a_missing_result_does_not_clear() {
    let mut town = raised(CAUTION);
    town.observe(240, "z0/camera", 100.0);
    for seconds in (300..=3600).step_by(60) {
        town.observe_interval(seconds, ("z0/camera", seconds - 60), None);
    }
    town.check(&[]);
}

#[test]
fn row_12_a_silent_feed_is_warned_of_once() {
    let mut site = squares(1);
    site.datastreams[0].silent_after_s = 180;
    let mut town = Town::new(site);
    town.observe(60, "z0/camera", 10.0);
    town.tick(359);
    town.check(&[]);
    town.tick(36_000);
    town.check(&["00:06:00 raised datastream/z0/camera silent caution #1 sounded 1"]);
    assert_eq!(town.city.datastream(DatastreamIx(0)).unwrap().health, FeedHealth::Silent);
    assert_eq!(town.city.zone(ZoneIx(0)).unwrap().knowledge, Knowledge::Unknown);
}

#[test]
fn row_13_silence_that_is_not_judged_warns_nobody() {
    let mut site = squares(2);
    site.datastreams[1].silent_after_s = 180;
    let mut town = Town::new(site);
    town.observe(60, "z0/camera", 10.0);
    town.tick(36_000);
    town.check(&[]);
    assert_eq!(town.city.datastream(DatastreamIx(1)).unwrap().health, FeedHealth::Waiting);
}

#[test]
fn row_14_not_moving_warns_at_once() {
    let mut town = Town::new(squares(1));
    town.say(60, Z0, Saying::NotMoving);
    town.check(&["00:01:00 raised zone/z0 word warning #1 sounded 1"]);
    assert_eq!(town.city.zone(ZoneIx(0)).unwrap().level, Level::Warning);
    assert_eq!(town.warning("zone/z0", Word).unwrap().evidence.human, Some(HumanId(1)));
}

#[test]
fn row_15_pressed_and_fallen_are_critical_at_once() {
    for saying in [Saying::Pressed, Saying::Fallen] {
        let mut town = Town::new(squares(1));
        town.say(60, Z0, saying);
        town.check(&["00:01:00 raised zone/z0 word critical #1 sounded 1"]);
    }
}

#[test]
fn row_16_clear_withdraws_the_words_and_the_warning_returns_after_the_quiet_time() {
    let mut town = Town::new(squares(1));
    town.say(60, Z0, Saying::NotMoving);
    town.say(120, Z0, Saying::Clear);
    assert_eq!(town.city.humans().count(), 0);
    assert_eq!(town.city.zone(ZoneIx(0)).unwrap().level, Level::Normal);
    town.events.clear();
    town.tick(719);
    town.check(&[]);
    town.tick(720);
    town.check(&["00:12:00 returned zone/z0 word warning #1 sounded 1"]);
}

#[test]
fn row_16_a_word_ends_by_its_time() {
    let mut town = Town::new(squares(1));
    town.say(60, Z0, Saying::NotMoving);
    town.events.clear();
    town.tick(60 + 900 + 600);
    town.check(&["00:26:00 returned zone/z0 word warning #1 sounded 1"]);
}

#[test]
fn row_17_a_returned_caution_closes_by_itself() {
    let mut town = raised(CAUTION);
    town.hold((240, 840), "z0/camera", 100.0);
    town.check(&[
        "00:14:00 returned zone/z0 density caution #1 sounded 1",
        "00:14:00 closed zone/z0 density caution #1 sounded 1",
    ]);
    assert_eq!(town.city.warnings().count(), 0);
}

#[test]
fn row_18_a_returned_warning_closes_when_acknowledged() {
    let mut town = raised(WARNING);
    town.hold((240, 840), "z0/camera", 100.0);
    town.check(&["00:14:00 returned zone/z0 density warning #1 sounded 1"]);
    acknowledge(&mut town, 900, "zone/z0", Density);
    town.check(&[
        "00:15:00 acknowledged zone/z0 density warning #1 sounded 1",
        "00:15:00 closed zone/z0 density warning #1 sounded 1",
    ]);
    let mut town = raised(WARNING);
    acknowledge(&mut town, 200, "zone/z0", Density);
    town.hold((240, 840), "z0/camera", 100.0);
    assert_eq!(town.city.warnings().count(), 0);
}

#[test]
fn row_19_after_closing_a_new_warning_has_a_new_number() {
    let mut town = raised(CAUTION);
    town.hold((240, 840), "z0/camera", 100.0);
    town.lines();
    town.hold((900, 1020), "z0/camera", CAUTION);
    town.check(&["00:17:00 raised zone/z0 density caution #2 sounded 1"]);
}

#[test]
fn row_20_a_second_acknowledgement_is_refused() {
    let mut town = raised(WARNING);
    acknowledge(&mut town, 200, "zone/z0", Density);
    let events = acknowledge(&mut town, 201, "zone/z0", Density);
    assert_eq!(Town::refusal(&events), Some(RejectionReason::AlreadyAcknowledged));
    let events = town.command(202, Command::Acknowledge { warning: WarningId(99) });
    assert_eq!(Town::refusal(&events), Some(RejectionReason::UnknownWarning));
}

#[test]
fn row_21_a_shelved_warning_does_not_sound() {
    let mut town = raised(WARNING);
    shelve(&mut town, 200, 2000);
    town.hold((240, 840), "z0/camera", 100.0);
    town.hold((900, 1020), "z0/camera", CAUTION);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.activity, warning.shelved.is_none(), warning.soundings), (Activity::Active, false, 1));
    let mut town = raised(CAUTION);
    shelve(&mut town, 200, 2000);
    let shelved = town.warning("zone/z0", Density).unwrap().shelved.clone().unwrap();
    assert_eq!((shelved.by.as_str(), shelved.why.as_str(), shelved.until), ("local", "roadworks", at(2000)));
    town.events.clear();
    town.tick(1999);
    town.check(&[]);
}

#[test]
fn row_22_shelving_is_bounded() {
    let refused = Some(RejectionReason::ShelveTooLong);
    let mut town = raised(WARNING);
    assert_eq!(Town::refusal(&shelve(&mut town, 200, 200 + 28_801)), refused);
    assert_eq!(Town::refusal(&shelve(&mut town, 200, 200)), refused);
    assert_eq!(Town::refusal(&shelve(&mut town, 200, 200 + 28_800)), None);
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    assert_eq!(Town::refusal(&shelve(&mut town, 70, 70 + 601)), refused);
    assert_eq!(Town::refusal(&shelve(&mut town, 70, 70 + 600)), None);
}

#[test]
fn row_23_a_shelved_warning_that_worsens_is_unshelved_and_sounds() {
    let mut town = raised(WARNING);
    shelve(&mut town, 200, 9000);
    town.observe(240, "z0/camera", CRITICAL);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.shelved.clone(), warning.soundings), (None, 2));
}

#[test]
fn row_24_the_end_of_a_shelving_sounds_what_is_unanswered() {
    let mut town = raised(WARNING);
    shelve(&mut town, 200, 2000);
    town.events.clear();
    town.tick(2000);
    town.check(&["00:33:20 unshelved zone/z0 density warning #1 sounded 2"]);
    shelve(&mut town, 2100, 3000);
    let warning = town.id("zone/z0", Density);
    acknowledge(&mut town, 2200, "zone/z0", Density);
    town.events.clear();
    town.command(2300, Command::Unshelve { warning });
    town.check(&["00:38:20 unshelved zone/z0 density warning #1 sounded 2"]);
}

#[test]
fn row_25_out_of_service_is_not_judged() {
    let mut town = raised(CAUTION);
    service(&mut town, 200, Service::Out);
    town.lines();
    town.hold((240, 480), "z0/camera", WARNING);
    town.check(&[]);
    service(&mut town, 500, Service::In);
    town.check(&[
        "00:08:20 service-changed zone/z0 density caution #1 sounded 1",
        "00:08:20 worsened zone/z0 density warning #1 sounded 2",
    ]);
}

#[test]
fn row_26_a_critical_stays_in_service() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    let events = service(&mut town, 70, Service::Out);
    assert_eq!(Town::refusal(&events), Some(RejectionReason::CriticalStaysInService));
}

#[test]
fn row_27_an_out_of_service_cause_at_critical_is_back_in_service() {
    let mut town = raised(CAUTION);
    service(&mut town, 200, Service::Out);
    town.lines();
    town.observe(240, "z0/camera", CRITICAL);
    town.check(&[
        "00:04:00 service-changed zone/z0 density caution #1 sounded 1",
        "00:04:00 worsened zone/z0 density critical #1 sounded 2",
    ]);
}

#[test]
fn row_35_an_unacknowledged_critical_goes_to_the_next_console() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    town.lines();
    town.tick(119);
    town.check(&[]);
    town.tick(120);
    town.check(&["00:02:00 escalated zone/z0 density critical #1 sounded 2"]);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.console, warning.escalation), (ConsoleIx(1), Escalation::NextConsole));
}

#[test]
fn row_36_then_to_the_commander() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    shelve(&mut town, 70, 600);
    town.lines();
    town.tick(240);
    town.check(&[
        "00:02:00 escalated zone/z0 density critical #1 sounded 2",
        "00:04:00 escalated zone/z0 density critical #1 sounded 3",
    ]);
    let warning = town.warning("zone/z0", Density).unwrap();
    assert_eq!((warning.console, warning.escalation), (ConsoleIx(2), Escalation::Commander));
}

#[test]
fn row_37_an_acknowledged_or_eased_critical_goes_no_further() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    acknowledge(&mut town, 100, "zone/z0", Density);
    town.lines();
    town.tick(3600);
    town.check(&[]);
    let mut site = squares(1);
    site.rules.next_console_s = 900;
    site.rules.commander_s = 1000;
    let mut town = Town::new(site);
    town.observe(60, "z0/camera", CRITICAL);
    town.observe(120, "z0/camera", 10.0);
    town.lines();
    town.tick(3600);
    town.check(&["00:12:00 returned zone/z0 density critical #1 sounded 1"]);
}

#[test]
fn row_38_a_critical_asks_the_shell_to_notify() {
    let mut town = Town::new(squares(1));
    town.observe(60, "z0/camera", CRITICAL);
    town.tick(400);
    let consoles = |effects: &[Effect]| -> Vec<u32> {
        effects
            .iter()
            .map(|effect| match &effect.kind {
                EffectKind::Notify { console, .. } => console.0,
            })
            .collect()
    };
    assert_eq!(consoles(&town.effects), [0, 1, 2]);
    assert_eq!(consoles(&town.city.pending_effects()), [0, 1, 2]);
    let answer = Answer::Notified { effect: EffectId(1), console: ConsoleIx(0), delivery: Delivery::Taken };
    town.enter(401, Input::Answer(answer.clone()));
    assert_eq!(consoles(&town.city.pending_effects()), [1, 2]);
    let events = town.enter(402, Input::Answer(answer));
    assert_eq!(Town::refusal(&events), Some(RejectionReason::UnknownEffect));
}

#[test]
fn row_39_levels_that_only_colour_never_warn() {
    let mut site = street();
    site.datastreams[5].levels.as_mut().unwrap().purpose = LevelUse::Colour;
    let mut town = Town::new(site);
    town.hold((60, 600), "stage", 9.0);
    town.check(&[]);
    assert_eq!(town.city.datastream(DatastreamIx(5)).unwrap().level, Level::Critical);
    let mut town = Town::new(street());
    town.observe(60, "stage", 9.0);
    town.check(&["00:01:00 raised datastream/stage indicator critical #1 sounded 1"]);
    let warning = town.warning("datastream/stage", Indicator).unwrap();
    assert_eq!((warning.console, warning.threshold), (ConsoleIx(1), Some(4.5)));
}

#[test]
fn row_40_people_in_a_group_warn() {
    let mut town = Town::new(street());
    town.observe(60, "north/in", 600.0);
    for id in ["north/out", "steps/up", "steps/down"] {
        town.observe(60, id, 0.0);
    }
    town.tick(180);
    town.check(&["00:03:00 raised group/all people caution #1 sounded 1"]);
    assert_eq!(town.warning("group/all", People).unwrap().value, Some(1100.0));
}

#[test]
fn row_41_an_area_count_above_the_estimate_judges_the_zone() {
    let mut site = street();
    site.datastreams[4].error_share = 1.0;
    site.zones[1].initial = Sourced::new(Estimate { people: 10.0, sd: 5.0 }, "test");
    let mut town = Town::new(site);
    town.observe(60, "steps/up", 0.0);
    town.observe(60, "steps/down", 0.0);
    town.observe(60, "stair/camera", 140.0);
    town.check(&["00:01:00 raised zone/stair density critical #1 sounded 1"]);
    let zone = town.city.zone(ZoneIx(1)).unwrap();
    assert!(zone.occupancy.unwrap().people < 100.0, "{zone:?}");
    assert_eq!(zone.level, Level::Critical);
}

#[test]
fn an_indicator_whose_low_values_are_dangerous_warns_below() {
    let mut site = street();
    let levels = site.datastreams[5].levels.as_mut().unwrap();
    (levels.caution, levels.warning, levels.critical, levels.side) = (3.0, 2.0, 1.0, Side::Below);
    let mut town = Town::new(site);
    town.observe(60, "stage", 0.5);
    town.check(&["00:01:00 raised datastream/stage indicator critical #1 sounded 1"]);
    town.hold((120, 660), "stage", 1.05);
    town.check(&[
        "00:02:00 escalated datastream/stage indicator critical #1 sounded 2",
        "00:04:00 escalated datastream/stage indicator critical #1 sounded 3",
    ]);
}

/// Two digits after `mark` at the start of a line.
fn numbers(text: &str, mark: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.trim_start().strip_prefix(mark)?.get(..2).map(str::to_owned))
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

#[test]
fn the_rows_of_the_table_are_the_rows_tested() {
    let table = numbers(include_str!("../../../docs/warnings.md"), "| ");
    let mut tests = numbers(include_str!("rows.rs"), "fn row_");
    tests.extend(numbers(include_str!("surges.rs"), "fn row_"));
    tests.extend(numbers(include_str!("changes.rs"), "fn row_"));
    tests.extend(numbers(include_str!("precursors.rs"), "fn row_"));
    tests.extend(numbers(include_str!("checks.rs"), "fn row_"));
    assert!(table.len() > 40);
    assert_eq!(table, tests);
}
