//! A picture as a list of shapes, in nominal pixels with y downwards. A plot makes it;
//! [`raster`](super::raster), [`svg`](super::svg) and [`pdf`](super::pdf) paint it.

use plotters::style::RGBColor;

/// Device pixels for one nominal pixel: pictures stay sharp on dense screens and in print.
pub const DENSITY: u32 = 2;

/// The position of a text's anchor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Align {
    Left,
    Middle,
    Right,
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    Level,
    /// From the bottom up.
    Up,
    /// From the top down.
    Down,
    /// Upside down.
    Over,
}

impl Turn {
    /// Clockwise.
    pub fn degrees(self) -> f64 {
        match self {
            Turn::Level => 0.0,
            Turn::Up => -90.0,
            Turn::Down => 90.0,
            Turn::Over => 180.0,
        }
    }

    /// Unit vectors along the text, and from its capitals down to its baseline.
    pub fn ways(self) -> ((f64, f64), (f64, f64)) {
        match self {
            Turn::Level => ((1.0, 0.0), (0.0, 1.0)),
            Turn::Up => ((0.0, -1.0), (1.0, 0.0)),
            Turn::Down => ((0.0, 1.0), (-1.0, 0.0)),
            Turn::Over => ((-1.0, 0.0), (0.0, -1.0)),
        }
    }
}

/// A rectangle in nominal pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x0: f64,
    pub y0: f64,
    pub x1: f64,
    pub y1: f64,
}

impl Rect {
    pub fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Rect { x0, y0, x1, y1 }
    }
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }
}

/// A colour and its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    pub color: RGBColor,
    /// From 0 to 1.
    pub alpha: f64,
}

impl Paint {
    pub fn new(color: RGBColor, alpha: f64) -> Self {
        // NaN covers nothing.
        let alpha = if alpha >= 0.0 { alpha.min(1.0) } else { 0.0 };
        Paint { color, alpha }
    }
}

/// The lengths of a dashed line's strokes and gaps; strokes have round ends.
pub type Dash = (f64, f64);

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub words: String,
    /// The anchor: placed along the text by `align`, and across it at half the height of its
    /// capitals.
    pub at: (f64, f64),
    /// Nominal pixels an em.
    pub size: f64,
    pub align: Align,
    pub turn: Turn,
    pub paint: Paint,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle. Its edges fall on whole device pixels, at least one apart, so that a
    /// thin bar never vanishes.
    Rect(Rect, Paint),
    /// A line through these points with round joins and ends; a single point is a dot.
    Line {
        points: Vec<(f64, f64)>,
        width: f64,
        dash: Option<Dash>,
        paint: Paint,
    },
    /// A filled polygon; overlapping parts are painted once.
    Area(Vec<(f64, f64)>, Paint),
    Text(Text),
    /// An image in a rectangle: three bytes a pixel, row by row from the top left.
    Image {
        place: Rect,
        width: u32,
        height: u32,
        rgb: Vec<u8>,
    },
}

/// Which colours a picture may lose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fidelity {
    Exact,
    /// Rare shades at the edges of letters and lines may become the nearest of 256 colours.
    Drawing,
}

/// All shapes of a picture, from back to front, on white.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// In device pixels.
    pub width: u32,
    pub height: u32,
    pub shapes: Vec<Shape>,
    pub fidelity: Fidelity,
}

impl Sheet {
    /// In nominal pixels.
    pub fn size(&self) -> (f64, f64) {
        let nominal = |device: u32| f64::from(device) / f64::from(DENSITY);
        (nominal(self.width), nominal(self.height))
    }
}

/// The device pixels from `a` to `b` in nominal pixels, at least one, within the sheet.
pub fn span(a: f64, b: f64, limit: u32) -> (u32, u32) {
    let scale = f64::from(DENSITY);
    let (low, high) = ((a.min(b) * scale).round(), (a.max(b) * scale).round());
    if !low.is_finite() || !high.is_finite() {
        return (0, 0);
    }
    ((low.max(0.0) as u32).min(limit), (high.max(low + 1.0).max(0.0) as u32).min(limit))
}
