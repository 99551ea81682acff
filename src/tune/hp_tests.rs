use super::*;
use crate::nn::Activation::*;
use crate::optim::{Adam, Optimizer, Sgd};

/// Gives each parameter its last value.
struct Last;
impl ValueSource for Last {
    fn value(&mut self, _: &str, of: &Arc<Distribution>) -> Result<f64> {
        Ok(match &**of {
            Distribution::Float { high, .. } => *high,
            Distribution::Int { high, .. } => *high as f64,
            Distribution::Categorical { choices } => choices.len() as f64 - 1.0,
        })
    }
}

#[test]
fn values_have_the_callers_type() {
    let mut hp = Hp::new(Last);
    let units: usize = hp.int("units", 10..=300);
    let step: i32 = hp.int_step("step", 0..=10, 4);
    let rate: f32 = hp.log_float("rate", 1e-4..=0.1);
    let grid: f64 = hp.float_step("grid", 0.0..=1.0, 0.3);
    assert_eq!((units, step, rate), (300, 8, 0.1));
    assert!((grid - 0.9).abs() < 1e-12);
    assert_eq!(hp.choice("activation", [Relu, Tanh]), Tanh);
    assert_eq!(hp.choice("name", ["a", "b"]), "b");
    let optimizers = [Optimizer::from(Sgd::new(0.1)), Adam::new(0.01).into()];
    assert_eq!(hp.choice("optimizer", optimizers).to_string(), "Adam(0.01)");
    assert_eq!(hp.choice_of("sizes", &[4usize, 8]), Some(8));
    assert!(hp.boolean("deep"));
    assert_eq!(hp.fixed("classes", 3), 3);
    let inner: i64 = hp.name_scope("block", |hp| hp.name_scope("a", |hp| hp.int("n", 1..=2)));
    assert_eq!(inner, 2);
    let names: Vec<_> = hp.params().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names[..2], ["units", "step"]);
    assert_eq!(names.last(), Some(&"block/a/n"));
    let rate = hp.params()[2].distribution.to_json();
    assert!(rate.contains(r#""high":0.1,"#) && rate.contains(r#""low":0.0001,"#), "{rate}");
    assert!(hp.take_error().is_none());
}

#[test]
fn the_same_name_is_the_same_value() {
    let mut hp = Hp::new(Last);
    assert_eq!(hp.int("n", 1..=3), hp.int("n", 1..=3));
    assert_eq!(hp.params().len(), 1);
    let again: i64 = hp.int("n", 2..=5);
    assert_eq!(again, 2);
    let text = hp.take_error().map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("'n'") && text.contains("1 to 3") && text.contains("2 to 5"), "{text}");
}

#[test]
#[allow(clippy::reversed_empty_ranges)]
fn mistakes_are_remembered_and_still_give_a_value() {
    let says = |code: fn(&mut Hp), part: &str| {
        let mut hp = Hp::new(Last);
        code(&mut hp);
        let text = hp.take_error().map(|e| e.to_string()).unwrap_or_default();
        assert!(text.contains(part) && text.contains("'p'"), "{part}: {text}");
    };
    says(|hp| assert_eq!(hp.int("p", 5..=2), 5), "5 to 2");
    says(|hp| assert_eq!(hp.float("p", f64::NAN..=1.0).to_string(), "NaN"), "finite");
    says(|hp| assert_eq!(hp.log_float("p", 0.0..=1.0), 0.0), "above 0");
    says(|hp| assert_eq!(hp.log_int("p", 0..=8), 0), "at least 1");
    says(|hp| assert_eq!(hp.int_step("p", 0..=8, 0), 0), "step");
    says(|hp| assert_eq!(hp.float_step("p", 0.0..=8.0, -1.0), 0.0), "step");
    says(|hp| assert_eq!(hp.int("p", 0..=u64::MAX), 0), "64 bits");
    says(|hp| assert_eq!(hp.int("p", 0..=i64::MAX), 0), "2^53");
    says(|hp| assert_eq!(hp.choice_of::<i32>("p", &[]), None), "at least 1");
    says(|hp| assert_eq!(hp.choice("p", ["a", "a"]), "a"), "given once");
}

#[test]
fn values_become_internal_ones() {
    let choices = vec![Choice::Int(1), Choice::Text("a".into())];
    let of = Distribution::Categorical { choices };
    assert_eq!(internal_of(&of, &Choice::Float(1.0)), Some(0.0));
    assert_eq!(internal_of(&of, &Choice::Text("a".into())), Some(1.0));
    assert_eq!(internal_of(&of, &Choice::None), None);
    let of = Distribution::Int { low: 0, high: 9, step: 3, log: false };
    assert_eq!(internal_of(&of, &Choice::Int(6)), Some(6.0));
    assert_eq!(internal_of(&of, &Choice::Int(7)), None);
}
