//! What the compiled cells of the kernel call; a person at a notebook does not.
//!
//! A cell is a function without arguments. It takes the variables of earlier cells that it names
//! out of the store, runs, and puts back what is left and what is new. Whatever ends it, a panic, a
//! failed `?` or a stop, the variables it has not moved away go back.

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

/// Content for the kernel: how the cell ended (its first line), where (file, line, column), and a
/// message.
const END: &str = "application/vnd.dfdx-lab.end";
/// Content for the kernel: the names of the variables that are kept, one a line; a plus before
/// those that this cell has made.
const VARIABLES: &str = "application/vnd.dfdx-lab.variables";

/// Stack that is left for the library when a function of the cell is told to stop recursing.
const RESERVE: usize = 4 << 20;

type Store = BTreeMap<String, Box<dyn Any>>;

thread_local! {
    static STORE: RefCell<Store> = const { RefCell::new(BTreeMap::new()) };
    /// The variables that this cell has made: an older one of the same name does not come back.
    static NEW: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
    /// The lowest address that a function of the cell may reach.
    static DEEPEST: Cell<usize> = const { Cell::new(0) };
    static FAILURE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Stands in every loop of a cell.
#[inline(never)]
pub fn step() {
    stop::step();
}

/// The same where cells are optimised: a look at the flag in the loop itself, because a call would
/// take longer than what many loops do.
#[inline(always)]
pub fn fast() {
    stop::step();
}

/// Stands in every function and closure of a cell.
#[inline(never)]
#[track_caller]
pub fn enter() {
    stop::step();
    let here = 0u8;
    let at = std::hint::black_box(&raw const here).addr();
    // What is dropped while a stack unwinds may go a little deeper.
    if at < DEEPEST.get() && !std::thread::panicking() {
        panic!("the recursion is too deep: does it ever end?");
    }
}

/// The thread that calls this runs the cells, on a stack of so many bytes.
pub fn begin_thread(stack: usize) {
    let here = 0u8;
    let at = std::hint::black_box(&raw const here).addr();
    DEEPEST.set(at.saturating_sub(stack.saturating_sub(RESERVE)));
}

/// Runs a compiled cell and tells the kernel what is left.
pub fn cell(body: fn()) {
    NEW.take();
    FAILURE.take();
    if let Err(panic) = catch_unwind(body) {
        // Only a variable whose type is not what the kernel remembers comes here.
        ended(panic);
    }
    tell_variables();
}

/// The running cell was left where it stood, without unwinding: what it had taken is lost.
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

/// What unwinds a cell that calls [`std::process::exit`], and the code that it gave.
struct Left(i32);

/// Stands around the argument of [`std::process::exit`] in a cell: ends the cell instead of the
/// process with all variables.
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
    // A payload of the cell's own may panic when it is dropped.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
}

fn end(how: &str, what: &str) {
    print(&marked(END, &format!("{how}\n{what}")));
}

fn flush() {
    use std::io::Write;
    let _ = std::io::stdout().flush();
}

/// A static of a cell that is there to be changed. Each later cell compiles it anew, but all of them
/// mean the first one's value, which is kept by name until its cell is run again.
pub struct Shared<T: 'static> {
    key: &'static str,
    first: fn() -> T,
    found: OnceLock<&'static T>,
}

static SHARED: Mutex<BTreeMap<String, &'static (dyn Any + Send + Sync)>> =
    Mutex::new(BTreeMap::new());

impl<T> Shared<T> {
    /// The value of this key, or a first one.
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

/// What `?` makes of an error.
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
// Not inlined, and so are its kin: the kernel reads the types from the calls that the compiler lists.
#[inline(never)]
pub fn put<T: Any>(name: &str, value: T) {
    NEW.with_borrow_mut(|new| new.insert(name.to_string()));
    let old = STORE.with_borrow_mut(|store| store.insert(name.to_string(), Box::new(value)));
    drop(old);
}

/// Keeps a copy of what a variable of this cell borrows.
#[inline(never)]
pub fn put_ref<T: ToOwned + ?Sized>(name: &str, value: &T)
where
    T::Owned: Any,
{
    put(name, value.to_owned());
}

/// A copy of what a closure that is kept holds.
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
            panic!("the type of `{name}` is not the one that its cell gave it: run that cell again")
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

/// Forgets variables: those named, or all.
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
    /// Asks for the best way.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Keep<T> {
        Keep(PhantomData)
    }
}

/// The way for what can be cloned.
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

/// The way for what cannot.
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
        /// Keeps a closure in a box, by which its type has a name.
        #[inline(never)]
        pub fn $fixed<$($arg: 'static,)* R: 'static>(
            name: &str,
            value: impl Fn($($arg),*) -> R + 'static,
        ) {
            put::<Box<dyn Fn($($arg),*) -> R>>(name, Box::new(value));
        }

        /// The same for one that changes what it holds.
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
        // A new one of the name replaces it only where the cell came to its end.
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
            // Optimised, it would be a loop without this.
            if n == 1 { 0 } else { 1 + std::hint::black_box(deep(n + 2)) }
        }
        let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(|| {
            begin_thread(16 << 20);
            catch_unwind(|| deep(0)).is_err()
        });
        assert!(thread.unwrap().join().unwrap());
    }
}
