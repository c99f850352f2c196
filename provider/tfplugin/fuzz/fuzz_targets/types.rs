//! libFuzzer on the reader of type JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_types(input);
});
