#![no_main]
//! CSV tables, shown, and each column read as numbers and as text; the first byte chooses the
//! separator.

use dfdx_lab::data::Table;
use dfdx_lab_fuzz::{allow_caught_panics, file};

libfuzzer_sys::fuzz_target!(
    init: allow_caught_panics(),
    |bytes: &[u8]| {
        let Some((&first, text)) = bytes.split_first() else { return };
        let path = file("a.csv", text);
        let table = match first {
            b';' | b'\t' | b'|' => Table::read_delimited(&path, char::from(first)),
            _ => Table::read_csv(&path),
        };
        let Ok(table) = table else { return };
        assert!(table.rows() > 0);
        let _ = (table.to_html(), table.to_string());
        for column in table.columns() {
            if let Ok(values) = table.column_f32(&column) {
                assert_eq!(values.len(), table.rows());
            }
            let _ = table.strings(&column);
        }
    }
);
