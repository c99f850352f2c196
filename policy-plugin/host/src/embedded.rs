//! What is part of this binary: the built-in policy and the interpreter of Rego, compiled ahead of time by the build script.

use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, CustomCodeMemory, Enabled, Engine, PoolingAllocationConfig, Result};

use crate::engine;
use crate::slots::Slots;

const LENGTH: usize = include_bytes!(concat!(env!("OUT_DIR"), "/policy.cwasm")).len();

/// Begins on a page, as the code inside counts on.
#[repr(C, align(4096))]
struct Image([u8; LENGTH]);

/// The machine code, linked as such: copying megabytes and making them executable would take longer than everything else that a policy
/// needs before it answers.
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__TEXT,__policy"))]
#[cfg_attr(windows, unsafe(link_section = ".text$p"))]
#[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".text.policy"))]
#[allow(unsafe_code)]
static IMAGE: Image = Image(*include_bytes!(concat!(env!("OUT_DIR"), "/policy.cwasm")));

/// The interpreter's machine code, packed, because most plans never need it.
static REGO: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rego.cwasm.deflate"));

/// Leaves the code where it is, which is executable and read-only already.
struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        align_of::<Image>()
    }

    fn publish_executable(&self, _: *const u8, _: usize) -> Result<()> {
        Ok(())
    }

    fn unpublish_executable(&self, _: *const u8, _: usize) -> Result<()> {
        Ok(())
    }
}

/// Most questions to the built-in policy at the same time.
const AT_ONCE: u32 = 32;

/// The built-in policy, ready to be asked.
pub(crate) struct BuiltIn {
    pub(crate) engine: Engine,
    pub(crate) component: Component,
    /// Places in the engine's pool.
    pub(crate) slots: Slots,
}

/// The built-in policy, ready on first use. Its engine compiles nothing, and needs no clock: the policy is ours, and fuel bounds it.
pub(crate) fn built_in() -> Result<&'static BuiltIn, String> {
    static READY: OnceLock<Result<BuiltIn, String>> = OnceLock::new();
    let ready = READY.get_or_init(|| {
        let engine = pooled().or_else(|_| Engine::new(&bare()?));
        let ready = engine.and_then(|engine| {
            let component = load(&engine, Code::Linked(&IMAGE))?;
            Ok(BuiltIn { engine, component, slots: Slots::new(AT_ONCE) })
        });
        ready.map_err(|error| format!("{error:#}"))
    });
    ready.as_ref().map_err(Clone::clone)
}

/// An engine that keeps the places of memories for the next question and asks the system only to make their contents as they were: to map and
/// unmap each takes several times as long. It reserves addresses for all of them, which not every system lets it.
fn pooled() -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(AT_ONCE)
        .total_core_instances(AT_ONCE * CORES)
        .total_memories(AT_ONCE)
        .total_tables(AT_ONCE * CORES)
        .max_unused_warm_slots(AT_ONCE);
    // Where the system tells which pages were written to, those alone are made as they were, and nothing has to be mapped anew.
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes).linear_memory_keep_resident(KEPT).table_keep_resident(KEPT);
    }
    let mut config = bare()?;
    config.allocation_strategy(pool);
    Engine::new(&config)
}

/// Bytes of a memory that stay with it from one question to the next: what a usual trust takes up.
const KEPT: usize = 2 << 20;

/// Most core instances of a component.
const CORES: u32 = 4;

fn bare() -> Result<Config> {
    let mut config = engine::config(env!("POLICY_TARGET"))?;
    config.enable_compiler(false).with_custom_code_memory(Some(Arc::new(InPlace)));
    Ok(config)
}

/// The interpreter of Rego, unpacked on first use and shared by all texts. It runs where modules do: its text is somebody else's code.
pub(crate) fn rego(engine: &Engine) -> Result<&'static Component, String> {
    static READY: OnceLock<Result<Component, String>> = OnceLock::new();
    let ready = READY.get_or_init(|| {
        let code = miniz_oxide::inflate::decompress_to_vec(REGO).map_err(|error| error.to_string())?;
        load(engine, Code::Unpacked(&code)).map_err(|error| format!("{error:#}"))
    });
    ready.as_ref().map_err(Clone::clone)
}

/// Machine code that came with this binary.
enum Code<'a> {
    /// Linked as code, to be run where it is.
    Linked(&'static Image),
    /// Unpacked from it, to be copied to where code may be.
    Unpacked(&'a [u8]),
}

/// Takes machine code for what it is.
///
/// The one place of unsafe code in the project: loading machine code is as unsafe as running it. These bytes were made by this crate's
/// build script with the same compiler, are part of the binary and cannot be swapped without swapping the binary.
#[allow(unsafe_code)]
fn load(engine: &Engine, code: Code<'_>) -> Result<Component> {
    match code {
        // SAFETY: the bytes come unchanged from `Engine::precompile_component` of the same wasmtime; they are static, nobody can write to
        // them, and the section that they are linked into is executable.
        Code::Linked(image) => unsafe { Component::deserialize_raw(engine, NonNull::from(image.0.as_slice())) },
        // SAFETY: the only caller passes what the build script packed, which it had from `Engine::precompile_component` as well.
        Code::Unpacked(bytes) => unsafe { Component::deserialize(engine, bytes) },
    }
}

/// SHA-256 of the built-in policy's component, which does not depend on the target.
pub(crate) fn digest() -> &'static str {
    env!("POLICY_DIGEST")
}

/// SHA-256 of the interpreter's component.
pub(crate) fn rego_digest() -> &'static str {
    env!("REGO_DIGEST")
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
