//! The interface of SQLite and PostgreSQL: statements with `$1`, `$2`, ... in this order, and a few
//! kinds of values.

use super::time;
use crate::error::Error;

/// An argument of a statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arg<'a> {
    Int(i64),
    Real(f64),
    /// A text, or the name of a value of an enum.
    Text(&'a str),
    /// Microseconds since 1970.
    Time(i64),
    Null,
}

impl Arg<'_> {
    pub(super) fn time(moment: Option<i64>) -> Self {
        moment.map_or(Arg::Null, Arg::Time)
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Int(i64),
    Real(f64),
    Text(String),
    /// Microseconds since 1970.
    Time(i64),
    Null,
}

impl Cell {
    pub(super) fn int(&self) -> Result<i64, Fault> {
        match self {
            Cell::Int(v) => Ok(*v),
            other => Err(other.unexpected("a whole number")),
        }
    }

    /// A number. SQLite may return a whole number from a column of floats.
    pub(super) fn real(&self) -> Result<f64, Fault> {
        match self {
            Cell::Real(v) => Ok(*v),
            Cell::Int(v) => Ok(*v as f64),
            other => Err(other.unexpected("a number")),
        }
    }

    pub(super) fn text(&self) -> Result<&str, Fault> {
        match self {
            Cell::Text(v) => Ok(v),
            other => Err(other.unexpected("a text")),
        }
    }

    pub(super) fn moment(&self) -> Result<Option<i64>, Fault> {
        match self {
            Cell::Null => Ok(None),
            Cell::Time(v) => Ok(Some(*v)),
            Cell::Text(v) => match time::parse(v) {
                Some(moment) => Ok(Some(moment)),
                None => Err(self.unexpected("a date and time, or NULL")),
            },
            other => Err(other.unexpected("a date and time, or NULL")),
        }
    }

    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        let got = match self {
            Cell::Int(v) => v.to_string(),
            Cell::Real(v) => v.to_string(),
            Cell::Text(v) => format!("'{}'", v.chars().take(60).collect::<String>()),
            Cell::Time(v) => time::text(*v),
            Cell::Null => "NULL".to_string(),
        };
        Fault::Final(Error::argument("a value in the study's database", got, expected))
    }
}

/// A row, with an error instead of a panic for a missing column.
pub(super) struct Row<'a>(pub(super) &'a [Cell]);

impl Row<'_> {
    pub(super) fn at(&self, column: usize) -> Result<&Cell, Fault> {
        let missing = || {
            let (got, expected) = (self.0.len(), format!("at least {}", column + 1));
            Fault::Final(Error::argument("the number of columns in a row", got, expected))
        };
        self.0.get(column).ok_or_else(missing)
    }
}

/// Why a transaction failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// A retry would not help.
    Final(Error),
    /// Another worker was faster or the server is away. Nothing happened, and a retry may succeed.
    Again(Error),
    /// It violates a constraint of the tables, perhaps because another worker was faster, so a few
    /// retries may help.
    Rule(Error),
    /// The connection broke during the commit, so it may have happened.
    Unsure(Error),
}

impl Fault {
    pub(super) fn error(self) -> Error {
        match self {
            Fault::Final(e) | Fault::Again(e) | Fault::Rule(e) | Fault::Unsure(e) => e,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Final(error)
    }
}

/// A transaction.
pub(super) trait Sql {
    /// Runs a statement; returns the number of rows changed.
    fn run(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64, Fault>;

    /// Runs a query and calls `each` with every row.
    fn rows(&mut self, sql: &str, args: &[Arg<'_>], each: &mut Each<'_>) -> Result<(), Fault>;

    /// The clause after a SELECT that locks its rows until the transaction ends. Empty in SQLite,
    /// which has one writer at a time.
    fn lock(&self) -> &'static str;

    /// The expression for the seconds since the time in the column `heartbeat`.
    fn age(&self) -> &'static str;
}

/// A function that is called with each row.
pub(super) type Each<'a> = dyn FnMut(Row<'_>) -> Result<(), Fault> + 'a;

/// The first row of a query.
pub(super) fn first(
    sql: &mut dyn Sql,
    query: &str,
    args: &[Arg<'_>],
) -> Result<Option<Vec<Cell>>, Fault> {
    let mut found = None;
    sql.rows(query, args, &mut |row| {
        found.get_or_insert_with(|| row.0.to_vec());
        Ok(())
    })?;
    Ok(found)
}

/// The work of a transaction. It may run more than once; its second argument says whether an
/// earlier run may have been committed.
pub(super) type Work<'a> = dyn FnMut(&mut dyn Sql, bool) -> Result<(), Fault> + 'a;

/// Access to a database.
pub(super) trait Backend: Send + Sync {
    /// Runs a transaction that writes, with retries as long as the patience lasts. A `durable` one
    /// should survive a power cut, too.
    fn write(&self, durable: bool, work: &mut Work<'_>) -> Result<(), Error>;

    /// Runs a transaction that reads.
    fn read(&self, work: &mut Work<'_>) -> Result<(), Error>;

    /// Moves everything written into the database's main file.
    fn settle(&self) -> Result<(), Error> {
        Ok(())
    }
}
