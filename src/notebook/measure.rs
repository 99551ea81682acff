//! The sizes of the library's types, for the kernel's table of variables.

use crate::array::Array;
use crate::data::{Dataset, ImageData, Table};
use crate::plot::Figure;
use crate::show::{Measure, Measured, counted};
use crate::train::{History, Model};
use std::mem::size_of;

impl Measured for Array {
    fn measure(&self) -> Measure {
        Measure::new(size_of::<Self>() + 4 * self.data().len(), format!("{:?}", self.shape()))
    }
}

impl Measured for Table {
    fn measure(&self) -> Measure {
        self.frame().measure()
    }
}

impl Measured for Dataset {
    fn measure(&self) -> Measure {
        let values = self.x().data().len() + self.y().data().len();
        let bytes = 4 * values + size_of_val(self.labels());
        Measure::new(bytes, format!("x {:?}, y {:?}", self.x().shape(), self.y().shape()))
    }
}

impl Measured for ImageData {
    fn measure(&self) -> Measure {
        let parts = [Some(&self.train), self.validation.as_ref(), Some(&self.test)];
        let bytes = parts.iter().flatten().map(|part| part.measure().bytes).sum();
        let rows: Vec<String> = parts.iter().flatten().map(|part| part.len().to_string()).collect();
        Measure::new(bytes, format!("{} pictures", rows.join(" + ")))
    }
}

impl Measured for Model {
    fn measure(&self) -> Measure {
        let parameters = self.count_params();
        Measure::new(4 * parameters, counted(parameters, "parameter"))
    }
}

impl Measured for History {
    fn measure(&self) -> Measure {
        let epochs = self.epochs().len();
        Measure::new(8 * epochs * (1 + self.names().count()), counted(epochs, "epoch"))
    }
}

impl Measured for Figure {
    fn measure(&self) -> Measure {
        Measure::new(
            crate::io::Picture::png(self).len(),
            format!("{} x {}", self.width(), self.height()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_tells_its_shape() {
        let array = Array::zeros([20, 5]).unwrap().measure();
        assert_eq!((array.bytes > 400, array.what.as_str()), (true, "[20, 5]"));
    }
}
