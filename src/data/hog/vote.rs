//! The orientation that a gradient votes for, and its weight.

/// The bins' lower edges in degrees, and 180. scikit-image keeps them in `f32`, which decides the bin
/// of a gradient that lies on an edge.
pub(super) fn edges(orientations: usize) -> Vec<f64> {
    let edge = |i: usize| (180.0 / orientations as f64 * i as f64) as f32;
    (0..=orientations).map(|i| f64::from(edge(i))).collect()
}

/// The bin of a gradient; `None` where rounding puts its angle at 180 itself, which scikit-image
/// counts nowhere.
pub(super) fn bin(edges: &[f64], row: f64, column: f64) -> Option<u16> {
    let degrees = row.atan2(column) * (180.0 / std::f64::consts::PI);
    // As Python's %: the result has the sign of 180. The angle is in [-180, 180].
    let degrees = match degrees {
        d if d < 0.0 && d > -180.0 => d + 180.0,
        d if d.abs() >= 180.0 => 0.0,
        d => d,
    };
    let bins = edges.len() - 1;
    // Near enough to be at most one off, as edges are rounded.
    let mut bin = ((degrees * bins as f64 / 180.0) as usize).min(bins - 1);
    if degrees < edges[bin] {
        bin = bin.saturating_sub(1);
    } else if degrees >= edges[bin + 1] {
        bin += 1;
    }
    (bin < bins).then_some(bin as u16)
}

/// Pixels in the table are whole numbers from 0 to this.
pub(super) const MOST: i32 = 255;
const SIDE: usize = 2 * MOST as usize + 1;

/// The bin of every gradient between pixels that are whole numbers from 0 to 255.
pub(crate) struct Table {
    bins: Vec<u16>,
}

impl Table {
    pub(super) fn new(edges: &[f64]) -> Self {
        let range = || (-MOST..=MOST).map(f64::from);
        let all = range().flat_map(|row| range().map(move |column| (row, column)));
        // No difference of such numbers has an angle that rounds to 180.
        Table { bins: all.map(|(r, c)| bin(edges, r, c).unwrap_or(0)).collect() }
    }

    /// The bin of a gradient, both parts from -255 to 255.
    pub(crate) fn bin(&self, row: i32, column: i32) -> usize {
        let at = (row + MOST) as usize * SIDE + (column + MOST) as usize;
        usize::from(self.bins[at])
    }
}
