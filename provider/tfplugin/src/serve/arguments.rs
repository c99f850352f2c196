//! The few command-line flags of a provider binary.

/// What a person or a host asked the binary to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Started by a host, or by a person who does not know that hosts start it.
    Plugin,
    /// Started by hand and attached to with `TF_REATTACH_PROVIDERS`.
    Debug,
    /// Print the version and exit.
    Version,
}

/// Reads the arguments that follow the program's name. Hosts pass none, so unknown ones change nothing.
pub(crate) fn mode(arguments: impl IntoIterator<Item = String>) -> Mode {
    for argument in arguments {
        match argument.as_str() {
            "-version" | "--version" => return Mode::Version,
            "-debug" | "--debug" => return Mode::Debug,
            _ => {}
        }
    }
    Mode::Plugin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_choose_the_mode() {
        let of = |arguments: &[&str]| mode(arguments.iter().map(|argument| argument.to_string()));
        assert_eq!(of(&[]), Mode::Plugin);
        assert_eq!(of(&["-debug"]), Mode::Debug);
        assert_eq!(of(&["--debug"]), Mode::Debug);
        assert_eq!(of(&["-x", "--version"]), Mode::Version);
    }
}
