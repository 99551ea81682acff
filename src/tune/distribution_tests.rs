use super::*;

fn float(low: f64, high: f64, step: Option<f64>, log: bool) -> Distribution {
    Distribution::Float { low, high, step, log }
}

fn int(low: i64, high: i64, step: i64, log: bool) -> Distribution {
    Distribution::Int { low, high, step, log }
}

fn choices(choices: impl Into<Vec<Choice>>) -> Distribution {
    Distribution::Categorical { choices: choices.into() }
}

#[test]
fn bounds_are_checked() {
    let bad = [
        float(1.0, 0.0, None, false),
        float(f64::NAN, 1.0, None, false),
        float(0.0, f64::INFINITY, None, false),
        float(-1e308, 1e308, None, false),
        float(0.0, 1.0, None, true),
        float(1.0, 2.0, Some(0.5), true),
        float(1.0, 2.0, Some(0.0), false),
        float(1.0, 2.0, Some(f64::NAN), false),
        int(2, 1, 1, false),
        int(0, 1, 1, true),
        int(1, 5, 2, true),
        int(1, 5, 0, false),
        choices([]),
    ];
    bad.into_iter().for_each(|d| assert!(d.clone().checked().is_err(), "{d:?}"));
}

#[test]
fn the_upper_bound_comes_down_to_the_grid() {
    let high = |d: Distribution| match d.checked() {
        Ok(Distribution::Float { high, .. }) => high,
        Ok(Distribution::Int { high, .. }) => high as f64,
        _ => f64::NAN,
    };
    assert_eq!(high(float(0.0, 0.3, Some(0.1), false)), 0.3);
    assert_eq!(high(float(0.0, 1.0, Some(0.3), false)), 0.9);
    assert_eq!(high(float(-0.7, 0.0, Some(0.1), false)), 0.0);
    assert_eq!(high(float(1.0, 1.5, Some(1.0), false)), 1.0);
    assert_eq!(high(int(1, 10, 4, false)), 9.0);
    assert_eq!(high(int(i64::MIN, i64::MAX, 1, false)), i64::MAX as f64);
    assert!(!int(i64::MIN, i64::MAX, 1, false).single());
    assert!(int(i64::MIN, i64::MAX, 7, false).contains(-9223372036854775808.0));
}

#[test]
fn compatible_is_what_optuna_says() {
    let same = [
        (float(0.0, 1.0, None, false), float(5.0, 9.0, Some(0.5), false)),
        (int(0, 1, 1, false), int(5, 9, 2, false)),
        (
            choices([Choice::Int(1), Choice::Text("a".into())]),
            choices([Choice::Float(1.0), Choice::Text("a".into())]),
        ),
        (choices([Choice::Float(f64::NAN)]), choices([Choice::Float(f64::NAN)])),
    ];
    same.iter().for_each(|(a, b)| assert!(a.compatible(b), "{a:?} {b:?}"));
    let other = [
        (float(1.0, 2.0, None, false), float(1.0, 2.0, None, true)),
        (int(1, 2, 1, false), int(1, 2, 1, true)),
        (int(1, 2, 1, false), float(1.0, 2.0, None, false)),
        (choices([Choice::Int(1), Choice::Int(2)]), choices([Choice::Int(2), Choice::Int(1)])),
        (choices([Choice::Int(1)]), choices([Choice::Int(1), Choice::Int(2)])),
        (choices([Choice::None]), choices([Choice::Text("None".into())])),
    ];
    other.iter().for_each(|(a, b)| assert!(!a.compatible(b), "{a:?} {b:?}"));
}

#[test]
fn json_goes_there_and_back() {
    let all = [
        float(1e-5, 0.1, None, true),
        float(0.12345678901234567, 0.9876543210987654, None, false),
        float(0.0, 0.9, Some(0.1), false),
        int(-3, 9, 2, false),
        int(1, 1 << 62, 1, true),
        choices([
            Choice::None,
            Choice::Bool(true),
            Choice::Int(-1),
            Choice::Float(2.0),
            Choice::Float(f64::NEG_INFINITY),
            Choice::Text("é \"x\" \\".into()),
        ]),
    ];
    for d in all {
        assert_eq!(Distribution::from_json(&d.to_json()).unwrap(), d);
    }
    let nan = choices([Choice::Float(f64::NAN)]);
    assert!(Distribution::from_json(&nan.to_json()).unwrap().compatible(&nan));
    let text = r#"{"name": "CategoricalDistribution", "attributes": {"choices": [NaN]}}"#;
    assert_eq!(nan.to_json(), text);
    // Optuna allows lists and objects, in which NaN and infinities may occur.
    let lists =
        choices([Choice::Json(json!([64, 64])), Choice::Json(json!({"a": [mark(-1.0 / 0.0)]}))]);
    let text = r#"{"name": "CategoricalDistribution", "attributes": {"choices": [[64,64], {"a":[-Infinity]}]}}"#;
    assert_eq!(lists.to_json(), text);
    assert_eq!(Distribution::from_json(text).unwrap(), lists);
    assert_eq!(lists.value(0.0).to_string(), "[64,64]");
    let bad = [
        "",
        "{}",
        r#"{"name": "FloatDistribution", "attributes": {"low": 1}}"#,
        "[1]",
        r#"{"name": "IntDistribution", "attributes": {"low": 3, "high": 1, "step": 1}}"#,
        r#"{"name": "NormalDistribution", "attributes": {}}"#,
    ];
    bad.iter().for_each(|text| assert!(Distribution::from_json(text).is_err(), "{text}"));
}
