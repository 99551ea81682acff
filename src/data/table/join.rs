//! Joins of two tables.

use polars::prelude::{
    Column, DataFrame, DataFrameJoinOps, DataType, IdxSize, IntoColumn, JoinArgs, JoinCoalesce,
    JoinType, MaintainOrderJoin, NamedFrom, Series,
};

use super::{ColumnNames, Table};
use crate::error::{Error, Result};

const HOW: [&str; 4] = ["inner", "left", "right", "outer"];
/// The column that says which row of the left table a row came from, while they are joined.
const ROW: &str = "\u{0}row";

impl Table {
    /// The rows of this table beside those of `other` that have the same values in the columns `on`
    /// (pandas: `merge`). `how` is `"inner"` (rows that both have), `"left"` (all rows of this
    /// table), `"right"` (all of the other) or `"outer"` (all, sorted by `on`). A row with several
    /// matches is repeated for each of them; without a match the other table's columns are missing.
    /// A missing key matches another missing key. Other columns of the same name become `NAME_x`
    /// and `NAME_y`.
    ///
    /// ```
    /// # use dfdx_lab::data::Table;
    /// # let folder = std::env::temp_dir().join(format!("dfdx-lab-join-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let (a, b) = (folder.join("a.csv"), folder.join("b.csv"));
    /// std::fs::write(&a, "mouse,power\n1,0.5\n2,0.7\n3,0.1\n")?;
    /// std::fs::write(&b, "mouse,group\n2,control\n1,treated\n")?;
    /// let both = Table::read_csv(&a)?.join(&Table::read_csv(&b)?, "mouse", "inner")?;
    /// assert_eq!(both.strings("group")?, ["treated", "control"]);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a column is missing in one of the tables (the nearest are listed), holds text in one and
    /// numbers in the other, or `how` is none of the four; if the result has more than 2^32 rows.
    pub fn join(&self, other: &Table, on: impl ColumnNames, how: &str) -> Result<Table> {
        joined(self, other, on.into_names(), how)
    }
}

fn joined(left: &Table, right: &Table, on: Vec<String>, how: &str) -> Result<Table> {
    let kind = match how {
        "inner" => JoinType::Inner,
        "left" => JoinType::Left,
        "right" => JoinType::Right,
        "outer" => JoinType::Full,
        other => {
            let expected = format!("one of {}", HOW.join(", "));
            return Err(Error::argument("join: how", format!("'{other}'"), expected));
        }
    };
    if on.is_empty() {
        return Err(Error::argument("join: the number of columns", 0, "at least 1"));
    }
    left.select(on.clone())?;
    right.select(on.clone())?;
    let e = |e| left.polars("join", e);
    let (mut a, mut b) = (left.frame.clone(), right.frame.clone());
    for name in &on {
        let (s, t) = (left.column(name)?.dtype(), right.column(name)?.dtype());
        if s == t {
            continue;
        }
        if !(s.is_primitive_numeric() && t.is_primitive_numeric()) {
            let got = format!("'{name}', which is {s} here and {t} there");
            return Err(Error::argument("join: a column", got, "of one type in both tables")
                .hint("Csv::types says what a column is read as"));
        }
        for frame in [&mut a, &mut b] {
            let wide = frame.column(name).and_then(|c| c.cast(&DataType::Float64)).map_err(e)?;
            frame.with_column(wide).map_err(e)?;
        }
    }
    let shared: Vec<String> = left
        .columns()
        .into_iter()
        .filter(|name| right.has_column(name) && !on.contains(name))
        .collect();
    for name in &shared {
        a.rename(name, format!("{name}_x").as_str().into()).map_err(e)?;
        b.rename(name, format!("{name}_y").as_str().into()).map_err(e)?;
    }
    let twice = b.get_column_names().into_iter().find(|name| {
        !on.iter().any(|key| key == name.as_str()) && a.get_column_index(name).is_some()
    });
    if let Some(name) = twice {
        let expected = "a column of one table only: rename it first";
        return Err(Error::argument("join: a column", format!("'{name}'"), expected));
    }
    check_rows(left, right, &a, &b, &on)?;
    let names: Vec<String> = a
        .get_column_names()
        .into_iter()
        .chain(b.get_column_names().into_iter().filter(|b| !on.iter().any(|key| key == b.as_str())))
        .map(ToString::to_string)
        .collect();
    let rows: Vec<IdxSize> = (0..left.rows() as IdxSize).collect();
    a.with_column(Series::new(ROW.into(), rows).into_column()).map_err(e)?;
    let mut args = JoinArgs::new(kind).with_coalesce(JoinCoalesce::CoalesceColumns);
    args.maintain_order = match how {
        "right" => MaintainOrderJoin::RightLeft,
        _ => MaintainOrderJoin::LeftRight,
    };
    args.nulls_equal = true;
    let mut frame = a.join(&b, on.clone(), on.clone(), args, None).map_err(e)?;
    let rows = frame.drop_in_place(ROW).map_err(e)?;
    let from: Option<Vec<usize>> = row_numbers(&rows).map_err(e)?.into_iter().collect();
    // polars puts the columns of a right join in another order.
    let frame = frame.select(names).map_err(e)?;
    // Where every row has one in this table, errors still name that row's line.
    let table = match from {
        Some(rows) => Table { frame, origin: left.origin.take(&rows) },
        None => Table::from_dataframe(frame)?,
    };
    if how == "outer" { table.sort(on) } else { Ok(table) }
}

fn row_numbers(column: &Column) -> polars::prelude::PolarsResult<Vec<Option<usize>>> {
    let wide = column.cast(&DataType::UInt64)?;
    Ok(wide.u64()?.iter().map(|row| row.map(|row| row as usize)).collect())
}

/// Refuses what would have more rows than a table can: polars takes the memory first.
fn check_rows(
    left: &Table,
    right: &Table,
    a: &DataFrame,
    b: &DataFrame,
    on: &[String],
) -> Result<()> {
    let counted = |table: &Table, frame: &DataFrame, name: &str| -> Result<DataFrame> {
        let keys = Table::from_dataframe(frame.clone())?;
        let groups = keys.groups(on)?;
        let firsts: Vec<usize> = groups.iter().map(|g| g[0]).collect();
        let counts: Vec<f64> = groups.iter().map(|g| g.len() as f64).collect();
        let counts = Series::new(name.into(), counts).into_column();
        Ok(table
            .made("join", keys.take(&firsts)?.select(on.to_vec())?.frame.columns().to_vec())?
            .with_series(counts)?
            .frame)
    };
    let (a, b) = (counted(left, a, "\u{0}left")?, counted(right, b, "\u{0}right")?);
    let mut args = JoinArgs::new(JoinType::Inner);
    args.nulls_equal = true;
    let e = |e| left.polars("join", e);
    let pairs = a.join(&b, on.to_vec(), on.to_vec(), args, None).map_err(e)?;
    let column = |name: &str| -> polars::prelude::PolarsResult<Vec<f64>> {
        Ok(pairs.column(name)?.f64()?.iter().flatten().collect())
    };
    let (a, b) = (column("\u{0}left").map_err(e)?, column("\u{0}right").map_err(e)?);
    let rows: f64 =
        a.iter().zip(&b).map(|(n, m)| n * m).sum::<f64>() + (left.rows() + right.rows()) as f64;
    if rows > f64::from(u32::MAX) {
        let expected = format!("at most {}", u32::MAX);
        return Err(Error::argument("join: the number of rows of the result", rows, expected)
            .hint("the columns to join on have many equal values in both tables"));
    }
    Ok(())
}
