//! The master key: a file outside the database from which every key for data at rest is derived.
//!
//! This file handles the key file, its permissions and the derivation of keys; `seal.rs` encrypts with them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use aes_gcm::Aes256Gcm;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _};
use sha2::{Digest as _, Sha256};

use super::secret::{Secret, Token, decode_32, random_bytes};

const FILE_NAME: &str = "master.key";

/// The key that encrypts this instance's secrets, read once at the start.
#[derive(Clone)]
pub struct MasterKey {
    key: Secret<[u8; 32]>,
    id: [u8; 8],
    cipher: Aes256Gcm,
    hmac: Hmac<Sha256>,
}

/// Why the master key could not be read or created; every message says how to recover.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file system returned an error.
    #[error("cannot use the master key {}: {source}; check that the folder exists and belongs to the user that runs Doorward", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file exists but does not contain a key.
    #[error("the master key {} is not 43 characters of base64url; restore the file from your backup, since a new key cannot decrypt the database", .0.display())]
    Malformed(PathBuf),
    /// Other users of this machine can read the file or write to its folder.
    #[error("other users have access to the master key through {} with mode {mode:04o}; run: chmod {wanted:04o} '{}'", path.display(), path.display())]
    TooOpen {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits it should have.
        wanted: u32,
    },
    /// The database needs a master key, and the file is missing.
    #[error("the database needs master key {id}, but {} is missing; restore the file from your backup, or set keys_dir to the folder with the file", path.display())]
    Missing {
        /// Where the file should be.
        path: PathBuf,
        /// The id of the key that is needed.
        id: String,
    },
    /// The database needs another master key.
    #[error("the database needs master key {id}, but {} contains key {found}; restore the right file from your backup, or set keys_dir to the folder with the file", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The id of the key that is needed.
        id: String,
        /// The id of the key that was found.
        found: String,
    },
}

impl MasterKey {
    /// Reads `<dir>/master.key`; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read, is not a key, or others on the machine can reach it.
    pub fn load(dir: &Path) -> Result<Option<Self>, MasterKeyError> {
        let path = dir.join(FILE_NAME);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(MasterKeyError::Io { path, source }),
        };
        let folder = fs::metadata(dir).map_err(at(dir))?;
        refuse_access_by_others(dir, folder.permissions().mode(), 0o022, 0o700)?;
        let metadata = file.metadata().map_err(at(&path))?;
        refuse_access_by_others(&path, metadata.permissions().mode(), 0o077, 0o600)?;
        if metadata.len() > 64 {
            return Err(MasterKeyError::Malformed(path));
        }
        let mut text = Vec::with_capacity(64);
        file.read_to_end(&mut text).map_err(at(&path))?;
        let text = Secret::new(text);
        let key = std::str::from_utf8(text.expose())
            .ok()
            .and_then(|text| decode_32(text.trim_end()));
        key.map(|key| Some(Self::from_bytes(key)))
            .ok_or(MasterKeyError::Malformed(path))
    }

    /// Creates `<dir>/master.key` (mode 0600, folder 0700); it is synced to disk when this returns.
    ///
    /// Never overwrites: of several processes that start at once, one creates the key and all return the same.
    ///
    /// # Errors
    /// When the folder or file cannot be written, or the key that another process created cannot be read.
    pub fn create(dir: &Path) -> Result<Self, MasterKeyError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(at(dir))?;
        if fs::metadata(dir).map_err(at(dir))?.permissions().mode() & 0o777 != 0o700 {
            fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(at(dir))?;
        }
        let path = dir.join(FILE_NAME);
        let draft = dir.join(format!(".{FILE_NAME}.{}", hex::encode(random_bytes::<8>())));
        // A hard link publishes the complete file in one step and never replaces one, so nobody reads half a
        // key.
        let linked = write_new(&draft, &Token::random()).and_then(|()| fs::hard_link(&draft, &path));
        let _ = fs::remove_file(&draft);
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(&path)(error)),
            _ => {
                sync_folder(dir).map_err(at(dir))?;
                let missing = || at(&path)(io::ErrorKind::NotFound.into());
                Self::load(dir)?.ok_or_else(missing)
            }
        }
    }

    /// Reads the master key with the id that the database stores; never creates one.
    ///
    /// # Errors
    /// Like [`MasterKey::load`], and when the key is missing or has another id.
    pub fn require(dir: &Path, id: &str) -> Result<Self, MasterKeyError> {
        let path = dir.join(FILE_NAME);
        let id = id.to_owned();
        match Self::load(dir)? {
            None => Err(MasterKeyError::Missing { path, id }),
            Some(key) if key.id() != id => Err(MasterKeyError::Wrong {
                path,
                id,
                found: key.id(),
            }),
            Some(key) => Ok(key),
        }
    }

    /// An id that does not reveal the key: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(self.id)
    }

    /// Derives a key for one purpose by HKDF-SHA256 (RFC 5869).
    #[must_use]
    pub fn derive(&self, label: &'static str) -> Secret<[u8; 32]> {
        expand(self.key.expose(), label)
    }

    pub(super) fn from_bytes(key: [u8; 32]) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(&Sha256::digest(key)[..8]);
        Self {
            id,
            cipher: Aes256Gcm::new(expand(&key, "seal").expose().into()),
            hmac: keyed_hash(expand(&key, "mac").expose()),
            key: Secret::new(key),
        }
    }

    pub(super) const fn id_bytes(&self) -> &[u8; 8] {
        &self.id
    }

    pub(super) const fn cipher(&self) -> &Aes256Gcm {
        &self.cipher
    }

    pub(super) fn hmac(&self) -> Hmac<Sha256> {
        self.hmac.clone()
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 yields up to 8160 bytes, and this needs 32"
)]
fn expand(key: &[u8; 32], label: &str) -> Secret<[u8; 32]> {
    let mut derived = [0; 32];
    Hkdf::<Sha256>::new(None, key)
        .expand_multi_info(&[b"doorward/1/", label.as_bytes()], &mut derived)
        .expect("32 bytes are within HKDF's range");
    Secret::new(derived)
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed_hash(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes any key")
}

fn at(path: &Path) -> impl Fn(io::Error) -> MasterKeyError {
    let path = path.to_owned();
    move |source| MasterKeyError::Io {
        path: path.clone(),
        source,
    }
}

fn refuse_access_by_others(
    path: &Path,
    mode: u32,
    forbidden: u32,
    wanted: u32,
) -> Result<(), MasterKeyError> {
    if mode & forbidden == 0 {
        return Ok(());
    }
    Err(MasterKeyError::TooOpen {
        path: path.to_owned(),
        mode: mode & 0o7777,
        wanted,
    })
}

fn write_new(path: &Path, key: &Token) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{}", key.as_str())?;
    file.sync_all()
}

/// Syncs the folder's entries and its own entry to disk.
fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()?;
    match fs::canonicalize(dir)?.parent() {
        // A parent that cannot be opened was not created by us.
        Some(parent) => File::open(parent).and_then(|parent| parent.sync_all()).or(Ok(())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn the_key_is_created_once_with_mode_0600_in_a_folder_with_mode_0700() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("data/keys");
        assert!(MasterKey::load(&dir).unwrap().is_none());
        let made = MasterKey::create(&dir).unwrap();
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join(FILE_NAME)), 0o600);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "no draft is left");
        let text = fs::read(dir.join(FILE_NAME)).unwrap();
        assert_eq!(MasterKey::create(&dir).unwrap().id(), made.id());
        assert_eq!(fs::read(dir.join(FILE_NAME)).unwrap(), text, "never overwritten");
        assert_eq!(MasterKey::load(&dir).unwrap().unwrap().id(), made.id());
        assert_eq!(MasterKey::require(&dir, &made.id()).unwrap().id(), made.id());
    }

    #[test]
    fn sixteen_concurrent_starts_use_the_same_key() {
        for _ in 0..8 {
            let home = tempfile::tempdir().unwrap();
            let (dir, barrier) = (home.path().join("keys"), Barrier::new(16));
            let start = || {
                barrier.wait();
                MasterKey::create(&dir).unwrap().id()
            };
            let ids: Vec<String> = std::thread::scope(|scope| {
                let racers: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        }
    }

    /// The folder and the file of a new key, with what keeps them until the end of the test.
    fn new_key() -> (PathBuf, PathBuf, tempfile::TempDir) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("keys");
        MasterKey::create(&dir).unwrap();
        let file = dir.join(FILE_NAME);
        (dir, file, home)
    }

    #[test]
    fn a_key_that_others_can_access_is_refused_with_the_command_that_corrects_it() {
        let (dir, file, _home) = new_key();
        for open in [0o640, 0o604, 0o620, 0o660, 0o644] {
            fs::set_permissions(&file, Permissions::from_mode(open)).unwrap();
            let error = MasterKey::load(&dir).unwrap_err().to_string();
            assert!(
                error.contains(&format!("chmod 0600 '{}'", file.display())),
                "{error}"
            );
        }
        fs::set_permissions(&file, Permissions::from_mode(0o400)).unwrap();
        assert!(MasterKey::load(&dir).is_ok());
        fs::set_permissions(&dir, Permissions::from_mode(0o770)).unwrap();
        let error = MasterKey::load(&dir).unwrap_err().to_string();
        assert!(
            error.contains(&format!("chmod 0700 '{}'", dir.display())),
            "{error}"
        );
    }

    #[test]
    fn a_malformed_key_is_refused_and_left_as_it_is() {
        let (dir, file, _home) = new_key();
        let long = "A".repeat(5000);
        for text in ["", "short", &"A".repeat(42), &"=".repeat(43), &long, "\u{e9}"] {
            fs::write(&file, text).unwrap();
            assert!(
                matches!(MasterKey::load(&dir), Err(MasterKeyError::Malformed(_))),
                "{text:?}"
            );
            assert!(
                matches!(MasterKey::create(&dir), Err(MasterKeyError::Malformed(_))),
                "{text:?}"
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn a_missing_or_different_key_is_refused_and_none_is_created() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("keys");
        let error = MasterKey::require(&dir, "0011223344556677").unwrap_err();
        assert!(matches!(error, MasterKeyError::Missing { .. }));
        assert!(
            error.to_string().contains("restore the file from your backup"),
            "{error}"
        );
        assert!(!dir.exists());
        MasterKey::create(&dir).unwrap();
        let error = MasterKey::require(&dir, "0011223344556677").unwrap_err();
        assert!(matches!(error, MasterKeyError::Wrong { .. }), "{error}");
    }

    #[test]
    fn derived_keys_differ_by_label_and_by_master_key() {
        let key = MasterKey::from_bytes([7; 32]);
        assert_eq!(key.derive("a"), key.derive("a"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), MasterKey::from_bytes([8; 32]).derive("a"));
    }

    #[test]
    fn a_master_key_prints_its_id_only() {
        let key = MasterKey::from_bytes([7; 32]);
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
        assert_eq!(key.id().len(), 16);
    }
}
