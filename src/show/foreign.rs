//! The forms of polars' and dfdx's values.

use super::rich::{Form, Rich, plain};
use super::text::{debug, list};
use crate::data::Table;
use dfdx::prelude::{Cpu, Dtype, Shape, Tensor};
use polars::prelude::{Column, DataFrame, IntoColumn, Series};

impl Rich for DataFrame {
    fn forms(&self) -> Vec<Form> {
        match Table::from_dataframe(self.clone()) {
            Ok(table) => table.forms(),
            // Column types that a table lacks are shown as polars shows them.
            Err(_) => plain(debug(self)),
        }
    }
}

impl Rich for Series {
    fn forms(&self) -> Vec<Form> {
        self.clone().into_column().forms()
    }
}

impl Rich for Column {
    fn forms(&self) -> Vec<Form> {
        self.clone().into_frame().forms()
    }
}

impl<S: Shape, E: Dtype + std::fmt::Debug, T> Rich for Tensor<S, E, Cpu, T> {
    fn forms(&self) -> Vec<Form> {
        let values = self.as_vec();
        let shape: Vec<usize> =
            dfdx::shapes::HasShape::shape(self).concrete().into_iter().collect();
        plain(format!("tensor of shape {shape:?}\n{}", nested(&shape, &values)))
    }
}

/// The elements in nested brackets, one level for each axis, with a line for each innermost row.
fn nested<E: std::fmt::Debug>(shape: &[usize], values: &[E]) -> String {
    match shape {
        [] => values.first().map_or(String::new(), |value| format!("{value:?}")),
        [_] => list(values.len(), &|i| format!("{:?}", values[i])),
        [rows, inner @ ..] => {
            let size: usize = inner.iter().product();
            let row = |i: usize| nested(inner, &values[i * size..(i + 1) * size]);
            let shown = if values.len() > super::text::MOST { (*rows).min(6) } else { *rows };
            let mut lines: Vec<String> = (0..shown).map(row).collect();
            if shown < *rows {
                lines.push(format!("… ({} more)", rows - shown));
            }
            format!("[{}]", lines.join(",\n "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;

    #[test]
    fn a_tensor_shows_its_shape_and_rows() {
        let dev = Cpu::default();
        let text = dev.tensor([[1.0f32, 2.0], [3.0, 4.0]]).forms()[0].1.clone();
        assert_eq!(text, "tensor of shape [2, 2]\n[[1.0, 2.0],\n [3.0, 4.0]]");
        let text = dev.tensor(2.5f32).forms()[0].1.clone();
        assert_eq!(text, "tensor of shape []\n2.5");
    }

    #[test]
    fn a_frame_shows_as_a_table() {
        let frame = polars::df!("a" => [1, 2], "b" => ["x", "<y>"]).unwrap();
        let forms = frame.forms();
        assert_eq!(forms[0].0, "text/html");
        assert!(forms[0].1.contains("&lt;y&gt;"), "{forms:?}");
        assert!(frame.column("a").unwrap().forms()[0].1.contains("<td"));
    }
}
