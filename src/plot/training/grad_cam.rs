//! Grad-CAM: images with the regions that speak for a class.

use crate::array::Array;
use crate::data::Inputs;
use crate::error::{Error, Result};
use crate::plot::Figure;
use crate::plot::data::samples;
use crate::train::Model;

/// Largest number of images.
const MOST: usize = 100;
/// Opacity of the map where its value is 1.
const COVER: f32 = 0.6;

impl Model {
    /// Images overlaid with [`grad_cam`](Model::grad_cam) of a class: red regions speak for the
    /// class, the more the redder, relative to the image's reddest one; grey regions do not.
    ///
    /// # Errors
    /// As `grad_cam`, or if the inputs are not images of 1 or 3 channels, or more than 100.
    pub fn plot_grad_cam<'a>(&self, inputs: impl Into<Inputs<'a>>, class: usize) -> Result<Figure> {
        const WHO: &str = "Model::plot_grad_cam";
        let inputs = inputs.into();
        let maps = self.grad_cam(inputs, class)?;
        let x = self.inputs(WHO, inputs)?;
        let &[rows, height, width, channels @ (1 | 3)] = x.shape() else {
            let expected = "pictures: rows, height, width, 1 or 3 channels";
            return Err(Error::shape(format!("{WHO}: the inputs"), x.shape(), expected));
        };
        if rows > MOST {
            let what = format!("{WHO}: the number of pictures");
            return Err(Error::argument(what, rows, format!("at most {MOST}")));
        }
        let low = x.data().iter().copied().fold(f32::INFINITY, f32::min);
        let high = x.data().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let span = if high > low { high - low } else { 1.0 };
        let mut pixels = Vec::with_capacity(rows * height * width * 3);
        for row in 0..rows {
            for at in 0..height * width {
                let share = COVER * at_place(&maps, row, at / width, at % width, (height, width));
                let pixel = &x.row(row)[at * channels..][..channels];
                let grey = pixel.iter().sum::<f32>() / channels as f32;
                let grey = 0.15 + 0.7 * (grey - low) / span;
                let red = [0.85, 0.1, 0.1];
                pixels.extend(red.map(|red| grey * (1.0 - share) + red * share));
            }
        }
        let pictures = Array::new([rows, height, width, 3], pixels)?;
        let figure = samples(&pictures, &[])?;
        let words = format!("Grad-CAM of output {class} over {rows} pictures");
        Ok(figure.with_alt(&words))
    }
}

/// The map's value at a pixel of the image, by bilinear interpolation.
fn at_place(maps: &Array, row: usize, y: usize, x: usize, size: (usize, usize)) -> f32 {
    let (height, width) = (maps.shape()[1], maps.shape()[2]);
    let place = |pixel: usize, pixels: usize, places: usize| {
        let at = (pixel as f32 + 0.5) / pixels as f32 * places as f32 - 0.5;
        let at = at.clamp(0.0, (places - 1) as f32);
        (at as usize, (at as usize + 1).min(places - 1), at.fract())
    };
    let (top, bottom, down) = place(y, size.0, height);
    let (left, right, across) = place(x, size.1, width);
    let value = |y: usize, x: usize| maps.row(row)[y * width + x];
    let line = |y: usize| value(y, left) * (1.0 - across) + value(y, right) * across;
    line(top) * (1.0 - down) + line(bottom) * down
}
