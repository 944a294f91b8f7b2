//! Client requests: messages of a program to the valgrind that runs it.
//!
//! The crate `crabgrind` runs bindgen and a C compiler: every build of the workspace
//! would need libclang, and valgrind's headers for any effect. Without valgrind these
//! instructions do nothing.

use std::ffi::CStr;

/// `VG_USERREQ_TOOL_BASE('M','C')` of `memcheck.h`, and the requests that follow it
/// there.
const MAKE_MEM_UNDEFINED: usize = 0x4D43_0001;
const MAKE_MEM_DEFINED: usize = 0x4D43_0002;
const GET_VBITS: usize = 0x4D43_0008;
/// `VG_USERREQ_TOOL_BASE('C','T')` of `callgrind.h`, and the requests that follow it
/// there.
const ZERO_STATS: usize = 0x4354_0001;
const TOGGLE_COLLECT: usize = 0x4354_0002;
const DUMP_STATS_AT: usize = 0x4354_0003;

/// `VALGRIND_DO_CLIENT_REQUEST_EXPR` of `valgrind.h`; 0 without the tool. On other
/// platforms it does nothing: `cargo xtask ct` is skipped there.
#[allow(unused_mut, unused_variables, reason = "on other platforms")]
fn request(code: usize, first: usize, second: usize, third: usize) -> usize {
    let (words, mut answer) = ([code, first, second, third, 0, 0], 0_usize);
    // SAFETY: four rotations by 128 bits in all leave rdi as it was, and the exchange
    // leaves rbx; the flags are clobbered, as is assumed. Valgrind reads the six
    // words, writes rdx, and touches no memory but what a request below lends it.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") words.as_ptr(),
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

/// Marks bytes as secret: memcheck reports what depends on them.
pub(crate) fn secret<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    request(MAKE_MEM_UNDEFINED, bytes.as_mut_ptr().addr(), N, 0);
    bytes
}

/// Marks a value as no longer secret, because it is a verdict.
pub(crate) fn public<T>(mut value: T) -> T {
    let place = (&raw mut value).addr();
    request(MAKE_MEM_DEFINED, place, size_of::<T>(), 0);
    value
}

/// Returns the number of bytes that depend on a secret; `None` without memcheck.
pub(crate) fn count_undefined(bytes: &[u8]) -> Option<usize> {
    let mut bits = vec![0_u8; bytes.len()];
    let place = bits.as_mut_ptr().addr();
    let answer = request(GET_VBITS, bytes.as_ptr().addr(), place, bytes.len());
    (answer != 0).then(|| bits.iter().filter(|bits| **bits != 0).count())
}

/// Makes callgrind count from 0.
pub(crate) fn start_counting() {
    request(ZERO_STATS, 0, 0, 0);
    request(TOGGLE_COLLECT, 0, 0, 0);
}

/// Makes callgrind stop, and write the count under this name.
pub(crate) fn stop_counting(name: &CStr) {
    request(TOGGLE_COLLECT, 0, 0, 0);
    request(DUMP_STATS_AT, name.as_ptr().addr(), 0, 0);
}
