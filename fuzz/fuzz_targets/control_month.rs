//! libFuzzer runs the control `month`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::control::month(data));
