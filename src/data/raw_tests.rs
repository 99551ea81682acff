//! Text and missing values, against scikit-learn (tests/golden/make_raw_columns.py), and what is
//! refused.

use super::{Columns, Dataset, Fill, FittedPipeline, Pipeline, Table};
use crate::array::Array;
use crate::error::Error;
use polars::prelude::df;
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../tests/golden/raw_columns.json")).unwrap()
}

/// The first 40 rows to learn from, and 20 others.
fn rows() -> (Dataset, Dataset) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/raw_columns.csv");
    let all = Dataset::from_table_all(&Table::read(path).unwrap(), "survived").unwrap();
    let part = |rows: std::ops::Range<usize>| all.take(&rows.collect::<Vec<_>>()).unwrap();
    (part(0..40), part(40..60))
}

#[track_caller]
fn says<T>(result: crate::Result<T>, parts: &[&str]) {
    let Err(error) = result else { panic!("no error") };
    let text = error.to_string();
    parts.iter().for_each(|part| assert!(text.contains(part), "'{text}' does not say '{part}'"));
}

/// Compares columns by their names, wherever they stand.
#[track_caller]
fn same(data: &Dataset, features: &[String], want: &Value, tolerance: f64) {
    let want: Vec<Vec<Option<f64>>> = serde_json::from_value(want.clone()).unwrap();
    assert_eq!((data.len(), data.columns().len()), (want.len(), features.len()));
    for (place, name) in features.iter().enumerate() {
        let at = data.columns().iter().position(|column| column == name);
        let at = at.unwrap_or_else(|| panic!("no {name} in {:?}", data.columns()));
        for (row, want) in want.iter().enumerate() {
            let (got, want) = (f64::from(data.x().row(row)[at]), want[place].unwrap_or(f64::NAN));
            let close = (got - want).abs() <= tolerance * want.abs().max(1.0);
            assert!(close || (got.is_nan() && want.is_nan()), "{name}, row {row}: {got} {want}");
        }
    }
}

#[track_caller]
fn check(name: &str, steps: Pipeline, tolerance: f64) -> FittedPipeline {
    let golden = golden();
    let case = &golden[name];
    let features: Vec<String> = serde_json::from_value(case["features"].clone()).unwrap();
    let (train, test) = rows();
    let of_case = |data: &Dataset| match name {
        "power" => data.select_columns(["age", "fare", "change"]).unwrap(),
        "hot_class" => data.select_columns(["class"]).unwrap(),
        _ => data.clone(),
    };
    let (fitted, prepared) = steps.fit_transform(&of_case(&train)).unwrap();
    assert_eq!(fitted.features(), prepared.columns());
    same(&prepared, &features, &case["train"], tolerance);
    let other = fitted.transform(&of_case(&test)).unwrap();
    same(&other, &features, &case["test"], tolerance);
    // Kept in a file, it does the same to the bit.
    let again = FittedPipeline::of_parts(fitted.to_parts()).unwrap();
    assert!(again.same(&fitted));
    assert_eq!(again.transform(&of_case(&test)).unwrap().x().data(), other.x().data());
    fitted
}

/// Results are rounded to f32: half a unit in the last place is 6e-8.
const ROUNDED: f64 = 1e-7;

#[test]
fn imputed_and_encoded_columns_are_those_of_scikit_learn() {
    let fitted = check("median_hot", Pipeline::new().impute(Fill::Median).one_hot(), ROUNDED);
    assert_eq!(
        fitted.features(),
        [
            "age",
            "fare",
            "class",
            "sex_female",
            "sex_male",
            "port_C",
            "port_Q",
            "port_S",
            "port_nan",
            "change"
        ]
    );
    let steps = Pipeline::new().impute(Fill::Mean).impute(Fill::MostFrequent).one_hot();
    check("mean_frequent_hot_scaled", steps.standard_scaler(), 4.0 * ROUNDED);
    let steps = Pipeline::new().impute("?").impute(Fill::MostFrequent).ordinal();
    check("ordinal", steps, ROUNDED);
    check("hot_class", Pipeline::new().one_hot().on("class"), ROUNDED);
}

#[test]
fn power_transforms_are_those_of_scikit_learn() {
    // The exponent is where a flat curve is highest, which rounding moves by about 1e-8.
    let steps = Pipeline::new().impute(Fill::Median).power_transformer();
    let fitted = check("power", steps, 1e-6);
    let parts = fitted.to_parts();
    let lambdas = &parts[1].arrays[0].2;
    let want: Vec<f64> = serde_json::from_value(golden()["lambdas"].clone()).unwrap();
    for (got, want) in lambdas.iter().zip(&want) {
        assert!((got - want).abs() < 1e-5, "{got} {want}");
    }
}

#[test]
fn a_step_on_some_columns_leaves_the_others() {
    let (train, test) = rows();
    let steps = Pipeline::new()
        .impute(Fill::Median)
        .one_hot()
        .log1p()
        .on("fare")
        .standard_scaler()
        .on(["fare", "age"])
        .min_max_scaler()
        .on(Columns::except(["age", "fare", "sex_male"]));
    let (fitted, prepared) = steps.fit_transform(&train).unwrap();
    let plain = Pipeline::new().impute(Fill::Median).one_hot().fit_transform(&train).unwrap();
    assert_eq!(prepared.columns(), plain.1.columns());
    let column = |data: &Dataset, name: &str| -> Vec<f32> {
        data.select_columns([name]).unwrap().x().data().to_vec()
    };
    assert_eq!(column(&prepared, "sex_male"), column(&plain.1, "sex_male"));
    let mean = |values: Vec<f32>| values.iter().sum::<f32>() / values.len() as f32;
    assert!(mean(column(&prepared, "fare")).abs() < 1e-5);
    assert!(column(&prepared, "class").iter().all(|v| [0.0, 0.5, 1.0].contains(v)));
    let again = FittedPipeline::of_parts(fitted.to_parts()).unwrap();
    let (a, b) = (fitted.transform(&test).unwrap(), again.transform(&test).unwrap());
    assert_eq!(a.x(), b.x());
    assert_eq!(fitted.transform(&a).unwrap().x(), a.x());
    // Components of two columns stand behind the others.
    let steps = Pipeline::new().impute(Fill::Median).pca(1).on(["age", "fare"]).one_hot();
    let (fitted, prepared) = steps.fit_transform(&train).unwrap();
    assert_eq!(prepared.columns().last().map(String::as_str), Some("x0"));
    assert_eq!(fitted.features(), prepared.columns());
}

#[test]
fn columns_are_found_by_name_whatever_they_are_read_as() {
    let (train, _) = rows();
    let steps = Pipeline::new().impute(Fill::Median).impute(Fill::MostFrequent).one_hot();
    let (fitted, _) = steps.clone().fit_transform(&train).unwrap();
    // In another order, with a port that is always missing, and so was read as numbers.
    let frame = df!(
        "port" => [None::<f64>, None], "sex" => ["male", "female"], "change" => [1.0, 2.0],
        "class" => [1, 3], "fare" => [7.0, 8.0], "age" => [None, Some(30.0)]
    );
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let columns = ["port", "sex", "change", "class", "fare", "age"];
    let other = fitted.transform(&Dataset::unlabelled(&table, columns).unwrap()).unwrap();
    assert_eq!(other.x().row(1)[..3], [30.0, 8.0, 3.0]);
    let port = |row: usize| other.select_columns(["port_S"]).unwrap().x().row(row)[0];
    assert_eq!((port(0), port(1)), (1.0, 1.0));
    // Categories that no training row had.
    let table = table.with_strings("port", &["S".to_string(), "X".to_string()]).unwrap();
    let unseen = Dataset::unlabelled(&table, columns).unwrap();
    says(fitted.transform(&unseen), &["'port'", "'X'", "handle_unknown(\"ignore\")"]);
    let (ignoring, _) = steps.handle_unknown("ignore").fit_transform(&train).unwrap();
    let other = ignoring.transform(&unseen).unwrap();
    assert_eq!(other.x().row(1)[5..8], [0.0, 0.0, 0.0]);
    let ordinal = Pipeline::new().impute(Fill::Median).impute(Fill::MostFrequent).ordinal();
    let ordinal = ordinal.handle_unknown("ignore").categories("port", ["S", "Q", "C"]);
    let (fitted, _) = ordinal.fit_transform(&train).unwrap();
    let other = fitted.transform(&unseen).unwrap().select_columns(["port"]).unwrap();
    assert_eq!(other.x().data(), [0.0, -1.0]);
}

#[test]
fn large_numbers_stay_exact_beside_missing_ones() {
    let times: Vec<Option<f64>> =
        (0..20).map(|i| (i != 3).then_some(1.7e9 + f64::from(i))).collect();
    let frame =
        df!("time" => times, "kind" => (0..20).map(|i| ["a", "b"][i % 2]).collect::<Vec<_>>());
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let data = Dataset::unlabelled(&table, ["kind", "time"]).unwrap();
    let steps = Pipeline::new().one_hot().impute(Fill::Median).standard_scaler().on("time");
    let (_, prepared) = steps.fit_transform(&data).unwrap();
    let time = prepared.select_columns(["time"]).unwrap();
    assert!((time.x().data()[19] - time.x().data()[18] - 0.17).abs() < 0.01, "{:?}", time.x());
}

#[test]
fn what_is_no_number_is_refused_where_something_computes() {
    let (train, _) = rows();
    says(Pipeline::new().standard_scaler().fit_transform(&train), &["'sex'", "text", ".one_hot()"]);
    says(
        Pipeline::new().one_hot().standard_scaler().fit_transform(&train),
        &["'change'", "raw_columns.csv, line 4", ".impute(Fill::Median)"],
    );
    says(Pipeline::new().one_hot().smote().fit_transform(&train), &["'change'", "impute"]);
    says(Pipeline::new().one_hot().pca(2).fit_transform(&train), &["'change'", "impute"]);
    says(Pipeline::new().one_hot().log1p().fit_transform(&train), &["'change'", "impute"]);
    says(super::StandardScaler::fit(&train), &["'sex'", "text"]);
    says(super::f_classif(&train, train.labels()), &["'sex'", "text"]);
    let sex = train.select_columns(["sex"]).unwrap();
    says(Pipeline::new().impute(0.0).on("sex").fit_transform(&sex), &["'sex'", "text"]);
    says(Pipeline::new().impute(Fill::Previous).fit_transform(&train), &["Fill::Median"]);
    says(Pipeline::new().impute("x").on("age").fit_transform(&train), &["'age'", "a number"]);
    says(Pipeline::new().one_hot().on("sexx").fit_transform(&train), &["'sexx'", "'sex'"]);
    says(Pipeline::new().on("sex").one_hot().fit_transform(&train), &["Pipeline::on", "before"]);
    says(
        Pipeline::new().one_hot().handle_unknown("drop").fit_transform(&train),
        &["'drop'", "'ignore'"],
    );
    says(
        Pipeline::new().impute(Fill::Median).handle_unknown("ignore").fit_transform(&train),
        &["after .one_hot()"],
    );
    says(
        Pipeline::new().ordinal().categories("sex", ["male"]).fit_transform(&train),
        &["'sex'", "'female'"],
    );
    says(
        Pipeline::new().ordinal().categories("sexes", ["male"]).fit_transform(&train),
        &["'sexes'", "'sex'"],
    );
    says(Pipeline::new().scale_targets().on("age").fit_transform(&train), &["Pipeline::on"]);
    let data = Dataset::new(Array::new([2, 1], vec![-1.0, 0.0]).unwrap(), vec![0, 1], ["a", "b"]);
    says(Pipeline::new().log1p().fit_transform(&data.unwrap()), &["row 0", "'x0'", "above -1"]);
    let frame = df!("empty" => [None::<f64>, None], "full" => [1.0, 2.0]);
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let data = Dataset::unlabelled(&table, ["empty", "full"]).unwrap();
    says(Pipeline::new().impute(Fill::Mean).fit_transform(&data), &["'empty'", "Table::drop"]);
    assert!(data.to_string().contains("missing in empty (2)"), "{data}");
    assert!(train.to_string().contains("text in sex, port"), "{train}");
}

#[test]
fn damaged_steps_are_refused() {
    let (train, _) = rows();
    let steps = Pipeline::new().impute(Fill::Median).one_hot().log1p().on("fare");
    let (fitted, _) = steps.fit_transform(&train).unwrap();
    let change = |change: &dyn Fn(&mut Vec<super::StepParts>)| -> Result<FittedPipeline, Error> {
        let mut parts = fitted.to_parts();
        change(&mut parts);
        FittedPipeline::of_parts(parts)
    };
    says(change(&|s| s[0].settings["texts"] = serde_json::json!([])), &["texts is of 0 values"]);
    says(change(&|s| s[1].settings["categories"] = serde_json::json!([])), &["of 0 lists"]);
    says(change(&|s| s[2].settings["step"] = "On".into()), &["On: step"]);
    says(change(&|s| s[2].settings["step"] = "PowerTransformer".into()), &["lambda"]);
}

/// Steps find columns by their names: of two of one name the first would be taken for both.
#[test]
fn columns_of_one_name_are_refused() {
    let texts = |a: &str, b: &str| {
        let frame = df!(
            a => ["S", "C", "S", "C"], b => [1.5, 2.5, 0.5, 3.5], "kind" => ["x", "y", "x", "y"]
        );
        let table = Table::from_dataframe(frame.unwrap()).unwrap();
        Dataset::from_table_all(&table, "kind").unwrap()
    };
    let hot = Pipeline::new().one_hot();
    says(hot.fit_transform(&texts("port", "port_S")), &["'port_S'", "rename"]);
    hot.fit_transform(&texts("port", "port_X")).unwrap();
    // Principal components of some columns of no name of their own are called as these are.
    let x = Array::new([4, 3], (0..12).map(|i| (i as f32).sin()).collect()).unwrap();
    let data = Dataset::new(x, vec![0, 1, 0, 1], ["a", "b"]).unwrap();
    let some = Pipeline::new().pca(1).on(["x1", "x2"]);
    some.fit_transform(&data).unwrap();
    let both = some.standard_scaler().on("x0");
    says(both.fit_transform(&data), &["Pipeline::on", "'x0'", "several"]);
}
