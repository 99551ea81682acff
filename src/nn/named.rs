//! A layer with a given name.

use super::layer::{Layer, Op};
use crate::config::Config;
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// A layer with a given name, made by [`Layer::name`].
#[derive(Clone)]
pub struct Named {
    layer: Arc<dyn Layer>,
    name: String,
}

impl Named {
    pub(super) fn new(layer: Arc<dyn Layer>, name: String) -> Self {
        Named { layer, name }
    }
}

impl Layer for Named {
    fn class_name(&self) -> &str {
        self.layer.class_name()
    }

    fn build(&self, input: &[usize]) -> Result<Box<dyn Op>> {
        self.layer.build(input)
    }

    fn config(&self) -> Result<Config> {
        self.layer.config()
    }

    fn given_name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} '{}'", self.layer, self.name)
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    fn names(net: &Sequential) -> Vec<String> {
        net.build().unwrap().layers().iter().map(|layer| layer.name.clone()).collect()
    }

    #[test]
    fn a_stack_keeps_the_names_in_every_form() {
        let net = Sequential::new(4)
            .add(Dense::new(3).activation(Relu).name("dense_1"))
            .add(Dense::new(3))
            .add(Dense::new(2))
            .add(Dropout::new(0.5).name("rest"))
            .add(Dense::new(2).activation(Softmax).name("output"));
        // As in Keras, a layer without a name is called by its class; a name that is taken is left.
        let expected = ["dense_1", "dense", "dense_2", "rest", "output"];
        assert_eq!(names(&net), expected);
        let again = Sequential::from_json(&net.to_json().unwrap()).unwrap();
        assert_eq!(names(&again), expected);
        assert_eq!(again.to_json().unwrap(), net.to_json().unwrap());
        // More layers on top of a model that was read, which has a `dense` already.
        assert_eq!(names(&again.add(Dense::new(2))).last().unwrap(), "dense_3");

        let mut model = net.compile("adam", "categorical_crossentropy", ["accuracy"]).unwrap();
        let x = Array::new([1, 4], vec![1.0, -1.0, 0.5, 2.0]).unwrap();
        assert_eq!(model.output_of("dense_1", &x).unwrap().shape(), [1, 3]);
        model.freeze("output").unwrap();
        assert_eq!(model.frozen_layers(), ["output"]);
        let summary = model.summary().to_string();
        assert!(summary.contains("output (Dense)"), "{summary}");
        let path = tempfile::tempdir().unwrap();
        let file = path.path().join("m.dfdx");
        model.save(&file).unwrap();
        assert_eq!(Model::load(&file).unwrap().frozen_layers(), ["output"]);
        let file = path.path().join("m.keras");
        model.save_keras(&file).unwrap();
        let read = Model::load_keras(&file).unwrap();
        assert_eq!(read.predict(&x).unwrap(), model.predict(&x).unwrap());
        assert_eq!(read.output_of("dense_1", &x).unwrap(), model.output_of("dense_1", &x).unwrap());
    }

    #[test]
    fn a_name_is_that_of_one_layer() {
        let net = Sequential::new(4).add(Dense::new(3).name("a")).add(Dense::new(3).name("a"));
        let error = net.build().unwrap_err().to_string();
        assert!(error.contains("'a'") && error.contains("of one layer alone"), "{error}");
        let error = Sequential::new(4).add(Dense::new(3).name("a/b")).build().unwrap_err();
        assert!(error.to_string().contains("'a/b'"), "{error}");
    }

    #[test]
    fn a_graph_takes_a_layer_by_its_name() {
        let x = Input::new(4);
        let price = Dense::new(1).name("price").apply(&x);
        let net = Functional::new(&x, &price).build().unwrap();
        assert_eq!(net.layers().last().unwrap().name, "price");
        // The name given last counts.
        let cost = Functional::new(&x, price.name("cost")).build().unwrap();
        assert_eq!(cost.layers().last().unwrap().name, "cost");
    }
}
