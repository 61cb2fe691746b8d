//! A script's database (`freeswitch.Dbh`): SQLite, in a file of the switch's `db_dir` or anywhere.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use strowger_core::Switch;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It is none of SQLite's.
    #[error("no database of the kind {0:?}: want sqlite://NAME or core:NAME")]
    Unsupported(String),
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// A row of an answer: names and values, in order; NULL is empty, as in FreeSWITCH.
pub type Row = Vec<(String, String)>;

/// How long another's lock is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open database.
pub struct Database {
    connection: Connection,
    affected: usize,
}

impl Database {
    /// Opens `sqlite://NAME`, `core:NAME`, or a path; a name without a `/` is a file `NAME.db` of the folder `db_dir`.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn open(switch: &Switch, name: &str) -> Result<Self, DatabaseError> {
        let file = name.strip_prefix("sqlite://").or_else(|| name.strip_prefix("core:"));
        let Some(file) = file.or_else(|| Some(name).filter(|name| name.starts_with('/'))) else {
            let scheme = name.split(':').next().unwrap_or_default();
            return Err(DatabaseError::Unsupported(scheme.chars().take(40).collect()));
        };
        let connection = match file {
            ":memory:" => Connection::open_in_memory()?,
            file => Connection::open(place(switch, file))?,
        };
        connection.busy_timeout(PATIENCE)?;
        Ok(Self { connection, affected: 0 })
    }

    /// Runs statements; each row of the answer of the first is given to `each`, which ends that with `false`.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn query(&mut self, sql: &str, mut each: impl FnMut(Row) -> bool) -> Result<(), DatabaseError> {
        let mut statement = self.connection.prepare(sql)?;
        if statement.column_count() == 0 {
            drop(statement);
            self.connection.execute_batch(sql)?;
            self.affected = usize::try_from(self.connection.changes()).unwrap_or(usize::MAX);
            return Ok(());
        }
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let cells = names.iter().enumerate().map(|(place, name)| Ok((name.clone(), text(row.get_ref(place)?))));
            if !each(cells.collect::<Result<Row, rusqlite::Error>>()?) {
                break;
            }
        }
        Ok(())
    }

    /// How many rows the last statement changed.
    #[must_use]
    pub const fn affected_rows(&self) -> usize {
        self.affected
    }

    /// Tries a statement; when it fails runs `drop`, whose failure is no matter, and `create`. Whether one of them went well.
    pub fn test_reactive(&mut self, test: &str, drop: &str, create: &str) -> bool {
        if self.query(test, |_| false).is_ok() {
            return true;
        }
        // What is not there cannot be dropped.
        let _ = self.query(drop, |_| false);
        self.query(create, |_| false).is_ok()
    }
}

fn place(switch: &Switch, file: &str) -> PathBuf {
    if file.contains('/') {
        return file.into();
    }
    let name = if file.ends_with(".db") { file.to_owned() } else { format!("{file}.db") };
    match switch.globals().get("db_dir") {
        Some(folder) => PathBuf::from(folder).join(name),
        None => name.into(),
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strowger_test_support::switch;

    #[tokio::test]
    async fn rows_come_in_their_order() {
        let switch = switch("<document/>");
        let mut database = Database::open(&switch, "sqlite://:memory:").unwrap();
        assert!(database.test_reactive("select * from t", "drop table t", "create table t (n integer, w text)"));
        database.query("insert into t values (1, 'one'), (2, null)", |_| true).unwrap();
        assert_eq!(database.affected_rows(), 2);
        let mut rows = Vec::new();
        let all = |row| {
            rows.push(row);
            true
        };
        database.query("select n, w from t order by n", all).unwrap();
        let row = |n: &str, w: &str| vec![("n".to_owned(), n.to_owned()), ("w".to_owned(), w.to_owned())];
        assert_eq!(rows, [row("1", "one"), row("2", "")]);
        let mut count = 0;
        let first = |_| {
            count += 1;
            false
        };
        database.query("select * from t", first).unwrap();
        assert_eq!(count, 1);
        assert!(database.query("nonsense", |_| true).is_err());
    }

    #[tokio::test]
    async fn other_kinds_are_refused() {
        let switch = switch("<document/>");
        for name in ["odbc://x", "pgsql://host", "plain"] {
            let error = Database::open(&switch, name).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with("no database of the kind"), "{name}: {error}");
        }
    }
}
