//! What follows from the definition of the command line: completions, manual pages, and the page of the documentation.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::error::GateError;

/// What a shell reads to complete commands.
pub(super) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "crosscloud-gate", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// A manual page, in troff.
pub(super) fn manual(command: Option<&str>) -> Result<String, GateError> {
    let mut whole = Cli::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => {
            let found = visible(&whole).find(|it| it.get_name() == name).cloned();
            found.ok_or_else(|| GateError::UnknownCommand(name.to_owned()))?
        }
    };
    let mut text = Vec::new();
    // Writing to memory never fails.
    let _ = clap_mangen::Man::new(page).render(&mut text);
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The page of the documentation.
pub(super) fn reference() -> String {
    let mut whole = Cli::command();
    whole.build();
    let mut page = String::from(
        "---\npage_title: \"Commands of crosscloud-gate\"\nsubcategory: \"\"\ndescription: |-\n  Every command and option of crosscloud-gate.\n---\n\n\
         # Commands of crosscloud-gate\n\n\
         The [guide](gate.md) tells what they are for. Every command exits with 2 where it has no answer, with one sentence that says why.\n",
    );
    for command in visible(&whole) {
        // Writing to a text never fails.
        let _ = write!(page, "\n## {}\n\n{}\n", command.get_name(), about(command.get_about()));
        let (options, positionals): (Vec<&Arg>, Vec<&Arg>) = command
            .get_arguments()
            .filter(|it| !it.is_hide_set() && it.get_id() != "help")
            .partition(|it| !it.is_positional());
        let usage = positionals.iter().fold(format!("crosscloud-gate {} [options]", command.get_name()), |line, it| {
            let value = values(it);
            // One of several ways to say where the plan is.
            format!("{line} {}", if it.is_required_set() { value } else { format!("[{value}]") })
        });
        let _ = write!(page, "\n```sh\n{usage}\n```\n\n| argument | |\n| --- | --- |\n");
        for argument in positionals.into_iter().chain(options) {
            let name = match argument.get_long() {
                Some(long) if argument.get_action().takes_values() => format!("--{long} {}", values(argument)),
                Some(long) => format!("--{long}"),
                None => values(argument),
            };
            let _ = writeln!(page, "| `{}` | {} |", name.replace('|', "\\|"), described(argument).replace('|', "\\|"));
        }
    }
    page
}

/// The commands that users see.
fn visible(whole: &Command) -> impl Iterator<Item = &Command> {
    whole.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help")
}

fn values(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(" ")
}

/// What an argument is for, what it can be, and what it is where nobody says.
fn described(argument: &Arg) -> String {
    let mut text = about(argument.get_help());
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| argument.get_action().takes_values())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !possible.is_empty() {
        let _ = write!(text, " One of {}.", possible.join(", "));
    }
    let usual: Vec<String> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if !usual.is_empty() && argument.get_action().takes_values() {
        let _ = write!(text, " Default: {}.", usual.join(", "));
    }
    text
}

/// Sentences of the definition end with a full stop, which clap takes off.
fn about(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    if text.ends_with('.') || text.is_empty() { text } else { format!("{text}.") }
}
