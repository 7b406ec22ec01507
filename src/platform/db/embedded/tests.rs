//! What the tests of this folder share.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// A folder that is removed when the test ends.
#[derive(Debug)]
pub(crate) struct TemporaryDir(PathBuf);

impl TemporaryDir {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hansei-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn roles_survive_the_lock_file() {
    for role in [
        Role::Server,
        Role::ServerElsewhere,
        Role::Tool("user create".to_owned()),
    ] {
        assert_eq!(Role::from(role.to_string().as_str()), role);
    }
}

#[test]
fn the_data_folder_is_closed_to_others_but_a_strangers_folder_is_left_alone() {
    let parent = TemporaryDir::new();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;

    let fresh = make_data_dir(&parent.path().join("a/b")).unwrap();
    assert_eq!(mode(&fresh), 0o700);

    let empty = parent.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    std::fs::set_permissions(&empty, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(mode(&make_data_dir(&empty).unwrap()), 0o700);

    let home = parent.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("letter"), "dear").unwrap();
    std::fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(mode(&make_data_dir(&home).unwrap()), 0o755);
}

#[test]
fn long_socket_paths_are_shortened() {
    let parent = TemporaryDir::new();
    let long = parent.path().join("d".repeat(120));
    std::fs::create_dir(&long).unwrap();
    let (short, open) = within_socket_limit(&long).unwrap();
    assert!(short.join(SOCKET).as_os_str().as_bytes().len() <= SOCKET_PATH_LIMIT);
    assert_eq!(short.canonicalize().unwrap(), long.canonicalize().unwrap());
    drop(open);
}
