//! Model graphs: layers as boxes with arrows between them.

use crate::error::Result;
use crate::nn::{Port, Recipe};
use crate::plot::Figure;
use crate::plot::draw::canvas::{Align, Canvas, Rect};
use crate::plot::draw::style::{AXIS, FAINT_INK, GRID, INK, LANE, TICK, WHITE, blend, series};
use crate::plot::draw::text;
use crate::train::Model;

/// In nominal pixels: height of a box, gap between rows, gap between boxes, margin around all.
const HEIGHT: f64 = 36.0;
const ROW_GAP: f64 = 30.0;
const GAP: f64 = 18.0;
const MARGIN: f64 = 14.0;
/// Width left for an arrow that passes a row.
const LANE_WIDTH: f64 = 10.0;
/// Longest line of a box in characters, before it is shortened.
const LONGEST: usize = 56;
/// Number of passes that sort rows and move boxes towards their neighbours.
const SWEEPS: usize = 8;
/// Longest side of the figure.
const LARGEST: f64 = 8000.0;

impl Model {
    /// The layers as boxes with their output shapes, from the inputs down to the outputs, and an
    /// arrow from each layer to those that take its output, as Keras' `plot_model`.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let input = Input::new([8]);
    /// let hidden = Dense::new(8).activation(Relu).apply(&input);
    /// let sum = Add::new().apply([&input, &hidden]);
    /// let output = Dense::new(3).activation(Softmax).apply(&sum);
    /// let net = Functional::new(&input, &output);
    /// let figure = net.compile("adam", "categorical_crossentropy", ())?.plot_graph()?;
    /// assert_eq!(figure.alt(), "A graph: input_layer; dense after input_layer; add after \
    ///     input_layer, dense; dense_1 after add");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn plot_graph(&self) -> Result<Figure> {
        draw(boxes(self)?)
    }
}

/// A layer, or the point where an arrow passes a row.
struct Item {
    lines: Option<[String; 2]>,
    is_input: bool,
    is_merge: bool,
    /// Indices of the items with an arrow to this one.
    from: Vec<usize>,
    row: usize,
    width: f64,
    /// The centre, along the row.
    x: f64,
}

/// The items, and the alternative text.
fn boxes(model: &Model) -> Result<(Vec<Item>, String)> {
    let network = model.network();
    let named = |port: Port| match port {
        Port::Input(input) => network.inputs()[input].name.as_str(),
        Port::Layer(layer) => network.layers()[layer].name.as_str(),
    };
    // Inputs come where Keras has them: before the first layer that takes them.
    let ports: Vec<Port> = match model.recipe() {
        Recipe::Functional(graph) => graph.places()?.iter().map(|place| place.port).collect(),
        Recipe::Sequential(_) => std::iter::once(Port::Input(0))
            .chain((0..network.layers().len()).map(Port::Layer))
            .collect(),
    };
    let mut items: Vec<Item> = Vec::with_capacity(ports.len());
    let mut words = Vec::new();
    for port in &ports {
        let (class, shape, inputs) = match *port {
            Port::Input(input) => ("InputLayer", network.inputs()[input].shape.as_slice(), &[][..]),
            Port::Layer(layer) => {
                let layer = &network.layers()[layer];
                (layer.class_name.as_str(), layer.op.output(), layer.inputs.as_slice())
            }
        };
        let from: Vec<usize> =
            inputs.iter().filter_map(|input| ports.iter().position(|p| p == input)).collect();
        let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
        let lines = [
            shorter(&format!("{} ({class})", named(*port))),
            shorter(&format!("(None, {})", axes.join(", "))),
        ];
        let widest = lines.iter().map(|line| text::width(line, TICK)).fold(0.0, f64::max);
        let after: Vec<&str> = inputs.iter().map(|input| named(*input)).collect();
        words.push(match after.as_slice() {
            [] => named(*port).to_string(),
            after => format!("{} after {}", named(*port), after.join(", ")),
        });
        items.push(Item {
            lines: Some(lines),
            is_input: inputs.is_empty(),
            is_merge: inputs.len() > 1,
            row: from.iter().map(|at| items[*at].row + 1).max().unwrap_or(0),
            from,
            width: widest + 20.0,
            x: 0.0,
        });
    }
    // An input goes right above the layer that takes it.
    for at in 0..items.len() {
        if items[at].is_input {
            let after = items.iter().filter(|item| item.from.contains(&at)).map(|item| item.row);
            items[at].row = after.min().map_or(0, |row| row.saturating_sub(1));
        }
    }
    Ok((items, format!("A graph: {}", words.join("; "))))
}

fn shorter(line: &str) -> String {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_string(),
    }
}

/// Puts an item into each row that an arrow passes.
fn with_lanes(mut items: Vec<Item>) -> Vec<Item> {
    for at in 0..items.len() {
        for input in 0..items[at].from.len() {
            let mut from = items[at].from[input];
            for row in items[from].row + 1..items[at].row {
                let lane = Item {
                    lines: None,
                    is_input: false,
                    is_merge: false,
                    from: vec![from],
                    row,
                    width: LANE_WIDTH,
                    x: 0.0,
                };
                from = items.len();
                items.push(lane);
            }
            items[at].from[input] = from;
        }
    }
    items
}

/// Arranges the items of each row so that few arrows cross and connected items are near.
fn arrange(items: &mut [Item]) {
    let last = items.iter().map(|item| item.row).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    (0..items.len()).for_each(|at| rows[items[at].row].push(at));
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for (at, item) in items.iter().enumerate() {
        item.from.iter().for_each(|from| after[*from].push(at));
    }
    for row in &rows {
        pack(items, row, |_, x| x);
    }
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let order: Vec<usize> =
            if down { (0..=last).collect() } else { (0..=last).rev().collect() };
        for row in order {
            let wanted = |items: &[Item], at: usize| {
                let near = if down { &items[at].from } else { &after[at] };
                let sum: f64 = near.iter().map(|other| items[*other].x).sum();
                if near.is_empty() { items[at].x } else { sum / near.len() as f64 }
            };
            let places: Vec<f64> = rows[row].iter().map(|at| wanted(items, *at)).collect();
            let mut order: Vec<usize> = (0..places.len()).collect();
            order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
            let sorted: Vec<f64> = order.iter().map(|at| places[*at]).collect();
            rows[row] = order.iter().map(|at| rows[row][*at]).collect();
            pack(items, &rows[row], |place, _| sorted[place]);
        }
    }
}

/// Places the items of a row side by side without overlap, as near as possible to their wanted
/// positions.
fn pack(items: &mut [Item], row: &[usize], wanted: impl Fn(usize, f64) -> f64) {
    let mut end = f64::NEG_INFINITY;
    let mut off = 0.0;
    for (place, &at) in row.iter().enumerate() {
        let half = items[at].width / 2.0;
        let want = wanted(place, items[at].x);
        items[at].x = if end.is_finite() { want.max(end + GAP + half) } else { want };
        end = items[at].x + half;
        off += items[at].x - want;
    }
    // Items were only pushed to the right: shifts the row back by the mean displacement.
    let off = off / row.len().max(1) as f64;
    row.iter().for_each(|at| items[*at].x -= off);
}

fn draw((items, words): (Vec<Item>, String)) -> Result<Figure> {
    let mut items = with_lanes(items);
    arrange(&mut items);
    let left = items.iter().map(|item| item.x - item.width / 2.0).fold(f64::INFINITY, f64::min);
    let right = items.iter().map(|item| item.x + item.width / 2.0).fold(0.0, f64::max);
    let rows = items.iter().map(|item| item.row).max().unwrap_or(0) as f64;
    let width = (right - left + 2.0 * MARGIN).min(LARGEST);
    let height = ((rows + 1.0) * HEIGHT + rows * ROW_GAP + 2.0 * MARGIN).min(LARGEST);
    let mut canvas = Canvas::new((width.ceil() as u32, height.ceil() as u32))?;
    let middle = |item: &Item| {
        (item.x - left + MARGIN, MARGIN + item.row as f64 * (HEIGHT + ROW_GAP) + HEIGHT / 2.0)
    };
    for item in items.iter().filter(|item| item.lines.is_some()) {
        for &from in &item.from {
            arrow(&mut canvas, &items, item, from, &middle);
        }
    }
    for item in &items {
        let Some([name, shape]) = &item.lines else { continue };
        let (x, y) = middle(item);
        let half = item.width / 2.0;
        let place = Rect::new(x - half, y - HEIGHT / 2.0, x + half, y + HEIGHT / 2.0);
        let ground = match (item.is_input, item.is_merge) {
            (true, _) => GRID,
            (_, true) => blend(WHITE, series(1), 0.18),
            _ => LANE,
        };
        canvas.fill(place, ground, 1.0);
        canvas.outline(place, AXIS);
        canvas.text(name, (x, y - 8.0), TICK, Align::Middle, INK);
        canvas.text(shape, (x, y + 8.0), TICK, Align::Middle, FAINT_INK);
    }
    canvas.finish(words)
}

/// Draws the arrow from a layer down to one that takes its output, through the lanes between them.
fn arrow(
    canvas: &mut Canvas,
    items: &[Item],
    to: &Item,
    mut from: usize,
    middle: &dyn Fn(&Item) -> (f64, f64),
) {
    const HEAD: f64 = 6.0;
    let (x, y) = middle(to);
    // Several arrows end side by side, in the order of their origins.
    let before = |at: &&usize| items[**at].x < items[from].x;
    let place = to.from.iter().filter(before).count() as f64;
    let share = (place + 1.0) / (to.from.len() as f64 + 1.0) - 0.5;
    let end = (x + share * to.width * 0.5, y - HEIGHT / 2.0);
    let mut points = vec![(end.0, end.1 - HEAD)];
    loop {
        let item = &items[from];
        let (x, y) = middle(item);
        if item.lines.is_some() {
            points.push((x, y + HEIGHT / 2.0));
            break;
        }
        points.extend([(x, y + HEIGHT / 2.0), (x, y - HEIGHT / 2.0)]);
        from = item.from[0];
    }
    canvas.line(&points, 1.3, FAINT_INK, 1.0);
    let head = vec![end, (end.0 - HEAD / 2.0, end.1 - HEAD), (end.0 + HEAD / 2.0, end.1 - HEAD)];
    canvas.area(head, FAINT_INK, 1.0);
}
