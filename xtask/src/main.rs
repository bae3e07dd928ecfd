//! Tasks of the project itself: `cargo xtask COMMAND`.

fn main() {}
