//! The provider of the guide, with the very configuration that the guide shows, under the real hosts.

use std::fs;

use crate::terraform::Workspace;

const GUIDE: &str = include_str!("../../docs/guide-parts.md");

/// The configuration of the guide: its last block of HCL.
fn configuration() -> &'static str {
    let (_, block) = GUIDE.rsplit_once("```hcl\n").unwrap();
    block.split_once("```").unwrap().0
}

#[test]
fn the_guide_is_followed_to_the_letter() {
    Workspace::for_each_host(configuration(), |workspace| {
        workspace.run(&["plan"]).ends_with(1).says("greetings is not a directory. Create it first.");
        fs::create_dir(workspace.path("greetings")).unwrap();
        let greeting = workspace.path("greetings").join("world.txt");
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("1 added");
        assert_eq!(fs::read_to_string(&greeting).unwrap(), "Hello, world!\n");
        workspace.run(&["plan", "-detailed-exitcode"]).ends_with(0).says("No changes");

        // Someone changes the file: the next apply puts it right.
        fs::write(&greeting, "Goodbye, world!\n").unwrap();
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("\"Goodbye\" -> \"Hello\"").says("1 changed");
        assert_eq!(fs::read_to_string(&greeting).unwrap(), "Hello, world!\n");

        let politely = configuration().replace("= \"world\"", "= \"moon\"\n  salutation = \"Good evening\"");
        workspace.configure(&politely);
        workspace.run(&["plan"]).ends_with(0).says("forces replacement");
        workspace.run(&["apply", "-auto-approve"]).ends_with(0).says("1 added, 0 changed, 1 destroyed");
        assert!(!greeting.exists());
        assert_eq!(fs::read_to_string(workspace.path("greetings").join("moon.txt")).unwrap(), "Good evening, moon!\n");
        workspace.run(&["destroy", "-auto-approve"]).ends_with(0).says("1 destroyed");
        assert_eq!(fs::read_dir(workspace.path("greetings")).unwrap().count(), 0);
    });
}

#[test]
fn a_mistake_is_shown_at_its_line() {
    let long = configuration().replace("= \"world\"", &format!("= \"{}\"", "x".repeat(41)));
    Workspace::for_each_host(&long, |workspace| {
        workspace.run(&["validate"]).ends_with(1).says("on main.tf line").says("xxxx\"");
    });
}
