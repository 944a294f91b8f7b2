//! libFuzzer runs the target `lifecycle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::lifecycle::target(data));
