//! libFuzzer on trust policies.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    crosscloud_policy_fuzz::trust_policies(input);
});
