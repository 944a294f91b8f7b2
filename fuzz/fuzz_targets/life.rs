//! libFuzzer runs the target `life`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::life::target(data));
