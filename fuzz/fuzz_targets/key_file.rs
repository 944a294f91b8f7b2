//! libFuzzer runs the target `key_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::key_file::target(data));
