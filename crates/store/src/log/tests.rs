//! The log in real files: order, recovery, damage, a full disk, backup.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use city::{
    ActorId, DatastreamIx, Digest, ENTRY_SCHEMA, Entry, Fact, Input, OLDEST_ENTRY_SCHEMA, Observation,
    ObservationBatch, Seq, SourceId, Span, Time,
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    Durability, HEAD_FILE, KEPT_SNAPSHOTS, LOG_FILE, LogReader, Snapshot, Store, TOKEN_LIFE, TokenRecord, backup,
    restore,
};
use crate::StoreError;

const START: i64 = 1_570_000_000;

fn at(seq: u64) -> Time {
    Time::from_seconds(START + seq as i64)
}

fn entry(seq: u64, rows: u32) -> Entry {
    let batch: ObservationBatch = (0..rows)
        .map(|row| Observation {
            datastream: DatastreamIx(row),
            phenomenon_time: at(seq),
            result_time: at(seq).plus(Span::from_seconds(5)),
            result: Some(f64::from((row * 31 + seq as u32 * 17) % 211)),
        })
        .collect();
    let input = if rows == 0 { Input::Tick } else { Input::Fact(Fact::Observations(batch)) };
    Entry {
        seq: Seq(seq),
        time: at(seq),
        actor: ActorId::from("local"),
        source: SourceId::from("http"),
        schema: ENTRY_SCHEMA,
        input,
    }
}

fn entries(seqs: std::ops::RangeInclusive<u64>, rows: u32) -> Vec<Entry> {
    seqs.map(|seq| entry(seq, rows)).collect()
}

fn open(dir: &Path) -> Result<Store, StoreError> {
    Store::open(dir, Durability::Full)
}

/// A folder with `blocks` blocks of two entries of 300 rows each.
fn folder_with(blocks: u64) -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    for block in 0..blocks {
        store.append(&entries(block * 2 + 1..=block * 2 + 2, 300), &[]).unwrap();
    }
    dir
}

fn snapshot(seq: u64, engine: &str) -> Snapshot {
    Snapshot {
        seq: Seq(seq),
        time: at(seq),
        engine: engine.to_owned(),
        site: Digest::of(b"site"),
        state_hash: Digest::of(&seq.to_le_bytes()),
        bytes: seq.to_le_bytes().repeat(1000),
    }
}

fn read_all(store: &Store, after: u64) -> Result<Vec<Entry>, StoreError> {
    store.entries(Seq(after)).collect()
}

/// Changes the database behind the store's back, as a damaged disk or a careless hand would.
fn tamper(dir: &Path, sql: &str) {
    let conn = Connection::open(dir.join(LOG_FILE)).unwrap();
    assert!(conn.execute(sql, []).unwrap() > 0, "{sql}");
}

fn flip(file: &Path, place: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(place)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(&[byte[0] ^ 0xff]).unwrap();
}

#[test]
fn what_was_appended_is_there_after_reopening() {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    assert_eq!(store.head().seq, Seq(0));
    let first = entries(1..=3, 10);
    let head = store.append(&first, &[]).unwrap();
    assert_eq!((head.seq, head.time), (Seq(3), at(3)));
    let second = [entry(4, 0), entry(5, 1)];
    let head = store.append(&second, &[]).unwrap();
    drop(store);
    let store = open(dir.path()).unwrap();
    assert_eq!(store.head(), head);
    assert_eq!(read_all(&store, 0).unwrap(), [&first[..], &second[..]].concat());
    assert_eq!(read_all(&store, 2).unwrap(), [&first[2..], &second[..]].concat());
    assert_eq!(read_all(&store, 5).unwrap(), []);
    let report = store.verify_chain().unwrap();
    assert_eq!((report.entries, report.observations, report.blocks, report.head), (5, 31, 2, head));
    assert!(report.is_sound());
}

#[test]
fn entries_that_do_not_follow_are_refused() {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    store.append(&entries(1..=2, 1), &[]).unwrap();
    let head = store.head();
    assert!(matches!(store.append(&[entry(4, 1)], &[]), Err(StoreError::OutOfOrder { expected: Seq(3), got: Seq(4) })));
    assert!(matches!(store.append(&[entry(3, 1), entry(3, 1)], &[]), Err(StoreError::OutOfOrder { .. })));
    let early = Entry { time: at(1), ..entry(3, 1) };
    assert!(matches!(store.append(&[early], &[]), Err(StoreError::TimeWentBack { seq: Seq(3) })));
    assert_eq!(store.head(), head);
    store.append(&[entry(3, 1)], &[]).unwrap();
}

#[test]
fn an_append_beyond_a_blocks_limits_becomes_several_blocks() {
    let dir = TempDir::new().unwrap();
    let mut store = Store::open(dir.path(), Durability::None).unwrap();
    store.append(&entries(1..=super::MAX_ENTRIES_PER_BLOCK as u64 + 5, 0), &[]).unwrap();
    let report = store.verify_chain().unwrap();
    assert!(report.is_sound());
    assert_eq!((report.blocks, report.entries), (2, super::MAX_ENTRIES_PER_BLOCK as u64 + 5));
    let next = super::MAX_ENTRIES_PER_BLOCK as u64 + 6;
    let huge = entry(next, super::MAX_ROWS_PER_BLOCK as u32 + 1);
    assert!(matches!(store.append(&[huge], &[]), Err(StoreError::TooLarge { .. })));
    store.append(&[entry(next, 1)], &[]).unwrap();
}

#[test]
fn a_second_store_on_the_folder_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let error = open(dir.path()).err().unwrap();
    let text = error.to_string();
    assert!(text.contains(&dir.path().display().to_string()), "{text}");
    assert!(text.contains(&std::process::id().to_string()), "{text}");
    drop(store);
    open(dir.path()).unwrap();
}

#[test]
fn a_newer_schema_and_a_foreign_file_are_refused_and_left_alone() {
    let dir = folder_with(1);
    let conn = Connection::open(dir.path().join(LOG_FILE)).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    let error = open(dir.path()).err().unwrap();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");

    let dir = TempDir::new().unwrap();
    let conn = Connection::open(dir.path().join(LOG_FILE)).unwrap();
    conn.execute_batch("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)").unwrap();
    drop(conn);
    assert!(matches!(open(dir.path()).err().unwrap(), StoreError::Foreign { .. }));
    let conn = Connection::open(dir.path().join(LOG_FILE)).unwrap();
    assert_eq!(conn.query_row("SELECT a FROM theirs", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn a_log_of_an_entry_schema_no_longer_read_is_refused_by_name_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    let old = Entry { schema: OLDEST_ENTRY_SCHEMA - 1, ..entry(1, 300) };
    store.append(&[old], &[]).unwrap();
    drop(store);
    let before = fs::read(dir.path().join(LOG_FILE)).unwrap();
    for error in [open(dir.path()).err().unwrap(), LogReader::open(dir.path()).err().unwrap()] {
        assert!(matches!(error, StoreError::Older { found: 1, .. }), "{error}");
        let text = error.to_string();
        assert!(text.contains(LOG_FILE) && text.contains("schema 1") && text.contains("new --data folder"), "{text}");
    }
    assert_eq!(fs::read(dir.path().join(LOG_FILE)).unwrap(), before);
}

#[test]
fn a_token_gives_its_answer_for_seven_days() {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    let source = SourceId::from("http");
    let token = |name: &str, when: Time| TokenRecord {
        source: source.clone(),
        token: name.to_owned(),
        body: Digest::of(b"body"),
        seq: Seq(1),
        reply: b"{}".to_vec(),
        at: when,
    };
    let start = at(0);
    store.append(&[entry(1, 1)], &[token("a", start)]).unwrap();
    drop(store);
    let mut store = open(dir.path()).unwrap();
    assert_eq!(store.token(&source, "a", start).unwrap(), Some(token("a", start)));
    assert_eq!(store.token(&SourceId::from("mqtt"), "a", start).unwrap(), None);
    let late = start.plus(TOKEN_LIFE);
    assert!(store.token(&source, "a", late.minus(Span::from_seconds(1))).unwrap().is_some());
    assert_eq!(store.token(&source, "a", late).unwrap(), None);
    store.append(&[entry(2, 1)], &[token("b", late)]).unwrap();
    assert_eq!(store.token(&source, "a", start).unwrap(), None, "forgotten when a token came 7 days later");
}

#[test]
fn a_full_disk_is_named_loses_nothing_and_passes() {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    let pages = |store: &Store, limit: i64| {
        let conn = &store.reader.database.conn;
        conn.pragma_update_and_check(None, "max_page_count", limit, |_| Ok(())).unwrap();
    };
    pages(&store, 12);
    let mut seq = 0;
    let error = loop {
        match store.append(&[entry(seq + 1, 1000)], &[]) {
            Ok(head) => seq = head.seq.0,
            Err(error) => break error,
        }
        assert!(seq < 10_000);
    };
    assert!(error.is_full(), "{error}");
    assert_eq!(store.head().seq, Seq(seq));
    assert!(store.append(&[entry(seq + 1, 1000)], &[]).unwrap_err().is_full());
    assert_eq!(read_all(&store, 0).unwrap().len() as u64, seq);
    pages(&store, 1_000_000);
    store.append(&[entry(seq + 1, 1000)], &[]).unwrap();
    drop(store);
    let store = open(dir.path()).unwrap();
    assert_eq!(read_all(&store, 0).unwrap(), entries(1..=seq + 1, 1000));
}

#[test]
fn a_flipped_byte_in_any_column_of_a_block_is_named() {
    let columns = [
        (
            "bytes",
            "UPDATE block SET bytes = CAST(substr(bytes, 1, 99) || randomblob(8) || substr(bytes, 108) AS BLOB) WHERE first_seq = 3",
        ),
        ("hash", "UPDATE block SET hash = randomblob(32) WHERE first_seq = 3"),
        ("prev", "UPDATE block SET prev = randomblob(32) WHERE first_seq = 3"),
        ("last_time", "UPDATE block SET last_time = last_time + 1 WHERE first_seq = 3"),
        ("observations", "UPDATE block SET observations = 1 WHERE first_seq = 3"),
    ];
    for (column, sql) in columns {
        let dir = folder_with(3);
        tamper(dir.path(), sql);
        let store = open(dir.path()).unwrap();
        let report = store.verify_chain().unwrap();
        let damage = report.damage.unwrap();
        assert_eq!((damage.block, report.entries), (Seq(3), 2), "{column}: {}", damage.reason);
        let error = read_all(&store, 0).unwrap_err().to_string();
        assert!(error.contains("log.db") && error.contains("entries 3 to 4"), "{column}: {error}");
        let sound = store.entries(Seq(0)).filter_map(Result::ok).count();
        assert_eq!(sound, 2, "{column}: nothing after the damage is read");
    }
}

#[test]
fn a_missing_a_renumbered_and_a_forged_block_are_named() {
    let dir = folder_with(3);
    tamper(dir.path(), "DELETE FROM block WHERE first_seq = 3");
    let damage = open(dir.path()).unwrap().verify_chain().unwrap().damage.unwrap();
    assert!(damage.reason.contains("entries 3 to 4 are missing"), "{}", damage.reason);

    // A block whose own hash is right, made for another past.
    let other = TempDir::new().unwrap();
    let mut store = open(other.path()).unwrap();
    store.append(&entries(1..=2, 7), &[]).unwrap();
    store.append(&entries(3..=4, 300), &[]).unwrap();
    drop(store);
    let dir = folder_with(3);
    let conn = Connection::open(dir.path().join(LOG_FILE)).unwrap();
    conn.execute("ATTACH ?1 AS other", [other.path().join(LOG_FILE).display().to_string()]).unwrap();
    conn.execute_batch(
        "DELETE FROM block WHERE first_seq = 3; INSERT INTO block SELECT * FROM other.block WHERE first_seq = 3",
    )
    .unwrap();
    drop(conn);
    let damage = open(dir.path()).unwrap().verify_chain().unwrap().damage.unwrap();
    assert_eq!(damage.block, Seq(3));
    assert!(damage.reason.contains("does not follow"), "{}", damage.reason);
}

#[test]
fn a_damaged_last_block_keeps_the_log_shut() {
    let dir = folder_with(3);
    tamper(dir.path(), "UPDATE block SET observations = 1 WHERE first_seq = 5");
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("entries 5 to 6"), "{error}");
}

#[test]
fn a_log_cut_back_to_an_older_state_is_noticed() {
    let dir = folder_with(3);
    tamper(dir.path(), "DELETE FROM block WHERE first_seq = 5");
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("ends at entry 4") && error.contains("entry 6 was acknowledged"), "{error}");
    let damage = LogReader::open(dir.path()).unwrap().verify_chain().unwrap().damage.unwrap();
    assert!(damage.reason.contains("entry 6 was acknowledged"), "{}", damage.reason);
    fs::remove_file(dir.path().join(HEAD_FILE)).unwrap();
    open(dir.path()).unwrap();
}

#[test]
fn a_corrupted_write_ahead_log_is_noticed() {
    let dir = TempDir::new().unwrap();
    let copy = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    store.append(&entries(1..=2, 300), &[]).unwrap();
    store.append(&entries(3..=4, 300), &[]).unwrap();
    // The folder as a crash leaves it: the write-ahead log still holds everything.
    for name in [LOG_FILE, "log.db-wal", HEAD_FILE] {
        fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let wal = copy.path().join("log.db-wal");
    let size = fs::metadata(&wal).unwrap().len();
    flip(&wal, size - 100);
    let error = open(copy.path()).err().unwrap().to_string();
    assert!(error.contains("log.db") && error.contains("entry 4 was acknowledged"), "{error}");
}

#[test]
fn a_truncated_database_file_is_named() {
    let dir = folder_with(40);
    let file = dir.path().join(LOG_FILE);
    let size = fs::metadata(&file).unwrap().len();
    for part in [3, 2] {
        OpenOptions::new().write(true).open(&file).unwrap().set_len(size * part / 4).unwrap();
        let named = match open(dir.path()) {
            Err(error) => error.to_string(),
            Ok(store) => store.verify_chain().unwrap().damage.unwrap().reason,
        };
        assert!(named.contains("damaged") || named.contains("malformed"), "{named}");
    }
    OpenOptions::new().write(true).open(&file).unwrap().set_len(50).unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("log.db"), "{error}");
}

#[test]
fn a_corrupted_page_anywhere_is_named_or_harmless_never_believed() {
    let dir = folder_with(60);
    let truth = read_all(&open(dir.path()).unwrap(), 0).unwrap();
    let file = dir.path().join(LOG_FILE);
    let whole = fs::read(&file).unwrap();
    let mut found = 0;
    for place in (0..whole.len()).step_by(1021) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        fs::write(&file, &bytes).unwrap();
        let read = open(dir.path()).and_then(|store| {
            let report = store.verify_chain()?;
            Ok((report.is_sound(), store.entries(Seq(0)).map_while(Result::ok).collect::<Vec<_>>()))
        });
        match read {
            Ok((sound, entries)) => {
                assert_eq!(entries, truth[..entries.len()], "byte {place}");
                assert!(!sound || entries.len() == truth.len(), "byte {place} was not noticed");
                found += usize::from(!sound);
            }
            Err(error) => {
                assert!(error.to_string().contains("log.db"), "byte {place}: {error}");
                found += 1;
            }
        }
    }
    // The rest hit unused bytes of pages, which nothing reads.
    assert!(found > whole.len() / 1021 / 3, "only {found} of {} changes were noticed", whole.len() / 1021);
}

#[test]
fn the_newest_snapshots_are_kept_and_a_damaged_one_is_passed_over() {
    let dir = folder_with(5);
    let mut store = open(dir.path()).unwrap();
    for seq in [2, 4, 6, 8, 10] {
        store.save_snapshot(&snapshot(seq, "1.0").pack()).unwrap();
    }
    assert_eq!(store.latest_snapshot("1.0", None).unwrap(), Some(snapshot(10, "1.0")));
    assert_eq!(store.latest_snapshot("1.0", Some(Seq(9))).unwrap(), Some(snapshot(8, "1.0")));
    // Of the older ones only the first of the day is kept.
    assert_eq!(store.latest_snapshot("1.0", Some(Seq(5))).unwrap(), Some(snapshot(2, "1.0")));
    assert_eq!(KEPT_SNAPSHOTS, 3);
    assert_eq!(store.latest_snapshot("0.9", None).unwrap(), None, "another version's are never loaded");
    drop(store);
    tamper(dir.path(), "UPDATE snapshot SET state_hash = randomblob(32) WHERE seq = 10");
    let store = open(dir.path()).unwrap();
    assert_eq!(store.latest_snapshot("1.0", None).unwrap(), Some(snapshot(8, "1.0")));
    assert_eq!(store.verify_chain().unwrap().damage.unwrap().block, Seq(10));
}

#[test]
fn a_checkpoint_drops_whole_blocks_and_becomes_the_base() {
    let dir = folder_with(5);
    let mut store = open(dir.path()).unwrap();
    assert!(matches!(store.checkpoint(Seq(5), "1.0"), Err(StoreError::NoSnapshot { seq: Seq(5) })));
    let head = store.head();
    store.save_snapshot(&snapshot(5, "1.0").pack()).unwrap();
    let base = store.checkpoint(Seq(5), "1.0").unwrap().clone();
    assert_eq!((base.seq, base.chain_seq, base.state_hash), (Seq(5), Seq(4), Some(snapshot(5, "1.0").state_hash)));
    drop(store);
    let mut store = open(dir.path()).unwrap();
    assert_eq!((store.base(), store.head()), (&base, head));
    assert_eq!(read_all(&store, 5).unwrap(), entries(6..=10, 300));
    assert!(matches!(read_all(&store, 1), Err(StoreError::Dropped { .. })));
    let report = store.verify_chain().unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.base_seq, report.entries), (Seq(5), 6));
    // Its snapshot outlives newer ones; a checkpoint at the head leaves no block, and the chain goes on.
    for seq in 6..=10 {
        store.save_snapshot(&snapshot(seq, "1.0").pack()).unwrap();
    }
    assert_eq!(store.latest_snapshot("1.0", Some(Seq(5))).unwrap(), Some(snapshot(5, "1.0")));
    store.checkpoint(Seq(10), "1.0").unwrap();
    assert_eq!(store.head(), head);
    drop(store);
    let mut store = open(dir.path()).unwrap();
    assert_eq!(store.head(), head);
    store.append(&entries(11..=12, 3), &[]).unwrap();
    assert!(store.verify_chain().unwrap().is_sound());
    assert_eq!(read_all(&store, 10).unwrap(), entries(11..=12, 3));
}

#[test]
fn a_backup_made_while_the_writer_works_restores_to_the_same_log() {
    let dir = TempDir::new().unwrap();
    let target = TempDir::new().unwrap();
    let mut store = open(dir.path()).unwrap();
    store.append(&entries(1..=2, 300), &[]).unwrap();
    let copy = target.path().join("backup");
    let copied = std::thread::scope(|scope| {
        let backup = scope.spawn(|| backup(dir.path(), &copy));
        for seq in 3..=200 {
            store.append(&[entry(seq, 300)], &[]).unwrap();
        }
        backup.join().unwrap().unwrap()
    });
    assert!(copied.seq >= Seq(2));
    let restored = target.path().join("restored");
    assert_eq!(restore(&copy, &restored).unwrap(), copied);
    let mut again = open(&restored).unwrap();
    assert_eq!(read_all(&again, 0).unwrap(), read_all(&store, 0).unwrap()[..copied.seq.0 as usize]);
    again.append(&[entry(copied.seq.0 + 1, 1)], &[]).unwrap();
    assert!(again.verify_chain().unwrap().is_sound());
}

#[test]
fn backup_and_restore_never_overwrite() {
    let dir = folder_with(1);
    let full = folder_with(1);
    assert!(matches!(backup(dir.path(), full.path()), Err(StoreError::NotEmpty { .. })));
    assert!(matches!(restore(dir.path(), full.path()), Err(StoreError::NotEmpty { .. })));
    let nothing = TempDir::new().unwrap();
    let target = nothing.path().join("to");
    assert!(matches!(backup(nothing.path(), &target), Err(StoreError::NoLog { .. })));
    let store = open(dir.path()).unwrap();
    assert!(
        matches!(restore(dir.path(), &target), Err(StoreError::InUse { .. })),
        "a live folder is backed up, not copied"
    );
    drop(store);
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let dir = folder_with(3);
    let target = TempDir::new().unwrap();
    let copy = target.path().join("backup");
    backup(dir.path(), &copy).unwrap();
    tamper(&copy, "UPDATE block SET hash = randomblob(32) WHERE first_seq = 3");
    let restored = target.path().join("restored");
    assert!(matches!(restore(&copy, &restored), Err(StoreError::Damaged { .. })));
    assert_eq!(fs::read_dir(&restored).unwrap().count(), 0);
}

#[test]
fn another_process_may_read_while_one_writes() {
    let dir = folder_with(2);
    let mut store = open(dir.path()).unwrap();
    let reader = LogReader::open(dir.path()).unwrap();
    store.append(&[entry(5, 2)], &[]).unwrap();
    assert_eq!(reader.head().unwrap(), store.head());
    assert!(reader.verify_chain().unwrap().is_sound());
    assert!(reader.database.conn.execute("DELETE FROM block", []).is_err(), "a reader never writes");
}
