//! Compiled components, kept between runs.
//!
//! To load compiled code is to run it: whoever can write the file can do anything. So the folder is private, and every
//! file carries a code of authentication over its name and its content, made with a key that does not lie in the folder.
//! A file whose code does not fit is treated as if it were not there.

use chacha20poly1305::aead::{AeadInPlace, KeyInit, generic_array::GenericArray};
use chacha20poly1305::{Tag, XChaCha20Poly1305};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;
use zeroize::Zeroizing;

/// Bytes of the nonce, and of the tag, that stand before the content of a file.
const NONCE: usize = 24;
const TAG: usize = 16;

/// A folder of compiled components.
pub struct Cache {
    folder: PathBuf,
    key: Zeroizing<[u8; 32]>,
}

impl Cache {
    /// A cache in a folder, which is made when it is needed. `key` authenticates the files; it is to be kept elsewhere.
    pub fn new(folder: impl Into<PathBuf>, key: [u8; 32]) -> Self {
        Self { folder: folder.into(), key: Zeroizing::new(key) }
    }

    /// The compiled component of this digest; absent when there is none, or when it was made by another version of the
    /// engine, with another configuration, or by somebody without the key.
    pub fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let name = file_name(engine, digest);
        let bytes = fs::read(self.folder.join(&name)).ok()?;
        let code = self.verify(&name, &bytes)?;
        #[expect(
            unsafe_code,
            reason = "the code was made by this engine: its tag, made with our key, was just verified"
        )]
        // SAFETY: `deserialize` asks for the unchanged output of `Component::serialize`. Only `store` makes a tag that
        // fits, and it does so over exactly that output; the file's name is under the tag as well.
        let component = unsafe { Component::deserialize(engine, code) };
        component.ok()
    }

    /// Keeps a compiled component. A cache is a comfort: who cannot write it compiles again next time.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn store(&self, engine: &Engine, digest: &str, component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(io::Error::other)?;
        let name = file_name(engine, digest);
        let sealed = self.authenticate(&name, &code)?;
        make_private(&self.folder)?;
        // Written beside and moved, so that another process never reads half a file.
        let beside = self.folder.join(format!("{name}.{}", std::process::id()));
        fs::write(&beside, sealed)?;
        fs::rename(&beside, self.folder.join(name))
    }

    fn authenticate(&self, name: &str, code: &[u8]) -> io::Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let tag = self
            .cipher()
            .encrypt_in_place_detached(GenericArray::from_slice(&nonce), &under_tag(name, code), &mut [])
            .map_err(|_| io::Error::other("the compiled component is too large to be kept"))?;
        Ok([&nonce, tag.as_slice(), code].concat())
    }

    fn verify<'a>(&self, name: &str, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let (nonce, rest) = bytes.split_at_checked(NONCE)?;
        let (tag, code) = rest.split_at_checked(TAG)?;
        self.cipher()
            .decrypt_in_place_detached(
                GenericArray::from_slice(nonce),
                &under_tag(name, code),
                &mut [],
                Tag::from_slice(tag),
            )
            .ok()?;
        Some(code)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(GenericArray::from_slice(self.key.as_slice()))
    }
}

/// The name ends at the first zero byte, and holds none.
fn under_tag(name: &str, code: &[u8]) -> Vec<u8> {
    [name.as_bytes(), &[0], code].concat()
}

/// The component, the version of the engine and its configuration: a change of any needs another file.
fn file_name(engine: &Engine, digest: &str) -> String {
    use std::hash::{Hash, Hasher};
    let mut hasher = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{digest}-{:016x}.compiled", hasher.finish())
}

fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;

    fn component(engine: &Engine) -> Component {
        Component::new(engine, wat::parse_str("(component)").unwrap()).unwrap()
    }

    fn only_file(folder: &Path) -> PathBuf {
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        files[0].clone()
    }

    #[test]
    fn what_was_stored_is_loaded_and_the_folder_is_private() {
        let (engine, home) = (engine::start().unwrap(), tempfile::tempdir().unwrap());
        let folder = home.path().join("made").join("when-needed");
        let cache = Cache::new(&folder, [7; 32]);
        assert!(cache.load(&engine, "d1").is_none());
        cache.store(&engine, "d1", &component(&engine)).unwrap();
        assert!(cache.load(&engine, "d1").is_some());
        assert!(cache.load(&engine, "d2").is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_file_changed_at_any_byte_is_not_loaded() {
        let (engine, home) = (engine::start().unwrap(), tempfile::tempdir().unwrap());
        let cache = Cache::new(home.path(), [7; 32]);
        cache.store(&engine, "d1", &component(&engine)).unwrap();
        let path = only_file(home.path());
        let good = fs::read(&path).unwrap();
        for at in [0, NONCE, NONCE + TAG, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, bad).unwrap();
            assert!(cache.load(&engine, "d1").is_none(), "byte {at}");
        }
        for length in [0, 10, NONCE + TAG, good.len() - 1] {
            fs::write(&path, &good[..length]).unwrap();
            assert!(cache.load(&engine, "d1").is_none(), "length {length}");
        }
        fs::write(&path, &good).unwrap();
        assert!(cache.load(&engine, "d1").is_some());
    }

    #[test]
    fn a_file_made_with_another_key_or_for_another_component_is_not_loaded() {
        let (engine, home) = (engine::start().unwrap(), tempfile::tempdir().unwrap());
        let cache = Cache::new(home.path(), [7; 32]);
        cache.store(&engine, "d1", &component(&engine)).unwrap();
        assert!(Cache::new(home.path(), [8; 32]).load(&engine, "d1").is_none());
        let path = only_file(home.path());
        fs::rename(&path, home.path().join(file_name(&engine, "d2"))).unwrap();
        assert!(cache.load(&engine, "d2").is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_and_not_a_panic() {
        let (engine, home) = (engine::start().unwrap(), tempfile::tempdir().unwrap());
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = Cache::new(file.join("below"), [7; 32]);
        assert!(cache.store(&engine, "d1", &component(&engine)).is_err());
        assert!(cache.load(&engine, "d1").is_none());
    }
}
