//! PostgreSQL, for several processes and machines.
//!
//! A call is one transaction. If the connection breaks, the transaction runs again on a new one. If
//! the server may have committed the first, the second run checks that before it writes.

use super::schema;
use super::sql::{Arg, Backend, Cell, Each, Fault, Row, Sql, Work};
use super::tls::{self, Tls};
use crate::error::{Error, Result};
use ::postgres::config::{Host, SslMode};
use ::postgres::error::SqlState;
use ::postgres::types::{FromSql, IsNull, Kind, ToSql, Type, private::BytesMut, to_sql_checked};
use ::postgres::{Client, Config, NoTls, Statement};
use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a call waits for a server that went away.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long opening waits: a wrong address should be reported soon.
const OPENING: Duration = Duration::from_secs(10);
/// How often a transaction that violates a constraint is retried: another worker's transaction may
/// have been the reason.
const BROKEN_RULES: usize = 5;
/// How long a call waits for a lock, and how long the server lets a transaction wait for its next
/// statement.
const LIMITS: &str = "SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'";
/// The most connections that are kept for later calls.
const IDLE: usize = 16;
/// The microseconds from 1970 to 2000, from which PostgreSQL counts time.
const EPOCH: i64 = 946_684_800_000_000;

/// A database on a server.
pub(super) struct Postgres {
    config: Config,
    tls: Tls,
    place: String,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Postgres {
    pub(super) fn open(url: &str) -> Result<Self> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let place = super::shown(&format!("postgresql://{rest}"));
        let (rest, tls) = Tls::of(rest)?;
        let mut config: Config = format!("postgresql://{rest}").parse().map_err(|e| {
            let expected = "as postgresql://user:password@host:port/database";
            Error::argument(
                "the URL of the database",
                format!("{place} ({})", causes(&e)),
                expected,
            )
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.application_name("dfdx-lab").tcp_user_timeout(Duration::from_secs(30));
        config
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10));
        let named = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
        if !named {
            // A socket of this machine, or an address, to which no certificate applies.
            if config.get_ssl_mode() == SslMode::Require && !config.get_hostaddrs().is_empty() {
                let expected = "with a host's name, so that the connection can be encrypted";
                return Err(Error::argument("the URL of the database", place, expected));
            }
            config.ssl_mode(SslMode::Disable);
        }
        let mut storage =
            Postgres { config, tls, place, patience: OPENING, idle: Mutex::new(Vec::new()) };
        storage.prepare()?;
        storage.patience = PATIENCE;
        Ok(storage)
    }

    fn prepare(&self) -> Result<()> {
        self.write(true, &mut |sql, _| {
            // A lock, so that two processes do not create the tables at the same time.
            sql.run("SELECT pg_advisory_xact_lock(5074215432)", &[])?;
            let mut tables = Vec::new();
            let query = "SELECT CAST(tablename AS TEXT) FROM pg_tables \
                         WHERE schemaname = ANY (current_schemas(false))";
            sql.rows(query, &[], &mut |row| {
                tables.push(row.at(0)?.text()?.to_string());
                Ok(())
            })?;
            // Tables of other programs are ignored.
            match schema::tables().any(|table| tables.iter().any(|have| have == table)) {
                true => schema::check(sql, &self.place, &tables),
                false => schema::create(sql, schema::POSTGRES),
            }
        })
    }

    fn connection(&self) -> Result<Connection, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle.filter(|c| !c.client.is_closed()) {
            return Ok(connection);
        }
        let client = match self.config.get_ssl_mode() {
            SslMode::Disable => self.config.connect(NoTls),
            _ => match self.config.connect(self.tls.connector.clone()) {
                Err(e) if self.tls.optional && tls::failure(&e).is_some() => {
                    self.config.connect(NoTls)
                }
                tried => tried,
            },
        };
        let mut client = client.map_err(|e| self.fault(&e))?;
        // Otherwise the locks of a worker whose machine went away would block others for ever.
        client.batch_execute(LIMITS).map_err(|e| self.fault(&e))?;
        Ok(Connection { client, statements: HashMap::new() })
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE && !connection.client.is_closed() {
            idle.push(connection);
        }
    }

    fn once(&self, writes: bool, unsure: bool, work: &mut Work<'_>) -> Result<(), Fault> {
        let mut connection = self.connection()?;
        if writes {
            connection.client.batch_execute("BEGIN").map_err(|e| self.fault(&e))?;
        }
        let mut transaction = Transaction { connection: &mut connection, home: self };
        let done = work(&mut transaction, unsure).and_then(|()| match writes {
            true => self.commit(&mut connection),
            false => Ok(()),
        });
        if done.is_err() && (!writes || connection.client.batch_execute("ROLLBACK").is_err()) {
            return done;
        }
        self.keep(connection);
        done
    }

    fn commit(&self, connection: &mut Connection) -> Result<(), Fault> {
        connection.client.batch_execute("COMMIT").map_err(|e| match self.fault(&e) {
            // An error from the server means that nothing was committed; no answer leaves it open.
            Fault::Again(error) if e.as_db_error().is_none() => Fault::Unsure(error),
            other => other,
        })
    }

    fn patiently(&self, writes: bool, work: &mut Work<'_>) -> Result<()> {
        let begin = Instant::now();
        let mut pause = Duration::from_millis(20);
        let (mut unsure, mut broken) = (false, 0);
        loop {
            let error = match self.once(writes, unsure, work) {
                Ok(()) => return Ok(()),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Unsure(error)) => {
                    unsure = true;
                    error
                }
                Err(Fault::Rule(error)) => {
                    broken += 1;
                    error
                }
                Err(Fault::Again(error)) => error,
            };
            if begin.elapsed() + pause > self.patience || broken > BROKEN_RULES {
                return Err(error);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    fn fault(&self, error: &::postgres::Error) -> Fault {
        let database = |problem: String| Error::Database { place: self.place.clone(), problem };
        let Some(answer) = error.as_db_error() else {
            let seconds = self.patience.as_secs();
            let what = causes(error);
            return match is_away(error) {
                _ if tls::failure(error).is_some() => Fault::Final(database(format!(
                    "the connection cannot be encrypted ({what}): check the server's certificate, \
                     and give its authority's certificate by sslrootcert=FILE in the URL"
                ))),
                true => Fault::Again(database(format!(
                    "the server did not answer for {seconds} seconds ({what}): start it, or check \
                     the address; everything that was finished before is kept"
                ))),
                false => Fault::Final(database(format!("{what}: check the URL"))),
            };
        };
        let says = answer.message();
        let code = answer.code();
        let starts = |class: &str| code.code().starts_with(class);
        if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
            || *code == SqlState::LOCK_NOT_AVAILABLE
        {
            Fault::Again(database(format!("other workers kept locking the rows ({says})")))
        } else if starts("57P")
            || starts("08")
            || starts("25P03")
            || *code == SqlState::TOO_MANY_CONNECTIONS
        {
            Fault::Again(database(format!("the server does not accept work ({says})")))
        } else if starts("23") || *code == SqlState::DUPLICATE_TABLE {
            Fault::Rule(database(format!("a constraint of the tables is violated ({says})")))
        } else if starts("53") {
            let problem = format!(
                "the server is out of space ({says}): everything that was finished before is \
                 kept; make room, and run again"
            );
            Fault::Final(database(problem))
        } else if starts("28") {
            Fault::Final(database(format!("{says}: check the user and the password")))
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            Fault::Final(database(format!("{says}: create it by `createdb`")))
        } else {
            Fault::Final(database(format!("{says} (SQLSTATE {})", code.code())))
        }
    }
}

/// Whether the connection could not be made, or broke.
fn is_away(error: &::postgres::Error) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    error.is_closed() || error.to_string().contains("connecting to server")
}

/// An error's text with its causes.
fn causes(error: &::postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

impl Backend for Postgres {
    fn write(&self, _durable: bool, work: &mut Work<'_>) -> Result<()> {
        self.patiently(true, work)
    }

    fn read(&self, work: &mut Work<'_>) -> Result<()> {
        // No transaction is needed: finished trials do not change between two queries.
        self.patiently(false, work)
    }
}

struct Transaction<'a> {
    connection: &'a mut Connection,
    home: &'a Postgres,
}

impl Transaction<'_> {
    fn prepare(&mut self, sql: &str) -> Result<Statement, Fault> {
        if let Some(statement) = self.connection.statements.get(sql) {
            return Ok(statement.clone());
        }
        let new = self.connection.client.prepare(sql).map_err(|e| self.home.fault(&e))?;
        self.connection.statements.insert(sql.to_string(), new.clone());
        Ok(new)
    }
}

impl Sql for Transaction<'_> {
    fn run(&mut self, sql: &str, args: &[Arg<'_>]) -> Result<u64, Fault> {
        let statement = self.prepare(sql)?;
        let args: Vec<&(dyn ToSql + Sync)> =
            args.iter().map(|a| a as &(dyn ToSql + Sync)).collect();
        self.connection.client.execute(&statement, &args).map_err(|e| self.home.fault(&e))
    }

    fn rows(&mut self, sql: &str, args: &[Arg<'_>], each: &mut Each<'_>) -> Result<(), Fault> {
        let statement = self.prepare(sql)?;
        let args: Vec<&(dyn ToSql + Sync)> =
            args.iter().map(|a| a as &(dyn ToSql + Sync)).collect();
        let rows =
            self.connection.client.query(&statement, &args).map_err(|e| self.home.fault(&e))?;
        for row in rows {
            let cells: Result<Vec<Cell>, _> = (0..row.len()).map(|i| row.try_get(i)).collect();
            each(Row(&cells.map_err(|e| self.home.fault(&e))?))?;
        }
        Ok(())
    }

    fn lock(&self) -> &'static str {
        " FOR UPDATE"
    }

    fn age(&self) -> &'static str {
        // Optuna drops the zone of the session, too.
        "CAST(EXTRACT(EPOCH FROM CAST(CURRENT_TIMESTAMP AS TIMESTAMP) - heartbeat) \
         AS DOUBLE PRECISION)"
    }
}

impl ToSql for Arg<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, kind) {
            (Arg::Null, _) => return Ok(IsNull::Yes),
            (Arg::Int(v), &Type::INT8) => out.extend_from_slice(&v.to_be_bytes()),
            (Arg::Int(v), &Type::INT4) => match i32::try_from(*v) {
                Ok(v) => out.extend_from_slice(&v.to_be_bytes()),
                Err(_) => return Err(format!("{v} is larger than PostgreSQL's INTEGER").into()),
            },
            (Arg::Real(v), &Type::FLOAT8) => out.extend_from_slice(&v.to_be_bytes()),
            (Arg::Time(v), &Type::TIMESTAMP) => {
                out.extend_from_slice(&v.saturating_sub(EPOCH).to_be_bytes());
            }
            (Arg::Text(v), kind) if is_text(kind) => out.extend_from_slice(v.as_bytes()),
            (value, kind) => return Err(format!("{value:?} for a column of {kind}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn is_text(kind: &Type) -> bool {
    matches!(*kind, Type::TEXT | Type::VARCHAR | Type::NAME) || matches!(kind.kind(), Kind::Enum(_))
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *kind {
            Type::INT4 => Cell::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Cell::Int(i64::from_sql(kind, raw)?),
            Type::FLOAT8 => Cell::Real(f64::from_sql(kind, raw)?),
            Type::TIMESTAMP => Cell::Time(i64::from_sql(&Type::INT8, raw)?.saturating_add(EPOCH)),
            Type::VOID => Cell::Null,
            _ if is_text(kind) => Cell::Text(std::str::from_utf8(raw)?.to_string()),
            _ => return Err(format!("a column of {kind}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
#[path = "../../../tests/common/postgres.rs"]
pub(super) mod server;

#[cfg(test)]
mod tests {
    use super::server;

    crate::tune::storage::conformance::conformance!(|| {
        let url = server::shared()?.database();
        Some((crate::tune::storage::Database::postgres(&url).unwrap(), ()))
    });
}
