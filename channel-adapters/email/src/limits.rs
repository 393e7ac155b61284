//! How much of a mail is read: the bounds that keep a hostile mail from costing more than a large honest one.

/// The greatest size of a whole mail, in bytes.
pub(crate) const MAIL_BYTES: usize = 40 * 1024 * 1024;
/// How many bytes of one header section are read; the rest is skipped.
pub(crate) const HEADER_BYTES: usize = 512 * 1024;
/// How many fields of one header section are read.
pub(crate) const HEADER_FIELDS: usize = 2_000;
/// How many bytes of one header value are decoded.
pub(crate) const VALUE_BYTES: usize = 64 * 1024;
/// How many parts are read; what follows is left out.
pub(crate) const PARTS: usize = 1_000;
/// How deep multiparts may nest; a deeper one is kept as a file.
pub(crate) const DEPTH: usize = 24;
/// How many addresses of one header are read.
pub(crate) const ADDRESSES: usize = 500;
/// How many message ids of one header are read.
pub(crate) const IDS: usize = 200;
/// How many bytes of text are shown and searched.
pub(crate) const TEXT_BYTES: usize = 2 * 1024 * 1024;
