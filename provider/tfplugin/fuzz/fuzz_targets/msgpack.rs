//! libFuzzer on the MessagePack decoder.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    tfplugin_fuzz::check_msgpack(input);
});
