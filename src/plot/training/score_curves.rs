//! Learning and validation curves: scores by the number of training rows, or by a parameter.

use crate::error::Result;
use crate::plot::draw::canvas::Canvas;
use crate::plot::draw::curve::curve;
use crate::plot::draw::legend::{Entry, headline, legend};
use crate::plot::draw::panel::{Axis, Panel, x_axis};
use crate::plot::draw::scale::Scale;
use crate::plot::draw::style;
use crate::plot::{Figure, PlotOptions};
use crate::train::{ScoreCurves, mean_and_deviation};

impl ScoreCurves {
    /// The mean score over the folds on training and on test rows, each in a band of one standard
    /// deviation, as scikit-learn's `LearningCurveDisplay` and `ValidationCurveDisplay`.
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn plot(&self) -> Result<Figure> {
        self.plot_with(&PlotOptions::new())
    }

    /// [`plot`](Self::plot) with options.
    ///
    /// # Errors
    /// As [`plot`](Self::plot), or if an option is out of bounds.
    pub fn plot_with(&self, options: &PlotOptions) -> Result<Figure> {
        let folds = self.test.first().map_or(0, Vec::len);
        let mut canvas = Canvas::new(options.size_or(560, 360)?)?;
        let mut rest = headline(&mut canvas, options.title_or(""));
        let colors = [style::series(0), style::series(1)];
        let names = [format!("training (mean of {folds}, band of one deviation)"), "test".into()];
        let entries = [0, 1].map(|n| Entry::Line(colors[n], style::dash(n), names[n].clone()));
        legend(&mut canvas, &mut rest, &entries);
        let spread = |scores: &[Vec<f64>]| -> Vec<(f64, f64)> {
            scores.iter().map(|values| mean_and_deviation(values)).collect()
        };
        let series = [spread(&self.train), spread(&self.test)];
        let ends = series.iter().flatten().flat_map(|(mean, by)| [mean - by, mean + by]);
        let values = ends.chain(options.also());
        let y_scale = match options.log_y {
            Some(true) => Scale::log(values),
            _ => Scale::linear(values),
        };
        let y_title = options.y_label.as_deref().unwrap_or(&self.metric);
        let x_title = options.x_label.as_deref().unwrap_or(&self.name);
        let x = x_axis(&self.x, x_title, options);
        let panel = Panel::new(rest, x, Axis::numbers(y_scale, y_title), "");
        panel.draw(&mut canvas);
        options.draw_level(&mut canvas, &panel);
        for (series, color) in series.iter().zip(colors) {
            let place = |(x, (mean, by)): (&f64, &(f64, f64))| {
                Some((panel.x(*x)?, panel.y(mean - by)?, panel.y(mean + by)?))
            };
            let band: Vec<_> = self.x.iter().zip(series).filter_map(place).collect();
            if band.len() > 1 {
                canvas.band(&band, color, 0.18);
            }
        }
        let mut any = false;
        for (n, (series, color)) in series.iter().zip(colors).enumerate() {
            let points: Vec<_> =
                self.x.iter().zip(series).map(|(x, (mean, _))| (*x, *mean)).collect();
            any |= curve(&mut canvas, &panel, &points, color, style::dash(n));
        }
        if !any {
            panel.say(&mut canvas, "no data");
        }
        canvas.finish(format!("{} by {} of {} values", self.metric, self.name, self.x.len()))
    }
}
