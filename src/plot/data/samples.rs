//! Grids of images with captions.

use crate::array::Array;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::plot::draw::picture::Pictures;
use crate::plot::draw::style::INK;
use crate::plot::draw::tiles::{self, Tile};
use crate::plot::{Figure, PlotOptions};

/// A grid of images, each with its caption below.
///
/// `pictures` is [count, height, width] in grey or [count, height, width, channels] with 1 or 3
/// channels. Values from 0 to 1 and bytes from 0 to 255 keep their brightness. For other values,
/// such as feature maps, white is the largest value, and black is 0, or the smallest value if that
/// is negative. [`PlotOptions::value_range`] sets black and white. `captions` is empty or has a
/// text for each picture, with a line break for a second line.
///
/// ```
/// use dfdx_lab::{Array, plot};
/// let pictures = Array::new([2, 1, 2], vec![0.0, 1.0, 1.0, 0.0])?;
/// let figure = plot::samples(&pictures, &["left".to_string(), "right".to_string()])?;
/// assert_eq!(figure.alt(), "2 pictures: left, right");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
///
/// # Errors
/// If the array does not hold images, or the number of captions is neither 0 nor the number of
/// images.
pub fn samples(pictures: &Array, captions: &[String]) -> Result<Figure> {
    samples_with(pictures, captions, &PlotOptions::new())
}

/// [`samples`] with options; if a size is set, the images are as large as fits.
///
/// # Errors
/// As [`samples`], or if an option is out of bounds.
pub fn samples_with(
    pictures: &Array,
    captions: &[String],
    options: &PlotOptions,
) -> Result<Figure> {
    let pictures = Pictures::new("plot::samples", pictures)?.ranged(options)?;
    if !captions.is_empty() && captions.len() != pictures.count {
        return Err(Error::argument(
            "plot::samples: the number of captions",
            captions.len(),
            format!("0 or {}, the number of pictures", pictures.count),
        ));
    }
    let tiles: Vec<Tile> = match captions {
        [] => vec![Vec::new(); pictures.count],
        _ => captions.iter().map(|c| c.lines().map(|l| (l.to_string(), INK)).collect()).collect(),
    };
    let mut words = match pictures.count {
        1 => "1 picture".to_string(),
        n => format!("{n} pictures"),
    };
    let scale = pictures.scale();
    if !scale.is_empty() {
        words += &format!(", {scale}");
    }
    if !captions.is_empty() {
        let lines: Vec<String> = captions.iter().map(|c| c.replace('\n', " ")).collect();
        words += &format!(": {}", crate::plot::listed(&lines));
    }
    tiles::draw(&pictures, &tiles, options.title_or(""), "no pictures", options, words)
}

impl Dataset {
    /// A grid of `count` of the data set's images, taken from each class in turn and spread over
    /// all rows, with the class as caption; without labels the caption is the row number.
    ///
    /// # Errors
    /// If the features are not images, see [`plot::samples`](crate::plot::samples).
    pub fn plot_samples(&self, count: usize) -> Result<Figure> {
        self.plot_samples_with(count, &PlotOptions::new())
    }

    /// [`plot_samples`](Self::plot_samples) with options.
    ///
    /// # Errors
    /// As [`plot_samples`](Self::plot_samples), or if an option is out of bounds.
    pub fn plot_samples_with(&self, count: usize, options: &PlotOptions) -> Result<Figure> {
        let rows = in_turn(self.labels(), self.classes().len(), self.len(), count);
        let caption = |&row: &usize| match self.labels().get(row) {
            Some(&class) => self.classes()[class].replace(['\n', '\r'], " "),
            None => format!("row {row}"),
        };
        let captions: Vec<String> = rows.iter().map(caption).collect();
        samples_with(&self.x().take(&rows)?, &captions, options)
    }
}

/// At most `count` rows, taken from each class in turn and spread evenly over the rows of a class.
fn in_turn(labels: &[usize], classes: usize, rows: usize, count: usize) -> Vec<usize> {
    let mut by_class = vec![Vec::new(); classes.max(1)];
    (0..rows).for_each(|row| by_class[labels.get(row).copied().unwrap_or(0)].push(row));
    // The number of rows of each class is counted first, so that they can be spread.
    let mut taken = vec![0; by_class.len()];
    let mut order = Vec::new();
    while order.len() < count.min(rows) {
        for (class, rows) in by_class.iter().enumerate() {
            if taken[class] < rows.len() && order.len() < count {
                order.push((class, taken[class]));
                taken[class] += 1;
            }
        }
    }
    let spread =
        |(class, n): (usize, usize)| by_class[class][n * by_class[class].len() / taken[class]];
    order.into_iter().map(spread).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_take_turns_and_rows_are_spread() {
        let labels = [0, 0, 0, 0, 2, 2, 0, 0];
        assert_eq!(in_turn(&labels, 3, 8, 4), [0, 4, 3, 5]);
        assert_eq!(in_turn(&labels, 3, 8, 100).len(), 8);
        assert_eq!(in_turn(&[], 0, 10, 2), [0, 5]);
        assert!(in_turn(&[], 0, 0, 2).is_empty() && in_turn(&labels, 3, 8, 0).is_empty());
    }

    #[test]
    fn captions_must_be_as_many_as_pictures() {
        let error = samples(&Array::zeros([3, 2, 2]).unwrap(), &["one".to_string()]).unwrap_err();
        assert!(error.to_string().contains("is 1, but must be 0 or 3"), "{error}");
    }

    /// Every colour of a figure, three bytes each.
    fn colours(figure: &Figure) -> std::collections::HashSet<[u8; 3]> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(figure.to_png()));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let kind = reader.next_frame(&mut pixels).unwrap().color_type;
        match kind.samples() {
            1 => pixels.iter().map(|v| [*v; 3]).collect(),
            3 => pixels.as_chunks::<3>().0.iter().copied().collect(),
            other => panic!("{other} samples a pixel"),
        }
    }

    /// The greys of images of these three values: the figure's colours without those of a figure of
    /// white images, such as the frame's.
    fn greys(values: [f32; 3], options: &PlotOptions) -> Vec<u8> {
        let maps = |values: [f32; 3]| Array::new([2, 1, 3], values.repeat(2)).unwrap();
        let around = colours(&samples(&maps([1.0; 3]), &[]).unwrap());
        let figure = samples_with(&maps(values), &[], options).unwrap();
        let all = colours(&figure).into_iter().filter(|c| c[0] == c[1] && c[1] == c[2]);
        let mut greys: Vec<u8> = all.filter(|c| !around.contains(c)).map(|c| c[0]).collect();
        greys.sort_unstable();
        greys
    }

    /// Feature maps have values of any size: 0 to 2.3 must not be nearly black on the scale of
    /// bytes, nor clipped at 1.
    #[test]
    fn feature_maps_have_a_scale_of_their_own() {
        let own = PlotOptions::new();
        // White is also the colour around the images.
        assert_eq!(greys([0.0, 1.15, 2.3], &own), [0, 128]);
        assert_eq!(greys([0.0, 0.46, 2.3], &own), [0, 51]);
        assert_eq!(greys([0.0, 300.0, 1000.0], &own), [0, 77]);
        assert_eq!(greys([-1.0, -0.5, 1.0], &own), [0, 64]);
        // Values from 0 to 1 and bytes keep their brightness.
        assert_eq!(greys([0.0, 0.2, 0.4], &own), [0, 51, 102]);
        assert_eq!(greys([0.0, 51.0, 102.0], &own), [0, 51, 102]);
        // A given range is used.
        assert_eq!(greys([0.0, 1.15, 2.3], &own.clone().value_range(0.0, 4.6)), [0, 64, 128]);
        let maps = Array::new([1, 1, 3], vec![0.0, 1.15, 2.3]).unwrap();
        let alt = samples(&maps, &[]).unwrap().alt().to_string();
        assert!(alt.contains("2.3"), "{alt}");
    }

    #[test]
    fn every_colour_is_kept() {
        // 32 x 32 colours, far more than a palette holds.
        let pixel = |i: usize| [(i % 32) as f32 * 8.0, (i / 32) as f32 * 8.0, 100.0];
        let data = (0..1024).flat_map(pixel).collect();
        let figure = samples(&Array::new([1, 32, 32, 3], data).unwrap(), &[]).unwrap();
        let file = std::io::Cursor::new(figure.to_png());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let found: std::collections::HashSet<_> = pixels.as_chunks::<3>().0.iter().collect();
        for i in 0..1024 {
            assert!(found.contains(&pixel(i).map(|v| v as u8)), "{i}");
        }
    }
}
