//! Runs the doubles: `cargo run -p platform-doubles`.

fn main() {}
