#![no_main]
//! CSV tables, shown, described, and each column read as numbers and as text; what is read, written
//! and read again is the same. The first bytes choose the options.

use dfdx_lab::data::{ColumnType, Csv, Table};
use dfdx_lab_fuzz::{allow_caught_panics, file};

libfuzzer_sys::fuzz_target!(
    init: allow_caught_panics(),
    |bytes: &[u8]| {
        let Some((&[first, options, more], text)) = bytes.split_first_chunk() else { return };
        let path = file("a.csv", text);
        let on = |bit: u8| options & (1 << bit) != 0;
        let mut csv = Csv::new();
        if matches!(first, b';' | b'\t' | b'|' | b' ') {
            csv = csv.separator(char::from(first));
        }
        for (bit, set) in [
            (0, Csv::no_header as fn(Csv) -> Csv),
            (1, |csv| csv.comment('#')),
            (2, |csv| csv.null_values(["NA", "?"])),
            (3, |csv| csv.decimal(',')),
            (4, |csv| csv.thousands('.')),
            (5, Csv::skip_initial_space),
            (6, |csv| csv.skip_rows(1)),
            (7, |csv| csv.encoding("latin-1")),
        ] {
            if on(bit) {
                csv = set(csv);
            }
        }
        match more {
            1 => csv = csv.whitespace(),
            2 => csv = csv.names(["a", "b", "a"]),
            3 => csv = csv.types([("column_1", ColumnType::Float)]),
            4 => csv = csv.types([("column_1", ColumnType::Integer)]),
            5 => csv = csv.types([("column_1", ColumnType::Boolean)]),
            _ => {}
        }
        // Without options the text alone decides how it is read.
        let table = if (options, more) == (0, 0) && first == b',' {
            Table::read_csv(&path)
        } else {
            Table::read_with(&path, csv)
        };
        let Ok(table) = table else { return };
        assert!(table.rows() > 0);
        let _ = (table.to_html(), table.to_string(), table.describe(), table.null_count());
        for column in table.columns() {
            if let Ok(values) = table.column_f32(&column) {
                assert_eq!(values.len(), table.rows());
            }
            let _ = (table.strings(&column), table.value_counts(&column));
            let numbers = table.optional_f64(&column).unwrap_or_default();
            assert!(numbers.iter().flatten().all(|v| !v.is_nan()));
        }
        let again = file("again.csv", b"");
        table.write_csv(&again).expect("a written table");
        // A single column of empty cells is written as blank lines.
        if table.shape().1 > 1 {
            let same = Table::read_csv(&again).expect("what was just written");
            assert_eq!(same.shape(), table.shape());
            for (a, b) in table.columns().iter().zip(same.columns()) {
                let (a, b) = (table.optional_strings(a).unwrap(), same.optional_strings(&b).unwrap());
                for (a, b) in a.iter().zip(&b) {
                    let text = |cell: &Option<String>| cell.clone().unwrap_or_default().replace('\r', "");
                    assert_eq!(text(a), text(b));
                }
            }
        }
    }
);
