//! Defective tables as they occur in practice: every defect is an error that names file and place.

use std::path::{Path, PathBuf};

use dfdx_lab::data::{Classes, Dataset, Fill, Pipeline, Table};

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Files(tempfile::tempdir().expect("a temporary folder"))
    }

    fn write(&self, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join("mouse.csv");
        std::fs::write(&path, text).expect("a written file");
        path
    }
}

fn read(text: impl AsRef<[u8]>) -> Result<Table, String> {
    let files = Files::new();
    Table::read_csv(files.write(text)).map_err(|e| e.to_string())
}

/// Reads the text as a table, makes a dataset of states and powers, and returns the error.
fn dataset_error(text: &str) -> String {
    let files = Files::new();
    let table = Table::read_csv(files.write(text)).expect("a table");
    let e = Dataset::from_table(&table, "state", ["power"]).expect_err("an error");
    e.to_string()
}

#[track_caller]
fn says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "'{error}' does not say '{part}'");
    }
}

#[test]
fn byte_order_mark_windows_line_ends_and_quotes_are_read() {
    let table = read(
        "\u{feff}\"state\",\"power, mean\",note\r\nw,1.5,\"say \"\"hi\"\"\"\r\nn,2e-9,\"two\nlines\"\r\n",
    )
    .expect("a table");
    assert_eq!(table.columns(), ["state", "power, mean", "note"]);
    assert_eq!(table.dtypes(), ["str", "f64", "str"]);
    assert_eq!(table.shape(), (2, 3));
    assert_eq!(table.column_f64("power, mean").expect("numbers"), [1.5, 2e-9]);
    assert_eq!(table.strings("note").expect("text"), ["say \"hi\"", "two\nlines"]);
}

#[test]
fn the_last_column_has_no_carriage_return() {
    let table = read("a,b\r\n1,2\r\n3,4\r\n").expect("a table");
    assert_eq!(table.columns(), ["a", "b"]);
    assert_eq!(table.column_f32("b").expect("numbers"), [2.0, 4.0]);
}

#[test]
fn blank_lines_do_not_shift_the_lines_of_errors() {
    says(
        &dataset_error("state,power\n\nw,1\n\n\nn,\"x\ny\"\nw,2\n"),
        &["mouse.csv, line 6, column 'power'"],
    );
    says(&dataset_error("state,power\nw,1\n\"n\nn\",1\nn,abc\n"), &["line 5, column 'power'"]);
}

#[test]
fn a_missing_file_is_named() {
    let e = Table::read_csv(Path::new("/no/such/mouse.csv")).expect_err("an error");
    says(&e.to_string(), &["/no/such/mouse.csv"]);
}

#[test]
fn empty_files_are_refused() {
    for text in ["", "\n\n", "\u{feff}", " \r\n"] {
        says(&read(text).expect_err("an error"), &["mouse.csv", "the file is empty"]);
    }
    says(&read("state,power\n").expect_err("an error"), &["no rows", "2 columns", "line 1"]);
    // Found by fuzzing: carriage returns that do not end a line.
    says(&read("\r\n\r\r\n\r\n\rw\x0c\n\n").expect_err("an error"), &["no rows"]);
}

#[test]
fn ragged_rows_are_refused_with_their_line() {
    says(&read("a,b,c\n1,2,3\n4,5\n").expect_err("an error"), &["line 3", "2 fields", "header 3"]);
    says(&read("a,b\n1,2\n3,4,5\n").expect_err("an error"), &["line 3", "3 fields", "header 2"]);
    // Far beyond the rows that decide the types.
    let mut text = String::from("a,b\n");
    text.push_str(&"1,2\n".repeat(5000));
    says(&read(format!("{text}1\n")).expect_err("an error"), &["line 5002", "1 fields"]);
    says(&read(format!("{text}1,2,3\n1,2\n")).expect_err("an error"), &["line 5002", "3 fields"]);
}

#[test]
fn an_open_quote_is_found() {
    says(&read("a,b\n1,2\n3,\"4\n5,6\n").expect_err("an error"), &["line 3", "never closed"]);
}

#[test]
fn bytes_that_are_no_text_are_found() {
    let e = read(b"a,b\n1,x\n2,\xff\xfe\n").expect_err("an error");
    says(&e, &["line 3", "not UTF-8"]);
}

#[test]
fn another_encoding_is_found_in_the_first_line() {
    let latin = b"caf\xe9,b\n1,2\n";
    says(&read(latin).expect_err("an error"), &["line 1", "not UTF-8", "encoding(\"latin-1\")"]);
}

#[test]
fn a_quote_within_a_field_is_told() {
    for text in ["a,b\n5\" wide,1\n6,2\n", "a,b\n5\" wide,1\n6\" wide,2\n7,3\n"] {
        match read(text) {
            Ok(table) => {
                let first = table.strings("a").expect("text");
                assert_eq!(first[0], "5\" wide");
            }
            Err(e) => says(&e, &["line 2", "quote"]),
        }
    }
}

#[test]
fn text_among_numbers_is_found_however_late() {
    says(
        &dataset_error("state,power\nw,1\nn,abc\n"),
        &["mouse.csv, line 3, column 'power'", "'abc' is not a number"],
    );
    let rows = "w,1.5\nn,2\n".repeat(20_000);
    says(
        &dataset_error(&format!("state,power\n{rows}w,1,5\n").replace("1,5\n", "oops\n")),
        &["line 40002, column 'power'", "'oops'"],
    );
}

#[test]
fn whole_numbers_then_fractions_are_numbers() {
    let rows = "w,1\n".repeat(3000);
    let table = read(format!("state,power\n{rows}n,0.5\n")).expect("a table");
    assert_eq!(table.dtypes(), ["str", "f64"]);
    assert_eq!(table.column_f32("power").expect("numbers")[3000], 0.5);
}

#[test]
fn values_that_are_not_finite_are_found() {
    for (cell, word) in [("inf", "infinite"), ("-inf", "infinite")] {
        says(
            &dataset_error(&format!("state,power\nw,1\nn,2\nw,{cell}\nw,3\n")),
            &["line 4, column 'power'", word],
        );
    }
    // Missing values may still be imputed: only a step that computes with them refuses them.
    for cell in ["", "NaN"] {
        let files = Files::new();
        let text = format!("state,power\nw,1\nn,2\nw,{cell}\nw,3\n");
        let table = Table::read_csv(files.write(text)).expect("a table");
        let data = Dataset::from_table(&table, "state", ["power"]).expect("data");
        let error = Pipeline::new().standard_scaler().fit_transform(&data).expect_err("an error");
        says(&error.to_string(), &["mouse.csv, line 4", "'power'", ".impute("]);
        let steps = Pipeline::new().impute(Fill::Mean);
        let (_, filled) = steps.fit_transform(&data).expect("numbers");
        assert_eq!(filled.x().data(), [1.0, 2.0, 2.0, 3.0]);
    }
    says(&dataset_error("state,power\nw,1\nn,1e39\n"), &["line 3", "f32"]);
    says(&dataset_error("state,power\nw,1\n,1\n"), &["line 3, column 'state'", "empty"]);
}

#[test]
fn a_missing_column_lists_the_nearest() {
    let table = read("state,amplitude_around_1_Hertz\nw,1\nn,2\n").expect("a table");
    let e =
        Dataset::from_table(&table, "state", ["amplitude_around_1_Herz"]).expect_err("an error");
    says(&e.to_string(), &["mouse.csv", "'amplitude_around_1_Herz'", "'amplitude_around_1_Hertz'"]);
    let e = table.select(["stat"]).expect_err("an error");
    says(&e.to_string(), &["'stat'", "'state'"]);
}

#[test]
fn other_separators_are_told() {
    for (c, name) in [(';', "';'"), ('\t', "'\\t'"), ('|', "'|'")] {
        let text = "\nstate;power\nw;1,5\nn;2\n".replace(';', &c.to_string());
        let e = read(&text).expect_err("an error");
        says(&e, &["mouse.csv, line 2", &format!("Table::read_delimited(path, {name})")]);
        let files = Files::new();
        let table = Table::read_delimited(files.write(&text), c).expect("a table");
        let e = table.column_f64("power").expect_err("an error").to_string();
        says(&e, &["line 3, column 'power'", "'1,5' is not a number", "with a point"]);
    }
    // A single column of text that has a separator in some row stays one column.
    assert_eq!(read("a;b\nx\ny;z\n").expect("a table").shape(), (2, 1));
}

#[test]
fn tables_are_read_by_their_extension() {
    let files = Files::new();
    let path = |name: &str| files.0.path().join(name);
    std::fs::write(path("a.CSV"), "a,b\n1,2\n").expect("a written file");
    std::fs::write(path("a.tsv"), "a\tb\n1\t2\n").expect("a written file");
    for name in ["a.CSV", "a.tsv"] {
        assert_eq!(Table::read(path(name)).expect("a table").shape(), (1, 2), "{name}");
    }
    let parquet = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/parquet/plain.parquet");
    assert_eq!(Table::read(parquet).expect("a table").shape(), (4, 5));
    let e = Table::read(path("a.xlsx")).expect_err("an error").to_string();
    says(&e, &["a.xlsx'", ".parquet", "read_csv"]);
}

#[test]
fn other_separators_are_read_when_named() {
    let files = Files::new();
    let table = Table::read_delimited(files.write("state;power\nw;1.5\n"), ';').expect("a table");
    assert_eq!(table.column_f64("power").expect("numbers"), [1.5]);
    assert!(Table::read_delimited(files.write("a"), 'é').is_err());
}

#[test]
fn an_unknown_label_is_named_with_its_line() {
    let files = Files::new();
    let table = Table::read_csv(files.write("state,power\nw,1\nn,2\nq,3\nw,4\n")).expect("a table");
    // The rows are filtered and reversed first: the line is still that of the file.
    let table = table.take(&[3, 2, 1]).expect("rows");
    let data = Dataset::from_table(&table, "state", ["power"]).expect("data");
    let e = data
        .with_classes(&Classes::new([("w", "awake"), ("n", "n-rem"), ("r", "rem")]))
        .expect_err("an error");
    says(&e.to_string(), &["mouse.csv, line 4, column 'state'", "'q' is unknown", "'w'"]);
}

#[test]
fn the_target_is_no_feature_and_numbers_are_no_classes() {
    let table = read("state,power\nw,1\nn,2\n").expect("a table");
    assert!(Dataset::from_table(&table, "power", ["power"]).is_err());
    let rows: String = (0..100).map(|i| format!("w,{i}.5\n")).collect();
    let table = read(format!("state,power\n{rows}")).expect("a table");
    let numbers = table.with_numbers("x", &vec![1.0; 100]).expect("a column");
    let e = Dataset::from_table(&numbers, "power", ["x"]).expect_err("an error");
    says(&e.to_string(), &["100", "regression"]);
}

#[test]
fn content_is_escaped() {
    let table = read("<script>,b\n<img src=x>,1\n").expect("a table");
    let html = table.to_html();
    assert!(!html.contains("<script>") && !html.contains("<img"), "{html}");
    let data = Dataset::from_table(&table, "<script>", ["b"]).expect("data");
    assert!(!data.to_html().contains("<img"), "{}", data.to_html());
}

#[test]
fn tables_under_one_another_keep_their_lines() {
    let files = Files::new();
    let first = Table::read_csv(files.write("a,b\n1,2\n")).expect("a table");
    let other = files.0.path().join("other.csv");
    std::fs::write(&other, "a,b\n1,2\n3,inf\n").expect("a written file");
    let both = Table::concat([&first, &Table::read_csv(&other).expect("a table")]).expect("both");
    assert_eq!(both.shape(), (3, 2));
    let e = both.column_f32("b").expect_err("an error").to_string();
    says(&e, &["other.csv, line 3, column 'b'"]);
    std::fs::write(&other, "a,c\n1,2\n").expect("a written file");
    let e = Table::concat([&first, &Table::read_csv(&other).expect("a table")]);
    says(&e.expect_err("an error").to_string(), &["other.csv", "'c'", "'b'"]);
}
