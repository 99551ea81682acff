//! Arrays, as in NumPy: `cargo run --release --example 01-arrays`.

use dfdx_lab::prelude::*;

fn main() -> Result<()> {
    let x = Array::new([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    println!("{x}");
    println!("mean of each column: {}", x.mean_axis(0)?);
    // A row is repeated over all rows: NumPy's broadcasting.
    let centred = &x - &x.mean_axis(0)?;
    println!("centred:\n{centred}");
    println!("the largest of each row is in column {:?}", x.argmax());
    // The same numbers for the same seed.
    let noise = Array::random_normal([2, 3], 7)?;
    println!("with noise:\n{}", &x + &(noise * 0.1));
    Ok(())
}
