//! Floats through the real hosts, which keep them as binary fractions and store them as short decimals.

use crate::terraform::Workspace;

const SCALE: &str = r#"
terraform {
  required_providers {
    trap = { source = "example/trap" }
  }
}

resource "trap_scale" "it" {
  float  = pow(2, 0.5)
  number = pow(2, 0.5)
  list   = [pow(2, 0.5), 0.1, 0.1234567890123456789012, 12345678901234567890123]
  any    = { root = pow(3, 0.5), third = 1 / 3, whole = [pow(10, 2), 1e3, -0.0] }
}

output "root" {
  value = trap_scale.it.root
}
"#;

#[test]
fn no_float_is_a_change_for_ever() {
    Workspace::for_each_host(SCALE, |workspace| {
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("root = 1.189207115002721");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        workspace.run(&["apply", "-refresh-only", "-auto-approve"]).ends_with(0).says("0 changed");
        // What is in the state, written out, is the same number.
        workspace.configure(&SCALE.replace("number = pow(2, 0.5)", "number = 1.4142135623730951"));
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        // Its neighbour is another one.
        workspace.configure(&SCALE.replace("number = pow(2, 0.5)", "number = 1.4142135623730952"));
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(2).says("1 to change");
        // A list of which one element changes, and one is only written in another way.
        workspace.configure(&SCALE.replace("0.1,", "0.2,"));
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("1 changed");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");
        workspace.run(&["destroy", "-auto-approve"]).ends_with(0).says("1 destroyed");
    });
}
