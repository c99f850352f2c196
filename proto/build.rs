//! Compiles the .proto files in pure Rust, so that a build needs no protoc.

use std::error::Error;

const FILES: [&str; 4] = ["tfplugin6.proto", "grpc_controller.proto", "grpc_stdio.proto", "grpc_broker.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo::rerun-if-changed={file}");
    }
    let descriptors = protox::compile(FILES, ["."])?;
    // Ordered maps keep replies the same from run to run. Values can be large and are kept in case a call fails, so
    // they are shared instead of copied.
    tonic_prost_build::configure().btree_map(".").bytes(".tfplugin6.DynamicValue").compile_fds(descriptors)?;
    Ok(())
}
