#![no_main]
//! Parquet tables, shown, and each column read as numbers and as text.

use dfdx_lab::data::Table;
use dfdx_lab_fuzz::{allow_caught_panics, file};

libfuzzer_sys::fuzz_target!(
    init: allow_caught_panics(),
    |bytes: &[u8]| {
        let Ok(table) = Table::read_parquet(file("a.parquet", bytes)) else { return };
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
