//! Reads and paints the files of [`svg`](super::svg), so that tests can check them.

use std::collections::HashMap;

use base64::Engine as _;
use plotters::style::RGBColor;

use super::raster;
use super::shapes::{Align, DENSITY, Fidelity, Paint, Rect, Shape, Sheet, Text, Turn};
use super::text;

type Attributes = HashMap<String, String>;

/// The device pixels of an SVG file and its size; panics at anything unknown.
pub fn picture(svg: &str) -> ((u32, u32), Vec<u8>) {
    let sheet = sheet(svg);
    ((sheet.width, sheet.height), raster::paint(&sheet))
}

/// The shapes of an SVG file.
pub fn sheet(svg: &str) -> Sheet {
    let mut sheet = Sheet { width: 0, height: 0, shapes: Vec::new(), fidelity: Fidelity::Exact };
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let end = rest.find('>').unwrap();
        let (tag, after) = (&rest[start + 1..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "a tag is closed that is not open");
            continue;
        }
        let (name, attributes) = attributes(tag);
        let content = after.split('<').next().unwrap();
        match name.as_str() {
            "svg" => {
                let device = |key| (number(&attributes, key) * f64::from(DENSITY)).round() as u32;
                (sheet.width, sheet.height) = (device("width"), device("height"));
                let (w, h) = (&attributes["width"], &attributes["height"]);
                assert_eq!(attributes["viewBox"], format!("0 0 {w} {h}"));
            }
            "g" => assert_eq!(attributes["shape-rendering"], "crispEdges"),
            "title" => {}
            _ => sheet.shapes.push(shape(&name, &attributes, content)),
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    sheet
}

/// The size and the pixels of a PNG file.
pub fn pixels(file: &[u8]) -> ((u32, u32), Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    ((info.width, info.height), rgb)
}

fn attributes(tag: &str) -> (String, Attributes) {
    let tag = tag.trim_end_matches('/');
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut found = Attributes::new();
    while let Some((key, after)) = rest.trim_start().split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap();
        assert!(found.insert(key.to_string(), plain(value)).is_none(), "{key} stands twice");
        rest = after;
    }
    (name.to_string(), found)
}

fn plain(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    marks.iter().fold(text.to_string(), |text, (mark, sign)| text.replace(mark, sign))
}

fn number(attributes: &Attributes, key: &str) -> f64 {
    attributes[key].parse().unwrap()
}

fn paint(attributes: &Attributes, what: &str) -> Paint {
    let color = &attributes[what];
    let part = |i: usize| u8::from_str_radix(&color[2 * i + 1..2 * i + 3], 16).unwrap();
    let alpha = attributes.get(&format!("{what}-opacity")).map_or(1.0, |v| v.parse().unwrap());
    Paint::new(RGBColor(part(0), part(1), part(2)), alpha)
}

fn points(attributes: &Attributes) -> Vec<(f64, f64)> {
    let point = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    attributes["points"].split(' ').map(point).collect()
}

fn place(attributes: &Attributes) -> Rect {
    let get = |key| attributes.get(key).map_or(0.0, |v| v.parse::<f64>().unwrap());
    let (x, y) = (get("x"), get("y"));
    Rect::new(x, y, x + get("width"), y + get("height"))
}

fn shape(name: &str, attributes: &Attributes, content: &str) -> Shape {
    let get = |key| number(attributes, key);
    match name {
        "rect" => Shape::Rect(place(attributes), paint(attributes, "fill")),
        "circle" => Shape::Line {
            points: vec![(get("cx"), get("cy"))],
            width: 2.0 * get("r"),
            dash: None,
            paint: paint(attributes, "fill"),
        },
        "polyline" => {
            assert_eq!(attributes["fill"], "none");
            let dash = attributes.get("stroke-dasharray").map(|dash| {
                let (on, off) = dash.split_once(' ').unwrap();
                (on.parse().unwrap(), off.parse().unwrap())
            });
            let (points, paint) = (points(attributes), paint(attributes, "stroke"));
            Shape::Line { points, width: get("stroke-width"), dash, paint }
        }
        "polygon" => Shape::Area(points(attributes), paint(attributes, "fill")),
        "image" => {
            let data = &attributes["xlink:href"]["data:image/png;base64,".len()..];
            let file = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
            let ((width, height), rgb) = pixels(&file);
            Shape::Image { place: place(attributes), width, height, rgb }
        }
        "text" => written(attributes, content),
        other => panic!("<{other}> is not known"),
    }
}

fn written(attributes: &Attributes, content: &str) -> Shape {
    let get = |key| number(attributes, key);
    let (size, words) = (get("font-size"), plain(content));
    let turn = match attributes.get("transform").map(String::as_str) {
        None => Turn::Level,
        Some(t) if t.starts_with("rotate(-90 ") => Turn::Up,
        Some(t) if t.starts_with("rotate(90 ") => Turn::Down,
        Some(t) => panic!("{t}"),
    };
    let align = match attributes.get("text-anchor").map(String::as_str) {
        None => Align::Left,
        Some("middle") => Align::Middle,
        Some(_) => Align::Right,
    };
    let (_, down) = turn.ways();
    let lift = text::CAP_HEIGHT * size / 2.0;
    let at = (get("x") - lift * down.0, get("y") - lift * down.1);
    let wide = text::width(&words, size);
    // Both are rounded.
    assert!((get("textLength") - wide).abs() < 0.02, "'{words}' is {wide} wide");
    Shape::Text(Text { words, at, size, align, turn, paint: paint(attributes, "fill") })
}
