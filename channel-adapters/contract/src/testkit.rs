//! The conformance tests that every adapter passes.
