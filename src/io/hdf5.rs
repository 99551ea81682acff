//! HDF5 files of Keras' weights: groups, arrays of numbers, text attributes.
//!
//! A file is not trusted: an array's claimed size is compared with the file's length before memory
//! is allocated.

use super::gzip;
use crate::error::{Error, Result};
use hdf5_pure::{AttrValue, Dataset, Error as H5Error, File, FileBuilder, FormatError, Group};
use hdf5_pure::{GroupBuilder, Layout};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// The first bytes of every HDF5 file.
pub(crate) const MAGIC: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
/// Slack for the size of a chunk, because Keras' arrays are often only a few bytes.
const CHUNK: u64 = 1 << 20;

/// An HDF5 file opened for reading.
pub(crate) struct Hdf5 {
    file: File,
    path: PathBuf,
    /// The bytes of the file.
    length: usize,
}

impl Hdf5 {
    /// Opens a file from its bytes; `path` is for errors.
    pub fn new(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let length = bytes.len();
        let file = File::from_bytes(bytes);
        let file = file.map_err(|e| damaged(path, format_args!("no complete HDF5 file: {e}")))?;
        Ok(Hdf5 { file, path: path.to_path_buf(), length })
    }

    /// The shape of an array, if there is one of this name.
    ///
    /// # Errors
    /// If it claims more than a file of this length can hold.
    pub fn shape(&self, name: &str) -> Result<Option<Vec<usize>>> {
        let Some(set) = self.dataset(name)? else { return Ok(None) };
        let shape = self.shape_of(name, &set)?;
        self.check_size(name, &set, &shape)?;
        Ok(Some(shape))
    }

    /// The numbers of an array of exactly this shape, in row-major order.
    ///
    /// # Errors
    /// If there is no such array, it has another shape, its elements are not numbers, or it claims
    /// more than a file of this length can hold.
    pub fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let set = self.dataset(name)?;
        let set = set.ok_or_else(|| self.wrong(name, "there is no such array"))?;
        let found = self.shape_of(name, &set)?;
        if found != shape {
            return Err(self.wrong(name, format_args!("its shape is {found:?}, not {shape:?}")));
        }
        self.check_size(name, &set, shape)?;
        let values = set.read_f32().map_err(|e| self.wrong(name, format_args!("{e}")))?;
        match values.len() == shape.iter().product::<usize>() {
            true => Ok(values),
            false => Err(self.wrong(name, format_args!("it holds {} values", values.len()))),
        }
    }

    /// A scalar whole number.
    pub fn whole(&self, name: &str) -> Result<Option<i64>> {
        let Some(set) = self.dataset(name)? else { return Ok(None) };
        let shape = self.shape_of(name, &set)?;
        if !shape.is_empty() {
            return Err(self.wrong(name, format_args!("its shape is {shape:?}, not a number's")));
        }
        self.check_size(name, &set, &shape)?;
        let values = set.read_i64().map_err(|e| self.wrong(name, format_args!("{e}")))?;
        Ok(values.first().copied())
    }

    /// A text attribute, if the group and the attribute exist.
    pub fn text(&self, group: &str, name: &str) -> Result<Option<String>> {
        Ok(self.attributes(group)?.get(name).and_then(|v| v.as_str()).map(str::to_string))
    }

    /// An attribute that is a list of texts; Keras splits a long one into `name0`, `name1`, ….
    pub fn texts(&self, group: &str, name: &str) -> Result<Option<Vec<String>>> {
        let attributes = self.attributes(group)?;
        let list = |value: &AttrValue| value.as_strings().map_or(Vec::new(), <[String]>::to_vec);
        if let Some(value) = attributes.get(name) {
            return Ok(Some(list(value)));
        }
        let parts = (0..).map_while(|i| attributes.get(&format!("{name}{i}")));
        let parts: Vec<String> = parts.flat_map(list).collect();
        Ok((!parts.is_empty()).then_some(parts))
    }

    /// Whether there is such a group.
    pub fn has_group(&self, name: &str) -> bool {
        self.group(name).is_some()
    }

    /// The names of the arrays directly in a group, in no order.
    pub fn arrays_in(&self, group: &str) -> Vec<String> {
        self.group(group).and_then(|group| group.datasets().ok()).unwrap_or_default()
    }

    /// The names of the groups directly in a group, in alphabetical order.
    pub fn groups_in(&self, group: &str) -> Vec<String> {
        let names = self.group(group).and_then(|group| group.groups().ok());
        let mut names = names.unwrap_or_default();
        names.sort_unstable();
        names
    }

    fn group(&self, name: &str) -> Option<Group> {
        match name {
            "" => Some(self.file.root()),
            name => self.file.group(name).ok(),
        }
    }

    fn attributes(&self, group: &str) -> Result<HashMap<String, AttrValue>> {
        match self.group(group) {
            Some(found) => found.attrs().map_err(|e| self.wrong(group, e)),
            None => Ok(HashMap::new()),
        }
    }

    fn dataset(&self, name: &str) -> Result<Option<Dataset>> {
        match self.file.dataset(name) {
            Ok(set) => Ok(Some(set)),
            Err(H5Error::Format(FormatError::PathNotFound(_))) => Ok(None),
            Err(e) => Err(self.wrong(name, format_args!("{e}"))),
        }
    }

    fn shape_of(&self, name: &str, set: &Dataset) -> Result<Vec<usize>> {
        let shape = set.shape().map_err(|e| self.wrong(name, format_args!("{e}")))?;
        let axes: Option<Vec<usize>> = shape.iter().map(|n| usize::try_from(*n).ok()).collect();
        axes.ok_or_else(|| self.wrong(name, format_args!("its shape is {shape:?}")))
    }

    /// Checks that a file of this length can hold an array of this shape.
    fn check_size(&self, name: &str, set: &Dataset, shape: &[usize]) -> Result<()> {
        let failed = |e: H5Error| self.wrong(name, format_args!("{e}"));
        let element = set.element_size().map_err(failed)?;
        let bytes = |axes: &[u64]| axes.iter().try_fold(element, |all, n| all.checked_mul(*n));
        let all = bytes(&shape.iter().map(|n| *n as u64).collect::<Vec<_>>());
        let plain = self.length as u64;
        let (chunk, most) = match set.layout().map_err(failed)? {
            Layout::Chunked { chunk_shape, .. } if set.filters().is_empty() => {
                (bytes(&chunk_shape), plain)
            }
            Layout::Chunked { chunk_shape, .. } => (bytes(&chunk_shape), gzip::most(self.length)),
            Layout::Contiguous { address: None, .. } if all != Some(0) => {
                return Err(self.wrong(name, "its values were never written"));
            }
            Layout::Virtual => return Err(self.wrong(name, "its values lie in other files")),
            _ => (Some(0), plain),
        };
        let fits = |bytes: Option<u64>, most: u64| bytes.is_some_and(|b| b <= most);
        if !fits(all, most) || !fits(chunk, most.saturating_add(CHUNK)) {
            let problem = format_args!(
                "it claims the shape {shape:?}, more than a file of this length can hold"
            );
            return Err(self.wrong(name, problem));
        }
        Ok(())
    }

    fn wrong(&self, name: &str, problem: impl std::fmt::Display) -> Error {
        damaged(&self.path, format_args!("'{name}': {problem}"))
    }
}

fn damaged(path: &Path, problem: impl std::fmt::Display) -> Error {
    let problem = format!("it cannot be used: {problem}");
    Error::Content { path: path.to_path_buf(), row: None, column: None, problem }
}

/// A group to be written, with its contents.
#[derive(Default)]
pub(crate) struct Tree<'a> {
    groups: BTreeMap<String, Tree<'a>>,
    arrays: Vec<(String, Numbers<'a>)>,
    attributes: Vec<(String, String)>,
}

enum Numbers<'a> {
    Floats(Vec<usize>, &'a [f32]),
    Float(f32),
    Whole(i64),
}

impl<'a> Tree<'a> {
    /// The group at this path below this one, created if it is missing.
    pub fn group(&mut self, path: &str) -> &mut Tree<'a> {
        path.split('/').fold(self, |tree, name| tree.groups.entry(name.into()).or_default())
    }

    /// Adds an array.
    pub fn array(&mut self, name: impl Into<String>, shape: &[usize], values: &'a [f32]) {
        self.arrays.push((name.into(), Numbers::Floats(shape.to_vec(), values)));
    }

    /// Adds a number.
    pub fn number(&mut self, name: impl Into<String>, value: f32) {
        self.arrays.push((name.into(), Numbers::Float(value)));
    }

    /// Adds a whole number.
    pub fn whole(&mut self, name: impl Into<String>, value: i64) {
        self.arrays.push((name.into(), Numbers::Whole(value)));
    }

    /// Adds a text attribute.
    pub fn attribute(&mut self, name: &str, value: impl Into<String>) {
        self.attributes.push((name.into(), value.into()));
    }

    /// The bytes of a file with this group as root; `path` is for errors.
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let mut file = FileBuilder::new();
        for (name, value) in &self.attributes {
            file.set_attr(name, AttrValue::VarLenString(value.clone()));
        }
        for (name, tree) in &self.groups {
            let mut group = file.create_group(name);
            tree.write(&mut group);
            file.add_group(group.finish());
        }
        file.finish().map_err(|e| Error::Content {
            path: path.to_path_buf(),
            row: None,
            column: None,
            problem: format!("no HDF5 file can be made: {e}"),
        })
    }

    fn write(&self, into: &mut GroupBuilder) {
        for (name, value) in &self.attributes {
            into.set_attr(name, AttrValue::VarLenString(value.clone()));
        }
        for (name, numbers) in &self.arrays {
            let set = into.create_dataset(name);
            match numbers {
                Numbers::Floats(shape, values) => {
                    let shape: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
                    set.with_f32_data(values).with_shape(&shape);
                }
                Numbers::Float(value) => {
                    set.with_f32_data(&[*value]).with_shape(&[]);
                }
                Numbers::Whole(value) => {
                    set.with_i64_data(&[*value]).with_shape(&[]);
                }
            }
        }
        for (name, tree) in &self.groups {
            let mut group = into.create_group(name);
            tree.write(&mut group);
            into.add_group(group.finish());
        }
    }
}
