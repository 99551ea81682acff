use super::*;
use crate::tune::storage::{Database, Storage, open};
use crate::tune::{Direction, TrialState};

crate::tune::storage::conformance::conformance!(|| {
    let folder = tempfile::tempdir().unwrap();
    Some((Database::sqlite(folder.path().join("studies/new.db")).unwrap(), folder))
});

const MIN: [Direction; 1] = [Direction::Minimize];

fn refused(path: &Path) -> String {
    let before = std::fs::read(path).ok();
    let error = Database::sqlite_within(path, Duration::from_millis(100)).err().unwrap();
    assert!(std::fs::read(path).ok() == before, "the refused file {} was changed", path.display());
    error.to_string()
}

fn raw(path: &Path, sql: &str) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

#[test]
fn what_is_no_file_of_studies_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert!(refused(folder.path()).contains("is a folder"));

    std::fs::write(path("text.db"), "some text that is no database, and longer than its header")
        .unwrap();
    assert!(refused(&path("text.db")).contains("not an SQLite database"));

    raw(&path("other.db"), "CREATE TABLE photos (name TEXT)");
    assert!(refused(&path("other.db")).contains("'photos'"));

    drop(Database::sqlite(path("old.db")).unwrap());
    raw(
        &path("old.db"),
        "PRAGMA journal_mode=DELETE; UPDATE alembic_version SET version_num = 'v2.6.0.a'",
    );
    let error = refused(&path("old.db"));
    assert!(error.contains("v2.6.0.a") && error.contains("v3.2.0.a"), "{error}");

    drop(Database::sqlite(path("half.db")).unwrap());
    raw(&path("half.db"), "PRAGMA journal_mode=DELETE; DROP TABLE alembic_version");
    assert!(refused(&path("half.db")).contains("not complete"));

    drop(Database::sqlite(path("part.db")).unwrap());
    raw(&path("part.db"), "PRAGMA journal_mode=DELETE; DROP TABLE trial_heartbeats");
    assert!(refused(&path("part.db")).contains("trial_heartbeats"));

    std::fs::write(path("file"), "").unwrap();
    assert!(Database::sqlite(path("file").join("study.db")).is_err());
    // An empty file is a database without tables.
    assert!(Database::sqlite(path("file")).is_ok());
}

#[test]
fn a_truncated_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.db");
    let storage = Database::sqlite(&path).unwrap();
    let study = storage.create_study("study", &MIN).unwrap();
    for _ in 0..200 {
        storage.create_trial(study, None).unwrap();
    }
    drop(storage);
    let whole = std::fs::read(&path).unwrap();
    for length in [whole.len() / 2, 5000, 4096, 1000, 50] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let read = Database::sqlite(&path).and_then(|s| s.trials(study).map(|t| t.len()));
        assert!(read.is_err(), "{length} of {} bytes: {read:?}", whole.len());
    }
}

#[test]
fn a_locked_file_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.db");
    let storage = Database::sqlite_within(&path, Duration::from_millis(300)).unwrap();
    let study = storage.create_study("study", &MIN).unwrap();
    let other = raw(&path, "BEGIN IMMEDIATE");
    let error = storage.create_trial(study, None).unwrap_err().to_string();
    assert!(error.contains("locked") && error.contains("locked.db"), "{error}");
    // Readers do not have to wait.
    assert_eq!(storage.trials(study).unwrap().len(), 0);
    let free = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        other.execute_batch("COMMIT").unwrap();
    });
    assert_eq!(storage.create_trial(study, None).unwrap().1, 0);
    free.join().unwrap();
}

#[test]
fn a_file_that_stays_with_its_journal_works_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(Database::sqlite(&path).unwrap());
    // A program that reads all the time prevents a change of the journal.
    let reader = raw(&path, "PRAGMA journal_mode=DELETE; BEGIN");
    reader.query_row("SELECT COUNT(*) FROM studies", [], |row| row.get::<_, i64>(0)).unwrap();
    let storage = Database::sqlite_within(&path, Duration::from_millis(100)).unwrap();
    assert!(storage.create_study("study", &MIN).is_err());
    reader.execute_batch("COMMIT").unwrap();
    let study = storage.create_study("study", &MIN).unwrap();
    assert_eq!(storage.create_trial(study, None).unwrap().1, 0);
    let mode: String = reader.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
}

#[test]
fn two_processes_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let [a, b] = [0, 1].map(|_| Database::sqlite(&path).unwrap());
    let study = a.create_study("study", &MIN).unwrap();
    let (id, _) = a.create_trial(study, None).unwrap();
    assert_eq!(b.trials(study).unwrap()[0].state, TrialState::Running);
    a.report(id, 0, 0.5).unwrap();
    assert_eq!(b.trials(study).unwrap()[0].intermediate.len(), 1);
    a.finish(id, TrialState::Complete, &[1.0]).unwrap();
    assert_eq!(b.create_trial(study, None).unwrap().1, 1);
    assert_eq!(b.trials(study).unwrap()[0].values, [1.0]);

    // The keys of a deleted study are used again; nothing of the old study must show.
    a.delete_study(study).unwrap();
    assert!(b.trials(study).is_err());
    assert_eq!(a.create_study("study", &MIN).unwrap(), study);
    let (again, _) = a.create_trial(study, None).unwrap();
    assert_eq!(again, id);
    a.finish(again, TrialState::Complete, &[2.0]).unwrap();
    let seen = b.trials(study).unwrap();
    assert_eq!((seen.len(), seen[0].values.as_slice()), (1, &[2.0][..]));
}

#[test]
fn finished_trials_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study.db");
    let storage = Database::sqlite(&path).unwrap();
    let study = storage.create_study("study", &MIN).unwrap();
    for _ in 0..3 {
        let (id, _) = storage.create_trial(study, None).unwrap();
        storage.finish(id, TrialState::Complete, &[1.0]).unwrap();
    }
    let first = storage.trials(study).unwrap();
    storage.create_trial(study, None).unwrap();
    let second = storage.trials(study).unwrap();
    assert!(first.iter().zip(&second).all(|(a, b)| std::sync::Arc::ptr_eq(a, b)));
    assert_eq!((first.len(), second.len()), (3, 4));
}

#[test]
fn many_waiting_trials_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Database::sqlite(folder.path().join("study.db")).unwrap();
    let study = storage.create_study("study", &MIN).unwrap();
    let waiting = crate::tune::storage::conformance::full(TrialState::Waiting);
    let other = storage.create_study("other", &MIN).unwrap();
    let mut ids = Vec::new();
    for i in 0..1200 {
        ids.push(storage.create_trial(study, Some(&waiting)).unwrap().0);
        if i % 100 == 0 {
            storage.create_trial(other, Some(&waiting)).unwrap();
        }
    }
    let check = |states: [TrialState; 2]| {
        let all = storage.trials(study).unwrap();
        assert_eq!(all.len(), 1200);
        assert!(all.iter().all(|t| t.params == waiting.params && t.user == waiting.user));
        assert!(all.iter().enumerate().all(|(i, t)| t.state == states[i % 2]));
    };
    check([TrialState::Waiting; 2]);
    for id in ids.iter().step_by(2) {
        assert!(storage.claim(*id, &Default::default()).unwrap());
    }
    check([TrialState::Running, TrialState::Waiting]);
    for id in ids.iter().step_by(2) {
        storage.finish(*id, TrialState::Fail, &[]).unwrap();
    }
    check([TrialState::Fail, TrialState::Waiting]);
}

#[test]
fn places_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    for place in [format!("{root}/a.db"), format!("sqlite:///{root}/b/c.db")] {
        open(place.as_str()).unwrap().create_study("study", &MIN).unwrap();
        assert_eq!(open(place.as_str()).unwrap().studies().unwrap().len(), 1, "{place}");
    }
    assert!(folder.path().join("b/c.db").is_file());
    for memory in [None, Some(":memory:"), Some("sqlite://"), Some("sqlite:///:memory:")] {
        assert!(open(memory).unwrap().studies().unwrap().is_empty());
    }
    for bad in ["", "mysql://me:secret@host/db", "sqlite://a.db", "redis://x"] {
        let error = open(bad).err().unwrap().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
