//! The archive under a temporary name: written part by part, made durable, and only then given its name.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use super::{Hashing, Part};
use crate::store::files::{folder_of, sync_folder};

/// An archive that is being written. Dropped, it leaves nothing.
pub(super) struct Archive {
    tar: tar::Builder<GzEncoder<BufWriter<NamedTempFile>>>,
    seconds: u64,
}

impl Archive {
    /// Beside the name that it will get. `seconds` is the time that its parts carry.
    pub(super) fn begin(to: &Path, seconds: u64) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix(".resolute-backup-").tempfile_in(folder_of(to))?;
        let packed = GzEncoder::new(BufWriter::with_capacity(1 << 20, file), Compression::fast());
        Ok(Self { tar: tar::Builder::new(packed), seconds })
    }

    /// Adds bytes of a known length under a name.
    pub(super) fn add(&mut self, name: &str, length: u64, from: impl Read) -> io::Result<Part> {
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(self.seconds);
        let mut hashing = Hashing::new(from.take(length));
        self.tar.append_data(&mut header, name, &mut hashing)?;
        if hashing.bytes == length {
            Ok(hashing.part(name))
        } else {
            Err(io::Error::other(format!("{name} became shorter while it was read")))
        }
    }

    /// Adds a file from its beginning.
    pub(super) fn add_file(&mut self, name: &str, file: &mut File) -> io::Result<Part> {
        file.rewind()?;
        let length = file.metadata()?.len();
        self.add(name, length, file)
    }

    /// Makes everything durable under the name, which nobody has yet.
    pub(super) fn finish(self, to: &Path) -> io::Result<()> {
        let written = self.tar.into_inner()?.finish()?;
        let file = written.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(to).map_err(|error| error.error)?;
        sync_folder(folder_of(to))
    }
}
