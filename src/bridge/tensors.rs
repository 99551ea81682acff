//! dfdx's traits, tensors, shapes and modules for plain dfdx code beside this library's prelude:
//! everything of `dfdx::prelude` that a notebook needs, except the names that our prelude has, too.
//! Those are `dx::Linear`, `dx::Adam`, `dx::Tanh`, `dx::Softmax`, `dx::Dropout`, `dx::Embedding`,
//! `dx::Array` and so on.
//!
//! ```
//! use dfdx_lab::bridge::tensors::*;
//! use dfdx_lab::prelude::*;
//! let device = Cpu::default();
//! let mut module = device.build_module::<(dx::Linear<2, 4>, dx::Tanh, dx::Linear<4, 1>), f32>();
//! let x: Tensor<Rank2<8, 2>, f32, _> = device.sample_normal();
//! let loss = module.forward(x.leaky_trace()).square().mean();
//! let gradients = loss.backward();
//! dx::Adam::new(&module, Default::default()).update(&mut module, &gradients)?;
//! // `Adam` alone is this library's optimiser.
//! let ours = Adam::new(0.01);
//! # let _ = ours;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Shapes and axes.
pub use dfdx::prelude::{
    Axes2, Axes3, Axes4, Axis, Const, HasShape, Rank0, Rank1, Rank2, Rank3, Rank4, Rank5, Rank6,
    Shape,
};
// Tensors, devices and tapes.
pub use dfdx::prelude::{
    AsArray, Cpu, Device, Dtype, Gradients, NoneTape, OnesTensor, OwnedTape, PutTape, SampleTensor,
    SplitTape, Tape, Tensor, TensorFrom, TensorFromVec, Trace, WithEmptyTape, ZerosTensor,
};
// Operations.
pub use dfdx::prelude::{
    Backward, BroadcastTo, ChooseFrom, GatherTo, LogSumExpTo, MaxTo, MeanTo, MinTo, PermuteTo,
    RealizeTo, ReshapeTo, SelectTo, StddevTo, SumTo, TryAdd, TryConcatAlong, TryDiv, TryMatMul,
    TryMul, TryStack, TrySub, VarTo,
};
// Modules.
pub use super::prelu::PReLU1D;
pub use dfdx::prelude::{
    AddInto, BatchNorm1D, Bias2D, DropoutOneIn, FastGeLU, GeneralizedResidual, LayerNorm1D,
    LeakyReLU, ReLU, Repeated, Residual, SplitInto, Transformer, TransformerDecoder,
    TransformerDecoderBlock, TransformerEncoder, TransformerEncoderBlock, UnbiasedLinear,
};
// Traits of modules.
pub use dfdx::prelude::{
    BuildModule, BuildOnDevice, DeviceBuildExt, LoadFromSafetensors, Module, ModuleMut,
    ModuleVisitor, NonMutableModule, NumParams, ResetParams, SaveToSafetensors, TensorCollection,
    TensorOptions, ZeroGrads, ZeroSizedModule,
};
// For an optimiser's `update`; the name itself stays free.
pub use dfdx::prelude::Optimizer as _;
// Losses.
pub use dfdx::prelude::{
    binary_cross_entropy_with_logits_loss, cross_entropy_with_logits_loss, huber_loss, mae_loss,
    mse_loss, rmse_loss,
};
