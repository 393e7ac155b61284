//! Where received messages belong: the pure fold over hand-made mails, with what it needs to know kept in memory.

mod agent;
mod changes;
mod cleaning;
mod joining;
mod late;
mod mails;
mod orders;
mod shuffled;
mod world;
