//! A model leaves nothing behind: the resident memory stays flat over a thousand models.

use dfdx_lab::prelude::*;

/// Resident bytes of this process, if the system reports them.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn build_fit_and_drop(i: u64, x: &Array, y: &Array) {
    // This code uses dfdx's own tensors, whose allocator keeps freed memory.
    let custom = CustomLoss::new("squares", |truth, prediction| {
        use dfdx_lab::dfdx::prelude::*;
        (prediction - truth).square().sum()
    });
    let net = Sequential::new([40]).add(Dense::new(200).activation(Relu)).add(Dropout::new(0.1));
    let mut model = match i % 2 {
        0 => net.add(Dense::new(3).activation(Softmax)).compile(
            Adam::new(1e-3),
            CategoricalCrossentropy::new(),
            ["accuracy"],
        ),
        _ => net.add(Dense::new(3)).compile(Adam::new(1e-3), custom, ()),
    }
    .unwrap()
    .seed(i);
    let stop = EarlyStopping::new().patience(1).restore_best_weights(true);
    let fit = Fit::epochs(2).validation_split(0.2).verbose(0).callback(stop);
    model.fit((x, y), fit).unwrap();
    model.predict(x).unwrap();
}

#[test]
fn a_thousand_models_leave_the_resident_size_flat() {
    let x = Array::new([300, 40], (0..300 * 40).map(|i| (0.3 * i as f32).sin()).collect()).unwrap();
    let mut y = Array::zeros([300, 3]).unwrap();
    y.data_mut().chunks_exact_mut(3).enumerate().for_each(|(i, row)| row[i % 3] = 1.0);
    let Some(_) = resident() else {
        println!("skipped: this system has no /proc/self/status to tell the resident size");
        return;
    };
    (0..100).for_each(|i| build_fit_and_drop(i, &x, &y));
    let early = resident().unwrap_or_default();
    (100..1000).for_each(|i| build_fit_and_drop(i, &x, &y));
    let late = resident().unwrap_or_default();
    // A model, its optimiser and its batches are 250 kB: a leak of one weight array in a hundred
    // models would show.
    let grown = late.saturating_sub(early);
    println!("resident after 100 models {early} bytes, after 1000 {late}");
    assert!(grown < 2 << 20, "900 models left {grown} bytes");
}
