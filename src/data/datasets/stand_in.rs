//! Drawn pictures in the place of chest X-rays, for the quick profiles: no X-rays come with the
//! library.
//!
//! A picture has what a chest X-ray of a child shows at first sight: dark lungs with the lines of
//! ribs, the bright middle with the heart, the diaphragm below; position, size, tilt, exposure,
//! texture and noise differ from one to the next. *Pneumonia* is drawn as one to three hazy bright
//! patches in the lungs; a part of the normal pictures has a fainter one, so that the classes
//! overlap as they do in the clinic. Nothing here comes from a person, and no figure reached on it
//! says anything about medicine.

use crate::data::sleep_stages::random::Random;
use crate::error::{Error, Result};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use rayon::prelude::*;

/// The classes, in the order of their labels.
pub(super) const CLASSES: [&str; 2] = ["NORMAL", "PNEUMONIA"];

const SEED: u64 = 1;
/// Cells of the coarse texture along a side.
const CELLS: usize = 6;

/// So many normal pictures and then so many with pneumonia, each of height × width bytes. The same
/// stream gives the same pictures on every machine.
pub(super) fn pictures(
    [normal, ill]: [usize; 2],
    height: usize,
    width: usize,
    stream: u64,
) -> Vec<Vec<u8>> {
    let draw = |i: usize| {
        let mut random = Random::new(SEED, (stream << 32) + i as u64);
        Chest::new(i >= normal, &mut random).draw(height, width, &mut random)
    };
    (0..normal + ill).into_par_iter().map(draw).collect()
}

/// A grey picture as JPEG.
pub(super) fn jpeg(picture: &[u8], height: u32, width: u32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .encode(picture, width, height, ExtendedColorType::L8)
        .map_err(|e| Error::argument("a drawn picture", e, "one that JPEG can hold"))?;
    Ok(bytes)
}

/// What differs from picture to picture; lengths are in halves of the picture's side.
struct Chest {
    centre: [f64; 2],
    size: f64,
    tilt: f64,
    gain: f64,
    offset: f64,
    ribs: f64,
    heart: f64,
    patches: Vec<Patch>,
    texture: Vec<f64>,
}

struct Patch {
    at: [f64; 2],
    radius: f64,
    strength: f64,
}

impl Chest {
    fn new(ill: bool, random: &mut Random) -> Self {
        let mut within = |from: f64, to: f64| from + (to - from) * random.uniform();
        let patches = match ill {
            true => 1 + (3.0 * within(0.0, 1.0)) as usize,
            false => usize::from(within(0.0, 1.0) < 0.4),
        };
        let patch = |within: &mut dyn FnMut(f64, f64) -> f64| {
            let side = if within(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
            Patch {
                at: [side * within(0.25, 0.58), within(-0.45, 0.4)],
                radius: within(0.16, 0.36),
                strength: if ill { within(0.12, 0.36) } else { within(0.03, 0.12) },
            }
        };
        Chest {
            centre: [within(-0.06, 0.06), within(-0.06, 0.06)],
            size: within(0.92, 1.1),
            tilt: within(-0.07, 0.07),
            gain: within(0.85, 1.12),
            offset: within(-0.04, 0.04),
            ribs: within(0.0, 6.0),
            heart: within(0.22, 0.32),
            patches: (0..patches).map(|_| patch(&mut within)).collect(),
            texture: (0..(CELLS + 1) * (CELLS + 1)).map(|_| 0.04 * random.normal()).collect(),
        }
    }

    fn draw(&self, height: usize, width: usize, random: &mut Random) -> Vec<u8> {
        let place = |i: usize, n: usize| (2.0 * i as f64 + 1.0) / n as f64 - 1.0;
        let pixels = (0..height).flat_map(|i| (0..width).map(move |j| (i, j)));
        pixels
            .map(|(i, j)| {
                let (x, y) = (place(j, width), place(i, height));
                let grey = self.gain * self.brightness(x, y) + self.offset + self.grain(x, y);
                ((grey + 0.025 * random.normal()) * 255.0).clamp(0.0, 255.0) as u8
            })
            .collect()
    }

    /// 0 is black, 1 is white.
    fn brightness(&self, x: f64, y: f64) -> f64 {
        let (x, y) = ((x - self.centre[0]) / self.size, (y - self.centre[1]) / self.size);
        let (u, v) = (x + self.tilt * y, y - self.tilt * x);
        let lung =
            1.0 - step(0.7, 1.2, square((u.abs() - 0.42) / 0.31) + square((v + 0.05) / 0.68));
        let rib = libm::sin(15.0 * (v + 0.4 * u * u) + self.ribs);
        let body = 0.6 * (1.0 - step(0.82, 1.05, u.abs() * (1.0 - 0.12 * v)));
        let middle = 0.2 * bell(u / 0.13);
        let heart = 0.24 * bell((u - 0.15) / self.heart) * bell((v - 0.34) / 0.3);
        let below = 0.28 * step(0.45, 0.8, v);
        let haze: f64 = self
            .patches
            .iter()
            .map(|p| p.strength * bell((u - p.at[0]) / p.radius) * bell((v - p.at[1]) / p.radius))
            .sum();
        body + lung * (0.05 * rib - 0.4) + middle + heart + below + haze * (0.3 + 0.7 * lung)
    }

    /// The texture between its cells' corners.
    fn grain(&self, x: f64, y: f64) -> f64 {
        let cell = |t: f64| {
            let t = (t + 1.0) / 2.0 * CELLS as f64;
            let whole = (t as usize).min(CELLS - 1);
            (whole, t - whole as f64)
        };
        let ((i, s), (j, t)) = (cell(y), cell(x));
        let at = |i: usize, j: usize| self.texture[i * (CELLS + 1) + j];
        let above = at(i, j) * (1.0 - t) + at(i, j + 1) * t;
        let below = at(i + 1, j) * (1.0 - t) + at(i + 1, j + 1) * t;
        above * (1.0 - s) + below * s
    }
}

fn square(t: f64) -> f64 {
    t * t
}

fn bell(t: f64) -> f64 {
    libm::exp(-t * t)
}

/// From 0 to 1 between the edges, smoothly.
fn step(from: f64, to: f64, t: f64) -> f64 {
    let t = ((t - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
