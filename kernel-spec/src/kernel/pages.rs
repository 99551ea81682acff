//! Frees the memory of a cell's code when the cell is over. The code stays loaded, because
//! variables of later cells may point into it, but hardly any of it is used again.

use std::path::Path;

/// Gives back the pages of a loaded object that are the same as in its file. A page that is used
/// again is read from the file, even if the file was deleted.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub fn give_back(object: &Path) {
    use libc::{c_int, c_void, dl_phdr_info, size_t};
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    unsafe extern "C" fn look(info: *mut dl_phdr_info, _: size_t, object: *mut c_void) -> c_int {
        // SAFETY: the system hands over what is loaded; `object` is what is passed below.
        unsafe {
            let (info, object) = (&*info, &*object.cast::<&Path>());
            if info.dlpi_name.is_null() {
                return 0;
            }
            let name = CStr::from_ptr(info.dlpi_name);
            if OsStr::from_bytes(name.to_bytes()) != object.as_os_str() {
                return 0;
            }
            let page = libc::sysconf(libc::_SC_PAGESIZE) as u64;
            let parts = std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into());
            // A part that can be written to may have changed.
            let kept = parts
                .iter()
                .filter(|part| part.p_type == libc::PT_LOAD && part.p_flags & libc::PF_W == 0);
            let ranges: Vec<(u64, u64)> = kept
                .map(|part| {
                    let start = info.dlpi_addr + part.p_vaddr;
                    let from = start / page * page;
                    (from, start + part.p_memsz - from)
                })
                .collect();
            // Only now, because the list of parts lies in one of them.
            for (from, size) in ranges {
                libc::madvise(from as *mut c_void, size as usize, libc::MADV_DONTNEED);
            }
        }
        1
    }
    let mut object = object;
    // SAFETY: the path outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(look), (&raw mut object).cast()) };
}

/// Elsewhere they stay.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub fn give_back(_: &Path) {}
