//! What root makes in somebody's folder becomes that somebody's: one command run as root must not lock them out.
//!
//! The owner of the folder could put links in the way, so files are made new or opened without following links, handed
//! over by their open handle and only when the name still leads to them, and folders by `chown`, which follows no links.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
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
    let Some(owner) = owner(folder).filter(|_| is_root() && path.exists()) else {
        return;
    };
    if let Err(error) = hand_over(path, owner) {
        tracing::warn!(path = %path.display(), %error, "what root made here could not be given to the folder's owner");
    }
}

/// Gives everything below `path` to this account and group.
pub(crate) fn hand_over(path: &Path, (uid, gid): (u32, u32)) -> io::Result<()> {
    let given = Command::new("chown")
        .args(["-R", "-h", "-P", &format!("{uid}:{gid}")])
        .arg(path)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if given.success() {
        Ok(())
    } else {
        Err(io::Error::other("chown failed"))
    }
}

/// Opens a file that may be there already, or makes it; a link in its place is refused, whichever kind it is.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
        .open(path)?;
    if file.metadata()?.nlink() > 1 {
        return Err(io::Error::other("the file has a second name elsewhere"));
    }
    Ok(file)
}

/// Makes a new file in place of what has this name.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn nothing_is_written_through_a_link() {
        let folder = crate::platform::db::embedded::tests::TemporaryDir::new();
        let (elsewhere, name) = (folder.path().join("secret"), folder.path().join("LOCK"));
        fs::write(&elsewhere, "secret").unwrap();
        let links: [fn(&Path, &Path) -> io::Result<()>; 2] = [
            |to, at| std::os::unix::fs::symlink(to, at),
            |to, at| fs::hard_link(to, at),
        ];
        for link in links {
            link(&elsewhere, &name).unwrap();
            assert!(open(&name, File::options().write(true)).is_err());
            create(&name).unwrap().write_all(b"own").unwrap();
            assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "secret");
            assert_eq!(fs::read_to_string(&name).unwrap(), "own");
            assert!(open(&name, File::options().write(true)).is_ok());
            fs::remove_file(&name).unwrap();
        }
    }
}
