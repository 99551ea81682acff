//! The lower triangle of a matrix of parameters against parameters, a cell for each pair.

use super::dimension::Dimension;
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::scale::Tick;
use crate::plot::draw::style::{AXIS, GRID, INK, LABEL, LANE, TICK};
use crate::plot::draw::text;

/// Largest number of parameters with legible cells.
pub(super) const MOST: usize = 12;

/// Gap between columns.
const ASIDE: f64 = 9.0;
/// Room above each row, for the name of the parameter on the diagonal.
const ABOVE: f64 = 19.0;
/// Gap between a tick's text and its cell.
const GAP: f64 = 4.0;
/// Longest text of a tick.
const LONGEST: f64 = 74.0;
const NAME: f64 = LABEL + 6.0;

/// The laid out cells. Row and column 0 are the first parameter's.
pub(super) struct Matrix<'a> {
    dimensions: &'a [Dimension],
    area: Rect,
    cell: (f64, f64),
    /// The right end of the room for texts.
    edge: f64,
    below: Vec<(Vec<Tick>, bool)>,
    beside: Vec<Vec<Tick>>,
    right: Vec<Vec<Tick>>,
}

/// The size of a figure of `dimensions` parameters, with room for a legend above the cells.
pub(super) fn size(dimensions: usize) -> (u32, u32) {
    let n = dimensions.clamp(1, MOST) as f64;
    let cell = (800.0 / n).clamp(66.0, 300.0 - 40.0 * n.min(3.0));
    let side = (n * cell + 160.0) as u32;
    (side.max(360), (n * (cell + ABOVE - ASIDE) + 150.0) as u32)
}

impl<'a> Matrix<'a> {
    /// Lays out the cells; `right` are the ticks on each diagonal cell's own axis, from 0 to 1.
    pub fn new(rest: Rect, dimensions: &'a [Dimension], right: Vec<Vec<Tick>>) -> Self {
        let n = dimensions.len().max(1) as f64;
        let about = (rest.height() / n - ABOVE - 10.0).max(20.0);
        let fits = ((about / 24.0) as usize).clamp(2, 6);
        let beside: Vec<Vec<Tick>> = dimensions
            .iter()
            .map(|d| thinned(shortened(d.ticks(fits), LONGEST), about / (TICK + 1.0)))
            .collect();
        // The first row has no axis of a parameter on its left.
        let left = beside.iter().skip(1).map(|t| widest(t)).fold(0.0, f64::max) + GAP + NAME;
        let right_room = right.iter().map(|t| widest(t)).fold(0.0, f64::max) + GAP + 6.0;
        let width = rest.width() - left - right_room - (n - 1.0) * ASIDE;
        let wide = (width / n).max(4.0);
        let below: Vec<(Vec<Tick>, bool)> = dimensions.iter().map(|d| under(d, wide)).collect();
        let room = |(ticks, up): &(Vec<Tick>, bool)| if *up { widest(ticks) } else { TICK };
        let bottom = below.iter().map(room).fold(0.0, f64::max) + GAP + NAME;
        let high = ((rest.height() - bottom) / n - ABOVE).max(4.0);
        let (x0, y0) = (rest.x0 + left, rest.y0);
        let area = Rect::new(x0, y0, x0 + n * wide + (n - 1.0) * ASIDE, y0 + n * (high + ABOVE));
        let edge = rest.x1 - 2.0;
        Matrix { dimensions, area, cell: (wide, high), edge, below, beside, right }
    }

    pub fn cell(&self, row: usize, column: usize) -> Rect {
        let (wide, high) = self.cell;
        let x = self.area.x0 + column as f64 * (wide + ASIDE);
        let y = self.area.y0 + row as f64 * (high + ABOVE) + ABOVE;
        Rect::new(x, y, x + wide, y + high)
    }

    /// Draws backgrounds and grid lines, before the data.
    pub fn ground(&self, canvas: &mut Canvas) {
        for row in 0..self.dimensions.len() {
            for column in 0..=row {
                canvas.fill(self.cell(row, column), LANE, 1.0);
            }
            let cell = self.cell(row, row);
            for (share, _) in self.right.get(row).into_iter().flatten() {
                let y = cell.y1 - share * cell.height();
                canvas.rule((cell.x0, y), (cell.x1, y), GRID);
            }
        }
    }

    /// Draws outlines, ticks and names, after the data.
    pub fn frame(&self, canvas: &mut Canvas) {
        let last = self.dimensions.len().saturating_sub(1);
        for (i, dimension) in self.dimensions.iter().enumerate() {
            for column in 0..=i {
                canvas.outline(self.cell(i, column), AXIS);
            }
            let own = self.cell(i, i);
            let over = text::shorten(&dimension.name, LABEL, (self.edge - own.x0).max(10.0));
            canvas.text(&over, (own.x0, own.y0 - 9.0), LABEL, Align::Left, INK);
            for (share, words) in self.right.get(i).into_iter().flatten() {
                // Keeps clear of the name below.
                let y = (own.y1 - share * own.height()).min(own.y1 - TICK / 2.0);
                canvas.text(words, (own.x1 + GAP, y), TICK, Align::Left, INK);
            }
            self.name_below(canvas, i, self.cell(last, i));
            if i > 0 {
                self.name_beside(canvas, i, self.cell(i, 0));
            }
        }
    }

    fn name_below(&self, canvas: &mut Canvas, column: usize, cell: Rect) {
        let (ticks, up) = &self.below[column];
        for (share, words) in ticks {
            let x = cell.x0 + share * cell.width();
            if *up {
                canvas.text_up(words, (x, cell.y1 + GAP), TICK, Align::Right, INK);
                continue;
            }
            // Texts at the ends must not touch those of the next cell.
            let half = text::width(words, TICK) / 2.0 - ASIDE / 2.0 + 2.0;
            let x = x.max(cell.x0 + half).min((cell.x1 - half).max(cell.x0 + half));
            let y = cell.y1 + GAP + TICK / 2.0;
            canvas.text(words, (x, y), TICK, Align::Middle, INK);
        }
        let room = |(ticks, up): &(Vec<Tick>, bool)| if *up { widest(ticks) } else { TICK };
        let deepest = self.below.iter().map(room).fold(0.0, f64::max);
        let name = text::shorten(&self.dimensions[column].name, LABEL, cell.width() + 4.0);
        let at = ((cell.x0 + cell.x1) / 2.0, cell.y1 + GAP + deepest + NAME / 2.0);
        canvas.text(&name, at, LABEL, Align::Middle, INK);
    }

    fn name_beside(&self, canvas: &mut Canvas, row: usize, cell: Rect) {
        for (share, words) in &self.beside[row] {
            let half = (TICK / 2.0).min(cell.height() / 2.0);
            let y = (cell.y1 - share * cell.height()).clamp(cell.y0 + half, cell.y1 - half);
            canvas.text(words, (cell.x0 - GAP, y), TICK, Align::Right, INK);
        }
        let name = text::shorten(&self.dimensions[row].name, LABEL, cell.height() + 10.0);
        let widest = self.beside.iter().skip(1).map(|t| widest(t)).fold(0.0, f64::max);
        let at = (cell.x0 - GAP - widest - NAME / 2.0, (cell.y0 + cell.y1) / 2.0);
        canvas.text_up(&name, at, LABEL, Align::Middle, INK);
    }
}

/// The ticks under a cell, and whether their texts run upwards.
fn under(dimension: &Dimension, wide: f64) -> (Vec<Tick>, bool) {
    let fits = |ticks: &[Tick]| {
        let slot = wide / ticks.len().max(1) as f64;
        widest(ticks) + 6.0 <= slot
    };
    let mut most = ((wide / 44.0) as usize).clamp(2, 6);
    loop {
        let ticks = dimension.ticks(most);
        if fits(&ticks) {
            return (ticks, false);
        }
        if most == 2 {
            return (thinned(shortened(ticks, LONGEST), wide / (TICK + 1.0)), true);
        }
        most -= 1;
    }
}

/// Every n-th tick, so that they fit.
fn thinned(ticks: Vec<Tick>, fits: f64) -> Vec<Tick> {
    let every = (ticks.len() as f64 / fits.max(1.0)).ceil().max(1.0) as usize;
    ticks.into_iter().step_by(every).collect()
}

fn shortened(ticks: Vec<Tick>, room: f64) -> Vec<Tick> {
    ticks.into_iter().map(|(p, t)| (p, text::shorten(&t, TICK, room))).collect()
}

fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|(_, t)| text::width(t, TICK)).fold(0.0, f64::max)
}
