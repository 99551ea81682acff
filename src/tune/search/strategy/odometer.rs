//! The cells of a grid in order, found by running the code that asks for values.

use crate::error::{Error, Result};
use crate::tune::hp::{ValueSource, describe};
use crate::tune::search::Search;
use crate::tune::{Distribution, Param};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The number of points in a continuous range besides its smallest value, as in KerasTuner.
const POINTS: usize = 10;

/// The values of a parameter in a grid, the first or smallest one first.
pub(super) fn grid_values(of: &Distribution) -> Values {
    let between = |low: f64, high: f64, log: bool, share: f64| match log {
        true => low * (high / low).powf(share),
        false => low + share * (high - low),
    };
    let shares = (0..POINTS).map(|i| (i as f64 + 0.5) / POINTS as f64);
    match of {
        Distribution::Int { low, high, log: true, .. } => {
            let (low, high) = (*low as f64, *high as f64);
            // `high + 1`, so that the largest value is as likely as the others.
            let points = shares.map(|s| of.nearest(between(low, high + 1.0, true, s).floor()));
            Values::listed(low, points)
        }
        Distribution::Float { low, high, step: None, log } => {
            Values::listed(*low, shares.map(|s| of.nearest(between(*low, *high, *log, s))))
        }
        of => Values::Every(of.clone()),
    }
}

/// The values of a parameter in order: all of a distribution, or a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    Every(Distribution),
    List(Vec<f64>),
}

impl Values {
    fn listed(first: f64, others: impl Iterator<Item = f64>) -> Values {
        let mut list = vec![first];
        for value in others {
            if !list.contains(&value) {
                list.push(value);
            }
        }
        Values::List(list)
    }

    pub fn count(&self) -> u64 {
        match self {
            Values::Every(of) => of.count().unwrap_or(1),
            Values::List(list) => list.len() as u64,
        }
    }

    fn at(&self, index: u64) -> f64 {
        match self {
            Values::Every(of) => of.point(index),
            Values::List(list) => list.get(index as usize).copied().unwrap_or(f64::NAN),
        }
    }
}

/// A digit of the odometer: the index of a parameter's value, and the number of its values.
#[derive(Clone, Debug)]
struct Digit {
    index: u64,
    count: u64,
}

/// The parameters of each combination.
pub(super) type Combinations = Vec<Arc<Vec<Param>>>;

/// Goes through the cells like an odometer: the last parameter changes fastest, and parameters
/// after a changed one begin anew.
pub(super) struct Odometer {
    search: Search,
    values: fn(&Distribution) -> Values,
    /// The first digits of the next cell; later parameters take their first values.
    next: Option<Vec<Digit>>,
    cells: Combinations,
}

/// Gives the digits' values, then first values, and records all digits.
struct OdometerValues {
    values: fn(&Distribution) -> Values,
    state: Arc<Mutex<(Vec<Digit>, usize)>>,
}

impl ValueSource for OdometerValues {
    fn value(&mut self, _: &str, of: &Arc<Distribution>) -> Result<f64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let values = (self.values)(of);
        let (digits, place) = &mut *state;
        if *place == digits.len() {
            digits.push(Digit { index: 0, count: values.count() });
        }
        let digit = &mut digits[*place];
        // Code that asks for another range at this place still gets one of its values.
        digit.count = values.count();
        digit.index = digit.index.min(digit.count.saturating_sub(1));
        *place += 1;
        Ok(values.at(digit.index))
    }
}

impl Odometer {
    pub fn new(search: &Search) -> Odometer {
        let (search, next) = (search.clone(), Some(Vec::new()));
        Odometer { search, values: grid_values, next, cells: Vec::new() }
    }

    /// All combinations that a search can draw; none if there are more than `most` or counting them
    /// takes longer than `within`.
    pub fn combinations(search: &Search, most: usize, within: Duration) -> Option<Combinations> {
        let values = |of: &Distribution| Values::Every(of.clone());
        let mut odometer = Odometer { values, ..Odometer::new(search) };
        let begin = Instant::now();
        while odometer.step() {
            let endless = |p: &Param| p.distribution.count().is_none();
            let newest = odometer.cells.last();
            if newest.is_some_and(|cell| cell.iter().any(endless))
                || odometer.cells.len() > most
                || begin.elapsed() > within
            {
                return None;
            }
        }
        Some(odometer.cells)
    }

    /// The parameters of a cell, counted from 0; none after the last one.
    pub fn cell(&mut self, index: u64) -> Option<Arc<Vec<Param>>> {
        while self.cells.len() as u64 <= index && self.step() {}
        self.cells.get(usize::try_from(index).ok()?).cloned()
    }

    /// The number of cells; none if counting them takes longer than `within`.
    pub fn count(&mut self, within: Duration) -> Option<usize> {
        let begin = Instant::now();
        while self.next.is_some() && begin.elapsed() < within {
            self.step();
        }
        self.next.is_none().then_some(self.cells.len())
    }

    fn step(&mut self) -> bool {
        let Some(digits) = self.next.take() else { return false };
        let state = Arc::new(Mutex::new((digits, 0)));
        let params = self.asked(OdometerValues { values: self.values, state: state.clone() });
        let (mut digits, place) = state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        digits.truncate(place);
        self.cells.push(Arc::new(params));
        while let Some(last) = digits.last_mut() {
            last.index += 1;
            if last.index < last.count {
                self.next = Some(digits);
                break;
            }
            digits.pop();
        }
        true
    }

    fn asked(&self, values: impl ValueSource + 'static) -> Vec<Param> {
        self.search.candidate(values).params
    }
}

/// Gives the values of a cell.
pub(super) struct CellValues(pub Arc<Vec<Param>>);

impl ValueSource for CellValues {
    fn value(&mut self, name: &str, of: &Arc<Distribution>) -> Result<f64> {
        let param = self.0.iter().find(|p| p.name == name);
        match param {
            Some(param) if param.distribution == *of => Ok(param.internal),
            _ => {
                let before = param.map_or("left out", |_| "another one");
                let got = format!("{}, and {before} when the grid was laid out", describe(of));
                let expected = "the same whenever the code is run with the same values";
                Err(Error::argument("its range", got, expected))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn search(build: impl Fn(&mut Hp) -> Result<Model> + Send + Sync + 'static) -> Odometer {
        Odometer::new(&GridSearch::new(build))
    }

    fn model(units: usize) -> Result<Model> {
        Sequential::new([2]).add(Dense::new(units)).compile("adam", "mse", ())
    }

    fn texts(odometer: &mut Odometer) -> Vec<String> {
        assert!(odometer.count(Duration::from_secs(60)).is_some());
        let text = |cell: &Arc<Vec<Param>>| {
            cell.iter().map(|p| p.value().to_string()).collect::<Vec<_>>().join(" ")
        };
        odometer.cells.iter().map(text).collect()
    }

    #[test]
    fn conditional_parameters_exist_where_they_are_asked_for() {
        let mut grid = search(|hp| {
            if hp.boolean("deep") {
                hp.choice("second", [4, 8]);
            }
            let optimizer = hp.choice("optimizer", ["adam", "sgd"]);
            if optimizer == "sgd" {
                hp.choice("momentum", [0.0, 0.9]);
            }
            model(2)
        });
        let expected = [
            "false adam",
            "false sgd 0",
            "false sgd 0.9",
            "true 4 adam",
            "true 4 sgd 0",
            "true 4 sgd 0.9",
            "true 8 adam",
            "true 8 sgd 0",
            "true 8 sgd 0.9",
        ];
        assert_eq!(texts(&mut grid), expected);
        assert!(grid.cell(9).is_none() && grid.cell(8).is_some());
    }

    #[test]
    fn ranges_have_kerastuners_points() {
        let mut grid = search(|hp| {
            hp.float("x", 0.0..=1.0);
            model(2)
        });
        let cells = texts(&mut grid);
        assert_eq!(cells.len(), 11);
        for (cell, point) in cells.iter().zip([0.0, 0.05, 0.15]) {
            assert!((cell.parse::<f64>().unwrap() - point).abs() < 1e-9, "{cell}");
        }
        let int = Distribution::Int { low: 1, high: 16, step: 1, log: true };
        // KerasTuner 1.4.8: sorted(set(Int("n", 1, 16, sampling="log").values)) is
        // [1, 2, 3, 4, 6, 8, 11, 14].
        let expected = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 14.0];
        assert_eq!(grid_values(&int), Values::List(expected.to_vec()));
        let int = Distribution::Int { low: 2, high: 8, step: 3, log: false };
        let values = grid_values(&int);
        assert_eq!((0..values.count()).map(|i| values.at(i)).collect::<Vec<_>>(), [2.0, 5.0, 8.0]);
        let log = Distribution::Float { low: 1e-4, high: 1.0, step: None, log: true };
        assert!((grid_values(&log).at(1) - 1e-4 * 1e4f64.powf(0.05)).abs() < 1e-12);
    }

    #[test]
    fn a_cell_that_cannot_be_built_is_still_a_cell() {
        let mut grid = search(|hp| {
            let units = hp.choice("units", [0, 2, 3]);
            assert!(units != 3, "no three");
            model(units)
        });
        assert_eq!(texts(&mut grid), ["0", "2", "3"]);
        assert_eq!(texts(&mut search(|_| model(1))), [""]);
    }

    #[test]
    fn a_huge_grid_is_not_counted_but_begun() {
        let mut grid = search(|hp| {
            (0..8).for_each(|i| {
                let _: i64 = hp.int(&format!("p{i}"), 0..=1_000_000);
            });
            model(1)
        });
        assert_eq!(grid.count(Duration::from_millis(20)), None);
        assert_eq!(grid.cell(3).unwrap()[7].internal, 3.0);
    }
}
