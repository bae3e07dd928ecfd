//! The messages between foreman and worker, their version, and the bootstrap.
