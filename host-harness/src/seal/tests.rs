use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

const PLACE: Place<'static> = Place { connection: 7, name: "password", purpose: Purpose::Secret };

fn ring(byte: u8) -> Keyring {
    Keyring::derive(&[byte; KEY_BYTES])
}

fn from_file(path: &Path) -> Result<Keyring, KeyError> {
    Keyring::from_file(path, Home { folder: Path::new("/nowhere/data"), is_new: true })
}

proptest! {
    #[test]
    fn a_value_opens_at_its_place_and_does_not_show_in_the_sealed_bytes(value in proptest::collection::vec(any::<u8>(), 8..200)) {
        let sealed = ring(1).seal(PLACE, &value).unwrap();
        prop_assert_eq!(sealed.len(), NONCE_BYTES + value.len() + 16);
        prop_assert!(!sealed.windows(value.len()).any(|window| window == value));
        let opened = ring(1).unseal(PLACE, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &value[..]);
    }

    #[test]
    fn a_changed_byte_is_noticed(at in 0_usize..60, flip in 1_u8..) {
        let mut sealed = ring(1).seal(PLACE, b"twenty bytes of text").unwrap();
        let at = at % sealed.len();
        sealed[at] ^= flip;
        prop_assert!(ring(1).unseal(PLACE, &sealed).is_err());
    }
}

#[test]
fn a_value_does_not_open_at_another_connection_name_or_purpose() {
    let sealed = ring(1).seal(PLACE, b"hunter2").unwrap();
    let others = [
        Place { connection: 8, ..PLACE },
        Place { name: "passwor", ..PLACE },
        Place { name: "token", ..PLACE },
        Place { purpose: Purpose::Cursor, ..PLACE },
    ];
    for other in others {
        assert!(ring(1).unseal(other, &sealed).is_err(), "{other:?}");
    }
}

#[test]
fn another_key_is_told_as_a_sentence() {
    let sealed = ring(1).seal(PLACE, b"hunter2").unwrap();
    let told = ring(2).unseal(PLACE, &sealed).err().unwrap().to_string();
    assert_eq!(
        told,
        "The secret password cannot be unsealed: it was sealed with another key, or it was changed. Use the key that was in use before, or connect again."
    );
}

#[test]
fn bytes_shorter_than_a_nonce_are_refused() {
    assert!(ring(1).unseal(PLACE, &[0; 5]).is_err());
}

#[test]
fn the_same_value_is_never_sealed_to_the_same_bytes() {
    assert_ne!(ring(1).seal(PLACE, b"x").unwrap(), ring(1).seal(PLACE, b"x").unwrap());
}

#[test]
fn the_derived_keys_differ_from_each_other_and_from_the_key() {
    let ring = ring(1);
    assert_ne!(ring.sealing, ring.cache);
    assert_ne!(*ring.sealing, [1; KEY_BYTES]);
    assert_ne!(*ring.cache_key(), [1; KEY_BYTES]);
}

#[test]
fn a_missing_key_file_is_made_for_its_owner_alone_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("key");
    let first = from_file(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
    let again = from_file(&path).unwrap();
    let sealed = first.seal(PLACE, b"hunter2").unwrap();
    assert_eq!(again.unseal(PLACE, &sealed).unwrap().expose(), b"hunter2");
}

#[test]
fn a_missing_key_file_of_a_data_folder_in_use_is_told_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let home = Home { folder: Path::new("/nowhere/data"), is_new: false };
    let told = Keyring::from_file(&path, home).err().unwrap().to_string();
    assert!(told.contains("is missing, and what the data folder /nowhere/data holds was sealed with it"), "{told}");
    assert!(!path.exists());
}

#[test]
fn a_key_file_in_the_data_folder_is_refused_also_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, &link).unwrap();
    for path in [data.join("key"), data.join("new").join("key"), link.join("key"), data.join("../data/key")] {
        let told = Keyring::from_file(&path, Home { folder: &data, is_new: true }).err().unwrap().to_string();
        assert!(told.contains("a copy of the folder would open everything in it"), "{told}");
        assert!(!data.join("key").exists());
    }
    assert!(Keyring::from_file(&folder.path().join("key"), Home { folder: &data, is_new: true }).is_ok());
}

#[test]
fn a_key_file_that_others_can_read_is_refused_with_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    from_file(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let told = from_file(&path).err().unwrap().to_string();
    let shown = path.display();
    assert_eq!(
        told,
        format!(
            "The key file {shown} can be read by others (mode 640). Run `chmod 600 {shown}` if nobody has seen it."
        )
    );
}

#[test]
fn a_key_file_with_something_else_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for content in ["", "not base64 at all!", "c2hvcnQ="] {
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let told = from_file(&path).err().unwrap().to_string();
        assert!(told.contains("holds no key: 32 bytes in base64 are expected"), "{told}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_key_file_that_is_a_folder_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let told = from_file(folder.path()).err().unwrap().to_string();
    assert!(told.starts_with("The key file"), "{told}");
}

#[test]
fn the_key_is_what_a_command_prints_and_nothing_in_its_line_is_expanded() {
    let text = BASE64.encode([5; KEY_BYTES]);
    let ring = Keyring::from_command(&format!("printf '%s\\n' {text}")).ok().unwrap();
    assert_eq!(ring.sealing, self::ring(5).sealing);
    // A shell would print the key here; without one, `$(` is a word like any other.
    let told = Keyring::from_command(&format!("echo $(printf {text})")).err().unwrap().to_string();
    assert_eq!(
        told,
        "The command that gives the key, `echo`, prints no key. Try it in a terminal; it must print the key in base64 and end with 0."
    );
}

#[test]
fn a_command_that_gives_no_key_is_one_sentence_that_does_not_show_its_arguments() {
    let cases = [
        ("/nowhere/keyring --pass hunter22", "`/nowhere/keyring`, cannot be started:"),
        ("false hunter22", "`false`, ended with exit status: 1."),
        ("sh -c 'kill -9 $$' hunter22", "`sh`, ended with signal: 9"),
        ("head -c 9000000 /dev/zero", "ended with signal: 13"),
        ("true hunter22", "`true`, prints no key."),
        ("echo 'hunter22", "`echo`, has a quote without its end."),
        ("  ", "has no words."),
    ];
    for (line, expected) in cases {
        let told = Keyring::from_command(line).err().unwrap().to_string();
        assert!(told.contains(expected) && !told.contains("hunter22"), "{line}: {told}");
    }
}
