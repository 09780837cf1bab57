//! What a call that signs in is given beside the plain settings: the secret ones from the vault, the content of token
//! files as it is now, and the private keys of certificates.

use crate::contract::manifest::{Entry, Field};
use crate::contract::types::{Error, Problem, Setting};
use crate::credentials::{CredentialError, Vault, setting_name};
use crate::keys::{Keys, key_name};
use crate::sandbox::CallError;
use crate::secret::Secret;
use crate::storage::StorageError;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// The largest file that holds one setting. Certificates with their chain take a few kilobytes, tokens less.
pub const FILE_BYTES: u64 = 256 * 1024;

/// The secrets of a connection, ready for one call or one dialogue.
pub struct Opened {
    /// The secret settings that have a value.
    pub settings: Vec<Setting>,
    /// The private keys, by their fields.
    pub keys: Arc<Keys>,
}

/// Opens the secrets of a connection. Token files are read anew: another program keeps them fresh.
///
/// # Errors
/// The vault fails; `invalid-settings` when a token file cannot be read.
pub fn open(fields: &[Field], vault: &dyn Vault) -> Result<Opened, CredentialError> {
    let mut settings = Vec::new();
    for field in fields.iter().filter(|field| field.secret) {
        let Some(value) = vault.get(&setting_name(&field.name))? else { continue };
        let value = value.expose_text().unwrap_or_default();
        let value = match field.entry {
            Entry::TokenFile => read_text(value).map_err(|wrong| unreadable(field, wrong))?,
            _ => Secret::from(value.to_owned()),
        };
        settings.push(Setting::new(&field.name, value.expose_text().unwrap_or_default()));
    }
    Ok(Opened { settings, keys: Arc::new(Keys::new(keys(fields, vault)?)) })
}

/// The private keys of a connection alone, by their fields: no file is read for them.
///
/// # Errors
/// The vault fails.
pub fn keys(fields: &[Field], vault: &dyn Vault) -> Result<Vec<(String, Secret)>, StorageError> {
    let certificates = fields.iter().filter(|field| matches!(field.entry, Entry::Certificate));
    let key = |field: &Field| Ok(vault.get(&key_name(&field.name))?.map(|key| (field.name.clone(), key)));
    certificates.filter_map(|field| key(field).transpose()).collect()
}

fn unreadable(field: &Field, wrong: String) -> CredentialError {
    let problem = Problem {
        field: field.name.clone(),
        wrong,
        mend: "Look whether the program that keeps the file fresh runs, and whether this user may read it.".to_owned(),
    };
    CredentialError::Renew(Box::new(CallError::Connector(Error::InvalidSettings(vec![problem]))))
}

/// The bytes of a file that holds a setting.
///
/// # Errors
/// A sentence: it cannot be read, is empty or too large.
pub fn read_bytes(path: &str) -> Result<Secret, String> {
    let failed = |error: std::io::Error| format!("The file {path} cannot be read: {error}.");
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 {
        0 => Err(format!("The file {path} is empty.")),
        length if length > FILE_BYTES => {
            Err(format!("The file {path} is larger than {} KiB, which is no setting.", FILE_BYTES / 1024))
        }
        _ => Ok(Secret::new(bytes)),
    }
}

/// The text of a file without the line end that editors put behind it.
///
/// # Errors
/// As [`read_bytes`], and when it is no text.
pub fn read_text(path: &str) -> Result<Secret, String> {
    let bytes = read_bytes(path)?;
    let text = bytes.expose_text().ok_or_else(|| format!("The file {path} holds something else than text."))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("The file {path} is empty.")),
        value => Ok(Secret::from(value.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stored(Vec<(&'static str, String)>);

    impl Vault for Stored {
        fn get(&self, name: &str) -> Result<Option<Secret>, StorageError> {
            Ok(self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| Secret::from(value.clone())))
        }

        fn put(&self, _: &str, _: &Secret) -> Result<(), StorageError> {
            Ok(())
        }

        fn delete(&self, _: &str) -> Result<(), StorageError> {
            Ok(())
        }
    }

    fn field(name: &str, entry: Entry, secret: bool) -> Field {
        Field {
            name: name.into(),
            label: name.into(),
            help: String::new(),
            entry,
            secret,
            signs_in: false,
            required: false,
            default: None,
            only_when: None,
        }
    }

    #[test]
    fn a_token_file_is_read_anew_each_time_and_its_loss_names_the_field() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let fields = [field("api-key", Entry::Text, true), field("token", Entry::TokenFile, true)];
        let vault = Stored(vec![("setting/api-key", "k".into()), ("setting/token", path.clone())]);
        for content in ["first\n", "second"] {
            std::fs::write(&path, content).unwrap();
            let opened = open(&fields, &vault).unwrap();
            let values: Vec<_> = opened.settings.iter().map(|setting| setting.value.as_str()).collect();
            assert_eq!(values, ["k", content.trim()]);
        }
        drop(file);
        let error = open(&fields, &vault).err().unwrap();
        let Some(Error::InvalidSettings(problems)) = error.connector() else { panic!() };
        assert_eq!(problems[0].field, "token");
        assert!(problems[0].wrong.contains(&path));
    }

    #[test]
    fn the_private_key_of_a_certificate_signs_and_is_no_setting() {
        let pair = crate::keys::read(include_bytes!("keys/open.pfx"), None).unwrap();
        let fields = [field("certificate", Entry::Certificate, false)];
        struct Key(Secret);
        impl Vault for Key {
            fn get(&self, name: &str) -> Result<Option<Secret>, StorageError> {
                Ok((name == "key/certificate").then(|| self.0.clone()))
            }
            fn put(&self, _: &str, _: &Secret) -> Result<(), StorageError> {
                Ok(())
            }
            fn delete(&self, _: &str) -> Result<(), StorageError> {
                Ok(())
            }
        }
        let opened = open(&fields, &Key(pair.key)).unwrap();
        assert!(opened.settings.is_empty());
        assert!(opened.keys.sign("certificate", crate::contract::keys::Algorithm::Ps256, b"x").is_ok());
    }
}
