//! Checks before memory is allocated: a size from a user or a file that memory cannot hold becomes
//! an error instead of ending the process.

use crate::error::{Error, Result};

/// Largest count of values, so that sums of a few counts and their bytes cannot overflow.
const MOST: usize = isize::MAX as usize / 64;

/// Less than this, 64 MiB, is not checked with the system.
const SMALL: usize = 1 << 26;

/// The product of these sizes; `None` if it is too large for any array.
pub(crate) fn count(sizes: &[usize]) -> Option<usize> {
    // An axis of length 0 makes the array empty, however long the others are.
    if sizes.contains(&0) {
        return Some(0);
    }
    let all = sizes.iter().try_fold(1usize, |all, size| all.checked_mul(*size));
    all.filter(|all| *all <= MOST)
}

/// The product of these sizes, if memory can hold as many values of `bytes` bytes each.
pub(crate) fn check(what: &str, sizes: &[usize], bytes: usize) -> Result<usize> {
    match count(sizes) {
        Some(all) if all.checked_mul(bytes).is_some_and(fits) => Ok(all),
        _ => {
            let all: f64 = sizes.iter().map(|size| *size as f64).product();
            let got = match sizes {
                [one] => one.to_string(),
                sizes => format!("{sizes:?}, {all:.0e} values"),
            };
            let size = all * bytes as f64 / f64::from(1 << 30);
            let expected = format!("what memory can hold: that takes {size:.3e} GiB");
            Err(Error::argument(what, got, expected))
        }
    }
}

/// Whether `bytes` bytes can be allocated now.
fn fits(bytes: usize) -> bool {
    if bytes < SMALL {
        return true;
    }
    let mut probe: Vec<u8> = Vec::new();
    // The reservation costs nothing, because its memory is never touched.
    probe.try_reserve_exact(bytes).is_ok() && available().is_none_or(|a| bytes < a)
}

/// The bytes that the system has left. Needed because it grants more than it has and then kills the
/// process that uses it.
fn available() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = |name: &str| -> Option<usize> {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        rest.trim().trim_end_matches("kB").trim().parse().ok()
    };
    let system = (line("MemAvailable:")? + line("SwapFree:").unwrap_or(0)).saturating_mul(1024);
    let container = std::fs::read_to_string("/sys/fs/cgroup/memory.max");
    let container = container.ok().and_then(|text| text.trim().parse().ok());
    Some(system.min(container.unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_memory_holds_is_an_error() {
        assert_eq!(check("zeros", &[3, 4], 4).unwrap(), 12);
        assert_eq!(check("zeros", &[usize::MAX, 0, 3], 4).unwrap(), 0);
        assert_eq!(check("zeros", &[], 4).unwrap(), 1);
        for sizes in [&[usize::MAX][..], &[usize::MAX, 2], &[1 << 40, 1 << 40], &[1 << 45]] {
            let error = check("the size", sizes, 4).unwrap_err().to_string();
            assert!(
                error.contains("the size is") && error.contains("what memory can hold"),
                "{error}"
            );
        }
    }
}
