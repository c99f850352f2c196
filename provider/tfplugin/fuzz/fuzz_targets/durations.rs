//! libFuzzer on the reader of durations.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_durations(input);
});
