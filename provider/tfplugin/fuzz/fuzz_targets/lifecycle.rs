//! libFuzzer on planning and applying.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_lifecycle(input);
});
