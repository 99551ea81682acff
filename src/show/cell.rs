//! Functions that the kernel's compiled cells call; users do not call them.
//!
//! A cell is a function without arguments. It takes the variables that it names out of the store,
//! runs, and puts back those that are left and those that are new. Variables that it has not moved
//! away go back whatever ends the cell: a panic, a failed `?` or a stop.

mod shown;
mod sizes;
mod waiting;

pub use shown::{ByAny, ByDebug, ByForms, ByName, Shown, ShownRef};
pub use sizes::{ByLength, ByMeasure, BySize, Measuring};
pub use waiting::wait;

use crate::live::{marked, print};
use crate::stop;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Content for the kernel: how the cell ended (first line), where (file, line, column), and a
/// message.
const END: &str = "application/vnd.dfdx-lab.end";
/// Content for the kernel: the names of the kept variables, one a line, with a plus before those
/// that this cell made.
const VARIABLES: &str = "application/vnd.dfdx-lab.variables";

/// Stack reserved for the library below the deepest allowed recursion of a cell.
const RESERVE: usize = 4 << 20;

type Store = BTreeMap<String, Box<dyn Any>>;

thread_local! {
    static STORE: RefCell<Store> = const { RefCell::new(BTreeMap::new()) };
    /// The variables that this cell made; older ones of the same name are not put back.
    static NEW: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
    /// The lowest stack address that a function of the cell may reach.
    static DEEPEST: Cell<usize> = const { Cell::new(0) };
    static FAILURE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Checks for a stop; the kernel puts a call into every loop of a cell.
#[inline(never)]
pub fn step() {
    stop::step();
}

/// As [`step`], inlined for optimised cells, because a call would take longer than many loops' own
/// work.
#[inline(always)]
pub fn fast() {
    stop::step();
}

/// Checks for a stop and for endless recursion; the kernel puts a call into every function and
/// closure of a cell.
#[inline(never)]
#[track_caller]
pub fn enter() {
    stop::step();
    let here = 0u8;
    let at = std::hint::black_box(&raw const here).addr();
    // Drops during unwinding may go a little deeper.
    if at < DEEPEST.get() && !std::thread::panicking() {
        panic!("the recursion is too deep: it may never end");
    }
}

/// Declares that the calling thread runs the cells, on a stack of `stack` bytes.
pub fn begin_thread(stack: usize) {
    let here = 0u8;
    let at = std::hint::black_box(&raw const here).addr();
    DEEPEST.set(at.saturating_sub(stack.saturating_sub(RESERVE)));
}

/// Runs a compiled cell and tells the kernel which variables are left.
pub fn cell(body: fn()) {
    NEW.take();
    FAILURE.take();
    if let Err(panic) = catch_unwind(body) {
        // Only reached if a variable's type is not the one that the kernel remembers.
        ended(panic);
    }
    tell_variables();
}

/// Reports that the running cell was abandoned without unwinding; the variables it had taken are
/// lost.
pub fn abandoned(why: &str) {
    end("abandoned", why);
    tell_variables();
}

fn tell_variables() {
    let new = NEW.take();
    let mark = |name: &String| format!("{}{name}", if new.contains(name) { "+" } else { "" });
    let names: Vec<String> = STORE.with_borrow(|store| store.keys().map(mark).collect());
    flush();
    print(&marked(VARIABLES, &names.join("\n")));
}

/// The panic payload of a cell that calls [`std::process::exit`], with the exit code.
struct Left(i32);

/// Ends the cell, so that [`std::process::exit`] does not end the process with all its variables;
/// the kernel wraps the argument of `exit` in this call.
pub fn leave(code: i32) -> i32 {
    if !std::thread::panicking() {
        std::panic::resume_unwind(Box::new(Left(code)));
    }
    code
}

/// Runs the cell's own lines.
pub fn run(lines: impl FnOnce() -> Result<(), Failed>) {
    let result = catch_unwind(AssertUnwindSafe(lines));
    flush();
    match result {
        Ok(Ok(())) if stop::asked() => end("stopped", ""),
        Ok(Ok(())) => {}
        Ok(Err(_)) if stop::asked() => end("stopped", ""),
        Ok(Err(_)) => end("failed", &FAILURE.take()),
        Err(panic) => ended(panic),
    }
}

fn ended(panic: Box<dyn Any + Send>) {
    let stopped = panic.is::<stop::Stopped>() || stop::asked();
    match panic.downcast_ref::<Left>() {
        Some(Left(code)) => end("left", &code.to_string()),
        None if stopped => end("stopped", ""),
        None => end("panicked", ""),
    }
    // A payload of the cell's own type may panic when it is dropped.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
}

fn end(how: &str, what: &str) {
    print(&marked(END, &format!("{how}\n{what}")));
}

fn flush() {
    use std::io::Write;
    let _ = std::io::stdout().flush();
}

/// A mutable static of a cell. Each later cell compiles it again, but all share the first one's
/// value, which is kept by name until its cell is run again.
pub struct Shared<T: 'static> {
    key: &'static str,
    first: fn() -> T,
    found: OnceLock<&'static T>,
}

static SHARED: Mutex<BTreeMap<String, &'static (dyn Any + Send + Sync)>> =
    Mutex::new(BTreeMap::new());

impl<T> Shared<T> {
    /// The value of this key, made by `first` if there is none.
    pub const fn new(key: &'static str, first: fn() -> T) -> Shared<T> {
        Shared { key, first, found: OnceLock::new() }
    }
}

impl<T: Any + Send + Sync> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.found.get_or_init(|| {
            let mut all = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = all.get(self.key).and_then(|value| value.downcast_ref::<T>()) {
                return value;
            }
            // Statics live as long as the process.
            let value: &'static T = Box::leak(Box::new((self.first)()));
            all.insert(self.key.to_string(), value);
            value
        })
    }
}

/// The error type of a cell: `?` records the message and its place, and converts to this.
pub struct Failed(());

impl<E: Display> From<E> for Failed {
    #[track_caller]
    fn from(error: E) -> Failed {
        let at = Location::caller();
        // A `Display` that panics must not leave the message of an earlier failure.
        let text = error.to_string();
        FAILURE.set(format!("{}\n{}\n{}\n{text}", at.file(), at.line(), at.column()));
        Failed(())
    }
}

/// Keeps a variable that this cell made.
// Never inlined, like the functions below: the kernel reads the variables' types from the calls
// that the compiler lists.
#[inline(never)]
pub fn put<T: Any>(name: &str, value: T) {
    NEW.with_borrow_mut(|new| new.insert(name.to_string()));
    let old = STORE.with_borrow_mut(|store| store.insert(name.to_string(), Box::new(value)));
    drop(old);
}

/// Keeps an owned copy of the value that a variable of this cell borrows.
#[inline(never)]
pub fn put_ref<T: ToOwned + ?Sized>(name: &str, value: &T)
where
    T::Owned: Any,
{
    put(name, value.to_owned());
}

/// Copies a variable that a kept closure captures.
pub fn copy<T: Clone>(value: &T) -> T {
    value.clone()
}

/// Takes a variable of an earlier cell.
pub fn take<T: Any>(name: &str) -> T {
    let value = STORE.with_borrow_mut(|store| store.remove(name));
    match value.map(|value| value.downcast::<T>()) {
        Some(Ok(value)) => *value,
        Some(Err(value)) => {
            STORE.with_borrow_mut(|store| store.insert(name.to_string(), value));
            panic!("the type of `{name}` has changed since its cell ran: run that cell again")
        }
        None => panic!("`{name}` is gone: run the cell that makes it again"),
    }
}

/// Puts a variable of an earlier cell back.
pub fn restore<T: Any>(name: &str, value: T) {
    if NEW.with_borrow(|new| new.contains(name)) {
        return;
    }
    STORE.with_borrow_mut(|store| store.insert(name.to_string(), Box::new(value)));
}

/// Forgets the named variables, or all if there are no names.
pub fn forget(names: &[&str]) {
    let gone: Vec<_> = STORE.with_borrow_mut(|store| match names {
        [] => std::mem::take(store).into_values().collect(),
        names => names.iter().filter_map(|name| store.remove(*name)).collect(),
    });
    drop(gone);
}

/// A variable of an earlier cell that this one moves away: a copy, if its type can be copied.
pub struct Keep<T>(PhantomData<T>);

impl<T> Keep<T> {
    /// A selector: the type chooses between [`Cloned`] and [`Taken`].
    #[allow(clippy::new_without_default)]
    pub fn new() -> Keep<T> {
        Keep(PhantomData)
    }
}

/// For types that can be cloned.
pub trait Cloned<T> {
    /// A copy; the variable stays.
    fn get(&self, name: &str) -> T;
}

impl<T: Any + Clone> Cloned<T> for Keep<T> {
    fn get(&self, name: &str) -> T {
        let value = take::<T>(name);
        let copy = value.clone();
        restore(name, value);
        copy
    }
}

/// For types that cannot be cloned.
pub trait Taken<T> {
    /// The variable itself, which is gone afterwards.
    fn get(&self, name: &str) -> T;
}

impl<T: Any> Taken<T> for &Keep<T> {
    fn get(&self, name: &str) -> T {
        take(name)
    }
}

macro_rules! closures {
    ($($fixed:ident $mutable:ident ($($arg:ident),*))*) => {$(
        /// Keeps a closure in a box, which gives its type a name.
        #[inline(never)]
        pub fn $fixed<$($arg: 'static,)* R: 'static>(
            name: &str,
            value: impl Fn($($arg),*) -> R + 'static,
        ) {
            put::<Box<dyn Fn($($arg),*) -> R>>(name, Box::new(value));
        }

        /// Keeps a closure that changes its captured variables, in a box.
        #[inline(never)]
        pub fn $mutable<$($arg: 'static,)* R: 'static>(
            name: &str,
            value: impl FnMut($($arg),*) -> R + 'static,
        ) {
            put::<Box<dyn FnMut($($arg),*) -> R>>(name, Box::new(value));
        }
    )*};
}

closures! {
    put_fn0 put_mut0 ()
    put_fn1 put_mut1 (A)
    put_fn2 put_mut2 (A, B)
    put_fn3 put_mut3 (A, B, C)
    put_fn4 put_mut4 (A, B, C, D)
}

/// Keeps a closure of one borrowed argument.
#[inline(never)]
pub fn put_fnr1<A: ?Sized + 'static, R: 'static>(name: &str, value: impl Fn(&A) -> R + 'static) {
    put::<Box<dyn Fn(&A) -> R>>(name, Box::new(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_comes_back_whatever_ends_the_cell() {
        put("a", vec![1]);
        let end_by = |how: fn() -> Result<(), Failed>| {
            NEW.take();
            let a: Vec<i32> = take("a");
            run(how);
            restore("a", a);
            assert_eq!(take::<Vec<i32>>("a"), [1]);
            restore("a", vec![1]);
        };
        end_by(|| Ok(()));
        end_by(|| Err("no")?);
        end_by(|| std::panic::resume_unwind(Box::new(stop::Stopped)));
        // A new variable replaces the older one of the same name.
        NEW.take();
        let a: Vec<i32> = take("a");
        put("a", 5);
        restore("a", a);
        assert_eq!(take::<i32>("a"), 5);
    }

    #[test]
    fn what_is_moved_is_kept_if_it_can_be_cloned() {
        struct Once;
        put("c", vec![1]);
        put("o", Once);
        NEW.take();
        let c: Vec<i32> = Keep::<Vec<i32>>::new().get("c");
        let _: Once = (&Keep::<Once>::new()).get("o");
        assert_eq!(c, [1]);
        assert_eq!(take::<Vec<i32>>("c"), [1]);
        assert!(STORE.with_borrow(|store| !store.contains_key("o")));
    }

    #[test]
    fn a_failed_question_mark_tells_its_line() {
        fn fails() -> Result<(), Failed> {
            let number: i32 = "x".parse()?;
            let _ = number;
            Ok(())
        }
        assert!(fails().is_err());
        let text = FAILURE.take();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("cell.rs") && lines[3].contains("invalid digit"), "{text}");
    }

    #[test]
    fn a_recursion_without_end_is_a_panic() {
        fn deep(n: u64) -> u64 {
            enter();
            // Without `black_box`, the optimiser would make this a loop.
            if n == 1 { 0 } else { 1 + std::hint::black_box(deep(n + 2)) }
        }
        let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(|| {
            begin_thread(16 << 20);
            catch_unwind(|| deep(0)).is_err()
        });
        assert!(thread.unwrap().join().unwrap());
    }
}
