//! Sizes of variables for the kernel, each measured in the best way that its type allows.

use crate::live::{marked, print};
use crate::show::measure::{Measured, counted};

/// Content for the kernel: a variable's name, its bytes and its contents, between tabs.
const SIZE: &str = "application/vnd.dfdx-lab.size";

/// A variable to measure; its type selects one of the traits below.
pub struct Measuring<'a, T: ?Sized>(pub &'a T);

fn tell(name: &str, bytes: usize, what: &str) {
    print(&marked(SIZE, &format!("{name}\t{bytes}\t{what}")));
}

/// For types that are [`Measured`].
pub trait ByMeasure {
    /// Tells bytes and contents.
    fn tell(&self, name: &str);
}

impl<T: Measured + ?Sized> ByMeasure for &Measuring<'_, T> {
    fn tell(&self, name: &str) {
        let measure = self.0.measure();
        tell(name, measure.bytes, &measure.what);
    }
}

/// For lists of anything else.
pub trait ByLength {
    /// Tells the list's own bytes and its length.
    fn tell(&self, name: &str);
}

impl<T> ByLength for &&Measuring<'_, Vec<T>> {
    fn tell(&self, name: &str) {
        let bytes = size_of::<Vec<T>>() + self.0.capacity() * size_of::<T>();
        tell(name, bytes, &counted(self.0.len(), "element"));
    }
}

/// For all other types.
pub trait BySize {
    /// Tells the value's own bytes, without the data it points to.
    fn tell(&self, name: &str);
}

impl<T: ?Sized> BySize for Measuring<'_, T> {
    fn tell(&self, name: &str) {
        tell(name, size_of_val(self.0), "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    // The calls are those that the kernel writes without knowing the type.
    #[allow(clippy::needless_borrow)]
    fn each_type_has_its_way() {
        struct Own;
        let (list, own) = (vec![Own], Own);
        // That it compiles shows that each call finds one trait only.
        (&&Measuring(&list)).tell("list");
        (&&Measuring(&own)).tell("own");
        (&&Measuring(&vec![1.5])).tell("numbers");
        (&&Measuring("text")).tell("text");
    }
}
