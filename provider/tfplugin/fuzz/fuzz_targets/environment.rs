//! libFuzzer on the environment of a start.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_environment(input);
});
