#![no_main]
//! A folder of one picture, in colour and in grey.

use dfdx_lab::data::{ImageFolder, ResizeMethod};
use dfdx_lab_fuzz::{allow_caught_panics, file, folder};

libfuzzer_sys::fuzz_target!(
    init: allow_caught_panics(),
    |bytes: &[u8]| {
        file("pictures/class/picture", bytes);
        let reader = ImageFolder::new(folder().join("pictures")).size(7, 9).verbose(0);
        let colour = reader.clone().load_flat();
        let grey = reader.grayscale().interpolation(ResizeMethod::Area).load_flat();
        assert_eq!(colour.is_ok(), grey.is_ok());
        for (data, channels) in [(colour, 3), (grey, 1)] {
            let Ok(data) = data else { continue };
            assert_eq!(data.x().shape(), [1, 7, 9, channels]);
            let beyond = data.x().data().iter().find(|v| !(0.0..=255.0).contains(*v));
            assert_eq!(beyond, None);
        }
    }
);
