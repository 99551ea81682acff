//! Running a loop with the widest vector instructions of the processor.

/// Runs `f`, compiled for AVX2 and FMA if the processor has them.
///
/// `f` should be a plain loop over slices without calls that are not inlined: the compiler then
/// turns it into eight-lane code. Results do not depend on the number of lanes, as long as `f` does
/// not sum across elements.
#[inline(always)]
pub fn vectorized<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if has_avx2() {
            // SAFETY: the processor has the two features the function is compiled for.
            return unsafe { with_avx2(f) };
        }
    }
    f()
}

/// Whether AVX2 and FMA may be used; the standard library caches the answer.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
// Compiled beside the function that calls it, so that `f` is compiled for these features with it.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Whether AVX-512F may be used, which has 32 registers of 16 numbers.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn has_avx512() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
}
