//! Optuna's tables, as Optuna 5.0.0 creates them, and the check that a database has them.

use super::sql::{Arg, Fault, Sql, first};
use crate::error::Error;

/// The statements that create the tables in SQLite.
pub(super) const SQLITE: &str = include_str!("schema/sqlite.sql");
/// The statements that create the tables in PostgreSQL.
#[cfg(feature = "postgres")]
pub(super) const POSTGRES: &str = include_str!("schema/postgres.sql");

/// The revision of these tables in Optuna's migrations.
const REVISION: &str = "v3.2.0.a";
const VERSION: i64 = 12;
/// The version of Optuna that this library follows: since 5.0.0, times are in UTC.
const LIBRARY: &str = "5.0.0";

/// The names of the tables.
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    let lines = SQLITE.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
    lines.filter_map(|rest| rest.split(' ').next())
}

/// Creates all tables.
pub(super) fn create(sql: &mut dyn Sql, statements: &str) -> Result<(), Fault> {
    for statement in statements.split(';').filter(|s| !s.trim().is_empty()) {
        sql.run(statement.trim(), &[])?;
    }
    let version = "INSERT INTO version_info (version_info_id, schema_version, library_version) \
                   VALUES (1, $1, $2)";
    sql.run(version, &[Arg::Int(VERSION), Arg::Text(LIBRARY)])?;
    sql.run("INSERT INTO alembic_version (version_num) VALUES ($1)", &[Arg::Text(REVISION)])?;
    Ok(())
}

/// Checks that a database's tables have the right version and that none is missing.
///
/// While another program creates the tables, some are missing for a moment: the error is then
/// [`Fault::Again`].
pub(super) fn check(sql: &mut dyn Sql, place: &str, have: &[String]) -> Result<(), Fault> {
    let error = |problem: String| Error::Database { place: place.to_string(), problem };
    let has = |table: &str| have.iter().any(|name| name == table);
    let stamp = "SELECT version_num FROM alembic_version";
    let revision = if has("alembic_version") { first(sql, stamp, &[])? } else { None };
    let lacking: Vec<&str> = tables().filter(|table| !has(table)).collect();
    match revision.as_deref() {
        Some([revision, ..]) if revision.text()? != REVISION => Err(Fault::Final(error(format!(
            "its tables have version {}, but must have version {REVISION} (Optuna 3.2 to 5.0): \
             if that is older, run `optuna storage upgrade --storage URL`; if it is newer, this \
             library must be updated",
            revision.text()?
        )))),
        Some(_) if lacking.is_empty() => Ok(()),
        _ => {
            let lacking = lacking.join(", ");
            let lacking = if lacking.is_empty() { "the version" } else { lacking.as_str() };
            Err(Fault::Again(error(format!(
                "its tables are not complete ({lacking} missing): the program that created them \
                 was stopped. Open it with Optuna once, or use another file or database"
            ))))
        }
    }
}
