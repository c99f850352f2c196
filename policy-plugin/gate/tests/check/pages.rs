//! What follows from the definition of the command line.

use crate::program::{gate, text};

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = gate(&["completions", shell], "");
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = text(&output.stdout);
        assert!(script.contains("crosscloud-gate") && script.contains("fail-on"), "{shell}");
    }
    assert_eq!(gate(&["completions", "tcsh"], "").status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page() {
    let whole = text(&gate(&["man"], "").stdout);
    assert!(whole.contains(".TH crosscloud-gate 1") && whole.contains("check"), "{whole}");
    for command in ["check", "graph", "test", "explain"] {
        let page = text(&gate(&["man", command], "").stdout);
        assert!(page.contains(&format!("crosscloud\\-gate\\-{command}")), "{page}");
    }
    assert!(text(&gate(&["man", "check"], "").stdout).contains("\\-\\-fail\\-on"));
    assert_eq!(gate(&["man", "nothing"], "").status.code(), Some(2));
    assert_eq!(gate(&["man", "reference"], "").status.code(), Some(2));
}
