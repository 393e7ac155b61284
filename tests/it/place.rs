//! Where received messages belong: the pure fold, with hand-made mails.
