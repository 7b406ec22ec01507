//! One Hansei for each data folder: a lock that ends with its holder, and who the holder is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use super::Role;
use crate::platform::ownership;

/// The name of the lock file in the data folder. It is never removed: a new file would be another lock.
pub(super) const FILE_NAME: &str = "hansei.lock";

/// How far the holder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its Postgres does not answer yet.
    Starting,
    /// Its Postgres answers.
    Ready,
    /// It is on its way out.
    Stopping,
}

impl State {
    const ALL: [Self; 3] = [Self::Starting, Self::Ready, Self::Stopping];

    fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Stopping => "stopping",
        }
    }
}

/// Who holds the folder, as far as the lock file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) pid: u32,
    pub(super) role: Role,
    pub(super) state: State,
}

impl Holder {
    /// Reads the three lines of a lock file; `None` while its holder is still writing them.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.parse().ok()?;
        let role = Role::from(lines.next()?);
        let state = lines.next()?;
        let state = State::ALL
            .into_iter()
            .find(|known| known.as_str() == state)?;
        Some(Self { pid, role, state })
    }
}

/// What came of trying to take the lock.
#[derive(Debug)]
pub(super) enum Attempt {
    /// It is ours.
    Taken(FolderLock),
    /// Somebody else has it; `None` when they have not said who they are yet.
    Held(Option<Holder>),
}

/// The lock of a data folder, held until dropped or until the process ends, however it ends.
#[derive(Debug)]
pub(super) struct FolderLock {
    file: File,
    role: Role,
}

impl FolderLock {
    /// Tries once, without waiting.
    pub(super) fn attempt(data_dir: &Path, role: &Role) -> io::Result<Attempt> {
        let path = data_dir.join(FILE_NAME);
        let mut file = ownership::open(&path, OpenOptions::new().read(true).write(true))?;
        ownership::give_file(data_dir, &path, &file);
        match file.try_lock() {
            Ok(()) => {
                let mut lock = Self {
                    file,
                    role: role.clone(),
                };
                lock.announce(State::Starting)?;
                Ok(Attempt::Taken(lock))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                Ok(Attempt::Held(Holder::parse(&text)))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Tells others how far we are.
    pub(super) fn announce(&mut self, state: State) -> io::Result<()> {
        let text = format!(
            "{}\n{}\n{}\n",
            std::process::id(),
            self.role,
            state.as_str()
        );
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::db::embedded::tests::TemporaryDir;

    #[test]
    fn second_taker_learns_who_holds_it() {
        let folder = TemporaryDir::new();
        let tool = Role::Tool("import".to_owned());
        let Attempt::Taken(mut lock) = FolderLock::attempt(folder.path(), &tool).unwrap() else {
            panic!("nobody else is here");
        };
        lock.announce(State::Ready).unwrap();
        let Attempt::Held(holder) = FolderLock::attempt(folder.path(), &Role::Server).unwrap()
        else {
            panic!("the lock is held");
        };
        let expected = Holder {
            pid: std::process::id(),
            role: tool,
            state: State::Ready,
        };
        assert_eq!(holder, Some(expected));
        drop(lock);
        let again = FolderLock::attempt(folder.path(), &Role::Server).unwrap();
        assert!(matches!(again, Attempt::Taken(_)));
    }

    #[test]
    fn half_written_holder_is_nobody() {
        for text in [
            "",
            "12",
            "12\nserver",
            "12\nserver\nrea",
            "x\nserver\nready\n",
        ] {
            assert_eq!(Holder::parse(text), None, "{text:?}");
        }
    }
}
