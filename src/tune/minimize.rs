//! Minimisers of functions over a declared space, as scikit-optimize's `gp_minimize`.

use super::sampler::{self, Sampler};
use super::space::{Point, Space};
use super::study::{Ongoing, Study};
use super::trial::{Direction, TrialState};
use crate::error::{Error, Result};
use crate::tune::hp::internal_of;
use crate::tune::{Choice, Param, Trial};
use std::path::Path;
use std::sync::Arc;

type Code = Arc<dyn Fn(&Point) -> Result<f64> + Send + Sync>;

/// The settings of a minimisation. [`tpe_minimize`], [`gp_minimize`], [`forest_minimize`] and
/// [`dummy_minimize`] make one.
#[derive(Clone)]
pub struct Minimize {
    code: Code,
    space: Space,
    name: String,
    sampler: Arc<dyn Sampler>,
    calls: usize,
    seed: Option<u64>,
    workers: usize,
    max_failures: Option<usize>,
    known: Vec<(Vec<Choice>, Option<f64>)>,
}

macro_rules! minimizers {
    ($($(#[$doc:meta])* $name:ident => $sampler:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name(
            space: &Space,
            code: impl Fn(&Point) -> Result<f64> + Send + Sync + 'static,
        ) -> Minimize {
            Minimize::new(space, Arc::new(code), Arc::new($sampler))
        }
    )*};
}

minimizers! {
    /// Minimises by random search, as scikit-optimize's `dummy_minimize`.
    dummy_minimize => sampler::RandomSampler::new();
    /// Minimises by Parzen estimators (TPE), with Optuna's defaults.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let space = Space::new().real("x", -5.0..=5.0).categorical("shift", [0, 1]);
    /// let study = tpe_minimize(&space, |at| {
    ///     let x = at.real("x")?;
    ///     Ok(x * x + at.integer("shift")? as f64)
    /// })
    /// .n_calls(30)
    /// .x0([Choice::Float(2.0), Choice::Int(1)])
    /// .seed(1)
    /// .run("memory")?;
    /// assert_eq!(study.trials()?[0].objective(), Some(5.0));
    /// assert!(study.best_value()? < 5.0);
    /// # Ok::<(), Error>(())
    /// ```
    tpe_minimize => sampler::TpeSampler::new();
    /// Minimises by a Gaussian process, with the defaults of scikit-optimize's `gp_minimize`;
    /// [`Minimize::sampler`] sets others.
    gp_minimize => sampler::GpSampler::new();
    /// Minimises by extra trees, with the defaults of scikit-optimize's `forest_minimize`.
    forest_minimize => sampler::ForestSampler::new();
}

impl Minimize {
    fn new(space: &Space, code: Code, sampler: Arc<dyn Sampler>) -> Self {
        Minimize {
            code,
            space: space.clone(),
            name: "minimize".to_string(),
            sampler,
            calls: 100,
            seed: None,
            workers: 1,
            max_failures: None,
            known: Vec::new(),
        }
    }

    /// The study's name; `minimize` by default. Two functions in one database need two names;
    /// otherwise the second would count the calls of the first as its own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The total number of calls, including those at given points and those of earlier runs; 100 by
    /// default.
    pub fn n_calls(mut self, calls: usize) -> Self {
        self.calls = calls;
        self
    }

    /// Adds a starting point: a value for each dimension.
    pub fn x0(mut self, point: impl IntoIterator<Item = Choice>) -> Self {
        self.known.push((point.into_iter().collect(), None));
        self
    }

    /// Adds a starting point whose objective value is known; the function is not called there.
    pub fn x0_y0(mut self, point: impl IntoIterator<Item = Choice>, value: f64) -> Self {
        self.known.push((point.into_iter().collect(), Some(value)));
        self
    }

    /// Replaces the sampler.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.sampler = Arc::new(sampler);
        self
    }

    /// The seed; by default a random one, which the study stores.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The number of calls that run at the same time; 1 by default.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Stops with an error after this many failed calls in a row. By default 3 errors or panics
    /// stop it, and NaN does not count; with a number set here, NaN counts too.
    pub fn max_consecutive_failures(mut self, failures: usize) -> Self {
        self.max_failures = Some(failures);
        self
    }

    /// Minimises, or continues an earlier run at this place. For places, see [`Study::open`].
    ///
    /// # Errors
    /// If a dimension is invalid, a given point is not in the space, the study at this place has
    /// trials with other parameters, three calls in a row fail, a setting is out of range, or the
    /// database cannot be reached.
    pub fn run(&self, place: impl AsRef<Path>) -> Result<Study> {
        let dimensions = self.space.checked()?;
        let place = place.as_ref().to_string_lossy().to_string();
        let mut study = Study::open(&place, &self.name, [Direction::Minimize])?;
        if let Some(seed) = self.seed {
            study = study.seed(seed)?;
        }
        study.sampler = self.sampler.clone();
        study.workers = self.workers;
        study.max_failures = self.max_failures;
        self.check_names(&study)?;
        let known = self.known.iter().map(|(point, value)| known(&dimensions, point, *value));
        study.begin_with(known.collect::<Result<_>>()?)?;
        let done = study.effective()?.iter().filter(|t| t.state.is_finished()).count();
        study.optimize(self.calls.saturating_sub(done), |trial| {
            let point = point(trial, &dimensions);
            (self.code)(&point)
        })?;
        Ok(study)
    }
}

impl Minimize {
    /// Refuses a study of another function, whose best value would be reported as this one's.
    ///
    /// # Errors
    /// If the study's complete trials have other parameters.
    fn check_names(&self, study: &Study) -> Result<()> {
        let mut names = self.space.names();
        names.sort_unstable();
        for trial in study.effective()?.iter().filter(|t| t.state == TrialState::Complete) {
            let mut own: Vec<&str> = trial.params.iter().map(|p| p.name.as_str()).collect();
            own.sort_unstable();
            if own != names {
                let (what, own) = (format!("the study '{}'", study.name()), own.join(", "));
                let got = format!("one with the parameters {own}, as in trial {}", trial.number);
                return Err(Error::argument(what, got, format!("one with {}", names.join(", ")))
                    .hint("give the run another name or file, or Study::delete it"));
            }
        }
        Ok(())
    }
}

/// A trial for a starting point: complete if its value is known, queued otherwise.
fn known(
    dimensions: &[(String, Arc<super::Distribution>)],
    point: &[Choice],
    value: Option<f64>,
) -> Result<Trial> {
    if point.len() != dimensions.len() {
        let what = "Minimize::x0: the number of values";
        return Err(Error::argument(what, point.len(), dimensions.len().to_string()));
    }
    let mut params = Vec::new();
    for ((name, of), choice) in dimensions.iter().zip(point) {
        let Some(internal) = internal_of(of, choice) else {
            let what = format!("Minimize::x0: the value of '{name}'");
            return Err(Error::argument(what, choice, super::hp::describe(of)));
        };
        params.push(Param { name: name.clone(), distribution: of.clone(), internal });
    }
    let Some(value) = value else {
        let fixed = params.iter().map(|p| (p.name.clone(), p.value().to_json()));
        return Ok(super::study::waiting(fixed.collect(), Default::default()));
    };
    let now = super::study::micros_now();
    Ok(Trial {
        id: 0,
        number: 0,
        state: TrialState::Complete,
        values: vec![value],
        params,
        intermediate: Default::default(),
        user: Default::default(),
        system: Default::default(),
        started: Some(now),
        completed: Some(now),
    })
}

fn point(trial: &mut Ongoing, dimensions: &[(String, Arc<super::Distribution>)]) -> Point {
    let value = |(name, of): &(String, Arc<super::Distribution>)| {
        (name.clone(), of.value(trial.of(name, of)))
    };
    Point(dimensions.iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    fn space() -> Space {
        Space::new().real("x", -1.0..=1.0).categorical("a", ["p", "q"])
    }

    #[test]
    fn known_points_come_first_and_the_study_goes_on() {
        let q = || Choice::Text("q".into());
        let run = dummy_minimize(&space(), |at| {
            Ok(at.real("x")?.abs() + if at.text("a")? == "q" { 0.0 } else { 1.0 })
        })
        .x0([Choice::Float(0.5), q()])
        .x0_y0([Choice::Float(0.0), q()], -7.0)
        .n_calls(6)
        .seed(3);
        let study = run.run("memory").unwrap();
        let trials = study.trials().unwrap();
        assert_eq!(trials.len(), 6);
        assert_eq!((trials[0].objective(), trials[1].objective()), (Some(0.5), Some(-7.0)));
        assert_eq!(study.best_trial().unwrap().number, 1);
        assert_eq!(trials, dedup_times(run.run("memory").unwrap().trials().unwrap(), &trials));
    }

    /// The trials with the times of `times`, because times differ from run to run.
    fn dedup_times(mut trials: Vec<Trial>, times: &[Trial]) -> Vec<Trial> {
        for (trial, other) in trials.iter_mut().zip(times) {
            (trial.started, trial.completed, trial.id) = (other.started, other.completed, other.id);
        }
        trials
    }

    #[test]
    fn two_functions_share_a_database_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("both.db");
        let run = |name: &str, sign: f64| {
            dummy_minimize(&space(), move |at| Ok(sign * at.real("x")?.abs()))
                .name(name)
                .n_calls(3)
                .run(&place)
                .unwrap()
        };
        assert!(run("up", 1.0).best_value().unwrap() >= 0.0);
        assert!(run("down", -1.0).best_value().unwrap() <= 0.0);
        assert_eq!(Study::load(&place, "up").unwrap().trials().unwrap().len(), 3);
    }

    #[test]
    fn mistakes_are_told() {
        let says = |minimize: Minimize, part: &str| {
            let text = minimize.run("memory").unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        };
        let zero = |space: Space| dummy_minimize(&space, |_| Ok(0.0));
        says(zero(Space::new()), "dimensions");
        says(zero(space().real("x", 0.0..=1.0)), "'x'");
        #[allow(clippy::reversed_empty_ranges)]
        let empty = Space::new().real("x", 1.0..=0.0);
        says(zero(empty), "ascending");
        says(zero(space()).x0([Choice::Float(0.0)]), "number of values");
        says(zero(space()).x0([Choice::Float(2.0), Choice::Text("p".into())]), "-1 to 1");
        says(dummy_minimize(&space(), |at| at.real("a")), "a number");
        says(dummy_minimize(&space(), |at| at.real("y")), "one of x, a");
    }

    /// Otherwise another function's best value would be reported as this one's.
    #[test]
    fn a_study_of_other_parameters_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.db");
        let run = |space: Space, calls: usize| {
            dummy_minimize(&space, |_| Ok(1.0)).n_calls(calls).run(&place).map(|_| ())
        };
        run(Space::new().real("x", 0.0..=1.0), 2).unwrap();
        // A range may change.
        run(Space::new().real("x", 0.0..=2.0), 3).unwrap();
        for other in [Space::new().real("y", 0.0..=1.0), space()] {
            let text = run(other, 9).unwrap_err().to_string();
            assert!(text.contains("the parameters x, as in trial 0"), "{text}");
        }
    }
}
