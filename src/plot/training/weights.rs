//! Distributions of a model's weights.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::plot::PlotOptions;
use crate::plot::draw::picture::Pictures;
use crate::plot::draw::tiles::draw as grid;
use crate::plot::draw::violins::{self, Layout};
use crate::train::Model;

impl Model {
    /// A violin for each weight array ([`plot::violins`](crate::plot::violins)): every kernel and
    /// bias has a panel with its own scale.
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn plot_weights(&self) -> Result<Figure> {
        let weights = self.weights()?;
        let now = weights.iter().map(Array::data).collect();
        let groups = [("weight", now)];
        violins::draw(&self.weight_names(), &groups, Layout::Apart, &PlotOptions::new())
    }

    /// Violins of the weights before and after training, side by side
    /// ([`plot::violins`](crate::plot::violins)): every array has a panel with its own scale.
    /// `before` are the [`weights`](Model::weights) from before training.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let mut model = Sequential::new([1]).add(Dense::new(8)).compile(Sgd::new(0.1), "mse", ())?;
    /// let before = model.weights()?;
    /// let x = Array::new([2, 1], vec![0.0, 1.0])?;
    /// model.fit((&x, &Array::zeros([2, 8])?), Fit::epochs(3).verbose(0))?;
    /// let figure = model.plot_weights_since(&before)?;
    /// assert_eq!(figure.alt(), "Violins of before, after for dense/kernel, dense/bias");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If `before` does not fit this model's weights.
    pub fn plot_weights_since(&self, before: &[Array]) -> Result<Figure> {
        self.plot_weights_since_with(before, &PlotOptions::new())
    }

    /// [`plot_weights_since`](Self::plot_weights_since) with options.
    ///
    /// # Errors
    /// As [`plot_weights_since`](Self::plot_weights_since), or if an option is out of bounds.
    pub fn plot_weights_since_with(
        &self,
        before: &[Array],
        options: &PlotOptions,
    ) -> Result<Figure> {
        let after = self.weights()?;
        let same = before.iter().map(Array::shape).eq(after.iter().map(Array::shape));
        if !same {
            return Err(Error::argument(
                "Model::plot_weights_since: the weights before",
                format!("{} arrays", before.len()),
                format!("the {} arrays of this model, in its shapes", after.len()),
            ));
        }
        let groups = [
            ("before", before.iter().map(Array::data).collect()),
            ("after", after.iter().map(Array::data).collect()),
        ];
        let mut options = options.clone();
        options.y_label.get_or_insert_with(|| "weight".to_string());
        violins::draw(&self.weight_names(), &groups, Layout::Apart, &options)
    }

    /// The kernels of the first convolution as images, one for each filter: grey, or in colour if
    /// the input has three channels. The smallest weight is black, the largest white.
    ///
    /// # Errors
    /// If the model does not begin with a convolution of one or three channels.
    pub fn plot_kernels(&self) -> Result<Figure> {
        let weights = self.weights()?;
        let first = weights.iter().find(|w| w.shape().len() == 4);
        let Some((kernel, &[h, w, c @ (1 | 3), filters])) = first.map(|k| (k, k.shape())) else {
            return Err(Error::argument(
                "Model::plot_kernels: the model",
                "without such kernels",
                "one that begins with a convolution of pictures with 1 or 3 channels",
            ));
        };
        // From [height, width, channels, filters] to [filters, height, width, channels].
        let at = |i: usize| kernel.data()[(i % (h * w * c)) * filters + i / (h * w * c)];
        let pictures = Array::new([filters, h, w, c], (0..kernel.data().len()).map(at).collect())?;
        let (low, high) = pictures
            .data()
            .iter()
            .fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
        let pictures = Pictures::new("Model::plot_kernels", &pictures)?.stretched();
        let tiles = vec![Vec::new(); filters];
        let words = format!("{filters} kernels of {h} x {w}, from {low:.3} to {high:.3}");
        grid(&pictures, &tiles, "", "no kernels", &PlotOptions::new(), words)
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn weights_of_another_model_are_refused() {
        let net = Sequential::new([2]).add(Dense::new(3));
        let model = net.compile(Sgd::new(0.1), "mse", ()).unwrap();
        assert!(model.plot_weights_since(&[]).is_err());
        assert!(model.plot_kernels().unwrap_err().to_string().contains("convolution"));
        let net = Sequential::new([5, 5, 1]).add(Conv2D::new(6, 3)).add(Conv2D::new(2, 3));
        let model = net.compile(Sgd::new(0.1), "mse", ()).unwrap();
        let words = model.plot_kernels().unwrap().alt().to_string();
        assert!(words.starts_with("6 kernels of 3 x 3"), "{words}");
    }
}
