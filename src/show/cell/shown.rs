//! The ways in which the last value of a cell is shown.

use super::flush;
use crate::live::{marked, print};
use crate::show::rich::Rich;
use crate::show::text::debug;
use polars::prelude::{Column, DataFrame, Series};
use std::any::Any;
use std::fmt::Debug;
use std::marker::PhantomPinned;
use std::ops::{Deref, DerefMut};

/// What follows is the cell's own result.
const LAST: &str = "application/vnd.dfdx-lab.last";

/// A value at the end of a cell, by whatever way it can be shown.
///
/// The method `evcxr_display` of this wrapper is found first where the value is [`Rich`]; else the
/// compiler looks at the value itself, and finds its own method of that name, or by its `Debug`, or
/// the name of its type.
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

/// The same for a value that stays where it is, as the last line `x`.
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

/// The way for our types, and lists of them.
pub trait ByForms {
    /// Shows the value.
    fn evcxr_display(&self);
}

impl<T: Rich + ?Sized> ByForms for Shown<'_, T> {
    fn evcxr_display(&self) {
        crate::show::show(&self.0.forms());
    }
}

/// The way for what only has a `Debug` text.
pub trait ByDebug {
    /// Shows the text, shortened.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> ByDebug for T {
    fn evcxr_display(&self) {
        show_debug(self);
    }
}

/// The same in evcxr's own kernel, which looks for a method of the value itself, and compiles a cell
/// twice that ends with a value without it. Tables of polars show as tables there, too.
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
    // evcxr shows a cell without a value too.
    if std::any::type_name::<T>() != "()" {
        crate::show::show(&[("text/plain", debug(value))]);
    }
}

/// The way for what has nothing at all.
pub trait ByName {
    /// Shows the name of the type.
    fn evcxr_display(&mut self);
}

// `Shown` itself is not `Unpin`: it must not be taken for a value without a text.
impl<T: Unpin + ?Sized> ByName for T {
    fn evcxr_display(&mut self) {
        let name = std::any::type_name::<T>();
        let text = format!("a value of type {name}; #[derive(Debug)] on the type would show it");
        crate::show::show(&[("text/plain", text)]);
    }
}
