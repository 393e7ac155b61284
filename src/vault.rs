//! Secrets at rest: sealed with a key that is not in the database.

use std::fmt;
use std::fs;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};

const NONCE: usize = 12;
const KEY: usize = 32;

/// Seals and opens secrets. Does not print its key.
#[derive(Clone)]
pub struct Vault {
    cipher: Aes256Gcm,
    /// A key of its own for marks.
    marking: [u8; KEY],
}

/// A key or a sealed text that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read or made.
    #[error("the key file {path} cannot be used: {source}; without it the saved passwords of channels cannot be read")]
    File {
        /// Where it is.
        path: String,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// The key has another form.
    #[error("the key must be 64 hexadecimal digits")]
    Form,
    /// The text was sealed with another key, or changed.
    #[error("a saved secret cannot be opened: it was sealed with another key. Connect the channel again")]
    Sealed,
}

impl Vault {
    /// From 64 hexadecimal digits.
    pub fn from_hex(key: &str) -> Result<Self, VaultError> {
        let bytes = hex::decode(key.trim()).map_err(|_| VaultError::Form)?;
        let cipher = Aes256Gcm::new_from_slice(&bytes).map_err(|_| VaultError::Form)?;
        let marking = Sha256::digest([b"resolute: marks".as_slice(), &bytes].concat()).into();
        Ok(Self { cipher, marking })
    }

    /// From a key file, made on first use, readable by its owner only.
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        let wrong = |source| VaultError::File { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(key) => Self::from_hex(&key),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = hex::encode(rand::rng().random::<[u8; KEY]>());
                write_private(path, &key).map_err(wrong)?;
                Self::from_hex(&key)
            }
            Err(error) => Err(wrong(error)),
        }
    }

    /// Seals a secret for one purpose (`channel:<id>`): it opens for no other.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = rand::rng().random::<[u8; NONCE]>();
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| VaultError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] made for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(VaultError::Sealed)?;
        let payload = Payload { msg: rest, aad: purpose.as_bytes() };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| VaultError::Sealed)
    }

    /// A keyed hash of a text for one purpose: the same text has the same one, and without the key nobody finds the text by it.
    pub fn mark(&self, purpose: &str, text: &str) -> Result<[u8; KEY], VaultError> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.marking).map_err(|_| VaultError::Form)?;
        for part in [purpose.as_bytes(), b"\0".as_slice(), text.as_bytes()] {
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}

#[cfg(unix)]
fn write_private(path: &Path, key: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, key: &str) -> std::io::Result<()> {
    fs::write(path, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_and_for_its_purpose_only() {
        let vault = Vault::from_hex(&"ab".repeat(KEY)).unwrap();
        let mut sealed = vault.seal("channel:1", b"pass word").unwrap();
        assert_eq!(vault.open("channel:1", &sealed).unwrap(), b"pass word");
        assert!(vault.open("channel:2", &sealed).is_err());
        assert!(Vault::from_hex(&"cd".repeat(KEY)).unwrap().open("channel:1", &sealed).is_err());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(vault.open("channel:1", &sealed).is_err());
        assert!(vault.open("channel:1", b"short").is_err());
    }

    #[test]
    fn a_mark_is_of_one_key_purpose_and_text() {
        let vault = |byte: &str| Vault::from_hex(&byte.repeat(KEY)).unwrap();
        let mark = vault("ab").mark("check:1", "482913").unwrap();
        assert_eq!(vault("ab").mark("check:1", "482913").unwrap(), mark);
        for (key, purpose, text) in
            [("cd", "check:1", "482913"), ("ab", "check:2", "482913"), ("ab", "check:1", "482914")]
        {
            assert_ne!(vault(key).mark(purpose, text).unwrap(), mark, "{key} {purpose} {text}");
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let sealed = Vault::from_file(&path).unwrap().seal("x", b"secret").unwrap();
        assert_eq!(Vault::from_file(&path).unwrap().open("x", &sealed).unwrap(), b"secret");
    }
}
