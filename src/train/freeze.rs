//! Frozen layers, whose weights do not change while others are trained.

use super::model::Model;
use crate::data::near;
use crate::error::{Error, Result};
use crate::nn::BuiltLayer;
use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

/// A choice of a model's layers: a name as in the [summary](Model::summary), a list of names, an
/// index (-1 is the last layer), or a range of indices.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers(Which);

#[derive(Clone, Debug, PartialEq)]
enum Which {
    Names(Vec<String>),
    Index(i64),
    Range(usize, Option<usize>),
}

impl Model {
    /// Freezes layers, as `layer.trainable = False` in Keras: training does not change their
    /// weights, and their penalties do not count. A frozen batch normalization uses its moving
    /// averages in training too and does not change them, as in Keras; dropout still drops.
    /// Freezing takes effect at once (in Keras the model must be compiled again) and is kept in
    /// every file of a whole model. [`seed`](Self::seed), [`reset`](Self::reset), folds and trials
    /// do not change frozen weights.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let mut model = Sequential::new([4])
    ///     .add(Dense::new(8).activation(Relu))
    ///     .add(Dense::new(3).activation(Softmax))
    ///     .compile("adam", "categorical_crossentropy", ())?;
    /// model.freeze("dense")?; // or model.freeze(0), model.freeze(..1)
    /// assert_eq!(model.frozen_layers(), ["dense"]);
    /// assert!(model.summary().to_string().contains("Non-trainable params: 40"));
    /// model.unfreeze(..)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such layer, or the layer is custom code that uses statistics of the batch,
    /// which the library cannot freeze. Nothing is changed then.
    pub fn freeze(&mut self, layers: impl Into<Layers>) -> Result<()> {
        self.set_trainable(&layers.into(), false)
    }

    /// Unfreezes layers. The optimiser's state for them is as it was when they were frozen;
    /// [`compile`](Self::compile) sets a fresh optimiser, for example with a smaller learning rate.
    ///
    /// # Errors
    /// If there is no such layer. Nothing is changed then.
    pub fn unfreeze(&mut self, layers: impl Into<Layers>) -> Result<()> {
        self.set_trainable(&layers.into(), true)
    }

    /// The names of the layers that are frozen.
    pub fn frozen_layers(&self) -> Vec<String> {
        let frozen = self.network.own_layers().filter(|(_, layer)| !layer.trainable);
        frozen.map(|(_, layer)| layer.name.clone()).collect()
    }

    fn set_trainable(&mut self, layers: &Layers, trainable: bool) -> Result<()> {
        let places = self.places(layers)?;
        let own = self.network.layers();
        let code = |place: &&usize| {
            let op = &own[**place].op;
            op.whole_batch() && op.differs_in_training()
        };
        if let Some(place) = places.iter().find(code).filter(|_| !trainable) {
            return Err(Error::argument(
                "Model::freeze: the layer",
                format!(
                    "'{}', which takes statistics of the batch in code of its own",
                    own[*place].name
                ),
                "one of the library's own layers, or one without such statistics",
            ));
        }
        let mut recipe = self.recipe.clone();
        places.into_iter().for_each(|place| recipe.set_trainable(place, trainable));
        let network = recipe.build()?;
        self.recipe = recipe;
        self.take_network(network);
        Ok(())
    }

    /// The index of a single layer.
    pub(crate) fn one_place(&self, who: &str, layers: &Layers) -> Result<usize> {
        let places = self.places(layers).map_err(|e| e.about(who))?;
        match places.as_slice() {
            [one] => Ok(*one),
            several => {
                let what = format!("{who}: the number of layers");
                Err(Error::argument(what, several.len(), "1"))
            }
        }
    }

    /// The places of these layers in the network; of a shared one, that of its first use.
    fn places(&self, layers: &Layers) -> Result<Vec<usize>> {
        let own: Vec<(usize, &BuiltLayer)> = self.network.own_layers().collect();
        let count = own.len();
        let what = "the layer";
        match &layers.0 {
            Which::Index(index) => {
                let place = if *index < 0 { index + count as i64 } else { *index };
                match usize::try_from(place).ok().filter(|place| *place < count) {
                    Some(place) => Ok(vec![own[place].0]),
                    None => {
                        let expected = format!("from 0 to {}, or from -{count} to -1", count - 1);
                        Err(Error::argument(what, index, expected))
                    }
                }
            }
            Which::Range(start, end) => {
                let end = end.unwrap_or(count);
                if *start >= end || end > count {
                    let got = format!("{start}..{end}");
                    let expected = format!("layers between 0 and {count}, at least one");
                    return Err(Error::argument("the range of layers", got, expected));
                }
                Ok(own[*start..end].iter().map(|(place, _)| *place).collect())
            }
            Which::Names(names) => {
                let known: Vec<String> = own.iter().map(|(_, layer)| layer.name.clone()).collect();
                let place = |name: &String| {
                    let found = own.iter().find(|(_, layer)| layer.name == *name);
                    found.map(|(place, _)| *place).ok_or_else(|| {
                        let expected = "the name of a layer, as summary() shows it";
                        Error::argument(what, format!("'{name}'"), expected)
                            .hint(near(name, &known))
                    })
                };
                names.iter().map(place).collect()
            }
        }
    }
}

impl From<&str> for Layers {
    fn from(name: &str) -> Self {
        Layers(Which::Names(vec![name.to_string()]))
    }
}

impl From<String> for Layers {
    fn from(name: String) -> Self {
        Layers(Which::Names(vec![name]))
    }
}

impl From<&String> for Layers {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<Vec<String>> for Layers {
    fn from(names: Vec<String>) -> Self {
        Layers(Which::Names(names))
    }
}

impl<const N: usize> From<[&str; N]> for Layers {
    fn from(names: [&str; N]) -> Self {
        Layers(Which::Names(names.map(String::from).to_vec()))
    }
}

macro_rules! indices {
    ($($type:ty),*) => {
        $(
            impl From<$type> for Layers {
                fn from(index: $type) -> Self {
                    Layers(Which::Index(i64::try_from(index).unwrap_or(i64::MAX)))
                }
            }
        )*
    };
}
indices!(i32, i64, isize, usize, u32);

impl From<Range<usize>> for Layers {
    fn from(range: Range<usize>) -> Self {
        Layers(Which::Range(range.start, Some(range.end)))
    }
}

impl From<RangeTo<usize>> for Layers {
    fn from(range: RangeTo<usize>) -> Self {
        Layers(Which::Range(0, Some(range.end)))
    }
}

impl From<RangeFrom<usize>> for Layers {
    fn from(range: RangeFrom<usize>) -> Self {
        Layers(Which::Range(range.start, None))
    }
}

impl From<RangeFull> for Layers {
    fn from(_: RangeFull) -> Self {
        Layers(Which::Range(0, None))
    }
}
