//! SQLite: a file with a write-ahead log, so that a transaction is a few writes to the end of a
//! file and does not wait for the disk.
//!
//! Everything that a killed process had committed stays. A power cut may lose the commits of about
//! the last second, but leaves the file intact. The end of a trial waits for the disk at most once
//! per [`SYNC`]: always, if trials take longer than that.
//!
//! The log is moved into the file when a search or a writing call ends, and when the database is
//! closed, so that a copy of the file alone is complete.

use super::network_drive::on_network;
use super::schema;
use super::sql::{Arg, Backend, Cell, Each, Fault, Row, Sql, Work};
use super::time;
use crate::error::{Error, Result};
use rusqlite::ffi::ErrorCode;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two ends of trials that wait for the disk.
const SYNC: Duration = Duration::from_secs(1);
/// How long moving the log waits for other programs; if they take longer, the last of them moves
/// it.
const SETTLING: Duration = Duration::from_millis(200);
/// How long to wait for the tables of a file that another program is creating.
const MAKING: Duration = Duration::from_secs(3);

/// An SQLite file.
pub(super) struct Sqlite {
    path: PathBuf,
    patience: Duration,
    open: Mutex<Open>,
}

struct Open {
    connection: Connection,
    synced: Option<Instant>,
}

impl Sqlite {
    /// Opens a file, or creates it with its folders.
    ///
    /// # Errors
    /// If it is not a database of studies, cannot be read and written, or is locked by another
    /// program for longer than `patience`.
    pub(super) fn open(path: &Path, patience: Duration) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|e| Error::io(path, e))?;
        if path.is_dir() {
            let problem = "it is a folder, but must be a file: add a name such as study.db";
            return Err(Error::Database {
                place: path.display().to_string(),
                problem: problem.into(),
            });
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        }
        // All threads share one connection behind a mutex, so SQLite needs no mutex of its own.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let fail = |e| fault(&path, e).error();
        let connection = Connection::open_with_flags(&path, flags).map_err(fail)?;
        connection.busy_timeout(patience).map_err(fail)?;
        connection.set_prepared_statement_cache_capacity(64);
        let open = Mutex::new(Open { connection, synced: None });
        let storage = Sqlite { path, patience, open };
        storage.prepare()?;
        Ok(storage)
    }

    fn prepare(&self) -> Result<()> {
        let place = self.path.display().to_string();
        let begin = Instant::now();
        loop {
            match self.prepare_once(&place) {
                Err(Fault::Again(_)) if begin.elapsed() < MAKING.min(self.patience) => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                done => return done.map_err(Fault::error),
            }
        }
    }

    fn prepare_once(&self, place: &str) -> Result<(), Fault> {
        let mut open = self.lock();
        let connection = &mut open.connection;
        let fail = |e| fault(&self.path, e);
        if connection.is_readonly("main").map_err(fail)? {
            let problem = "it is read-only, but studies are written: change its permissions, or \
                           copy it to another folder";
            let place = place.to_string();
            return Err(Error::Database { place, problem: problem.into() }.into());
        }
        let mut names = tables_of(connection).map_err(fail)?;
        if names.is_empty() {
            self.log_ahead(connection)?;
            begin(connection, &self.path)?;
            // Another process may have been faster.
            let made = match tables_of(connection).map_err(fail)?.is_empty() {
                true => {
                    let path = &self.path;
                    schema::create(&mut Transaction { connection, path }, schema::SQLITE)
                }
                false => Ok(()),
            };
            end(connection, &self.path, made)?;
            names = tables_of(connection).map_err(fail)?;
        }
        if !schema::tables().any(|table| names.iter().any(|name| name == table)) {
            let problem = format!(
                "it is another program's database (with the table '{}'), but must be a database \
                 of studies or a new file",
                names.first().map_or("", |name| name)
            );
            return Err(Error::Database { place: place.to_string(), problem }.into());
        }
        schema::check(&mut Transaction { connection, path: &self.path }, place, &names)?;
        self.log_ahead(connection)
    }

    /// Turns the log on, for every program that opens the file. A file that other programs use, or
    /// whose file system has no shared memory, stays as it is: slower, but as safe.
    fn log_ahead(&self, connection: &Connection) -> Result<(), Fault> {
        let fail = |e| fault(&self.path, e);
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(fail)?;
        let mode: String =
            connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(fail)?;
        if mode != "wal" && !on_network(&self.path) {
            connection.busy_timeout(Duration::ZERO).map_err(fail)?;
            let turned =
                connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
            connection.busy_timeout(self.patience).map_err(fail)?;
            match turned.map_err(fail) {
                Ok(()) | Err(Fault::Again(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // A transaction that a panic left open is rolled back by the next `begin`.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Retries while another program is faster.
    fn patiently(&self, mut once: impl FnMut() -> Result<(), Fault>) -> Result<()> {
        let begin = Instant::now();
        loop {
            match once() {
                Ok(()) => return Ok(()),
                Err(Fault::Again(_)) if begin.elapsed() < self.patience => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(fault) => return Err(fault.error()),
            }
        }
    }
}

impl Backend for Sqlite {
    fn write(&self, durable: bool, work: &mut Work<'_>) -> Result<()> {
        self.patiently(|| {
            let mut open = self.lock();
            let due = durable && open.synced.is_none_or(|at| at.elapsed() > SYNC);
            if due {
                set_sync(&open.connection, &self.path, "FULL")?;
            }
            begin(&open.connection, &self.path)?;
            let path = &self.path;
            let done = work(&mut Transaction { connection: &open.connection, path }, false);
            let ended = end(&open.connection, &self.path, done);
            if due {
                open.synced = Some(Instant::now());
                set_sync(&open.connection, &self.path, "NORMAL")?;
            }
            ended
        })
    }

    fn read(&self, work: &mut Work<'_>) -> Result<()> {
        self.patiently(|| {
            let open = self.lock();
            if !open.connection.is_autocommit() {
                roll_back(&open.connection);
            }
            // A transaction, so that all queries see the same state.
            open.connection.execute_batch("BEGIN").map_err(|e| fault(&self.path, e))?;
            let path = &self.path;
            let done = work(&mut Transaction { connection: &open.connection, path }, false);
            end(&open.connection, &self.path, done)
        })
    }

    fn settle(&self) -> Result<()> {
        let open = self.lock();
        if !open.connection.is_autocommit() {
            roll_back(&open.connection);
        }
        let fail = |e| fault(&self.path, e);
        let fold_in = || -> Result<(), Fault> {
            open.connection.busy_timeout(SETTLING).map_err(fail)?;
            let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
            let folded = open.connection.query_row(fold, [], |_| Ok(())).map_err(fail);
            open.connection.busy_timeout(self.patience).map_err(fail)?;
            folded
        };
        match fold_in() {
            Ok(()) | Err(Fault::Again(_)) => Ok(()),
            Err(fault) => Err(fault.error()),
        }
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // Closing moves the log, too, but only if no other program has the file open.
        let _ = self.settle();
    }
}

fn tables_of(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(query)?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn set_sync(connection: &Connection, path: &Path, level: &str) -> Result<(), Fault> {
    connection.pragma_update(None, "synchronous", level).map_err(|e| fault(path, e))
}

/// Begins a transaction with the file's write lock. A transaction that reads first would have to
/// give up if another one wrote before it.
fn begin(connection: &Connection, path: &Path) -> Result<(), Fault> {
    if !connection.is_autocommit() {
        roll_back(connection);
    }
    let mut statement = connection.prepare_cached("BEGIN IMMEDIATE").map_err(|e| fault(path, e))?;
    statement.execute([]).map(drop).map_err(|e| fault(path, e))
}

fn end(connection: &Connection, path: &Path, done: Result<(), Fault>) -> Result<(), Fault> {
    let ended = done.and_then(|()| {
        let mut statement = connection.prepare_cached("COMMIT").map_err(|e| fault(path, e))?;
        statement.execute([]).map(drop).map_err(|e| fault(path, e))
    });
    if ended.is_err() && !connection.is_autocommit() {
        roll_back(connection);
    }
    ended
}

fn roll_back(connection: &Connection) {
    // If it fails, the file is rolled back when it is opened next.
    let _ = connection.execute_batch("ROLLBACK");
}

struct Transaction<'a> {
    connection: &'a Connection,
    path: &'a Path,
}

impl ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Arg::Int(v) => ToSqlOutput::from(*v),
            Arg::Real(v) => ToSqlOutput::from(*v),
            Arg::Text(v) => ToSqlOutput::from(*v),
            Arg::Time(v) => ToSqlOutput::from(time::text(*v)),
            Arg::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        })
    }
}

impl Transaction<'_> {
    fn with<T>(
        &self,
        sql: &str,
        run: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        let done =
            self.connection.prepare_cached(sql).and_then(|mut statement| run(&mut statement));
        done.map_err(|e| fault(self.path, e))
    }
}

impl Sql for Transaction<'_> {
    fn run(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64, Fault> {
        self.with(sql, |statement| statement.execute(rusqlite::params_from_iter(args)))
            .map(|changed| changed as u64)
    }

    fn rows(&mut self, sql: &str, args: &[Arg<'_>], each: &mut Each<'_>) -> Result<(), Fault> {
        let mut stopped = None;
        self.with(sql, |statement| {
            let columns = statement.column_count();
            let mut rows = statement.query(rusqlite::params_from_iter(args))?;
            let mut cells = Vec::with_capacity(columns);
            while let Some(row) = rows.next()? {
                cells.clear();
                for column in 0..columns {
                    cells.push(match row.get_ref(column)? {
                        ValueRef::Null => Cell::Null,
                        ValueRef::Integer(v) => Cell::Int(v),
                        ValueRef::Real(v) => Cell::Real(v),
                        ValueRef::Text(v) => Cell::Text(String::from_utf8_lossy(v).into_owned()),
                        ValueRef::Blob(v) => Cell::Text(String::from_utf8_lossy(v).into_owned()),
                    });
                }
                if let Err(fault) = each(Row(&cells)) {
                    stopped = Some(fault);
                    break;
                }
            }
            Ok(())
        })?;
        stopped.map_or(Ok(()), Err)
    }

    fn lock(&self) -> &'static str {
        ""
    }

    fn age(&self) -> &'static str {
        "(julianday(CURRENT_TIMESTAMP) - julianday(heartbeat)) * 86400.0"
    }
}

fn fault(path: &Path, error: rusqlite::Error) -> Fault {
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let problem = "another program keeps it locked: end that program, and run again";
            return Fault::Again(database(path, problem.to_string()));
        }
        Some(ErrorCode::DiskFull) => {
            "the disk is full: everything that was finished before is kept; make room, and run \
             again"
                .to_string()
        }
        Some(ErrorCode::NotADatabase) => {
            "it is not an SQLite database: give a database of studies or a new file".to_string()
        }
        Some(ErrorCode::DatabaseCorrupt) => format!(
            "the file is damaged ({error}): use an undamaged copy, or save what can be read by \
             `sqlite3 FILE .recover`"
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            format!("it cannot be written ({error}): change its permissions or its folder's")
        }
        Some(ErrorCode::CannotOpen) => {
            format!("it cannot be opened ({error}): check its folder and the permissions of both")
        }
        Some(ErrorCode::SystemIoFailure) => format!(
            "the disk failed to read or write ({error}): everything that was finished before is \
             kept, as far as the disk is intact"
        ),
        _ => error.to_string(),
    };
    Fault::Final(database(path, problem))
}

fn database(path: &Path, problem: String) -> Error {
    Error::Database { place: path.display().to_string(), problem }
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
