//! libFuzzer runs the target `enrolment_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::enrolment_file::target(data));
