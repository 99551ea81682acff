//! Options of plots: title, size, axes.

use crate::error::{Error, Result};

/// Options of a plot. Each plot has its own default for an option that is not set.
///
/// ```
/// use dfdx_lab::plot::{self, PlotOptions};
/// let options = PlotOptions::new().title("Squares").size(400, 300).x_label("n");
/// let figure =
///     plot::lines_with(&[0.0, 1.0], &[("n²".to_string(), vec![0.0, 1.0])], &options)?;
/// assert_eq!((figure.width(), figure.height()), (400, 300));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlotOptions {
    pub(super) title: Option<String>,
    size: Option<(u32, u32)>,
    pub(super) x_label: Option<String>,
    pub(super) y_label: Option<String>,
    pub(super) log_x: Option<bool>,
    pub(super) log_y: Option<bool>,
    pub(super) zero_based: Option<bool>,
    pub(super) value_range: Option<(f32, f32)>,
    pub(super) bins: Option<usize>,
    pub(super) level: Option<(f64, String)>,
}

impl PlotOptions {
    /// Every plot's own defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Title above the plot; an empty text leaves it out.
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.to_string());
        self
    }

    /// Nominal width and height of the whole figure in CSS pixels, each from 120 to 4000.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    /// Label of the x axis; an empty text leaves it out.
    pub fn x_label(mut self, label: &str) -> Self {
        self.x_label = Some(label.to_string());
        self
    }

    /// Label of the y axis; an empty text leaves it out.
    pub fn y_label(mut self, label: &str) -> Self {
        self.y_label = Some(label.to_string());
        self
    }

    /// Whether the y axis is logarithmic, in plots of numbers; values of 0 and below are then left
    /// out.
    pub fn log_y(mut self, log: bool) -> Self {
        self.log_y = Some(log);
        self
    }

    /// Whether the x axis is logarithmic, in plots of points and curves; values of 0 and below are
    /// then left out.
    pub fn log_x(mut self, log: bool) -> Self {
        self.log_x = Some(log);
        self
    }

    /// Whether bars always begin at 0. Otherwise bars of nearly equal height begin at a higher
    /// value, so that their differences show, and the axis says where.
    pub fn zero_based(mut self, zero_based: bool) -> Self {
        self.zero_based = Some(zero_based);
        self
    }

    /// The values shown as black and as white in plots of images, and the ends of the colour scale
    /// of a heat map: matplotlib's `vmin` and `vmax`. Values outside take the colour of the nearer
    /// end.
    pub fn value_range(mut self, low: f64, high: f64) -> Self {
        self.value_range = Some((low as f32, high as f32));
        self
    }

    /// Number of bars of a histogram, from 1 to 1000.
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = Some(bins);
        self
    }

    /// Dashed line across the plot at this value of the y axis, such as a known optimum; in plots
    /// of curves, points and bars, and of a search's values.
    pub fn level(mut self, value: f64, name: &str) -> Self {
        self.level = Some((value, name.to_string()));
        self
    }

    /// Values that a scale must include besides the data: the level's.
    pub(super) fn also(&self) -> impl Iterator<Item = f64> + '_ {
        self.level.iter().map(|(value, _)| *value)
    }

    /// The size asked for, or the plot's own.
    pub(super) fn size_or(&self, width: u32, height: u32) -> Result<(u32, u32)> {
        let Some((width, height)) = self.size else {
            return Ok((width.clamp(120, 4000), height.clamp(120, 4000)));
        };
        for side in [width, height] {
            if !(120..=4000).contains(&side) {
                return Err(Error::argument(
                    "PlotOptions::size: a side",
                    side,
                    "from 120 to 4000 pixels",
                ));
            }
        }
        Ok((width, height))
    }

    /// The title asked for, or the plot's own.
    pub(super) fn title_or<'a>(&'a self, own: &'a str) -> &'a str {
        self.title.as_deref().unwrap_or(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_out_of_bounds_is_an_error() {
        assert!(PlotOptions::new().size(100, 300).size_or(1, 1).is_err());
        assert!(PlotOptions::new().size(300, 5000).size_or(1, 1).is_err());
        assert_eq!(PlotOptions::new().size_or(10, 9000).unwrap(), (120, 4000));
    }
}
