//! A team of threads for pieces of work of a few microseconds.
//!
//! A training step of a small network takes about 30 µs, and its threads synchronise several times
//! in it. Waking a sleeping thread alone takes 5 to 50 µs, so the members of a team look for the
//! next piece of work for a moment before they sleep. If the processor is busy with something else,
//! the first member does the pieces that no other has begun.

use super::FlushDenormals;
use std::any::Any;
use std::cell::{Cell, OnceCell, UnsafeCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// How often a member looks for work before it sleeps: about 50 µs.
const LOOKS: usize = 3000;

/// The rounds in a row that the first member does alone before it stops calling the others, and the
/// rounds until it tries again: on a busy machine, calling them only costs time.
const LATE: usize = 16;
const ALONE: usize = 500;

/// The most members of a team: the bits of the lower half of [`Shared::round`].
const MOST: usize = 32;

type Work<'a> = dyn Fn(usize) + Sync + 'a;

/// A team: the thread that made it, and others that start with the first piece of work for them.
///
/// Each member begins with the piece of its number, whose data is in its own caches from the step
/// before.
pub struct Team {
    members: usize,
    others: OnceCell<Others>,
    busy: Cell<bool>,
    /// The rounds in a row in which the first member did all the work; above [`LATE`], the rounds
    /// that it still works alone.
    late: Cell<usize>,
}

impl Team {
    /// A team of this many members, at most 32, including the thread that calls
    /// [`each`](Self::each).
    pub fn new(members: usize) -> Self {
        Team {
            members: members.clamp(1, MOST),
            others: OnceCell::new(),
            busy: Cell::new(false),
            late: Cell::new(0),
        }
    }

    /// Whether it is at work, or its work was left unfinished.
    pub fn is_busy(&self) -> bool {
        self.busy.get()
    }

    /// The number of members.
    pub fn members(&self) -> usize {
        self.members
    }

    /// Calls `work(i, &mut items[i])` for each item, with neighbours on the same member, and
    /// returns when all are done. If one panics, the panic continues here after the others are
    /// done.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        let (count, members) = (items.len(), self.members.min(items.len()));
        if members < 2 || self.busy.get() || self.goes_alone() {
            return items.iter_mut().enumerate().for_each(|(i, item)| work(i, item));
        }
        let items = Items(items.as_mut_ptr());
        self.run(members, &|member| {
            for i in member * count / members..(member + 1) * count / members {
                // SAFETY: the ranges of the members do not overlap and end at `count`, and the
                // borrow of the items lasts until `run` returns.
                work(i, unsafe { items.get(i) });
            }
        });
    }

    /// Lends this team to `work`: the kernels that it calls divide their work among the members. With
    /// a single row, the first of two members takes this share of the weights that are divided.
    pub fn lend<R>(&self, share: f32, work: impl FnOnce() -> R) -> R {
        let _back = Lent::set(if self.members > 1 { self } else { std::ptr::null() }, share);
        work()
    }

    /// Whether the first member does this round alone.
    fn goes_alone(&self) -> bool {
        let late = self.late.get();
        if late >= LATE {
            self.late.set(if late < LATE + ALONE { late + 1 } else { 0 });
        }
        late >= LATE
    }

    /// Calls `work` with the numbers of the first `members`, each on its own thread unless that is
    /// late.
    fn run(&self, members: usize, work: &Work<'_>) {
        let others = self.others.get_or_init(|| Others::new(self.members - 1));
        let shared = &*others.shared;
        self.busy.set(true);
        // SAFETY: nobody reads the place now: all pieces of the round before are done. The lifetime
        // is given up for the time until all pieces are done, which is awaited below.
        unsafe {
            *shared.work.get() = Some(std::mem::transmute::<&Work<'_>, &Work<'static>>(work))
        };
        shared.left.store(members - 1, Ordering::Relaxed);
        let last = (shared.round.load(Ordering::Relaxed) >> 32) as u32;
        let round = u64::from(last.wrapping_add(1));
        // Members without a piece are marked as if theirs had begun.
        let begun = u64::from(u32::MAX.checked_shl(members as u32).unwrap_or(0));
        shared.round.store(round << 32 | begun, Ordering::Release);
        others.threads.iter().take(members - 1).for_each(|other| other.thread().unpark());
        let own = catch_unwind(AssertUnwindSafe(|| {
            let _alone = Lent::set(std::ptr::null(), HALF);
            work(0);
        }));
        let mut helped = false;
        for member in 1..members {
            let _alone = Lent::set(std::ptr::null(), HALF);
            helped |= !shared.work_as(member, round);
        }
        self.late.set(if helped { 0 } else { self.late.get() + 1 });
        let mut looks = 0;
        while shared.left.load(Ordering::Acquire) > 0 {
            looks += 1;
            match looks < LOOKS {
                true => std::hint::spin_loop(),
                false => std::thread::yield_now(),
            }
        }
        self.busy.set(false);
        let panic = shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(panic) = own.err().or(panic) {
            resume_unwind(panic);
        }
    }
}

/// Calls `work` on each item: on the members of the team that was lent to this thread, or without a
/// team one after the other.
pub(super) fn share<T: Send>(items: &mut [T], work: impl Fn(&mut T) + Sync) {
    let (team, _) = LENT.get();
    if team.is_null() {
        return items.iter_mut().for_each(work);
    }
    // SAFETY: the team outlives the call of `lend` that we are in.
    unsafe { &*team }.each(items, |_, item| work(item));
}

/// The most pieces into which a slice is cut.
pub(super) const PIECES: usize = 16;
/// The fewest values in a piece of a simple loop.
const WORTH: usize = 8192;

/// Cuts rows of `len` values into pieces and calls `work` with the number of each piece's first row
/// and the piece: at most `most` pieces, and one for each member of the team that was lent to this
/// thread.
pub(super) fn in_pieces(
    rows: &mut [f32],
    len: usize,
    most: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    let count = rows.len() / len.max(1);
    let members = lent().min(most).min(count).clamp(1, PIECES);
    let mut pieces: [(usize, &mut [f32]); PIECES] = Default::default();
    let mut rest = rows;
    for (i, piece) in pieces[..members].iter_mut().enumerate() {
        let (first, end) = (i * count / members, (i + 1) * count / members);
        let (own, after) = std::mem::take(&mut rest).split_at_mut((end - first) * len);
        *piece = (first, own);
        rest = after;
    }
    share(&mut pieces[..members], |(first, own)| work(*first, own));
}

/// Calls `work` with rows of `len` values and the number of the first one: with all rows, or if
/// there are many, with pieces for the members of the team that was lent to this thread.
pub fn share_rows(rows: &mut [f32], len: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    match lent().min(rows.len() / WORTH) {
        0 | 1 => work(0, rows),
        most => in_pieces(rows, len, most, work),
    }
}

/// The number of members of the team that was lent to this thread; 1 without one.
pub(super) fn lent() -> usize {
    let (team, _) = LENT.get();
    // SAFETY: as in `share`.
    if team.is_null() { 1 } else { unsafe { &*team }.members }
}

/// The first member's share of the weights that meet a single row: see [`Team::lend`].
pub(super) fn share_of_first() -> f32 {
    LENT.get().1
}

/// The default share of the first member.
pub const HALF: f32 = 0.5;

thread_local! {
    static LENT: Cell<(*const Team, f32)> = const { Cell::new((std::ptr::null(), HALF)) };
}

/// Restores the team and share that were lent before.
struct Lent((*const Team, f32));

impl Lent {
    fn set(team: *const Team, share: f32) -> Self {
        Lent(LENT.replace((team, share)))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        LENT.set(self.0);
    }
}

/// Items of which several threads take different ones.
struct Items<T>(*mut T);

// SAFETY: each item is used by one thread at a time, and may be sent to it.
unsafe impl<T: Send> Sync for Items<T> {}

impl<T> Items<T> {
    /// # Safety
    /// `i` must be in bounds, and no other reference to the item may live.
    #[allow(clippy::mut_from_ref)]
    unsafe fn get(&self, i: usize) -> &mut T {
        // SAFETY: the caller vouches for it.
        unsafe { &mut *self.0.add(i) }
    }
}

/// The state that the members share.
struct Shared {
    /// In the upper half, the number of the round, which rises when there is work; in the lower
    /// half, a bit for each member whose piece was begun.
    round: AtomicU64,
    /// The number of pieces of this round that are not done, without the first member's.
    left: AtomicUsize,
    /// The work of this round, in place while `left` is above 0.
    work: UnsafeCell<Option<&'static Work<'static>>>,
    /// The panic of a member's work.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    ended: AtomicBool,
}

// SAFETY: `work` is written only while `left` is 0, before `round` is released, and read only by who
// has begun a piece that `left` counts, after `round` was acquired.
unsafe impl Sync for Shared {}
// SAFETY: the work may be called from any thread, being `Sync`.
unsafe impl Send for Shared {}

impl Shared {
    /// Does a member's piece of this round unless another thread has begun it; returns whether it
    /// did.
    fn work_as(&self, member: usize, round: u64) -> bool {
        let bit = 1 << member;
        let begin = |now: u64| (now >> 32 == round && now & bit == 0).then_some(now | bit);
        if self.round.fetch_update(Ordering::AcqRel, Ordering::Relaxed, begin).is_err() {
            return false;
        }
        // SAFETY: the piece is begun and not done, so that the work stays in place.
        if let Some(work) = unsafe { *self.work.get() }
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(member)))
        {
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
        self.left.fetch_sub(1, Ordering::Release);
        true
    }

    /// Runs a member other than the first.
    fn serve(&self, member: usize) {
        // All work of these threads flushes denormals.
        let _denormals = FlushDenormals::new();
        let mut seen = 0;
        loop {
            let mut looks = 0;
            let mut round = seen;
            while round == seen {
                round = self.round.load(Ordering::Acquire) >> 32;
                looks += 1;
                match looks < LOOKS {
                    true => std::hint::spin_loop(),
                    false if round == seen => std::thread::park(),
                    false => {}
                }
            }
            if self.ended.load(Ordering::Relaxed) {
                return;
            }
            self.work_as(member, round);
            seen = round;
        }
    }
}

/// The threads other than the first.
struct Others {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Others {
    fn new(count: usize) -> Self {
        let shared = Arc::new(Shared {
            round: AtomicU64::new(0),
            left: AtomicUsize::new(0),
            work: UnsafeCell::new(None),
            panic: Mutex::new(None),
            ended: AtomicBool::new(false),
        });
        let start = |member| {
            let shared = shared.clone();
            let thread = std::thread::Builder::new().name(format!("fit-{member}"));
            thread.spawn(move || shared.serve(member)).ok()
        };
        // If the system gives fewer threads, the first member does the pieces of the others.
        let threads = (1..=count).map_while(start).collect();
        Others { shared, threads }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.shared.round.fetch_add(1 << 32, Ordering::Release);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[path = "team_tests.rs"]
mod tests;
