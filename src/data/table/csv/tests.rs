//! Against pandas (tests/golden/make_csv.py), and what pandas has otherwise.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ColumnType, Csv};
use crate::data::Table;
use crate::error::Result;

fn with<T>(name: &str, bytes: &[u8], read: impl FnOnce(PathBuf) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read(path)
}

fn read(text: impl AsRef<[u8]>, csv: Csv) -> Result<Table> {
    with("a.csv", text.as_ref(), |path| Table::read_with(path, csv))
}

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T>, parts: &[&str]) {
    let error = result.unwrap_err().to_string();
    for part in parts {
        assert!(error.contains(part), "'{error}' does not say '{part}'");
    }
}

/// pandas' options as ours.
fn options(options: &Value) -> Csv {
    let mut csv = Csv::new();
    for (name, value) in options.as_object().unwrap() {
        let text = value.as_str().unwrap_or_default();
        let letter = text.chars().next().unwrap_or_default();
        let texts = || -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
        csv = match name.as_str() {
            "sep" if text == r"\s+" => csv.whitespace(),
            "sep" => csv.separator(letter),
            "decimal" => csv.decimal(letter),
            "thousands" => csv.thousands(letter),
            "comment" => csv.comment(letter),
            "na_values" => csv.null_values(texts()),
            "names" => csv.names(texts()),
            "header" => csv.no_header(),
            "skiprows" => csv.skip_rows(value.as_u64().unwrap() as usize),
            "skipinitialspace" => csv.skip_initial_space(),
            "encoding" => csv.encoding(text),
            "dtype" => {
                let kind = |v: &Value| match v.as_str() {
                    Some("str") => ColumnType::Text,
                    _ => ColumnType::Float,
                };
                csv.types(value.as_object().unwrap().iter().map(|(k, v)| (k.clone(), kind(v))))
            }
            other => panic!("{other}"),
        };
    }
    csv
}

#[test]
fn options_are_those_of_pandas() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/csv.json");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    let cases = json["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 26);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let bytes: Vec<u8> = match case["options"]["encoding"].as_str() {
            Some(_) => text.chars().map(|c| c as u8).collect(),
            None => text.into(),
        };
        let table =
            read(bytes, options(&case["options"])).unwrap_or_else(|e| panic!("{text}: {e}"));
        let columns = case["columns"].as_array().unwrap();
        let names: Vec<&str> = columns.iter().map(|c| c[0].as_str().unwrap()).collect();
        assert_eq!(table.columns(), names, "{text}");
        for column in columns {
            let name = column[0].as_str().unwrap();
            for (i, want) in column[1].as_array().unwrap().iter().enumerate() {
                let row = table.take(&[i]).unwrap();
                let got = match want {
                    Value::Null => {
                        let nulls = table.column(name).unwrap().is_null();
                        assert!(nulls.get(i).unwrap(), "{text}: {name}, row {i}");
                        continue;
                    }
                    // Infinite numbers are read, and refused where numbers are needed.
                    Value::String(_) | Value::Bool(_) => row.strings(name).unwrap()[0].clone(),
                    // Digits that a double does not hold are text here, and a number in pandas.
                    Value::Number(n) if n.as_f64().is_some_and(|v| v > 1e15) => {
                        assert_eq!(table.column(name).unwrap().dtype().to_string(), "str");
                        continue;
                    }
                    Value::Number(_) => row.column_f64(name).unwrap()[0].to_string(),
                    other => panic!("{other}"),
                };
                let want = match want {
                    Value::String(s) => s.clone(),
                    Value::Bool(b) => b.to_string(),
                    number => number.as_f64().unwrap().to_string(),
                };
                // Where decimals are mixed with digits beyond 64 bits, pandas keeps texts.
                let same = got == want || got.parse::<f64>().ok() == want.parse().ok();
                assert!(same, "{text}: {name}, row {i}: {got} is not {want}");
            }
        }
    }
}

#[test]
fn nothing_of_a_cell_is_lost() {
    let text = "zip,quoted,id,name,n\n00123,\"7\",18446744073709551616,a,1\n4,\"8\",5,b,2\n";
    let table = read(text, Csv::new()).unwrap();
    assert_eq!(table.dtypes(), ["str", "str", "str", "str", "i64"]);
    assert_eq!(table.strings("zip").unwrap(), ["00123", "4"]);
    assert_eq!(table.strings("id").unwrap(), ["18446744073709551616", "5"]);
    // Each is a number for who needs one.
    assert_eq!(table.column_f64("zip").unwrap(), [123.0, 4.0]);
    assert_eq!(table.column_f64("id").unwrap(), [18446744073709551616.0, 5.0]);
    use ColumnType::{Float, Integer};
    let csv = Csv::new().types([("zip", Integer), ("quoted", Integer), ("id", Float)]);
    assert_eq!(read(text, csv).unwrap().dtypes(), ["i64", "i64", "f64", "str", "i64"]);
    // Where everything is quoted, quotes say nothing.
    let all = "\"a\",\"b\",\"c\"\n\"1\",\"x\",\"007\"\n\"2.5\",\"\",\"8\"\n";
    assert_eq!(read(all, Csv::new()).unwrap().dtypes(), ["f64", "str", "str"]);
    let rows = "\"1\",\"x\"\n\"2\",\"y\"\n";
    assert_eq!(read(rows, Csv::new().no_header()).unwrap().dtypes(), ["i64", "str"]);
    assert_eq!(read(format!("a,b\n{rows}"), Csv::new()).unwrap().dtypes(), ["str", "str"]);
    // Far beyond the first rows.
    let rows = "1,2\n".repeat(3000);
    let table = read(format!("a,b\n{rows}99999999999999999999,007\n"), Csv::new()).unwrap();
    assert_eq!(table.dtypes(), ["str", "str"]);
}

/// The first lines of files that courses hand out (UCI's adult, auto-mpg and winequality; Titanic).
#[test]
fn files_of_courses_are_read() {
    let adult = "39, State-gov, 77516, <=50K\n50, ?, 83311, >50K\n\n";
    let csv = Csv::new().names(["age", "work", "weight", "income"]);
    let table = read(adult, csv.skip_initial_space().null_values(["?"])).unwrap();
    assert_eq!(table.dtypes(), ["i64", "str", "i64", "str"]);
    assert_eq!(table.optional_strings("work").unwrap(), [Some("State-gov".to_string()), None]);
    assert_eq!(table.strings("income").unwrap(), ["<=50K", ">50K"]);

    let mpg = "18.0   8   307.0      130.0      3504.  70  1\t\"chevrolet chevelle malibu\"\n\
               25.0   4   98.00      ?          2046.  71  1\t\"ford pinto\"\n";
    let names = ["mpg", "cylinders", "size", "power", "weight", "year", "origin", "name"];
    let csv = Csv::new().whitespace().names(names).null_values(["?"]);
    let table = read(mpg, csv).unwrap();
    let types = ["f64", "i64", "f64", "f64", "f64", "i64", "i64", "str"];
    assert_eq!(table.dtypes(), types);
    assert_eq!(table.strings("name").unwrap()[1], "ford pinto");
    assert_eq!(table.null_count().unwrap().column_f64("null_count").unwrap()[3], 1.0);

    let wine = "\"fixed acidity\";\"pH\";\"quality\"\n7.4;3.51;5\n7.8;3.2;6\n";
    says(read(wine, Csv::new()), &["Csv::new().separator(';')"]);
    let table = read(wine, Csv::new().separator(';')).unwrap();
    assert_eq!((table.columns()[0].as_str(), table.dtypes()[2].as_str()), ("fixed acidity", "i64"));

    let titanic =
        "PassengerId,Name,Age,Cabin\n1,\"Braund, Mr. Owen\",22,\n2,\"Moran, Mr. \"\"J\"\"\",,C85\n";
    let table = read(titanic, Csv::new()).unwrap();
    assert_eq!(table.dtypes(), ["i64", "str", "i64", "str"]);
    assert_eq!(table.strings("Name").unwrap(), ["Braund, Mr. Owen", "Moran, Mr. \"J\""]);
    let filled = table.fill_missing("Age", crate::data::Fill::Median).unwrap();
    assert_eq!(filled.column_f64("Age").unwrap(), [22.0, 22.0]);
}

#[test]
fn what_files_say_of_themselves_is_heeded() {
    let want = read("a,b\n1,x\n", Csv::new()).unwrap();
    let same = |table: Table| assert_eq!(table.to_string(), want.to_string());
    let utf16 = |bom: &str| -> Vec<u8> {
        format!("{bom}a\tb\n1\tx\n").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    same(read("sep=;\r\na;b\r\n1;x\r\n", Csv::new()).unwrap());
    same(with("a.csv", b"\"sep=;\"\na;b\n1;x\n", Table::read_csv).unwrap());
    same(read("a,b\r1,x\r", Csv::new()).unwrap());
    same(read("\u{feff}a,b\n1,x", Csv::new()).unwrap());
    // Excel's "Unicode text".
    same(with("a.tsv", &utf16("\u{feff}"), Table::read).unwrap());
    same(read(utf16(""), Csv::new().separator('\t')).unwrap());
    let packed = crate::io::gzip::gzip(b"a,b\n1,x\n");
    same(with("a.csv.gz", &packed, Table::read).unwrap());
}

#[test]
fn errors_name_the_line_whatever_the_options() {
    let text = "sep=;\nmade by me\n# a comment\na;b\n\n1;\"x\ny\"\n2;z # why\n3;oops\n";
    let csv = || Csv::new().skip_rows(1).comment('#');
    let table = read(text, csv()).unwrap();
    assert_eq!(table.shape(), (3, 2));
    with("a.csv", text.as_bytes(), |path| {
        let table = Table::read_with(&path, csv()).unwrap();
        says(table.take(&[2]).unwrap().column_f64("b"), &["a.csv, line 9, column 'b'", "'oops'"]);
        let float = csv().types([("b", ColumnType::Float)]);
        says(Table::read_with(&path, float), &["a.csv, line 6, column 'b'", "Csv::null_values"]);
    });
    with("a.csv", b"1,x\n2,3\n", |path| {
        let table = Table::read_with(&path, Csv::new().no_header()).unwrap();
        assert_eq!(table.columns(), ["column_1", "column_2"]);
        says(table.column_f64("column_2"), &["line 1, column 'column_2'", "'x'"]);
    });
}

/// Numbers that count as empty do so however they are written (a golden case); texts do not.
#[test]
fn a_text_that_looks_like_a_missing_number_is_none() {
    let text = "c,zip\n-999,0\nx,00\n-999.0,7\n";
    let table = read(text, Csv::new().null_values(["-999", "0"])).unwrap();
    assert_eq!(table.dtypes(), ["str", "str"]);
    let some = |text: &str| Some(text.to_string());
    assert_eq!(table.optional_strings("c").unwrap(), [None, some("x"), some("-999.0")]);
    assert_eq!(table.optional_strings("zip").unwrap(), [None, some("00"), some("7")]);
}

/// Found by fuzzing: a byte order mark that is the first cell.
#[test]
fn a_mark_within_the_text_is_a_character() {
    for csv in [Csv::new(), Csv::new().decimal(',')] {
        let table = read("a,b\n\u{feff},1\nx,2\n", csv).unwrap();
        assert_eq!(table.strings("a").unwrap(), ["\u{feff}", "x"]);
        assert_eq!(table.column_f64("b").unwrap(), [1.0, 2.0]);
    }
}

#[test]
fn options_that_cannot_be_are_refused() {
    let says = |csv: Csv, parts: &[&str]| says(read("a,b\n1,2\n", csv), parts);
    says(Csv::new().separator('é'), &["the separator is 'é'", "ASCII"]);
    says(Csv::new().comment('"'), &["Csv::comment"]);
    says(Csv::new().comment(','), &["Csv::comment is ','", "between fields"]);
    says(Csv::new().whitespace().comment(' '), &["Csv::comment is ' '"]);
    says(Csv::new().decimal('x'), &["Csv::decimal is 'x'", "a point or a comma"]);
    says(Csv::new().thousands('1'), &["Csv::thousands is '1'"]);
    says(Csv::new().decimal(',').thousands(','), &["another character", "Csv::decimal"]);
    says(Csv::new().encoding("klingon"), &["\"klingon\"", "latin-1", "UTF-16"]);
    says(Csv::new().whitespace().separator(';'), &["';'", "left out"]);
    says(Csv::new().names(["one"]), &["line 1", "2 fields and Csv::names 1"]);
    says(Csv::new().types([("aa", ColumnType::Text)]), &["column 'aa'", "no such column", "'a'"]);
    says(Csv::new().skip_rows(5), &["the file is empty"]);
}

#[test]
fn files_of_other_kinds_are_named() {
    let golden = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    says(Table::read_csv(golden("parquet/plain.parquet")), &["Parquet", "read_parquet"]);
    says(Table::read_csv(golden("npz/stored.npz")), &["stored.npz: it is no text", "load_npz"]);
    says(Table::read_csv(golden("hostile/values.pkl")), &["a pickle of Python"]);
    says(Table::read_parquet(golden("csv.json")), &["it is no Parquet file", "JSON"]);
    says(Table::read_parquet(golden("npy/f4.npy")), &["it is an array of NumPy", "load_npy"]);
}
