//! What is written is what is read again.

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
use proptest::prelude::{Just, Strategy, prop_oneof};

use super::Table;

fn again(table: &Table) -> (Table, Table) {
    let folder = tempfile::tempdir().unwrap();
    let (csv, parquet) = (folder.path().join("a.csv"), folder.path().join("a.parquet"));
    table.write_csv(&csv).unwrap();
    table.write_parquet(&parquet).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "a part is left");
    (Table::read(csv).unwrap(), Table::read(parquet).unwrap())
}

#[test]
fn types_and_missing_cells_are_kept() {
    let table = Table::from(
        DataFrame::new(
            3,
            vec![
                Series::new("whole, \"quoted\"".into(), [Some(i64::MIN), None, Some(7)])
                    .into_column(),
                Series::new("number".into(), [Some(0.1), Some(-1e300), None]).into_column(),
                Series::new("zip".into(), [Some("00123"), Some("7"), None]).into_column(),
                Series::new("digits".into(), ["1", "2", "3"]).into_column(),
                Series::new("text".into(), [Some("a,b\n\"c\""), None, Some(" é ")]).into_column(),
                Series::new("truth".into(), [Some(true), None, Some(false)]).into_column(),
            ],
        )
        .unwrap(),
    );
    let (csv, parquet) = again(&table);
    assert_eq!(csv.dtypes(), table.dtypes());
    for read in [csv, parquet] {
        assert!(read.frame().equals_missing(&table.frame()), "{read}");
    }
}

#[test]
fn a_single_column_keeps_its_missing_cells() {
    let texts = [Some("a"), None, Some("7")];
    for series in [
        Series::new("a \"b\", c".into(), texts),
        Series::new("n".into(), [None, Some(7i64), None]),
        Series::new("n".into(), [Some(0.5), None]),
    ] {
        let table = Table::from(series);
        let (csv, parquet) = again(&table);
        assert!(csv.frame().equals_missing(&table.frame()), "{csv} is not {table}");
        assert!(parquet.frame().equals_missing(&table.frame()), "{parquet}");
    }
}

#[test]
fn a_missing_folder_is_made_and_one_that_cannot_be_is_named() {
    let table = Table::from(Series::new("a".into(), [1i64, 2]));
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("new/folder/a.csv");
    table.write_csv(&place).unwrap();
    let error = table.write_csv(place.join("b.csv")).unwrap_err().to_string();
    assert!(error.contains("a.csv/b.csv"), "{error}");
    assert!(table.write_parquet(place.join("b.parquet")).is_err());
}

proptest::proptest! {
    /// Texts that look like numbers, truth values, nothing, quotes.
    #[test]
    fn texts_are_kept(
        texts in proptest::collection::vec(proptest::option::of(prop_oneof![
            "[0-9]{1,20}", "-?0[0-9]{1,3}", "[0-9]{1,3}\\.[0-9]e[0-9]", Just("true".to_string()),
            "[a-z \",\n#;']{1,8}", Just("NaN".to_string()), "sep=[;a]",
        ].prop_map(|s: String| s)), 1..12),
    ) {
        let rows = texts.len();
        let number: Vec<i64> = (0..rows as i64).collect();
        let table = Table::from(DataFrame::new(rows, vec![
            Series::new("text".into(), texts.clone()).into_column(),
            Series::new("n".into(), number).into_column(),
        ]).unwrap());
        let (csv, parquet) = again(&table);
        for read in [csv, parquet] {
            proptest::prop_assert_eq!(read.optional_strings("text").unwrap(), texts.clone());
            proptest::prop_assert_eq!(read.dtypes(), ["str", "i64"]);
        }
    }
}
