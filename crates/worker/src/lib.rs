//! Runs one task of an analysis at a time, under a foreman or alone.
