//! What layers give, and where a network looks.

use super::parity_tests::wave;
use crate::prelude::*;

fn picture_net() -> Model {
    let net = Sequential::new([6, 6, 2])
        .add(Conv2D::new(3, 3).activation(Tanh))
        .add(GlobalAveragePooling2D::new())
        .add(Dense::new(4).activation(Softmax));
    net.compile("adam", "categorical_crossentropy", ()).unwrap().seed(4)
}

/// Behind a global average the slopes are the weights of the last layer, so that the map can be
/// worked out by hand; 1e-5 for sums in another order.
#[test]
fn the_map_behind_a_global_average_is_that_of_the_weights() {
    let model = picture_net();
    let x = wave(&[3, 6, 6, 2], 0.37, 1.0);
    let (maps, kernel) =
        (model.output_of("conv2d", &x).unwrap(), model.weights().unwrap()[2].clone());
    assert_eq!(maps.shape(), [3, 4, 4, 3]);
    let mut reddest = 0;
    for class in 0..4 {
        let cams = model.grad_cam(&x, class).unwrap();
        assert_eq!(cams, model.grad_cam_of(0, &x, class).unwrap());
        assert_eq!(cams.shape(), [3, 4, 4]);
        reddest += cams.data().iter().filter(|v| **v == 1.0).count();
        for row in 0..3 {
            let sum = |at: &[f32]| -> f32 {
                at.iter().enumerate().map(|(c, v)| v * kernel.data()[c * 4 + class]).sum()
            };
            let by_hand: Vec<f32> = maps.row(row).chunks(3).map(|at| sum(at).max(0.0)).collect();
            let most = by_hand.iter().copied().fold(0.0, f32::max);
            for (got, want) in cams.row(row).iter().zip(by_hand) {
                let want = if most > 0.0 { want / most } else { 0.0 };
                assert!((got - want).abs() < 1e-5, "class {class}, row {row}: {got}, {want}");
            }
        }
    }
    assert!(reddest >= 4, "of 12 maps {reddest} have a largest place");
}

/// A layer's output is what the rest makes the prediction of; of a graph as of a stack.
#[test]
fn what_a_layer_gives_is_what_the_next_takes() {
    let model = picture_net();
    let x = wave(&[3, 6, 6, 2], 0.37, 1.0);
    assert_eq!(model.output_of("dense", &x).unwrap(), model.predict(&x).unwrap());
    let seen = model.output_of("conv2d", &x).unwrap();
    let pooled = model.output_of(1, &x).unwrap();
    for (row, means) in pooled.data().chunks(3).enumerate() {
        for (c, mean) in means.iter().enumerate() {
            let sum: f32 = seen.row(row).iter().skip(c).step_by(3).sum();
            assert!((sum / 16.0 - mean).abs() < 1e-6);
        }
    }
    let input = Input::new([5]);
    let a = Dense::new(3).apply(&input).name("left");
    let b = Dense::new(3).apply(&input).name("right");
    let sum = Add::new().apply([&a, &b]);
    let graph = Functional::new(&input, sum.then(Dense::new(1))).compile("sgd", "mse", ()).unwrap();
    let x = wave(&[4, 5], 0.53, 1.0);
    let [left, right, both] =
        ["left", "right", "add"].map(|name| graph.output_of(name, &x).unwrap().into_data());
    let added: Vec<f32> = left.iter().zip(&right).map(|(a, b)| a + b).collect();
    assert_eq!(both, added);
}

#[test]
fn what_gives_no_map_is_said() {
    let says = |result: crate::Result<Array>, parts: &[&str]| {
        let error = result.unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    };
    let model = picture_net();
    let x = wave(&[3, 6, 6, 2], 0.37, 1.0);
    says(model.output_of("conv", &x), &["'conv'", "conv2d"]);
    says(model.output_of(7, &x), &["7", "-3"]);
    says(model.output_of(.., &x), &["the number of layers is 3"]);
    says(model.output_of("conv2d", &wave(&[3, 6], 0.3, 1.0)), &["[3, 6]", "[6, 6, 2]"]);
    says(model.grad_cam(&x, 4), &["the class is 4", "below 4"]);
    says(model.grad_cam_of("dense", &x, 0), &["'dense'", "height, width, channels"]);
    let flat = Sequential::new([3]).add(Dense::new(2)).compile("sgd", "mse", ()).unwrap();
    says(flat.grad_cam(&wave(&[3, 3], 0.3, 1.0), 0), &["convolution"]);
}
