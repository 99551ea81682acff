//! Outputs with several positions, such as the steps of a sequence, and what they refuse.

use super::model::Model;
use crate::error::{Error, Result};

impl Model {
    /// Refuses calls that make one class of a sample, if the model has several outputs or its output
    /// several positions.
    pub(crate) fn check_one_output(&self, who: &str) -> Result<()> {
        match self.network.outputs().len() {
            1 => {}
            several => {
                let what = format!("{who}: the number of the model's outputs");
                let hint =
                    "Model::predict_outputs gives an array for each output, and argmax its classes";
                return Err(Error::argument(what, several, "1").hint(hint));
            }
        }
        match self.network.output() {
            [before @ .., _] if before.iter().product::<usize>() > 1 => {
                let axis = before.len() + 1;
                let got = format!("{:?}", self.network.output());
                let what = format!("{who}: the shape of the model's output");
                let hint =
                    format!("predict(..)?.argmax_axis({axis})? gives the class at each position");
                Err(Error::argument(what, got, "of one axis, for one class per sample").hint(hint))
            }
            _ => Ok(()),
        }
    }
}
