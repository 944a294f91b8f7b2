//! libFuzzer runs the target `normalize`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::normalize::target(data));
