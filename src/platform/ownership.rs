//! What root makes in somebody's folder becomes that somebody's: one command run as root must not lock them out.
//!
//! The owner of the folder could put links in the way, so files are handed over by their open handle and only when the
//! name still leads to them, and folders by `chown`, which follows no links.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;
use std::process::{Command, Stdio};

/// The owner of a folder and their group, unless it is root's anyway.
fn owner(folder: &Path) -> Option<(u32, u32)> {
    let metadata = fs::metadata(folder).ok()?;
    (metadata.uid() != 0).then(|| (metadata.uid(), metadata.gid()))
}

/// Gives a file or folder of root's to the owner of `folder`. For others there is nothing to give.
pub(crate) fn give_file(folder: &Path, path: &Path, file: &File) {
    let (Some((uid, gid)), Ok(open), Ok(named)) =
        (owner(folder), file.metadata(), fs::symlink_metadata(path))
    else {
        return;
    };
    let same = (open.dev(), open.ino()) == (named.dev(), named.ino());
    let only_name = open.is_dir() || open.nlink() == 1;
    if open.uid() == 0
        && same
        && only_name
        && let Err(error) = fchown(file, Some(uid), Some(gid))
    {
        tracing::debug!(path = %path.display(), %error, "a file of root's stays root's");
    }
}

/// Gives everything below `path` to the owner of `folder`, when this process is root.
pub(crate) fn give_all(folder: &Path, path: &Path) {
    let Some((uid, gid)) = owner(folder).filter(|_| is_root() && path.exists()) else {
        return;
    };
    let given = Command::new("chown")
        .args(["-R", "-h", "-P", &format!("{uid}:{gid}")])
        .arg(path)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !given.is_ok_and(|status| status.success()) {
        tracing::warn!(path = %path.display(), "what root made here could not be given to the folder's owner");
    }
}

/// Whether this process may give files away.
fn is_root() -> bool {
    match fs::metadata("/proc/self") {
        Ok(process) => process.uid() == 0,
        Err(_no_such_thing) => Command::new("id")
            .arg("-u")
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|output| output.stdout.trim_ascii() == b"0"),
    }
}
