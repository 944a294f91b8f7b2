//! libFuzzer runs the target `state`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::state::target(data));
