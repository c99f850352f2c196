//! The built-in policy: rules over trust documents, compiled to a WASM component with no imports.
