//! Values of polars and dfdx, which rust-analyzer does not know: the compiler tells their type, and
//! a list that the set-up has made tells their methods.

use super::compiler::{Compiler, Running};
use super::layout::Layout;
use crate::foreign::{Foreign, Method};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A field that no type has.
const ASKED: &str = "__lab_asked";

pub struct Types {
    compiler: Compiler,
    path: PathBuf,
    /// Read when it is first needed.
    foreign: Option<Foreign>,
}

impl Types {
    /// Compiles as the cells are compiled, but is not stopped with them.
    pub fn new(compiler: &Compiler, foreign: PathBuf) -> Types {
        let compiler = Compiler { running: Running::default(), ..compiler.clone() };
        Types { compiler, path: foreign, foreign: None }
    }

    /// The methods of the value at the end of the code, if its type is in the list.
    pub fn methods(&mut self, notebook: &str, code: &str) -> Option<&BTreeMap<String, Method>> {
        let of = self.type_of(notebook, code)?;
        if self.foreign.is_none() {
            self.foreign = Some(Foreign::load(&self.path).unwrap_or_default());
        }
        self.foreign.as_ref()?.methods(&of)
    }

    /// The type of the expression at the end of the code, as the compiler names it.
    fn type_of(&self, notebook: &str, code: &str) -> Option<String> {
        let mut layout = Layout::default();
        layout.generated(&format!(
            "#![allow(warnings)]\nuse ::dfdx_lab::prelude::*;\n\
             fn asked() -> ::std::result::Result<(), ::dfdx_lab::show::cell::Failed> {{\n\
             {notebook}{code}.{ASKED};\nOk(())\n}}\n"
        ));
        let errors = self.compiler.compile(&layout, ASKED).ok()?.err()?;
        let about = errors.iter().find(|error| error.message.contains(ASKED))?;
        let (_, rest) = about.message.split_once("on type `")?;
        Some(rest.split('`').next()?.to_owned())
    }
}
