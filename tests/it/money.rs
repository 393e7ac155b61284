//! Who may give money away, that nothing is given twice, and that nobody is left waiting: on both databases.

mod at_once;
mod caps;
mod compensated;
mod dropped;
mod given_up;
mod handed_over;
mod in_turn;
mod macros;
mod outdated;
mod pages;
mod promised;
mod runs;
mod stopped;
mod taken_back;
mod turns;
mod twice;
mod world;
mod wrong_order;
