//! libFuzzer runs the target `border`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::border::values(data));
