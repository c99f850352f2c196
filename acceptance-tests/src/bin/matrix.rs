//! Prints the page that shows every source at every target, for `cargo xtask docs`.
#![allow(clippy::print_stdout, reason = "a command line tool talks on standard output")]

fn main() {
    print!("{}", acceptance_tests::matrix::page());
}
