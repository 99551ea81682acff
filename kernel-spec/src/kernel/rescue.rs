//! Abandons a cell that cannot be unwound: its stack is full in code that never checks, it aborts,
//! its unsafe code reaches memory that is not its own, a library ends the process, or it does not
//! react to a stop. The thread leaves the cell where it stands and runs the next one on a new
//! stack. The old stack stays as it is, because other threads may still use it; so the variables
//! that the cell had taken are lost, and all others are kept.

/// The reason if the abandoned cell aborted.
pub const ABORTED: &str = "the cell aborted";

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use with_a_new_stack::{arm, enter, leave, limit_memory};

/// On other systems the process ends.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod without {
    pub fn arm(_: fn(&str) -> !) {}
    pub fn enter() {}
    pub fn leave() {}
    pub fn limit_memory() {}
}
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub use without::{arm, enter, leave, limit_memory};

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod with_a_new_stack {
    use super::super::cell::{FAULT, STACK};
    use libc::{c_int, c_void, siginfo_t, ucontext_t};
    use std::mem::{MaybeUninit, transmute, zeroed};
    use std::ptr::null_mut;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering::SeqCst};

    /// Bytes at the end of a stack that must not be reached. An access so near to the end, on
    /// either side, means that the stack is full.
    const GUARD: usize = 64 << 10;
    /// Signals are handled on a stack of their own.
    const HANDLER_STACK: usize = 64 << 10;

    /// Whether a cell runs, on which thread, and where its stack ends.
    static RUNNING: AtomicBool = AtomicBool::new(false);
    static THREAD: AtomicI32 = AtomicI32::new(0);
    static END: AtomicUsize = AtomicUsize::new(0);
    /// Why the cell is abandoned: a signal, `FULL` for a full stack, or `EXIT` plus the code of an
    /// `exit` in a library.
    static WHY: AtomicI32 = AtomicI32::new(0);
    const FULL: i32 = 1 << 15;
    const EXIT: i32 = 1 << 16;
    /// Signals that an instruction of a cell may cause. The thread cannot go on after it.
    const FAULTS: [c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];
    static GO_ON: OnceLock<fn(&str) -> !> = OnceLock::new();

    /// This thread runs the cells. When it leaves one, it calls `go_on` with the reason.
    pub fn arm(go_on: fn(&str) -> !) {
        let _ = GO_ON.set(go_on);
        // SAFETY: plain system calls; the handler makes only such calls as a handler may.
        unsafe {
            THREAD.store(libc::syscall(libc::SYS_gettid) as i32, SeqCst);
            let mut attributes: libc::pthread_attr_t = zeroed();
            if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) == 0 {
                let (mut lowest, mut size) = (null_mut(), 0);
                libc::pthread_attr_getstack(&attributes, &mut lowest, &mut size);
                libc::pthread_attr_destroy(&mut attributes);
                END.store(lowest.addr(), SeqCst);
            }
            let stack = map(HANDLER_STACK);
            if stack == libc::MAP_FAILED {
                return;
            }
            let stack = libc::stack_t { ss_sp: stack, ss_flags: 0, ss_size: HANDLER_STACK };
            libc::sigaltstack(&stack, null_mut());
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = handle as extern "C" fn(_, _, _) as libc::sighandler_t;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            for signal in FAULTS.into_iter().chain([libc::SIGABRT, libc::SIGQUIT]) {
                libc::sigaction(signal, &action, null_mut());
            }
        }
    }

    /// A cell begins.
    pub fn enter() {
        WHY.store(0, SeqCst);
        RUNNING.store(true, SeqCst);
    }

    /// The cell has ended.
    pub fn leave() {
        RUNNING.store(false, SeqCst);
    }

    unsafe fn map(size: usize) -> *mut c_void {
        let how = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping that nothing else knows.
        unsafe { libc::mmap(null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, how, -1, 0) }
    }

    fn on_the_cells_thread() -> bool {
        // SAFETY: a plain system call.
        THREAD.load(SeqCst) == unsafe { libc::syscall(libc::SYS_gettid) } as i32
    }

    extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
        // SAFETY: the system passes both pointers; a handler may call all that is called here.
        unsafe {
            let leave = || {
                libc::syscall(libc::SYS_tgkill, libc::getpid(), THREAD.load(SeqCst), libc::SIGQUIT)
            };
            if !on_the_cells_thread() && signal == libc::SIGQUIT {
                leave();
                return;
            }
            if !on_the_cells_thread() && FAULTS.contains(&signal) && RUNNING.load(SeqCst) {
                // The cell that started this thread is abandoned; this thread waits for ever.
                let _ = WHY.compare_exchange(0, signal, SeqCst, SeqCst);
                leave();
                loop {
                    libc::pause();
                }
            }
            let end = END.load(SeqCst);
            let full = FAULTS.contains(&signal)
                && (end.saturating_sub(GUARD)..end + GUARD).contains(&(*info).si_addr().addr());
            let may = RUNNING.load(SeqCst) && on_the_cells_thread();
            let stack = if may { map(STACK) } else { libc::MAP_FAILED };
            if stack == libc::MAP_FAILED {
                if signal != libc::SIGQUIT {
                    libc::signal(signal, libc::SIG_DFL);
                }
                return;
            }
            libc::mprotect(stack, GUARD, libc::PROT_NONE);
            END.store(stack.addr() + GUARD, SeqCst);
            let why = if full { FULL } else { signal };
            let _ = WHY.compare_exchange(0, why, SeqCst, SeqCst);
            resume_at(&mut *context.cast::<ucontext_t>(), stack.addr() + STACK);
        }
    }

    /// Makes the thread go on in [`go_on`], on an empty stack that ends at `top`.
    #[cfg(target_arch = "x86_64")]
    fn resume_at(context: &mut ucontext_t, top: usize) {
        let registers = &mut context.uc_mcontext.gregs;
        registers[libc::REG_RIP as usize] = go_on as *const () as i64;
        // The stack as after a call, with 0 as the return address.
        registers[libc::REG_RSP as usize] = (top - 64 - 8) as i64;
        registers[libc::REG_RBP as usize] = 0;
    }

    #[cfg(target_arch = "aarch64")]
    fn resume_at(context: &mut ucontext_t, top: usize) {
        context.uc_mcontext.pc = go_on as *const () as u64;
        context.uc_mcontext.sp = (top - 64) as u64;
        context.uc_mcontext.regs[29] = 0;
        context.uc_mcontext.regs[30] = 0;
    }

    extern "C" fn go_on() -> ! {
        leave();
        let why = match WHY.swap(0, SeqCst) {
            libc::SIGABRT => super::ABORTED.to_owned(),
            libc::SIGQUIT => "the cell was left".to_owned(),
            libc::SIGSEGV | libc::SIGBUS => {
                format!("{FAULT}: its unsafe code reached an address that is not its own")
            }
            libc::SIGILL => format!("{FAULT}: it came upon an instruction that cannot be run"),
            libc::SIGFPE => format!("{FAULT}: a division outside of Rust's checks"),
            code if code >= EXIT => {
                format!("a library ended the process ({})", code - EXIT)
            }
            _ => "the stack is full: a recursion is too deep, as when a long list of boxes is \
                  dropped"
                .to_owned(),
        };
        match GO_ON.get() {
            Some(go_on) => go_on(&why),
            None => std::process::abort(),
        }
    }

    /// Replaces the C library's function, which libraries call to end the process.
    ///
    /// # Safety
    /// As the C library's.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn exit(code: c_int) -> ! {
        if RUNNING.load(SeqCst) && on_the_cells_thread() {
            WHY.store(EXIT + (code & 0xff), SeqCst);
            // SAFETY: the handler does not return to here.
            unsafe { libc::raise(libc::SIGABRT) };
        }
        // SAFETY: the C library's own function of this name and type.
        unsafe {
            let real = libc::dlsym(libc::RTLD_NEXT, c"exit".as_ptr());
            if !real.is_null() {
                transmute::<*mut c_void, unsafe extern "C" fn(c_int) -> !>(real)(code);
            }
            libc::_exit(code)
        }
    }

    /// Nothing else calls it here; this keeps the linker from leaving it out.
    #[used]
    static KEPT: unsafe extern "C" fn(c_int) -> ! = exit;

    /// Limits the process to the memory that is available at this moment: an allocation beyond it
    /// is refused, which is a panic, instead of the system killing the process.
    pub fn limit_memory() {
        let line = |path: &str, name: &str| -> Option<u64> {
            let text = std::fs::read_to_string(path).ok()?;
            let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
            rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|k| k * 1024)
        };
        let number =
            |path: &str| -> Option<u64> { std::fs::read_to_string(path).ok()?.trim().parse().ok() };
        let Some(own) = line("/proc/self/status", "VmData:") else { return };
        let Some(free) = line("/proc/meminfo", "MemAvailable:") else { return };
        let free = free + line("/proc/meminfo", "SwapFree:").unwrap_or(0);
        let container = number("/sys/fs/cgroup/memory.max")
            .zip(number("/sys/fs/cgroup/memory.current"))
            .map_or(u64::MAX, |(most, used)| most.saturating_sub(used));
        let mut limit = MaybeUninit::<libc::rlimit>::uninit();
        // SAFETY: plain system calls; the first one fills the structure in.
        unsafe {
            if libc::getrlimit(libc::RLIMIT_DATA, limit.as_mut_ptr()) == 0 {
                let mut limit = limit.assume_init();
                limit.rlim_cur = limit.rlim_max.min(own + free.min(container));
                libc::setrlimit(libc::RLIMIT_DATA, &limit);
            }
        }
    }
}
