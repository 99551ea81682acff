//! A picture as a list of shapes, in nominal pixels with y downwards: what a plot makes, and what
//! [`raster`](super::raster), [`svg`](super::svg) and [`pdf`](super::pdf) paint.

use plotters::style::RGBColor;

use super::png::Fidelity;

/// Device pixels for one nominal pixel: pictures stay sharp on dense screens and in print.
pub const DENSITY: u32 = 2;

/// Where a text's anchor is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Align {
    Left,
    Middle,
    Right,
}

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    Level,
    /// From the bottom up.
    Up,
    /// From the top down.
    Down,
    /// From right to left, on its head.
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

    /// The way that a text goes, and the way down from its capitals to its baseline.
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

/// A colour and how much of what is below it covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    pub color: RGBColor,
    /// From 0 to 1.
    pub alpha: f64,
}

impl Paint {
    pub fn new(color: RGBColor, alpha: f64) -> Self {
        // What is no number covers nothing.
        let alpha = if alpha >= 0.0 { alpha.min(1.0) } else { 0.0 };
        Paint { color, alpha }
    }
}

/// How a line is broken: the lengths of its strokes and of the gaps between them, with round ends
/// on both sides of a stroke.
pub type Dash = (f64, f64);

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub words: String,
    /// The anchor: along the text as `align` says, across it in the middle of its capitals.
    pub at: (f64, f64),
    /// Nominal pixels an em.
    pub size: f64,
    pub align: Align,
    pub turn: Turn,
    pub paint: Paint,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Filled. Its edges fall on whole device pixels, and at least one is painted in each
    /// direction, so that a thin bar never vanishes.
    Rect(Rect, Paint),
    /// Through these points with round joins and ends; a single point is a dot.
    Line {
        points: Vec<(f64, f64)>,
        width: f64,
        dash: Option<Dash>,
        paint: Paint,
    },
    /// A filled polygon; where its parts overlap they are one.
    Area(Vec<(f64, f64)>, Paint),
    Text(Text),
    /// Three bytes a pixel, row by row from the top left, in a rectangle.
    Image {
        place: Rect,
        width: u32,
        height: u32,
        rgb: Vec<u8>,
    },
}

/// Everything that is on a picture, from the back to the front, on white.
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
