//! Tables against pandas (tests/golden/make_tables.py), and what goes wrong with them.

use std::path::{Path, PathBuf};

use polars::prelude::{IntoColumn, NamedFrom, Series};
use serde_json::Value;

use super::{Fill, Table};
use crate::error::Result;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn people() -> Table {
    Table::read_csv(golden("people.csv")).unwrap()
}

fn ports() -> Table {
    Table::read_csv(golden("ports.csv")).unwrap()
}

fn pandas() -> Value {
    serde_json::from_str(&std::fs::read_to_string(golden("tables.json")).unwrap()).unwrap()
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T>, parts: &[&str]) {
    let error = result.unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "'{error}' does not say '{part}'");
    }
}

/// The same names, cells and missing cells; numbers to 12 digits, since sums have another order.
#[track_caller]
fn same(table: &Table, want: &Value) {
    let want = want.as_array().unwrap();
    let names: Vec<&str> = want.iter().map(|c| c[0].as_str().unwrap()).collect();
    assert_eq!(table.columns(), names);
    for column in want {
        let (name, cells) = (column[0].as_str().unwrap(), column[1].as_array().unwrap());
        let texts = table.optional_strings(name).unwrap();
        assert_eq!(texts.len(), cells.len(), "{name}");
        for (i, (text, cell)) in texts.iter().zip(cells).enumerate() {
            let equal = match (text, cell) {
                (None, Value::Null) => true,
                (Some(text), Value::String(want)) => text == want,
                (Some(text), Value::Number(want)) => {
                    let (got, want) = (text.parse::<f64>().unwrap(), want.as_f64().unwrap());
                    (got - want).abs() <= 1e-12 * want.abs()
                }
                _ => false,
            };
            assert!(equal, "{name}, row {i}: {text:?} is not {cell}");
        }
    }
}

#[test]
fn rows_are_those_of_pandas() {
    let (people, want) = (people(), pandas());
    same(&people.sort(["class", "age"]).unwrap(), &want["sort"]);
    same(&people.sort_descending(["port", "fare"]).unwrap(), &want["sort_descending"]);
    same(&people.drop_missing().unwrap(), &want["drop_missing"]);
    let some = people.filter_numbers("age", |age| age > 30.0).unwrap();
    same(&some.filter_strings("sex", |sex| sex == "female").unwrap(), &want["filter"]);
    let pairs = people.select(["sex", "class"]).unwrap();
    same(&pairs.drop_duplicates().unwrap(), &want["duplicates"]);
    let unique: Vec<String> = serde_json::from_value(want["unique"].clone()).unwrap();
    assert_eq!(people.unique("port").unwrap(), unique);
}

#[test]
fn missing_cells_are_treated_as_by_pandas() {
    let (people, want) = (people(), pandas());
    let filled = people.fill_missing("age", Fill::Median).unwrap();
    let filled = filled.fill_missing("fare", Fill::Mean).unwrap();
    same(&filled.fill_missing(["port"], Fill::MostFrequent).unwrap(), &want["fill"]);
    same(&people.fill_missing("port", Fill::Previous).unwrap(), &want["previous"]);
    let counts = people.null_count().unwrap();
    assert_eq!(counts.strings("column").unwrap(), people.columns());
    let numbers: Vec<f64> = serde_json::from_value(want["null_count"][1][1].clone()).unwrap();
    assert_eq!(counts.column_f64("null_count").unwrap(), numbers);
    same(&people.one_hot(["sex", "port", "class"]).unwrap(), &want["one_hot"]);
    // Whole numbers stay whole where they can.
    let holes = people.fill_missing("age", -1).unwrap();
    assert_eq!(holes.column_f64("age").unwrap().iter().filter(|a| **a == -1.0).count(), 8);
    let whole = ports().with_strings("n", &["1".into(), "2".into(), "3".into(), "4".into()]);
    assert_eq!(whole.unwrap().fill_missing("n", "x").unwrap().strings("n").unwrap()[0], "1");
}

#[test]
fn figures_are_those_of_pandas() {
    let (people, want) = (people(), pandas());
    let figures = people.describe().unwrap();
    // Ours counts the missing cells, too.
    let rows: Vec<usize> = (0..9).filter(|&i| i != 1).collect();
    let figures = figures.take(&rows).unwrap().rename("statistic", "index").unwrap();
    same(&figures, &want["describe"]);
    let text = people.select(["name", "sex", "port"]).unwrap().describe().unwrap();
    let text = text.take(&[0, 2, 3, 4]).unwrap();
    for column in ["sex", "port"] {
        let cells = &want["describe text"].as_array().unwrap();
        let cells = cells.iter().find(|c| c[0] == column).unwrap()[1].as_array().unwrap();
        let cells: Vec<String> =
            cells.iter().map(|c| c.as_str().map_or(c.to_string(), str::to_string)).collect();
        assert_eq!(text.strings(column).unwrap(), cells, "{column}");
    }
    same(&people.value_counts("sex").unwrap(), &want["value_counts"]);
    let age = ["mean", "median", "std", "var", "count", "size"].map(|f| ("age", f));
    let fare = ["sum", "min", "max", "first", "last"].map(|f| ("fare", f));
    let text = [("port", "nunique"), ("port", "min"), ("port", "first"), ("name", "max")];
    let figures = age.into_iter().chain(fare).chain(text);
    let groups = people.group_by(["sex", "class"]).unwrap();
    same(&groups.agg(figures).unwrap(), &want["agg"]);
    let groups = people.group_by("port").unwrap();
    let figures = groups.agg([("class", "sum"), ("class", "mean")]).unwrap();
    same(&figures, &want["agg of text"]);
    assert_eq!(figures.dtypes(), ["str", "i64", "f64"]);
    same(&people.group_by("sex").unwrap().mean().unwrap(), &want["mean"]);
    assert_eq!(groups.size().unwrap().columns(), ["port", "size"]);
    same(&people.pivot("port", "class", "fare", "mean").unwrap(), &want["pivot"]);
}

#[test]
fn joins_are_those_of_pandas() {
    let (people, ports, want) = (people(), ports(), pandas());
    for how in ["inner", "left", "right", "outer"] {
        let joined = people.join(&ports, "port", how).unwrap();
        println!("{how}");
        same(&joined, &want[how]);
    }
    // A row still knows its line in the left table's file.
    let inner = people.join(&ports, "port", "inner").unwrap();
    let name = &inner.strings("name").unwrap()[5];
    let line = people.strings("name").unwrap().iter().position(|n| n == name).unwrap() + 2;
    let e = inner.take(&[5]).unwrap().column_f64("name");
    says(e, &[&format!("people.csv, line {line}, column 'name'")]);
}

#[test]
fn what_cannot_be_is_said_in_our_words() {
    let (people, ports) = (people(), ports());
    says(people.sort("agge"), &["'agge'", "no such column", "'age'"]);
    says(people.sort(Vec::<String>::new()), &["the number of columns is 0"]);
    says(people.filter_numbers("name", |v| v > 0.0), &["column 'name'", "is not a number"]);
    says(people.group_by(["sex", "sex"]), &["'sex'", "given once"]);
    let groups = people.group_by("sex").unwrap();
    says(groups.agg([("age", "avg")]), &["'avg'", "mean, sum", "nunique"]);
    says(groups.agg([("name", "mean")]), &["'name', which is str", "one of numbers"]);
    says(groups.agg([("age", "mean"), ("age", "mean")]), &["'age_mean'", "given once"]);
    says(people.join(&ports, "port", "cross"), &["how is 'cross'", "inner, left, right, outer"]);
    says(people.join(&ports, "class", "inner"), &["'class'", "no such column"]);
    let other = ports.rename("town", "class").unwrap();
    says(people.join(&other, "class", "inner"), &["'class', which is i64 here and str there"]);
    says(people.rename("age", "fare"), &["'fare'", "no other column"]);
    says(people.fill_missing("age", "x"), &["column 'age'", "a number"]);
    says(people.fill_missing("port", Fill::Mean), &["column 'port'", "Mean", "a text"]);
    says(people.fill_missing("age", f64::NAN), &["NaN", "finite"]);
    says(people.one_hot("fares"), &["'fares'", "'fare'"]);
    says(people.pivot("sex", "port", "name", "mean"), &["'name', which is str"]);
    let empty = people.filter(&vec![false; people.rows()]).unwrap();
    says(empty.fill_missing("age", Fill::Mean), &["the column has none"]);
    assert_eq!(empty.group_by("sex").unwrap().mean().unwrap().rows(), 0);
    assert_eq!(empty.sort("age").unwrap().rows(), 0);
    assert_eq!(empty.join(&ports, "port", "inner").unwrap().rows(), 0);
    assert_eq!(
        empty.describe().unwrap().optional_f64("class").unwrap()[..3],
        [Some(0.0), Some(0.0), None]
    );
    let mut frame = ports.frame();
    frame.with_column(Series::new("n".into(), [i64::MAX; 4]).into_column()).unwrap();
    let big = Table::from(frame);
    says(big.group_by("port").unwrap().agg([("n", "sum")]), &["beyond 64 bits", "column 'n'"]);
}

#[test]
fn frames_are_shared_both_ways() {
    let people = people();
    let frame = people.frame();
    let back = Table::from(frame.clone());
    assert_eq!(back.to_string(), people.to_string());
    assert_eq!(super::frame_html(&frame), people.to_html());
    assert_eq!(format!("{people:?}"), people.to_string());
    let groups = format!("{:?}", people.group_by("port").unwrap());
    assert_eq!(groups, "3 groups of 35 rows, by 'port'; agg, mean, sum or size make a table");
    let series = frame.column("age").unwrap().as_materialized_series().clone();
    assert!(super::series_html(&series).contains("40 rows × 1 columns"));
}
