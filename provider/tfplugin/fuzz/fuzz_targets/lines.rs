//! libFuzzer on the handshake line.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_lines(input);
});
