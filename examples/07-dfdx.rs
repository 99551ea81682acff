//! dfdx, both ways: a module as a layer, and a trained model as a module:
//! `cargo run --release --example 07-dfdx`.

use dfdx_lab::bridge::tensors::*;
use dfdx_lab::prelude::*;

type Hidden = (dx::Linear<2, 8>, dx::Tanh);
type Net = (dx::Linear<2, 8>, dx::Tanh, dx::Linear<8, 1>, dx::Sigmoid);

fn main() -> Result<()> {
    let x = Array::new([4, 2], vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])?;
    let y = Array::new([4, 1], vec![0.0, 1.0, 1.0, 0.0])?;
    let mut mixed = Sequential::new([2])
        .add(DfdxModule::<Hidden, 2, 8>::new())
        .add(Dense::new(1).activation(Sigmoid))
        .compile(Adam::new(0.05), BinaryCrossentropy::new(), ["accuracy"])?;
    mixed.fit((&x, &y), Fit::epochs(300).batch_size(4).verbose(0))?;
    println!("a module as a layer: {}", mixed.evaluate((&x, &y))?);
    let mut plain = Sequential::new([2])
        .add(Dense::new(8).activation(Tanh))
        .add(Dense::new(1).activation(Sigmoid))
        .compile(Adam::new(0.05), BinaryCrossentropy::new(), ())?;
    plain.fit((&x, &y), Fit::epochs(300).batch_size(4).verbose(0))?;
    let module = plain.to_dfdx::<Net>()?;
    let row = Cpu::default().tensor([[0.0, 1.0]]);
    println!("the model as a module, of (0, 1): {:?}", module.forward(row).array());
    Ok(())
}
