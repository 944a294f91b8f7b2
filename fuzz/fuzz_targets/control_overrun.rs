//! libFuzzer runs the control `overrun`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::control::overrun(data));
