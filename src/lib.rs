//! Resolute.
