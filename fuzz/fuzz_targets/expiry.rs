//! libFuzzer runs the target `expiry`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::expiry::target(data));
