//! libFuzzer on private data.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_private(input);
});
