//! Passwords and tokens: made, hashed, checked. What is stored never opens anything by itself.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use rand::Rng as _;
use sha2::{Digest, Sha256};

/// Shortest password, in characters.
pub const PASSWORD_LENGTH: usize = 12;

/// A hash that no password has: checking against it takes as long as against a real one.
pub const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRmb3Jub2JvZHk$8bJd5XNT4tV8p2vCmhJ2y9m0yGmPqk6cS7oYz8kJ2nE";

/// A new random token: 64 hexadecimal digits.
pub fn new_token() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}

/// What is stored of a token.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The Argon2id hash of a password. Slow on purpose: call it away from the async threads.
pub fn hash_password(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))?.to_string())
}

/// Whether a password has this hash. As slow as hashing.
pub fn is_password(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_hash_is_argon2id_and_checks() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(is_password("correct horse", &hash));
        assert!(!is_password("wrong horse", &hash));
        assert!(!is_password("anything", NOBODY));
        // A hash that does not parse would be refused at once, and tell which addresses exist.
        let (nobody, real) = (PasswordHash::new(NOBODY).unwrap(), PasswordHash::new(&hash).unwrap());
        assert_eq!((nobody.algorithm, nobody.version), (real.algorithm, real.version));
        assert_eq!(nobody.params.to_string(), real.params.to_string());
        assert_eq!(nobody.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[test]
    fn tokens_differ_and_only_their_hash_is_stored() {
        let (one, other) = (new_token(), new_token());
        assert_ne!(one, other);
        assert_ne!(token_hash(&one), token_hash(&other));
        assert_eq!(token_hash(&one), token_hash(&one));
    }
}
