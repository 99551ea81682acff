//! Outputs with several places, such as the steps of a sequence, and what cannot be asked of them.

use super::model::Model;
use crate::error::{Error, Result};

impl Model {
    /// Refuses what makes one class of a sample's outputs, where there are several of these, or one
    /// has several places.
    pub(crate) fn check_one_output(&self, who: &str) -> Result<()> {
        match self.network.outputs().len() {
            1 => {}
            several => {
                let what = format!("{who}: the number of the model's outputs");
                let hint =
                    "Model::predict_outputs gives each output by itself, and argmax its classes";
                return Err(Error::argument(what, several, "1").hint(hint));
            }
        }
        match self.network.output() {
            [before @ .., _] if before.iter().product::<usize>() > 1 => {
                let axis = before.len() + 1;
                let got = format!("{:?}", self.network.output());
                let what = format!("{who}: the shape of the model's output");
                let hint =
                    format!("predict(..)?.argmax_axis({axis})? gives the class of each place");
                Err(Error::argument(what, got, "of one axis, for one class a sample").hint(hint))
            }
            _ => Ok(()),
        }
    }
}
