//! The sets: what comes with the library, the real ones where this machine has them, and what is
//! said of those that are missing.

use super::real;
use crate::data::datasets::*;
use crate::data::{Dataset, ImageData};

/// A hash that tells pictures apart.
fn rows(data: &Dataset) -> std::collections::BTreeSet<Vec<u8>> {
    (0..data.len()).map(|i| data.x().row(i).iter().map(|&v| v as u8).collect()).collect()
}

fn is_bytes(data: &Dataset) -> bool {
    data.x().data().iter().all(|v| v.fract() == 0.0 && (0.0..=255.0).contains(v))
}

#[test]
fn small_real_subsets_come_with_the_library() {
    for (set, classes) in [(mnist_quick(), DIGITS), (fashion_mnist_quick(), CLOTHES)] {
        let set = set.unwrap();
        assert_eq!(set.train.x().shape(), [2000, 28, 28, 1]);
        assert_eq!(set.test.x().shape(), [500, 28, 28, 1]);
        assert_eq!(set.train.class_counts(), [200; 10]);
        assert_eq!(set.test.class_counts(), [50; 10]);
        assert_eq!(set.test.classes(), classes);
        assert!(is_bytes(&set.train) && is_bytes(&set.test) && set.validation.is_none());
        let (train, test) = (rows(&set.train), rows(&set.test));
        assert_eq!((train.len(), test.len()), (2000, 500), "no picture twice");
        assert!(train.is_disjoint(&test));
    }
}

#[test]
fn real_mnist_and_the_subset_of_it() {
    let Some(folder) = real() else { return };
    for (set, quick) in
        [(mnist_in(&folder), mnist_quick()), (fashion_mnist_in(&folder), fashion_mnist_quick())]
    {
        let (set, quick): (ImageData, ImageData) = (set.unwrap(), quick.unwrap());
        assert_eq!(set.train.x().shape(), [60_000, 28, 28, 1]);
        assert_eq!(set.test.x().shape(), [10_000, 28, 28, 1]);
        assert!(is_bytes(&set.test));
        let all = rows(&set.train.clone());
        assert!(rows(&quick.train).is_subset(&all));
        let name = set.train.classes()[0].clone();
        let (of, quick_of) =
            (set.only_classes([&name]).unwrap(), quick.only_classes([&name]).unwrap());
        assert!(rows(&quick_of.train).is_subset(&rows(&of.train)), "labels are those of the set");
        assert_eq!(of.test.len(), if name == "0" { 980 } else { 1000 });
    }
}

#[test]
fn real_chest_x_rays() {
    let Some(folder) = real() else { return };
    let set = pneumonia_mnist_in(&folder).unwrap();
    assert_eq!(set.train.x().shape(), [4708, 28, 28, 1]);
    assert_eq!(set.train.class_counts(), [1214, 3494]);
    assert_eq!(set.validation.unwrap().class_counts(), [135, 389]);
    assert_eq!(set.test.class_counts(), [234, 390]);
    assert_eq!(chest_xray_in(&folder).unwrap(), folder.join("chest-xray"));
}

#[test]
fn real_sets_are_listed_and_verified() {
    let Some(folder) = real() else { return };
    let listing = list(Some(&folder)).unwrap();
    let states: Vec<_> = listing.sets.iter().take(4).map(|set| set.state.as_str()).collect();
    assert_eq!(states, ["in the data folder"; 4]);
    assert!(listing.to_html().contains("chest-xray"), "{listing}");
    let names = ["mnist", "pneumonia-mnist", "chest-xray"].map(String::from);
    let verified = verify_sets(&names, Some(&folder)).unwrap();
    assert_eq!(verified.len(), 4 + 1 + 3);
    assert!(verified.iter().all(|file| file.problem.is_none()), "{verified:?}");
}

#[test]
fn every_tenth_x_ray_comes_with_the_library() {
    let set = pneumonia_mnist_quick().unwrap();
    assert_eq!(set.train.x().shape(), [472, 28, 28, 1]);
    assert_eq!(set.train.class_counts(), [122, 350]);
    assert_eq!(set.validation.as_ref().unwrap().class_counts(), [14, 39]);
    assert_eq!(set.test.class_counts(), [24, 39]);
    assert!(is_bytes(&set.train) && set.train.classes() == LUNGS);
    let Some(folder) = real() else { return };
    let whole = pneumonia_mnist_in(&folder).unwrap();
    for class in LUNGS {
        let (few, all) = (
            set.clone().only_classes([class]).unwrap(),
            whole.clone().only_classes([class]).unwrap(),
        );
        assert!(rows(&few.train).is_subset(&rows(&all.train)), "labels are those of the set");
        assert!(rows(&few.test).is_subset(&rows(&all.test)));
    }
}

#[test]
fn a_checkout_has_the_sets_that_notebooks_read() {
    let data = cache::checkout().unwrap();
    let folder = chest_xray::find_sample(&data, None).unwrap();
    assert_eq!(folder, data.join("chest-xray-sample"));
    assert_eq!(chest_xray::counts(&folder).unwrap(), chest_xray::SAMPLE_COUNTS);
    let picture = image::open(folder.join("val/NORMAL/NORMAL2-IM-1427-0001.jpeg")).unwrap();
    assert_eq!((picture.width(), picture.height()), (128, 128));
    assert_eq!(picture.color(), image::ColorType::L8);
    if !data.join("mnist").is_dir() {
        eprintln!("skipped: the package as it is published has no whole sets");
        return;
    }
    let names =
        ["mnist", "fashion-mnist", "pneumonia-mnist", "chest-xray-sample"].map(String::from);
    let verified = verify_sets(&names, Some(&data)).unwrap();
    assert_eq!(verified.len(), 4 + 4 + 1 + 3);
    assert!(verified.iter().all(|file| file.problem.is_none()), "{verified:?}");
}

#[test]
fn the_checkout_is_asked_after_the_data_folder() {
    let (root, checkout) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let put = |data: &tempfile::TempDir, name: &str| {
        let folder = data.path().join("mnist");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), b"x").unwrap();
    };
    let files = catalogue::mnist().also_in(Some(checkout.path().to_path_buf()), "mnist");
    let found = || stored::find(&files, &files.items[1], &root.path().join("mnist"));
    assert_eq!(found(), None);
    put(&checkout, "train-labels-idx1-ubyte.gz");
    assert_eq!(found(), Some(checkout.path().join("mnist/train-labels-idx1-ubyte.gz")));
    put(&root, "train-labels-idx1-ubyte");
    assert_eq!(found(), Some(root.path().join("mnist/train-labels-idx1-ubyte")));
    // A folder that a person names is the only one.
    assert_eq!(list(Some(root.path())).unwrap().sets[1].state, "not there");
}

#[test]
fn where_the_data_folder_cannot_be_written_small_sets_are_temporary() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let folder = cache::writable(Some(&file)).unwrap();
    assert_eq!(folder, std::env::temp_dir().join("dfdx-lab"));
    assert_eq!(cache::writable(Some(root.path())).unwrap(), root.path());
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn chest_x_rays_that_are_missing_are_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let says = |error: String| {
        for part in ["chest-xray", "train, val, test", "NORMAL and PNEUMONIA", "Kaggle", "_quick"] {
            assert!(error.contains(part), "'{error}' does not say '{part}'");
        }
    };
    says(chest_xray_in(root.path()).unwrap_err().to_string());
    let error = chest_xray::sample(root.path(), None).unwrap_err().to_string();
    assert!(error.contains("data/chest-xray-sample") && error.contains("NORMAL"), "{error}");
    says(fetch_set("chest-xray", Some(root.path())).unwrap_err().to_string());
    // As it comes out of Kaggle's archive; one missing folder is one too many.
    let make = |path: &str| std::fs::create_dir_all(root.path().join(path)).unwrap();
    for part in ["train", "val", "test"] {
        make(&format!("chest-xray/chest_xray/{part}/NORMAL"));
    }
    assert!(chest_xray_in(root.path()).is_err());
    for part in ["train", "val", "test"] {
        make(&format!("chest-xray/chest_xray/{part}/PNEUMONIA"));
    }
    assert_eq!(chest_xray_in(root.path()).unwrap(), root.path().join("chest-xray/chest_xray"));
    let verified = verify_sets(&["chest-xray".to_string()], Some(root.path())).unwrap();
    let problem = verified[0].problem.clone().unwrap();
    assert!(problem.contains("[0, 0]") && problem.contains("[1341, 3875]"), "{problem}");
}

#[test]
fn an_empty_folder_has_no_sets() {
    let root = tempfile::tempdir().unwrap();
    let listing = list(Some(root.path())).unwrap();
    assert!(listing.sets.iter().all(|set| set.state == "not there" && set.place.is_none()));
    assert!(verify_sets(&[], Some(root.path())).unwrap().is_empty());
    let missing = verify_sets(&["mnist".to_string()], Some(root.path())).unwrap();
    assert_eq!(missing.len(), 4);
    assert_eq!(missing[0].problem.as_deref(), Some("it is not there"));
    let sleep = verify_sets(&["sleep-stages".to_string()], Some(root.path())).unwrap();
    assert_eq!(sleep[2].file, root.path().join("sleep-stages/EEG_mouse_data_test.csv"));
    for wrong in [fetch_set("mnits", Some(root.path())).map(|_| ()), {
        verify_sets(&["mnits".to_string()], Some(root.path())).map(|_| ())
    }] {
        assert!(wrong.unwrap_err().to_string().contains("'mnist'"));
    }
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn broken_and_incomplete_sets_are_seen() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mnist");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("t10k-labels-idx1-ubyte"), b"short").unwrap();
    let listing = list(Some(root.path())).unwrap();
    assert_eq!((listing.sets[0].state.as_str(), listing.sets[0].bytes), ("incomplete", 5));
    let verified = verify_sets(&[], Some(root.path())).unwrap();
    let problem = verified[3].problem.clone().unwrap();
    assert!(problem.contains("not the right file"), "{problem}");
    // A file too large to be the right one is not even read.
    std::fs::write(folder.join("t10k-labels-idx1-ubyte"), vec![0; 1_000_000]).unwrap();
    let verified = verify_sets(&[], Some(root.path())).unwrap();
    assert!(verified[3].problem.clone().unwrap().contains("1000000 bytes"));
    let own = root.path().join("EEG_mouse_data_1.csv");
    std::fs::write(&own, "a,b\n1,2\n").unwrap();
    let verified = verify_sets(&["sleep-stages".to_string()], Some(root.path())).unwrap();
    assert_eq!(verified[0].file, own);
    assert!(verified[0].problem.clone().unwrap().contains("2 lines instead of 20259"));
}
