//! TensorBoard's event files: records of protocol buffers, as TensorFlow writes them.

use std::fs::{File, OpenOptions, create_dir_all};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// One value of an event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Summary {
    Scalar(f64),
    /// Left end, right end and count of each bucket.
    Histogram(Vec<[f64; 3]>),
    /// A PNG file with its width and height.
    Image(Vec<u8>, [u32; 2]),
    /// A session's hyper-parameters, the name of its group, and its start in seconds since 1970.
    SessionStart(Vec<(String, HParam)>, String, f64),
    /// A session's end in seconds since 1970, and whether it succeeded.
    SessionEnd(f64, bool),
}

/// The value of a hyper-parameter for TensorBoard's HParams plugin.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum HParam {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
}

macro_rules! numbers {
    ($($type:ty),*) => {
        $(
            impl From<$type> for HParam {
                fn from(value: $type) -> Self {
                    HParam::Number(value as f64)
                }
            }
        )*
    };
}
numbers!(f32, f64, i32, i64, u32, u64, usize);

impl From<&str> for HParam {
    fn from(text: &str) -> Self {
        HParam::Text(text.to_string())
    }
}

impl From<String> for HParam {
    fn from(text: String) -> Self {
        HParam::Text(text)
    }
}

impl From<bool> for HParam {
    fn from(yes: bool) -> Self {
        HParam::Bool(yes)
    }
}

/// The buckets of TensorBoard's `histogram_pb`: 30 of equal width from the smallest to the largest
/// value; if all values are equal, the last bucket holds them. Values that are not finite are left
/// out.
pub(crate) fn histogram(values: impl Iterator<Item = f64> + Clone) -> Vec<[f64; 3]> {
    const BUCKETS: usize = 30;
    let values = values.filter(|v| v.is_finite());
    let min = values.clone().fold(f64::INFINITY, f64::min);
    let max = values.clone().fold(f64::NEG_INFINITY, f64::max);
    let mut counts = [0.0; BUCKETS];
    let (range, width) = (max - min, (max - min) / BUCKETS as f64);
    if range < 0.0 || range.is_nan() {
        return vec![[0.0; 3]; BUCKETS];
    }
    for value in values {
        let bucket = if range == 0.0 { BUCKETS - 1 } else { ((value - min) / width) as usize };
        counts[bucket.min(BUCKETS - 1)] += 1.0;
    }
    let edge = |i: usize| match i {
        BUCKETS => max,
        i => min + i as f64 * width,
    };
    let bucket = |(i, count): (usize, f64)| match range == 0.0 {
        true => [min, max, count],
        false => [edge(i), edge(i + 1), count],
    };
    counts.into_iter().enumerate().map(bucket).collect()
}

/// A file of events.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    pub path: PathBuf,
    /// Its length after the last event; 0 before the first.
    pub length: u64,
}

impl Events {
    /// Appends events; bytes that a killed process left after the last complete one are cut off.
    pub fn add(&mut self, events: &[Vec<u8>]) -> std::io::Result<()> {
        create_dir_all(self.path.parent().unwrap_or(Path::new("")))?;
        let mut file = open(&self.path)?;
        let there = file.metadata()?.len();
        file.set_len(self.length.min(there))?;
        file.seek(SeekFrom::End(0))?;
        let mut bytes = Vec::new();
        if self.length.min(there) == 0 {
            bytes.extend(record(&first_event(now())));
        }
        bytes.extend(events.iter().flat_map(|event| record(event)));
        file.write_all(&bytes)?;
        self.length = file.stream_position()?;
        Ok(())
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

/// Seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

/// The event that a file begins with (`Event` of tensorflow/core/util/event.proto): the time and
/// the version of the format.
pub(crate) fn first_event(seconds: f64) -> Vec<u8> {
    [&[0x09], &seconds.to_le_bytes()[..], &field(3, b"brain.Event:2")].concat()
}

/// The values of a step: `Event.summary`, of `Summary.value`.
pub(crate) fn event(step: u64, values: &[(String, Summary)], seconds: f64) -> Vec<u8> {
    let summary: Vec<u8> = values
        .iter()
        .flat_map(|(tag, value)| field(1, &[field(1, tag.as_bytes()), value.fields()].concat()))
        .collect();
    let time = seconds.to_le_bytes();
    [&[0x09], &time[..], &[0x10], &varint(step), &field(5, &summary)].concat()
}

// Numbers of `DataType` in tensorflow/core/framework/types.proto.
const DT_FLOAT: u8 = 1;
const DT_DOUBLE: u8 = 2;
const DT_STRING: u8 = 7;

impl Summary {
    /// The fields of `Summary.value` after its tag.
    fn fields(&self) -> Vec<u8> {
        match self {
            Summary::Scalar(value) => [&[0x15][..], &(*value as f32).to_le_bytes()].concat(),
            Summary::Histogram(buckets) => {
                let bytes: Vec<u8> =
                    buckets.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
                let tensor = tensor(DT_DOUBLE, &[buckets.len(), 3], &field(4, &bytes));
                [field(8, &tensor), plugin("histograms", &[])].concat()
            }
            Summary::Image(png, [width, height]) => {
                let texts = [width.to_string().into_bytes(), height.to_string().into_bytes()];
                let content: Vec<u8> =
                    texts.iter().chain([png]).flat_map(|b| field(8, b)).collect();
                let tensor = tensor(DT_STRING, &[3], &content);
                [field(8, &tensor), plugin("images", &[])].concat()
            }
            Summary::SessionStart(params, group, seconds) => {
                let params: Vec<u8> = params.iter().flat_map(|p| field(1, &p.entry())).collect();
                let start = [params, field(4, group.as_bytes()), double(5, *seconds)].concat();
                session(&field(3, &start))
            }
            Summary::SessionEnd(seconds, well) => {
                let status = if *well { 1 } else { 2 };
                session(&field(4, &[vec![0x08, status], double(2, *seconds)].concat()))
            }
        }
    }
}

/// An entry of a map, whose value is a `google.protobuf.Value`.
trait Entry {
    fn entry(&self) -> Vec<u8>;
}

impl Entry for (String, HParam) {
    fn entry(&self) -> Vec<u8> {
        let value = match &self.1 {
            HParam::Number(v) => double(2, *v),
            HParam::Text(v) => field(3, v.as_bytes()),
            HParam::Bool(v) => vec![0x20, u8::from(*v)],
        };
        [field(1, self.0.as_bytes()), field(2, &value)].concat()
    }
}

/// A value that is only metadata: an empty tensor, and the content for the HParams plugin.
fn session(content: &[u8]) -> Vec<u8> {
    let none = tensor(DT_FLOAT, &[0], &[]);
    [field(8, &none), plugin("hparams", content)].concat()
}

/// `Summary.value.metadata` with the name of the value's plugin.
fn plugin(name: &str, content: &[u8]) -> Vec<u8> {
    let content = if content.is_empty() { Vec::new() } else { field(2, content) };
    field(9, &field(1, &[field(1, name.as_bytes()), content].concat()))
}

/// A `TensorProto`.
fn tensor(kind: u8, shape: &[usize], content: &[u8]) -> Vec<u8> {
    let axis = |length: &usize| match length {
        0 => field(2, &[]),
        length => field(2, &[&[0x08], &varint(*length as u64)[..]].concat()),
    };
    let shape: Vec<u8> = shape.iter().flat_map(axis).collect();
    [&[0x08, kind], &field(2, &shape)[..], content].concat()
}

/// A field of 64 bits.
fn double(number: u8, value: f64) -> Vec<u8> {
    [&[number << 3 | 1], &value.to_le_bytes()[..]].concat()
}

/// A field of bytes in protocol buffers' encoding.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2], &varint(bytes.len() as u64)[..], bytes].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A record of a TFRecord file: the length and the bytes, each with its checksum.
pub(crate) fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let sum = |bytes: &[u8]| {
        let crc = crc32c(bytes);
        crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
    };
    [&length[..], &sum(&length), bytes, &sum(bytes)].concat()
}

/// CRC-32C (Castagnoli) of RFC 3720; the CRC crates among the dependencies have only CRC-32.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| (c >> 1) ^ (0x82f6_3b78 * (c & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_rfc_3720() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    // Golden bytes of `tf.io.TFRecordWriter` and `tensorboard.compat.proto.event_pb2.Event`, made
    // by tests/golden/tensorboard/make.py.
    #[test]
    fn events_have_tensorflows_bytes() {
        let scalar = |name: &str, value| (format!("epoch_{name}"), Summary::Scalar(value));
        let values = [scalar("loss", 0.25), scalar("accuracy", 0.5)];
        let bytes = [record(&first_event(1.5e9)), record(&event(300, &values, 1.5e9))];
        let golden = include_bytes!("../../tests/golden/tensorboard/events");
        assert_eq!(bytes.concat(), golden);
    }

    #[test]
    fn histograms_images_and_hyper_parameters_have_tensorboards_bytes() {
        let wave: Vec<f64> = (0..1000).map(|i| f64::from(i * i % 101) / 8.0 - 5.0).collect();
        let param = |name: &str, value: HParam| {
            let params = vec![(name.to_string(), value)];
            Summary::SessionStart(params, "group".to_string(), 1.5e9)
        };
        let start = "_hparams_/session_start_info";
        let values = [
            ("wave", Summary::Histogram(histogram(wave.iter().copied()))),
            ("same", Summary::Histogram(histogram([2.5; 4].into_iter()))),
            ("picture", Summary::Image(b"\x89PNG".to_vec(), [320, 200])),
            (start, param("units", 8.into())),
            (start, param("activation", "relu".into())),
            (start, param("bias", true.into())),
            ("_hparams_/session_end_info", Summary::SessionEnd(1.5e9, true)),
        ];
        let values = values.map(|(tag, value)| (tag.to_string(), value));
        let golden = include_bytes!("../../tests/golden/tensorboard/summaries");
        assert_eq!(record(&event(7, &values, 1.5e9)), golden);
    }

    #[test]
    fn odd_values_have_a_histogram() {
        let counts =
            |values: &[f64]| histogram(values.iter().copied()).iter().map(|b| b[2]).sum::<f64>();
        assert_eq!(counts(&[]), 0.0);
        assert_eq!(counts(&[f64::NAN, f64::INFINITY]), 0.0);
        assert_eq!(counts(&[1.0, f64::NAN, 2.0]), 2.0);
    }
}
