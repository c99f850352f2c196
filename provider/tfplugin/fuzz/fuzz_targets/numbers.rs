//! libFuzzer on the reader of numbers.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_numbers(input);
});
