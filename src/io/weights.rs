//! Named arrays in safetensors files, which other frameworks read, too.

use super::atomic::write_atomic;
use super::known;
use crate::error::{Error, Result};
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensorError, SafeTensors, View};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Largest header in bytes of a file of arrays.
const HEADER: u64 = 1 << 20;
/// Largest header in bytes of a file of a whole model.
const MODEL_HEADER: u64 = 100_000_000;
/// Bytes of a file that are read to recognise its kind.
const START: u64 = 512;

/// The elements of a named array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values<'a> {
    /// Single precision, for weights.
    F32(Cow<'a, [f32]>),
    /// Double precision, for histories.
    F64(Cow<'a, [f64]>),
}

/// A named array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor<'a> {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Values<'a>,
}

impl<'a> Tensor<'a> {
    pub fn f32(name: impl Into<String>, shape: Vec<usize>, values: &'a [f32]) -> Self {
        Tensor { name: name.into(), shape, values: Values::F32(values.into()) }
    }

    pub fn f64(name: impl Into<String>, values: impl Into<Cow<'a, [f64]>>) -> Self {
        let values = values.into();
        Tensor { name: name.into(), shape: vec![values.len()], values: Values::F64(values) }
    }

    /// The same values in another shape of as many elements.
    pub fn shaped(mut self, shape: Vec<usize>) -> Self {
        self.shape = shape;
        self
    }
}

impl View for &Tensor<'_> {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::F32(_) => Dtype::F32,
            Values::F64(_) => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match &self.values {
            Values::F32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Values::F64(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    fn data_len(&self) -> usize {
        match &self.values {
            Values::F32(v) => v.len() * 4,
            Values::F64(v) => v.len() * 8,
        }
    }
}

/// The contents of a file.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub tensors: BTreeMap<String, Tensor<'static>>,
    /// Text by name.
    pub notes: BTreeMap<String, String>,
}

/// Writes the arrays and notes, whole or not at all.
pub(crate) fn write(path: &Path, tensors: &[Tensor<'_>], notes: &[(String, String)]) -> Result<()> {
    let views = tensors.iter().map(|t| (t.name.as_str(), t));
    let notes = (!notes.is_empty()).then(|| notes.iter().cloned().collect());
    let bytes = safetensors::serialize(views, notes).map_err(|e| unreadable(path, &e))?;
    write_atomic(path, &bytes)
}

/// Reads a file of at most `most` bytes of arrays. A larger one is refused before it is read, and
/// the sizes that the header claims are checked against the file's.
pub(crate) fn read(path: &Path, most: usize) -> Result<Contents> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let most = (most as u64).saturating_add(HEADER);
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, e))?;
    if !known::is_safetensors(&bytes)
        && let Some(kind) = known::what(&bytes)
    {
        return Err(content(path, format!("it is no safetensors file: it is {kind}")));
    }
    if bytes.len() as u64 > most {
        let problem = format!("it is larger than the {most} bytes that this model's file can have");
        return Err(content(path, problem));
    }
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|e| unreadable(path, &e))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| unreadable(path, &e))?;
    let mut contents = Contents::default();
    for (name, view) in file.iter() {
        let (bytes, shape) = (view.data(), view.shape().to_vec());
        let values = match view.dtype() {
            Dtype::F32 => Values::F32(
                bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            ),
            Dtype::F64 => Values::F64(
                bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
            ),
            other => {
                let problem = format!("{name} is of type {other:?}, and F32 is needed");
                return Err(content(path, problem));
            }
        };
        contents.tensors.insert(name.into(), Tensor { name: name.into(), shape, values });
    }
    let notes = metadata.metadata().iter().flatten();
    contents.notes.extend(notes.map(|(k, v)| (k.clone(), v.clone())));
    Ok(contents)
}

/// The header of a file.
#[derive(Debug)]
pub(crate) struct Head {
    /// The shape of each array.
    pub shapes: BTreeMap<String, Vec<usize>>,
    pub notes: BTreeMap<String, String>,
    /// The bytes of the whole file.
    pub size: usize,
}

/// Reads the header of a file, so that it can be checked before memory is allocated for the arrays.
/// The sizes that it claims agree with the file's length.
pub(crate) fn head(path: &Path) -> Result<Head> {
    let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
    let size = file.metadata().map_err(|e| Error::io(path, e))?.len();
    let whole = "it is no complete safetensors file";
    let mut start = Vec::new();
    file.by_ref().take(START).read_to_end(&mut start).map_err(|e| Error::io(path, e))?;
    if !known::is_safetensors(&start)
        && let Some(kind) = known::what(&start)
    {
        return Err(content(path, format!("it is no safetensors file: it is {kind}")));
    }
    let Some(length) = start.first_chunk() else {
        return Err(content(path, format!("{whole}: it has {size} bytes")));
    };
    let length = u64::from_le_bytes(*length);
    if length > size.saturating_sub(8).min(MODEL_HEADER) {
        return Err(content(path, format!("{whole}: its header claims {length} bytes")));
    }
    let mut header = vec![0; length as usize];
    file.seek(SeekFrom::Start(8))
        .and_then(|_| file.read_exact(&mut header))
        .map_err(|e| Error::io(path, e))?;
    let metadata: Metadata = serde_json::from_slice(&header)
        .map_err(|e| content(path, format!("{whole}: its header: {e}")))?;
    if metadata.data_len() as u64 != size - 8 - length {
        return Err(content(
            path,
            format!("{whole}: it is shorter or longer than its header says"),
        ));
    }
    let shapes = metadata.tensors().into_iter().map(|(name, info)| (name, info.shape.clone()));
    let notes = metadata.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone()));
    let size = usize::try_from(size).map_err(|_| content(path, "it is larger than memory"))?;
    Ok(Head { shapes: shapes.collect(), notes: notes.collect(), size })
}

impl Contents {
    /// Removes and returns the double-precision array of this name.
    pub fn take_f64(&mut self, name: &str) -> Option<Vec<f64>> {
        match self.tensors.remove(name)?.values {
            Values::F64(values) => Some(values.into_owned()),
            Values::F32(_) => None,
        }
    }

    /// Removes and returns the single-precision array of this name.
    pub fn take_f32(&mut self, name: &str) -> Option<Vec<f32>> {
        match self.tensors.remove(name)?.values {
            Values::F32(values) => Some(values.into_owned()),
            Values::F64(_) => None,
        }
    }
}

/// The error of invalid content of a file.
pub(crate) fn content(path: &Path, problem: impl Into<String>) -> Error {
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem: problem.into() }
}

fn unreadable(path: &Path, error: &SafeTensorError) -> Error {
    content(path, format!("it is no complete safetensors file: {error}"))
}
