//! Keyless trusts between clouds as data: the typed specification and the graph of cloud objects it stands for.
