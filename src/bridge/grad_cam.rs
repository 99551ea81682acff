//! Grad-CAM: which regions of an image speak for a class.

use super::tape::slopes_at;
use crate::array::Array;
use crate::data::Inputs;
use crate::error::{Error, Result};
use crate::train::{Layers, Model};

impl Model {
    /// Grad-CAM (Selvaraju et al., 2017): maps of the regions that speak for a class, from the last
    /// layer whose output is an image. The channels of its output are summed, each weighted by the
    /// mean gradient of the class' output (before a final softmax or sigmoid) with respect to the
    /// channel. Negative sums become 0, and each sample's largest value is scaled to 1 (all are 0
    /// if nothing speaks for the class).
    ///
    /// Returns (samples, height, width) in that layer's size;
    /// [`plot_grad_cam`](Self::plot_grad_cam) overlays it on the images.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let model = Sequential::new([8, 8, 1])
    ///     .add(Conv2D::new(4, 3).activation(Relu))
    ///     .add(GlobalAveragePooling2D::new())
    ///     .add(Dense::new(2).activation(Softmax))
    ///     .compile("adam", "categorical_crossentropy", ())?;
    /// let maps = model.grad_cam(&Array::zeros([5, 8, 8, 1])?, 1)?;
    /// assert_eq!(maps.shape(), [5, 6, 6]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no layer's output is an image, there is no such class, the model has several outputs, or
    /// as [`on_tape`](Self::on_tape) and [`predict`](Self::predict).
    pub fn grad_cam<'a>(&self, inputs: impl Into<Inputs<'a>>, class: usize) -> Result<Array> {
        let layers = self.network().layers();
        let place = layers.iter().rposition(|layer| layer.op.output().len() == 3);
        let place = place.ok_or_else(|| {
            let got = "one without a layer whose output is an image";
            Error::argument("Model::grad_cam: the model", got, "one with a convolution")
        })?;
        self.grad_cam_at(place, inputs.into(), class)
    }

    /// [`grad_cam`](Self::grad_cam) of another layer, by name or index.
    ///
    /// # Errors
    /// As [`grad_cam`](Self::grad_cam), or if there is no such layer or its output is not an image.
    pub fn grad_cam_of<'a>(
        &self,
        layer: impl Into<Layers>,
        inputs: impl Into<Inputs<'a>>,
        class: usize,
    ) -> Result<Array> {
        let place = self.one_place("Model::grad_cam_of", &layer.into())?;
        self.grad_cam_at(place, inputs.into(), class)
    }

    fn grad_cam_at(&self, place: usize, inputs: Inputs<'_>, class: usize) -> Result<Array> {
        const WHO: &str = "Model::grad_cam";
        let layer = &self.network().layers()[place];
        let &[height, width, channels] = layer.op.output() else {
            let expected = "a picture: height, width, channels";
            let what = format!("{WHO}: the output of layer '{}'", layer.name);
            return Err(Error::shape(what, layer.op.output(), expected));
        };
        let outputs: usize = self.network().output().iter().product();
        if self.network().last().is_none() {
            let got = self.network().outputs().len();
            return Err(Error::argument(format!("{WHO}: the model's outputs"), got, "1"));
        }
        if class >= outputs {
            let expected = format!("below {outputs}, the number of outputs");
            return Err(Error::argument(format!("{WHO}: the class"), class, expected));
        }
        self.on_tape()?;
        let x = self.checked_inputs(WHO, inputs)?;
        let (maps, slopes) = slopes_at(self.network(), &x, self.flat_weights(), place, class);
        let size = height * width;
        let mut cams = Vec::with_capacity(x.rows() * size);
        for (map, slope) in
            maps.chunks_exact(size * channels).zip(slopes.chunks_exact(size * channels))
        {
            let mut weights = vec![0.0f32; channels];
            for at in slope.chunks_exact(channels) {
                weights.iter_mut().zip(at).for_each(|(w, s)| *w += s / size as f32);
            }
            let sum =
                |at: &[f32]| at.iter().zip(&weights).map(|(v, w)| v * w).sum::<f32>().max(0.0);
            let cam: Vec<f32> = map.chunks_exact(channels).map(sum).collect();
            let most = cam.iter().copied().fold(0.0, f32::max);
            cams.extend(cam.iter().map(|v| if most > 0.0 { v / most } else { 0.0 }));
        }
        Array::new([x.rows(), height, width], cams)
    }
}
