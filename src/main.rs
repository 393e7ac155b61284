//! The `resolute` command.
fn main() {}
