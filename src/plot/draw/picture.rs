//! Images in arrays, turned into colours and painted at any size.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Rect};
use super::scale::number;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::plot::draw::shapes::DENSITY;
use crate::plot::{Figure, PlotOptions};

/// Images of one size, grey or coloured.
pub struct Pictures<'a> {
    data: &'a [f32],
    pub count: usize,
    pub height: usize,
    pub width: usize,
    channels: usize,
    /// The values shown as black and as white.
    range: (f32, f32),
}

impl<'a> Pictures<'a> {
    /// Takes [count, height, width] or [count, height, width, channels], with 1 or 3 channels.
    pub fn new(plot: &str, pictures: &'a Array) -> Result<Self> {
        let (count, height, width, channels) = match *pictures.shape() {
            [n, h, w] => (n, h, w, 1),
            [n, h, w, c @ (1 | 3)] => (n, h, w, c),
            _ => return Err(refused(plot, pictures, "count, ")),
        };
        if height == 0 || width == 0 {
            return Err(refused(plot, pictures, "count, "));
        }
        Ok(Pictures {
            data: pictures.data(),
            count,
            height,
            width,
            channels,
            range: range(pictures.data().iter().copied()),
        })
    }

    /// Takes one image, [height, width] or [height, width, channels].
    pub fn one(plot: &str, picture: &'a Array) -> Result<Self> {
        let (height, width, channels) = match *picture.shape() {
            [h, w] if h > 0 && w > 0 => (h, w, 1),
            [h, w, c @ (1 | 3)] if h > 0 && w > 0 => (h, w, c),
            _ => return Err(refused(plot, picture, "")),
        };
        let range = range(picture.data().iter().copied());
        Ok(Pictures { data: picture.data(), count: 1, height, width, channels, range })
    }

    /// The same images with black and white at the options' value range, if it is set.
    ///
    /// # Errors
    /// If the range is empty or not finite.
    pub fn ranged(mut self, options: &PlotOptions) -> Result<Self> {
        if let Some((low, high)) = options.value_range {
            if !(low < high && (high - low).is_finite()) {
                let what = "PlotOptions::value_range: the range";
                let got = format!("{low} to {high}");
                return Err(Error::argument(what, got, "from a smaller to a larger finite number"));
            }
            self.range = (low, high);
        }
        Ok(self)
    }

    /// Says which values are black and white, unless they are 0 and 1 or 0 and 255.
    pub fn scale(&self) -> String {
        match self.range {
            (0.0, 1.0 | 255.0) => String::new(),
            (low, high) => {
                let [low, high] = [low, high].map(|v| number(f64::from(v), 3));
                format!("black {low}, white {high}")
            }
        }
    }

    /// The same images with the smallest value black and the largest white.
    pub fn stretched(mut self) -> Self {
        let (low, high) = extent(self.data.iter().copied());
        if low < high {
            self.range = (low, high);
        }
        self
    }

    /// The largest size in nominal pixels at which an image fits `room`. An enlarged image has the
    /// same whole number of device pixels for every pixel.
    pub fn fit(&self, room: (f64, f64)) -> (f64, f64) {
        let density = f64::from(DENSITY);
        let (w, h) = (self.width as f64, self.height as f64);
        let zoom = (room.0 * density / w).min(room.1 * density / h).max(0.0);
        let zoom = if zoom >= 1.0 { zoom.floor() } else { zoom };
        (w * zoom / density, h * zoom / density)
    }

    /// Paints the `i`-th image, by nearest neighbour where it is enlarged and by averaging where it
    /// is made smaller.
    pub fn paint(
        &self,
        canvas: &mut Canvas,
        place: Rect,
        i: usize,
        shade: fn(RGBColor) -> RGBColor,
    ) {
        let size = self.height * self.width * self.channels;
        let Some(picture) = self.data.get(i * size..(i + 1) * size) else { return };
        canvas.paint(place, |part| {
            let (x0, x1) = pixels(part.x0, part.x1, self.width);
            let (y0, y1) = pixels(part.y0, part.y1, self.height);
            let mean = |channel: usize| {
                let rows = (y0..y1).flat_map(|y| (x0..x1).map(move |x| y * self.width + x));
                let sum: f32 =
                    rows.map(|at| self.level(picture[at * self.channels + channel])).sum();
                (sum / ((y1 - y0) * (x1 - x0)) as f32).round() as u8
            };
            let red = mean(0);
            shade(match self.channels {
                3 => RGBColor(red, mean(1), mean(2)),
                _ => RGBColor(red, red, red),
            })
        });
    }

    /// The finished figure; keeps every colour of coloured images.
    pub fn finish(&self, canvas: Canvas, alt: String) -> Result<Figure> {
        match self.channels {
            3 => canvas.finish_exact(alt),
            _ => canvas.finish(alt),
        }
    }

    /// Brightness from 0 (black) to 255 (white); NaN is black.
    fn level(&self, v: f32) -> f32 {
        let (low, high) = self.range;
        let level = (v - low) / (high - low) * 255.0;
        if level.is_nan() { 0.0 } else { level.clamp(0.0, 255.0) }
    }
}

fn refused(plot: &str, pictures: &Array, count: &str) -> Error {
    let expected = format!(
        "[{count}height, width] for grey or [{count}height, width, channels] with 1 or 3 channels \
         was expected, no side of 0; Array::reshape turns rows into pictures"
    );
    Error::shape(format!("{plot}: the pictures"), pictures.shape(), expected)
}

/// The values shown as black and white: 0 and 1 where all values lie between them; 0 and 255 for
/// bytes, resized or not; else the smallest and the largest, with 0 for black where none is
/// negative.
fn range(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let (low, high) = extent(values.clone());
    let whole = || values.clone().filter(|v| v.is_finite()).all(|v| v.fract() == 0.0);
    match (low >= 0.0, high) {
        (_, high) if high < low => (0.0, 1.0),
        (true, high) if high <= 1.0 => (0.0, 1.0),
        (true, high) if high <= 255.0 && (high >= 128.0 || whole()) => (0.0, 255.0),
        (true, high) => (0.0, high.min(f32::MAX / 4.0)),
        // A single value is grey, and a difference must not overflow.
        _ if low == high => (low - low.abs() * 0.5, high + high.abs() * 0.5),
        _ => (low.max(f32::MIN / 4.0), high.min(f32::MAX / 4.0)),
    }
}

/// The smallest and the largest finite value; infinity and minus infinity if there is none.
fn extent(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let ends = |(low, high): (f32, f32), v: f32| (low.min(v), high.max(v));
    values.filter(|v| v.is_finite()).fold((f32::INFINITY, f32::NEG_INFINITY), ends)
}

/// The source pixels from `a` to `b`, given as fractions of a side: those whose centre lies within,
/// or else the one at the middle.
fn pixels(a: f64, b: f64, side: usize) -> (usize, usize) {
    let side_f = side as f64;
    let (from, to) = ((a * side_f).round() as usize, (b * side_f).round() as usize);
    if to > from + 1 {
        return (from.min(side - 1), to.min(side));
    }
    let middle = (((a + b) / 2.0 * side_f) as usize).min(side - 1);
    (middle, middle + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_and_white_follow_from_the_values() {
        let of = |v: &[f32]| range(v.iter().copied());
        assert_eq!(of(&[0.0, 0.5, f32::NAN]), (0.0, 1.0));
        // Bytes, also of a dark image, and resized bytes.
        assert_eq!(of(&[0.0, 2.0, 9.0]), (0.0, 255.0));
        assert_eq!(of(&[0.25, 2.5, 201.5]), (0.0, 255.0));
        // Outputs of a relu.
        assert_eq!(of(&[0.0, 0.4, 2.3]), (0.0, 2.3));
        assert_eq!(of(&[-1.0, 1.0]), (-1.0, 1.0));
        assert_eq!(of(&[3.0, 4000.0, f32::INFINITY]), (0.0, 4000.0));
        assert_eq!(of(&[f32::NAN]), (0.0, 1.0));
        assert_eq!(of(&[]), (0.0, 1.0));
        let (low, high) = of(&[f32::MIN, f32::MAX]);
        assert!((high - low).is_finite());
    }

    #[test]
    fn an_enlarged_pixel_is_a_square_and_a_smaller_picture_has_means() {
        assert_eq!(pixels(0.0, 0.1, 2), (0, 1));
        assert_eq!(pixels(0.5, 0.6, 2), (1, 2));
        assert_eq!(pixels(0.9, 1.0, 2), (1, 2));
        assert_eq!(pixels(0.25, 0.5, 16), (4, 8));
        let picture = Array::zeros([28, 28]).unwrap();
        let pictures = Pictures::one("test", &picture).unwrap();
        assert_eq!(pictures.fit((100.0, 90.0)), (84.0, 84.0));
        assert_eq!(pictures.fit((7.0, 90.0)), (7.0, 7.0));
    }

    #[test]
    fn other_shapes_are_refused() {
        for shape in [vec![], vec![4], vec![2, 784], vec![2, 5, 5, 2], vec![2, 0, 5], vec![1; 5]] {
            let array = Array::zeros(shape).unwrap();
            let error = Pictures::new("plot::samples", &array).err().unwrap().to_string();
            assert!(error.contains("plot::samples") && error.contains("reshape"), "{error}");
        }
        assert!(Pictures::one("plot::hog", &Array::zeros([0, 3]).unwrap()).is_err());
        assert!(Pictures::new("plot::samples", &Array::zeros([0, 3, 3]).unwrap()).is_ok());
    }
}
