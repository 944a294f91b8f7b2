//! Client requests: what a program tells the valgrind that it runs under.
//!
//! Eight lines of assembly, because the crate `crabgrind` runs bindgen, and so
//! everybody who builds the workspace would need libclang and valgrind's headers.
//! Where there is no valgrind the instructions do nothing.

use std::ffi::CStr;

/// `RUNNING_ON_VALGRIND` of `valgrind.h`.
const RUNNING: usize = 0x1001;
/// `VG_USERREQ_TOOL_BASE('M','C')` of `memcheck.h`, and what follows it there.
const MAKE_MEM_UNDEFINED: usize = 0x4D43_0001;
const MAKE_MEM_DEFINED: usize = 0x4D43_0002;
const GET_VBITS: usize = 0x4D43_0008;
/// `VG_USERREQ_TOOL_BASE('C','T')` of `callgrind.h`, and what follows it there.
const ZERO_STATS: usize = 0x4354_0001;
const TOGGLE_COLLECT: usize = 0x4354_0002;
const DUMP_STATS_AT: usize = 0x4354_0003;

/// `VALGRIND_DO_CLIENT_REQUEST_EXPR` of `valgrind.h`; 0 without valgrind.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn request(what: usize, first: usize, second: usize, third: usize) -> usize {
    let arguments = [what, first, second, third, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: four rotations by 128 bits in all leave rdi as it was, and the exchange
    // leaves rbx; the flags are clobbered, as is assumed. Valgrind reads the six
    // words, writes rdx, and touches no memory but what a request below lends it.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

/// Valgrind is not asked elsewhere: the gate then says that it could not run.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn request(_: usize, _: usize, _: usize, _: usize) -> usize {
    0
}

/// Whether this runs under valgrind.
pub(crate) fn is_there() -> bool {
    request(RUNNING, 0, 0, 0) > 0
}

/// Memcheck reports from now on what depends on these bytes.
pub(crate) fn make_undefined(bytes: &mut [u8]) {
    request(
        MAKE_MEM_UNDEFINED,
        bytes.as_mut_ptr().addr(),
        bytes.len(),
        0,
    );
}

/// Memcheck does not mind any more what depends on this.
pub(crate) fn make_defined<T>(value: &mut T) {
    let place = (&raw mut *value).addr();
    request(MAKE_MEM_DEFINED, place, size_of::<T>(), 0);
}

/// How many of these bytes depend on what was made undefined; none without memcheck.
pub(crate) fn count_undefined(bytes: &[u8]) -> usize {
    let mut bits = vec![0_u8; bytes.len()];
    let place = bits.as_mut_ptr().addr();
    request(GET_VBITS, bytes.as_ptr().addr(), place, bytes.len());
    bits.iter().filter(|bits| **bits != 0).count()
}

/// Callgrind begins to count from 0.
pub(crate) fn start_counting() {
    request(ZERO_STATS, 0, 0, 0);
    request(TOGGLE_COLLECT, 0, 0, 0);
}

/// Callgrind stops counting, and writes down what it counted under this name.
pub(crate) fn stop_counting(name: &CStr) {
    request(TOGGLE_COLLECT, 0, 0, 0);
    request(DUMP_STATS_AT, name.as_ptr().addr(), 0, 0);
}
