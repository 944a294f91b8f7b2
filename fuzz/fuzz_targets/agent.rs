//! libFuzzer runs the target `agent`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::agent::target(data));
