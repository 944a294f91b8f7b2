//! libFuzzer runs the target `security`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::security::target(data));
