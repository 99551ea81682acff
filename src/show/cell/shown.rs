//! The ways in which the last value of a cell is shown.

use super::flush;
use crate::live::{marked, print};
use crate::show::rich::Rich;
use crate::show::text::debug;
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

fn last() {
    flush();
    if crate::live::in_notebook() {
        print(&marked(LAST, ""));
    }
}

/// The ways of showing, as traits of the cell itself. Were they the library's, every value would
/// seem to have a method `evcxr_display` that is out of reach, and evcxr's own kernel, which tries
/// that method first, would take this for a mistake of the person's.
#[doc(hidden)]
#[macro_export]
macro_rules! __lab_ways {
    () => {
        /// The way for our types, and lists of them.
        trait __LabForms {
            fn evcxr_display(&self);
        }
        impl<T: $crate::show::Rich + ?Sized> __LabForms for $crate::show::cell::Shown<'_, T> {
            fn evcxr_display(&self) {
                $crate::show::cell::forms::<T>(self)
            }
        }
        impl<T: $crate::show::Rich + ?Sized> __LabForms for $crate::show::cell::ShownRef<'_, T> {
            fn evcxr_display(&self) {
                $crate::show::cell::forms::<T>(self)
            }
        }
        /// The way for what only has a `Debug` text.
        trait __LabDebug {
            fn evcxr_display(&self);
        }
        impl<T: ::core::fmt::Debug + ?Sized> __LabDebug for T {
            fn evcxr_display(&self) {
                $crate::show::cell::debug_text(self)
            }
        }
    };
    // The way for what has nothing at all. `Shown` itself is not `Unpin`: it must not be taken for
    // a value without a text.
    (last) => {
        trait __LabName {
            fn evcxr_display(&mut self);
        }
        impl<T: ::core::marker::Unpin + ?Sized> __LabName for T {
            fn evcxr_display(&mut self) {
                $crate::show::cell::type_name::<T>()
            }
        }
    };
}

/// Shows a value in its own forms.
pub fn forms<T: Rich + ?Sized>(value: &T) {
    crate::notebook::show(&value.forms());
}

/// Shows a value's `Debug` text, shortened.
pub fn debug_text<T: Debug + ?Sized>(value: &T) {
    crate::notebook::show(&[("text/plain", debug(value))]);
}

/// Shows the name of a type.
pub fn type_name<T: ?Sized>() {
    let name = std::any::type_name::<T>();
    let text = format!("a value of type {name}; #[derive(Debug)] on the type would show it");
    crate::notebook::show(&[("text/plain", text)]);
}
