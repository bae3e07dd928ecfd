//! The program that libFuzzer drives, for one target at a time: see `cargo xtask fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::begin(), |data: &[u8]| fuzz::run(data));
