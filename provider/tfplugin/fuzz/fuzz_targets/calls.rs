//! libFuzzer on whole calls of a provider.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_calls(input);
});
