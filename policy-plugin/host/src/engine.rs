//! How policies are compiled, for the build script and the run time alike: code compiled ahead of time loads only if both agree.

use wasmtime::{Config, Result};

/// Settings of the built-in policy, for one target. Naming the target keeps the features of the building machine out of the code.
pub(crate) fn config(target: &str) -> Result<Config> {
    let mut config = Config::new();
    config.target(target)?;
    config.wasm_component_model(true);
    // Same input, same answer: a NaN has one bit pattern, and no instruction may differ between machines.
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);
    // Fuel ends a runaway policy at the same instruction everywhere.
    config.consume_fuel(true);
    config.max_wasm_stack(512 << 10);
    // Backtraces would name functions of a policy that nobody can look up.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    // Nothing unwinds through a policy, and what is not there need not be loaded.
    config.native_unwind_info(false);
    Ok(config)
}

/// Settings of what somebody else wrote. Epochs are the backstop on the clock, because fuel does not count everything that such code can make
/// the machine do.
pub(crate) fn module_config(target: &str) -> Result<Config> {
    let mut config = config(target)?;
    config.epoch_interruption(true);
    Ok(config)
}
