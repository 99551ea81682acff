//! Plots that are updated in place while a fit or a search runs.

use super::Figure;
use crate::error::Result;
use crate::live::{new_block, replace};
use crate::train::callbacks::{Callback, Training};
use crate::train::{Fit, History, Scores};
use crate::tune::search::Search;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time between two updates.
const FRAME: Duration = Duration::from_secs(1);
/// The next update waits at least this many times as long as the last one took to draw, so that
/// drawing takes less than 1 % of the time.
const SHARE: u32 = 120;

impl Fit {
    /// Plots the loss and the metrics by epoch while the fit runs. The plot is updated in place, at
    /// most once a second and in less than 1 % of the fit's time, and stays at the end. A
    /// cross-validation plots the mean of its folds in a band from the smallest to the largest
    /// value; a search plots the trial that began last.
    ///
    /// The plot needs the notebook kernel Rust (dfdx-lab); elsewhere nothing is drawn.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let fit = Fit::epochs(200).validation_split(0.2).live_plot();
    /// # let _ = fit;
    /// ```
    pub fn live_plot(self) -> Fit {
        self.onlooker(LivePlot::default())
    }
}

impl Search {
    /// Plots the value of each trial and the best so far while the search runs, updated in place;
    /// the plot stays at the end:
    /// [`Study::plot_optimization_history`](crate::tune::study::Study::plot_optimization_history).
    /// A search for several objectives draws nothing.
    ///
    /// The plot needs the notebook kernel Rust (dfdx-lab); elsewhere nothing is drawn.
    pub fn live_plot(self) -> Search {
        let picture = Mutex::new(Picture::default());
        self.onlooker(move |study, last| {
            let draw = || study.plot_optimization_history();
            lock(&picture).draw(last, draw);
        })
    }
}

/// A plot in the notebook that can be replaced.
#[derive(Default)]
struct Picture {
    /// Its output block; `None` before the first update, and where outputs cannot be replaced.
    block: Option<String>,
    /// Earliest time of the next update.
    next: Option<Instant>,
}

impl Picture {
    /// Draws if enough time has passed since the last update; always draws the `last` one.
    fn draw(&mut self, last: bool, figure: impl FnOnce() -> Result<Figure>) {
        let now = Instant::now();
        let next = *self.next.get_or_insert(now + FRAME);
        if !crate::live::in_notebook() || !last && now < next {
            return;
        }
        // A plot that cannot be drawn must not end the work.
        let Ok(figure) = figure() else { return };
        if self.block.is_none() {
            self.block = new_block();
        }
        if let Some(block) = &self.block {
            let forms = [
                ("text/html", figure.to_html()),
                ("image/png", figure.to_base64()),
                ("text/plain", figure.to_string()),
            ];
            replace(block, &forms);
        }
        self.next = Some(Instant::now() + FRAME.max(now.elapsed() * SHARE));
    }
}

/// The plot of a fit, or of all fits of a cross-validation.
#[derive(Clone, Default)]
struct LivePlot {
    all: Arc<Mutex<Runs>>,
    /// This fit's key among the runs.
    own: PathBuf,
}

#[derive(Default)]
struct Runs {
    picture: Picture,
    /// The trial that they belong to.
    trial: PathBuf,
    runs: BTreeMap<PathBuf, History>,
}

impl fmt::Debug for LivePlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LivePlot")
    }
}

impl Callback for LivePlot {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        // `trial-3/fold-2/x`: the folder before the fold is the trial's.
        let place = training.place(Path::new("x"));
        let folder = place.parent().unwrap_or(Path::new(""));
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let trial = match name.starts_with("fold-") {
            true => folder.parent().unwrap_or(folder).to_owned(),
            false => folder.to_owned(),
        };
        self.own = folder.to_owned();
        let mut all = lock(&self.all);
        if all.trial != trial {
            all.trial = trial;
            all.runs.clear();
        } else if all.runs.contains_key(&self.own) {
            // A new run of the same settings.
            *all = Runs { trial, ..Runs::default() };
        }
        all.runs.insert(self.own.clone(), training.model().history().clone());
        Ok(())
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Scores, _: &mut Training<'_>) -> Result<()> {
        let all = &mut *lock(&self.all);
        // The plot may already show another trial.
        let Some(run) = all.runs.get_mut(&self.own) else { return Ok(()) };
        let values: Vec<(String, f64)> =
            logs.iter().map(|(name, value)| (name.to_string(), value)).collect();
        run.push(epoch, &values);
        draw(all, false);
        Ok(())
    }

    fn on_train_end(&mut self, _: &mut Training<'_>) -> Result<()> {
        draw(&mut lock(&self.all), true);
        Ok(())
    }
}

fn draw(all: &mut Runs, last: bool) {
    let Runs { picture, runs, .. } = all;
    picture.draw(last, || {
        let runs: Vec<History> = runs.values().cloned().collect();
        super::folds(&runs)
    });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::array::Array;
    use crate::prelude::*;

    #[test]
    fn looking_on_changes_no_fit_and_no_search() {
        let x = Array::new([8, 1], (0..8).map(|i| i as f32).collect()).unwrap();
        let data = Dataset::new(x, vec![0, 0, 0, 0, 1, 1, 1, 1], ["a", "b"]).unwrap();
        let build = || {
            let net = Sequential::new([1]).add(Dense::new(2).activation(Softmax));
            net.compile(Sgd::new(0.1), CategoricalCrossentropy::new(), [Accuracy::new()])
        };
        let fit = Fit::epochs(3).verbose(0).validation_split(0.25);
        let weights = |fit: &Fit| {
            let mut model = build().unwrap();
            model.fit(&data, fit.clone()).unwrap();
            model.flat_weights().to_vec()
        };
        let live = fit.clone().live_plot();
        assert_eq!(weights(&fit), weights(&live));
        // The same settings a second time, and for folds.
        assert_eq!(weights(&fit), weights(&live));
        let folds = Fit::epochs(2).verbose(0).live_plot();
        KFold::new(2).fit(&build().unwrap(), &data, folds).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("study.db");
        let run = |fit: &Fit, live: bool| {
            let search = GridSearch::new(move |hp| {
                let rate = hp.choice("rate", [0.1, 0.2]);
                let net = Sequential::new([1]).add(Dense::new(2).activation(Softmax));
                net.compile(Sgd::new(rate), CategoricalCrossentropy::new(), [Accuracy::new()])
            });
            let search = search.fit(fit.clone()).objective("val_accuracy").verbose(0);
            let search = if live { search.live_plot() } else { search };
            search.run(&data, place.to_str().unwrap()).map(|study| study.trials().unwrap().len())
        };
        assert_eq!(run(&live, true).unwrap(), 2);
        // The search resumes without the plot, which is not among the settings that must stay the
        // same.
        assert_eq!(run(&fit, false).unwrap(), 2);
    }
}
