//! Ids and addresses from outside as keys.

use sha2::{Digest, Sha256};

use crate::store::rows;

/// The greatest length of a key that stands as it is: an index of PostgreSQL takes no entry of more than 2 704 bytes.
const LONGEST: usize = 250;

/// An id or an address as it is kept in an index and looked up there: whole, or a hash where it is too long.
pub fn key_of(outside: &str) -> String {
    let whole = rows::text(outside);
    if whole.len() <= LONGEST { whole } else { format!("sha256:{}", hex::encode(Sha256::digest(whole))) }
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn a_key_is_whole_up_to_a_length_and_a_hash_beyond_it() {
        let (fits, long) = ("é".repeat(125), "é".repeat(126));
        assert_eq!(key_of(&fits), fits);
        assert_eq!(key_of(&long).len(), "sha256:".len() + 64);
        assert_ne!(key_of(&long), key_of(&format!("{long}e")));
        assert_eq!(key_of(&format!("{long}\0")), key_of(&long), "a NUL cannot be stored");
    }
}
