//! Under which account Postgres runs, and how a program is started so.
//!
//! Postgres refuses to run as root. When Hansei is root, the programs of Postgres become the owner of the
//! existing database files, else the owner of the data folder, else `postgres`, else `nobody`. A data folder of root's
//! stays what it is, mode 0700, wherever it is: only the subfolder with the database files belongs to the other account.
//! That account may not walk down to its own folder (through a data folder with mode 0700, or `/root`), so on
//! Linux it does not: root opens the folder, the program inherits the open folder as file descriptor 3, and is
//! told that its data are in `/proc/self/fd/3`. Nothing has to be opened up, moved or linked.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::EmbeddedError;
use crate::platform::ownership;

/// What the open folder is called by the program that inherits it.
const INHERITED: &str = "/proc/self/fd/3";

/// Puts the folder, which comes in as standard output, where [`INHERITED`] says, and becomes the program.
const BECOME: &str = r#"exec 3<&1 1>&2; exec "$@""#;

/// An account of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl From<&Metadata> for Account {
    /// Whom this belongs to.
    fn from(metadata: &Metadata) -> Self {
        Self {
            uid: metadata.uid(),
            gid: metadata.gid(),
        }
    }
}

/// Who runs Postgres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// The account that Hansei runs under.
    Ourselves,
    /// Another one, because Hansei runs as root.
    Other(Account),
}

impl Identity {
    /// Decides by who we are, who owns the existing files and the data folder, and the text of `/etc/passwd`.
    pub(super) fn choose(
        our_uid: u32,
        existing: Option<&Account>,
        folder: &Account,
        passwd: &str,
    ) -> Result<Self, EmbeddedError> {
        let owner = existing.cloned();
        match owner {
            Some(owner) if our_uid != 0 && owner.uid != our_uid => {
                Err(EmbeddedError::ForeignOwner {
                    owner: owner.uid,
                    ours: our_uid,
                })
            }
            Some(owner) if our_uid == 0 && owner.uid != 0 => Ok(Self::Other(owner)),
            _ if our_uid != 0 => Ok(Self::Ourselves),
            // Who owns the folder is who uses it when nobody is root.
            _ if folder.uid != 0 => Ok(Self::Other(folder.clone())),
            _ => ["postgres", "nobody"]
                .into_iter()
                .find_map(|name| look_up(passwd, name))
                .map(Self::Other)
                .ok_or(EmbeddedError::NoAccount),
        }
    }

    /// Hands a path over to the account, when it is not ours.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(account) => {
                std::os::unix::fs::lchown(path, Some(account.uid), Some(account.gid))
            }
        }
    }

    /// Hands over a whole folder: files restored by root belong to root.
    pub(super) fn give_all(&self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(account) => ownership::hand_over(folder, (account.uid, account.gid)),
        }
    }
}

fn look_up(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Account { uid, gid })
    })
}

/// The user id that this process creates files under.
pub(super) fn our_uid(data_dir: &Path) -> io::Result<u32> {
    let probe = data_dir.join(format!(
        ".who-am-i-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let file = ownership::create(&probe)?;
    let uid = file.metadata().map(|probe| probe.uid());
    std::fs::remove_file(&probe)?;
    uid
}

/// A folder with database files, and who works in it.
#[derive(Clone, Debug)]
pub(super) struct Workplace {
    pub(super) folder: PathBuf,
    pub(super) identity: Identity,
}

impl Workplace {
    /// What a program started by [`Self::command`] has to call the folder.
    pub(super) fn data_argument(&self) -> &Path {
        if self.inherits() {
            Path::new(INHERITED)
        } else {
            &self.folder
        }
    }

    /// A command that becomes the program, under the right account, with the folder within reach.
    pub(super) fn command(&self, program: &Path) -> io::Result<Command> {
        let mut command = self.shell(BECOME)?;
        command.arg(program);
        Ok(command)
    }

    /// A command that runs a shell script; what is added to it becomes the script's arguments.
    ///
    /// Standard output must stay as it is: it carries the folder. Scripts begin like [`BECOME`].
    pub(super) fn shell(&self, script: &str) -> io::Result<Command> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", script, "hansei-postgres"])
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir("/")
            .stdout(if self.inherits() {
                Stdio::from(File::open(&self.folder)?)
            } else {
                Stdio::null()
            });
        if let Identity::Other(account) = &self.identity {
            command.uid(account.uid).gid(account.gid);
        }
        Ok(command)
    }

    fn inherits(&self) -> bool {
        cfg!(target_os = "linux") && self.identity != Identity::Ourselves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        postgres-old:x:7:7::/:/bin/sh\n\
        nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
        postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    const ROOT: Account = Account { uid: 0, gid: 0 };

    #[test]
    fn root_becomes_whom_the_folder_belongs_to() {
        let ada = Account {
            uid: 1000,
            gid: 1001,
        };
        let chosen = |existing| Identity::choose(0, existing, &ada, PASSWD).unwrap();
        assert_eq!(chosen(None), Identity::Other(ada.clone()));
        assert_eq!(chosen(Some(&ROOT)), Identity::Other(ada.clone()));
        let bob = Account { uid: 7, gid: 7 };
        assert_eq!(chosen(Some(&bob)), Identity::Other(bob.clone()));
    }

    #[test]
    fn root_becomes_postgres_or_nobody() {
        let postgres = Identity::choose(0, None, &ROOT, PASSWD).unwrap();
        assert_eq!(postgres, Identity::Other(Account { uid: 101, gid: 104 }));
        let without = PASSWD.replace("\npostgres:", "\nmysql:");
        let nobody = Identity::choose(0, None, &ROOT, &without).unwrap();
        assert_eq!(
            nobody,
            Identity::Other(Account {
                uid: 65534,
                gid: 65533
            })
        );
        let refusal =
            Identity::choose(0, None, &ROOT, "root:x:0:0:root:/root:/bin/bash").unwrap_err();
        assert!(matches!(refusal, EmbeddedError::NoAccount));
    }

    #[test]
    fn ordinary_accounts_stay_themselves() {
        assert_eq!(
            Identity::choose(1000, None, &ROOT, PASSWD).unwrap(),
            Identity::Ourselves
        );
    }

    #[test]
    fn an_account_that_is_root_in_disguise_is_passed_over() {
        assert_eq!(look_up("postgres:x:0:0::/:/bin/sh", "postgres"), None);
        assert_eq!(look_up("postgres:x", "postgres"), None);
    }
}
