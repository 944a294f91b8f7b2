//! libFuzzer runs the target `people`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::people::target(data));
