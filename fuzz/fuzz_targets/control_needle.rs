//! libFuzzer runs the control `needle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::control::needle(data));
