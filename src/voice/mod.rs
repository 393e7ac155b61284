//! The brand's voice.
