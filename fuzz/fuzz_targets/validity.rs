//! libFuzzer runs the target `validity`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::validity::target(data));
