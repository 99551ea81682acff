//! How the last value of a cell is shown, depending on its type.

use super::flush;
use crate::live::{marked, print};
use crate::show::rich::Rich;
use crate::show::text::debug;
use polars::prelude::{Column, DataFrame, Series};
use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomPinned;
use std::ops::{Deref, DerefMut};

/// Says that the cell's result follows.
const LAST: &str = "application/vnd.dfdx-lab.last";

/// A value at the end of a cell, shown in the best way that its type allows.
///
/// If the value is [`Rich`], the compiler finds the wrapper's method `evcxr_display` first.
/// Otherwise it looks at the value itself and finds its own method of that name, or the one by its
/// `Debug`, or the one that shows the name of its type.
pub struct Shown<'a, T: ?Sized>(&'a mut T, PhantomPinned);

impl<'a, T: ?Sized> Shown<'a, T> {
    /// Marks what follows as the cell's result.
    pub fn new(value: &'a mut T) -> Self {
        last();
        Shown(value, PhantomPinned)
    }
}

impl<T: ?Sized> Deref for Shown<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: ?Sized> DerefMut for Shown<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

/// As [`Shown`], for a value that is not moved, such as the last line `x`.
pub struct ShownRef<'a, T: ?Sized>(&'a T, PhantomPinned);

impl<'a, T: ?Sized> ShownRef<'a, T> {
    /// Marks what follows as the cell's result.
    pub fn new(value: &'a T) -> Self {
        last();
        ShownRef(value, PhantomPinned)
    }
}

impl<T: ?Sized> Deref for ShownRef<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Rich + ?Sized> ByForms for ShownRef<'_, T> {
    fn evcxr_display(&self) {
        crate::show::show(&self.0.forms());
    }
}

fn last() {
    flush();
    if crate::live::in_notebook() {
        print(&marked(LAST, ""));
    }
}

/// For types that are [`Rich`], and lists of them.
pub trait ByForms {
    /// Shows the value.
    fn evcxr_display(&self);
}

impl<T: Rich + ?Sized> ByForms for Shown<'_, T> {
    fn evcxr_display(&self) {
        crate::show::show(&self.0.forms());
    }
}

/// For types with `Debug` only.
pub trait ByDebug {
    /// Shows the text, shortened.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> ByDebug for T {
    fn evcxr_display(&self) {
        show_debug(self);
    }
}

/// For evcxr's own kernel, which looks for a method of the value itself, and compiles a cell twice
/// if its last value has none. There, too, polars' tables are shown as tables.
pub trait ByAny {
    /// Shows the value.
    fn evcxr_display(&self);
}

impl<T: Debug + Any> ByAny for T {
    fn evcxr_display(&self) {
        let value: &dyn Any = self;
        let forms = None
            .or_else(|| value.downcast_ref::<DataFrame>().map(Rich::forms))
            .or_else(|| value.downcast_ref::<Series>().map(Rich::forms))
            .or_else(|| value.downcast_ref::<Column>().map(Rich::forms));
        match forms {
            Some(forms) => crate::show::show(&forms),
            None => show_debug(self),
        }
    }
}

fn show_debug<T: Debug + ?Sized>(value: &T) {
    // evcxr also calls this for a cell without a value.
    if std::any::type_name::<T>() != "()" {
        crate::show::show(&[("text/plain", debug(value))]);
    }
}

/// For types without any text.
pub trait ByName {
    /// Shows the name of the type.
    fn evcxr_display(&mut self);
}

// `Unpin` excludes `Shown` itself, which must not count as a value without a text.
impl<T: Unpin + ?Sized> ByName for T {
    fn evcxr_display(&mut self) {
        let name = std::any::type_name::<T>();
        let text = format!("a value of type {name}; #[derive(Debug)] on the type would show it");
        crate::show::show(&[("text/plain", text)]);
    }
}
