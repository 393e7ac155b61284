//! Every channel as a whole: between the double of its platform, which speaks the real protocol, and the pages and rows of
//! the desk.

mod barred;
mod linked;
mod matrix;
mod own_words;
mod replied;
mod revoked;
mod whole;
