//! libFuzzer runs the target `record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::border::records(data));
