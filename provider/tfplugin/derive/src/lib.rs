//! Derive macros of the tfplugin framework.
