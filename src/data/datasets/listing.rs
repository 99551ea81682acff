//! Listing, fetching and verifying data sets.

use super::catalogue::{self, Content, Files, Set};
use super::{cache, chest_xray, fetch, stored};
use crate::data::sleep_stages::{self, FILE_NAMES, Mouse};
use crate::error::{Error, Result};
use crate::html;
use serde::Serialize;
use std::fmt;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// A data set and what of it is on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SetStatus {
    /// Its name, which is its folder's in the data folder as well.
    pub name: String,
    /// `in the data folder`, `in the checkout`, `on this machine`, `incomplete` or `not there`.
    pub state: String,
    /// Where its files are; none if there are none.
    pub place: Option<PathBuf>,
    /// The bytes of its files.
    pub bytes: u64,
    /// What it holds.
    pub about: String,
    /// The licence of its content, as its publishers give it.
    pub licence: String,
}

/// All data sets, as [`list`] finds them.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SetListing {
    /// The data folder.
    pub folder: PathBuf,
    /// A set each.
    pub sets: Vec<SetStatus>,
}

/// A file of a data set after [`verify_sets`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// The set's name.
    pub name: String,
    /// The file, or where it should be.
    pub file: PathBuf,
    /// What is wrong; none if it is the right file.
    pub problem: Option<String>,
}

/// All data sets, and what of them is on this machine, in this data folder or the default one. No
/// file is read.
///
/// # Errors
/// If no data folder is known.
///
/// ```
/// use dfdx_lab::data::datasets;
/// let sets = datasets::list(Some(std::path::Path::new("no/such/folder")))?;
/// assert_eq!(sets.sets[0].name, "mnist");
/// assert_eq!(sets.sets[0].state, "not there");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
pub fn list(folder: Option<&Path>) -> Result<SetListing> {
    let roots = Roots::new(folder)?;
    let sets = catalogue::all().iter().map(|set| status(set, &roots)).collect();
    Ok(SetListing { folder: roots.data, sets })
}

/// Fetches the set of this name if it is missing or its files are wrong; wrong files are kept with
/// the ending `.broken`. Returns the place of the set's files.
///
/// # Errors
/// If there is no such set (the error lists the nearest), or as the set's own function.
pub fn fetch_set(name: &str, folder: Option<&Path>) -> Result<PathBuf> {
    let roots = Roots::new(folder)?;
    let place = roots.data.join(name);
    for set in catalogue::named(&[name.to_string()])? {
        match &set.content {
            Content::Files(files) => fetch::fetch(set.name, &roots.all(files, &set), &place, true)?,
            Content::ChestXray => return chest_xray::folder(&roots.data),
            Content::ChestXraySample => return chest_xray::sample(&roots.data, roots.checkout),
            Content::SleepStages => {
                sleep_stages::files(Some(&roots.data))?;
            }
        }
        if let Some(place) = status(&set, &roots).place {
            return Ok(place);
        }
    }
    Ok(place)
}

/// Reads every file of the named sets (or of all sets on this machine, if none is named) and
/// verifies it: by check sums; for chest X-rays by the number of files in each folder; for
/// recordings by the number of lines.
///
/// # Errors
/// If there is no such set, or a folder cannot be read.
pub fn verify_sets(names: &[String], folder: Option<&Path>) -> Result<Vec<Verified>> {
    let roots = Roots::new(folder)?;
    let mut found = Vec::new();
    for set in catalogue::named(names)? {
        if !names.is_empty() || status(&set, &roots).place.is_some() {
            let checks = verify(&set, &roots)?;
            let entry = |(file, problem)| Verified { name: set.name.to_string(), file, problem };
            found.extend(checks.into_iter().map(entry));
        }
    }
    Ok(found)
}

/// Where sets are looked for.
struct Roots {
    data: PathBuf,
    checkout: Option<PathBuf>,
}

impl Roots {
    /// Whoever names a folder means that one only.
    fn new(folder: Option<&Path>) -> Result<Roots> {
        let checkout = if folder.is_none() { cache::checkout() } else { None };
        Ok(Roots { data: cache::root(folder)?, checkout })
    }

    fn all(&self, files: &Files, set: &Set) -> Files {
        files.clone().also_in(self.checkout.clone(), set.name)
    }
}

fn status(set: &Set, roots: &Roots) -> SetStatus {
    let root = &*roots.data;
    let found: Vec<Option<PathBuf>> = match &set.content {
        Content::Files(files) => {
            let (files, folder) = (roots.all(files, set), root.join(set.name));
            files.items.iter().map(|item| stored::find(&files, item, &folder)).collect()
        }
        Content::ChestXray => vec![chest_xray::find(root)],
        Content::ChestXraySample => vec![chest_xray::find_sample(root, roots.checkout.clone())],
        Content::SleepStages => recordings(root),
    };
    let all_in =
        |folder: &Path, there: &[&PathBuf]| there.iter().all(|path| path.starts_with(folder));
    let there: Vec<&PathBuf> = found.iter().flatten().collect();
    let state = match there.len() {
        0 => "not there",
        n if n < found.len() => "incomplete",
        _ if all_in(root, &there) => "in the data folder",
        _ if roots.checkout.as_ref().is_some_and(|data| all_in(data, &there)) => "in the checkout",
        _ => "on this machine",
    };
    let place = there.first().map(|path| match path.is_dir() {
        true => path.to_path_buf(),
        false => path.parent().unwrap_or(path).to_path_buf(),
    });
    SetStatus {
        name: set.name.to_string(),
        state: state.to_string(),
        place,
        bytes: there.iter().map(|path| size(path)).sum(),
        about: set.about.to_string(),
        licence: set.licence.to_string(),
    }
}

/// A person's own recordings, else simulated ones that were written before.
fn recordings(root: &Path) -> Vec<Option<PathBuf>> {
    let (own, made) = sleep_stages::places(root);
    let first = |i: usize| own[i].iter().chain([&made[i]]).find(|path| path.is_file()).cloned();
    (0..FILE_NAMES.len()).map(first).collect()
}

/// The bytes of a file, or of all files in a folder.
fn size(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => std::fs::metadata(path).map_or(0, |data| data.len()),
    }
}

fn verify(set: &Set, roots: &Roots) -> Result<Vec<(PathBuf, Option<String>)>> {
    let root = &*roots.data;
    let folder = root.join(set.name);
    let missing = || Some("it is not there".to_string());
    match &set.content {
        Content::Files(files) => {
            let files = roots.all(files, set);
            let check = |item| match stored::find(&files, item, &folder) {
                Some(path) => {
                    let problem = stored::read(item, &path).err();
                    (path, problem)
                }
                None => (folder.join(&item.name), missing()),
            };
            Ok(files.items.iter().map(check).collect())
        }
        Content::ChestXray => {
            let Some(found) = chest_xray::find(root) else { return Ok(vec![(folder, missing())]) };
            pictures(&found, chest_xray::COUNTS)
        }
        Content::ChestXraySample => {
            let found = chest_xray::find_sample(root, roots.checkout.clone());
            let Some(found) = found else { return Ok(vec![(folder, missing())]) };
            pictures(&found, chest_xray::SAMPLE_COUNTS)
        }
        Content::SleepStages => {
            let check = |((found, mouse), name): ((Option<PathBuf>, Mouse), &str)| match found {
                Some(path) => lines(&path).map(|n| (path, wrong_lines(n, mouse.rows() + 1))),
                None => Ok((folder.join(name), missing())),
            };
            recordings(root).into_iter().zip(Mouse::ALL).zip(FILE_NAMES).map(check).collect()
        }
    }
}

/// The parts of a folder of X-rays, each of which must have so many pictures of each class.
fn pictures(folder: &Path, right: [[usize; 2]; 3]) -> Result<Vec<(PathBuf, Option<String>)>> {
    let counts = chest_xray::counts(folder)?;
    let check = |((part, found), right): ((&str, [usize; 2]), [usize; 2])| {
        let problem = format!("it has {found:?} files in its folders instead of {right:?}");
        (folder.join(part), (found != right).then_some(problem))
    };
    Ok(chest_xray::PARTS.into_iter().zip(counts).zip(right).map(check).collect())
}

fn wrong_lines(found: usize, right: usize) -> Option<String> {
    (found != right).then(|| format!("it has {found} lines instead of {right}"))
}

fn lines(path: &Path) -> Result<usize> {
    let error = |e| Error::io(path, e);
    let mut reader = std::io::BufReader::new(std::fs::File::open(path).map_err(error)?);
    let mut lines = 0;
    loop {
        let buffer = reader.fill_buf().map_err(error)?;
        if buffer.is_empty() {
            return Ok(lines);
        }
        lines += buffer.iter().filter(|&&byte| byte == b'\n').count();
        let n = buffer.len();
        reader.consume(n);
    }
}

const HEAD: [&str; 6] = ["name", "state", "MB", "where", "what", "licence"];

impl SetListing {
    fn caption(&self) -> String {
        format!("Data sets; the data folder is {}", self.folder.display())
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |set: &SetStatus| {
            let place = set.place.as_ref().map(|place| place.display().to_string());
            let megabytes = match set.bytes {
                0 => String::new(),
                bytes => format!("{:.1}", bytes as f64 / 1e6),
            };
            vec![
                set.name.clone(),
                set.state.clone(),
                megabytes,
                place.unwrap_or_default(),
                set.about.clone(),
                set.licence.clone(),
            ]
        };
        self.sets.iter().map(row).collect()
    }

    /// The sets as a table in HTML.
    pub fn to_html(&self) -> String {
        html::table(&self.caption(), &HEAD, &self.rows())
    }

    /// The sets as a list of objects in JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.sets).unwrap_or_default()
    }
}

crate::html::debug_as_display!(SetListing);

impl fmt::Display for SetListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html::text_table(&self.caption(), &HEAD, &self.rows()))
    }
}
