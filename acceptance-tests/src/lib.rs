//! Drives the real terraform or tofu against the emulator.
