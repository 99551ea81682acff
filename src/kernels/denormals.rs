//! Flushing of denormal numbers to zero while a model is fitted.

/// A guard that flushes denormal numbers to zero: while it lives, results and operands that are too
/// small for a normal `f32` count as zero on its thread. Dropping it restores the former mode.
///
/// Late in training, many gradients and moments are denormal (below 1.2e-38), which x86 computes a
/// hundred times slower than other numbers. TensorFlow and PyTorch's matrix products flush them,
/// too. On other processors this does nothing.
#[derive(Debug)]
pub struct FlushDenormals {
    #[cfg(target_arch = "x86_64")]
    before: u32,
    // The mode belongs to a thread, so the guard must not move to another.
    _not_send: std::marker::PhantomData<*const ()>,
}

impl FlushDenormals {
    /// Switches flushing on for this thread.
    #[inline]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        let before = {
            let before = mxcsr();
            // Bit 15 flushes results, bit 6 operands.
            set_mxcsr(before | 1 << 15 | 1 << 6);
            before
        };
        FlushDenormals {
            #[cfg(target_arch = "x86_64")]
            before,
            _not_send: std::marker::PhantomData,
        }
    }
}

impl Drop for FlushDenormals {
    #[inline]
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        set_mxcsr(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
fn mxcsr() -> u32 {
    let mut value = 0u32;
    // SAFETY: stmxcsr writes four bytes to the address it is given.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &mut value, options(nostack)) };
    value
}

#[cfg(target_arch = "x86_64")]
fn set_mxcsr(value: u32) {
    // SAFETY: only the two flush bits ever differ from the value the thread had.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &value, options(nostack)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flushes_while_it_lives() {
        let tiny = std::hint::black_box(f32::MIN_POSITIVE);
        let half = std::hint::black_box(0.5f32);
        assert!(tiny * half > 0.0);
        {
            let _guard = FlushDenormals::new();
            if cfg!(target_arch = "x86_64") {
                assert_eq!(std::hint::black_box(tiny) * std::hint::black_box(half), 0.0);
            }
        }
        assert!(std::hint::black_box(tiny) * std::hint::black_box(half) > 0.0);
    }
}
