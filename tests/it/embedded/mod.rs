//! The private Postgres: starts from nothing, keeps its data through every kind of death, never runs twice.

mod killed;

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel_async::SimpleAsyncConnection as _;
use hansei::platform::db::embedded::{Embedded, EmbeddedError, Options, hold_folder};
use hansei::platform::db::{Connection, Session};

use crate::support::postgres::{options, text};

/// A data folder under a folder that only its owner may enter; removed when the test ends.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hansei-embedded-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .unwrap();
        Self(path)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn files(&self) -> PathBuf {
        self.data().join("postgres")
    }

    /// Without `fsync`: killing processes loses nothing that was handed to the kernel.
    fn options(&self) -> Options {
        options(&self.data())
    }

    fn pid(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.files().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Waits for a state, at most 20 seconds.
async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !reached() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "waited in vain until {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn connect(embedded: &Embedded) -> Connection {
    embedded
        .settings()
        .connect(Session::Background)
        .await
        .unwrap()
}

async fn remember(embedded: &Embedded, word: &str) {
    let mut connection = connect(embedded).await;
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS memory (text text); INSERT INTO memory VALUES ('{word}')"
    );
    connection.batch_execute(&sql).await.unwrap();
}

async fn memory(embedded: &Embedded) -> Vec<String> {
    text(
        &mut connect(embedded).await,
        "SELECT text FROM memory ORDER BY text",
    )
    .await
}

#[tokio::test]
async fn starts_from_nothing_and_keeps_what_it_was_told() {
    let home = Home::new();
    let options = Options {
        fsync: true,
        ..home.options()
    };
    // Promised are 5 and 2 seconds; a machine busy with other tests is given more. Alone: 1.2 and 0.2.
    let begun = Instant::now();
    let embedded = Embedded::start(&options).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "first start took {:?}",
        begun.elapsed()
    );
    assert!(embedded.is_ours());
    remember(&embedded, "kept").await;

    for folder in [home.data(), home.files()] {
        let mode = std::fs::metadata(&folder).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
    }
    // Nobody is root in there, not even when Hansei is.
    assert_ne!(std::fs::metadata(home.files()).unwrap().uid(), 0);
    let sql = "SELECT concat_ws(' ', current_setting('listen_addresses'), current_setting('fsync'),
        current_setting('full_page_writes'), current_setting('data_checksums'),
        current_setting('server_encoding'), current_setting('is_superuser')) AS text";
    assert_eq!(
        text(&mut connect(&embedded).await, sql).await,
        [" on on on UTF8 off"]
    );
    embedded.stop().await.unwrap();
    assert_eq!(home.pid(), None);

    let begun = Instant::now();
    let embedded = Embedded::start(&options).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "second start took {:?}",
        begun.elapsed()
    );
    assert_eq!(memory(&embedded).await, ["kept"]);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_server_is_refused_and_a_command_joins_the_first() {
    let home = Home::new();
    let server = Embedded::start(&home.options()).await.unwrap();
    let refusal = Embedded::start(&home.options())
        .await
        .unwrap_err()
        .to_string();
    let expected = format!(
        "another Hansei (pid {}) is already serving",
        std::process::id()
    );
    assert!(refusal.contains(&expected), "{refusal}");

    let command = Embedded::attach_or_start(&home.options(), "import")
        .await
        .unwrap();
    assert!(!command.is_ours());
    remember(&command, "by the command").await;
    command.stop().await.unwrap();
    assert_eq!(memory(&server).await, ["by the command"]);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_has_one_server_wherever_its_database_is() {
    let home = Home::new();
    let held = hold_folder(&home.data()).await.unwrap();
    let refusal = hold_folder(&home.data()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::AlreadyServed { .. }),
        "{refusal}"
    );
    let refusal = Embedded::start(&home.options()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::AlreadyServed { .. }),
        "{refusal}"
    );
    let refusal = Embedded::attach_or_start(&home.options(), "import").await;
    let refusal = refusal.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::ServedElsewhere { .. }),
        "{refusal}"
    );
    drop(held);
    let server = Embedded::start(&home.options()).await.unwrap();
    let refusal = hold_folder(&home.data()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::AlreadyServed { .. }),
        "{refusal}"
    );
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_command_that_only_looks_makes_nothing() {
    let home = Home::new();
    let refusal = Embedded::attach(&home.options(), "check")
        .await
        .unwrap_err();
    assert!(matches!(refusal, EmbeddedError::NoDatabase(_)), "{refusal}");
    assert!(!home.data().exists());
}

#[tokio::test]
async fn what_root_makes_in_a_folder_belongs_to_its_owner() {
    let home = Home::new();
    if std::fs::metadata(&home.0).unwrap().uid() != 0 {
        return;
    }
    let nobody = 65534;
    std::fs::create_dir(home.data()).unwrap();
    std::os::unix::fs::chown(home.data(), Some(nobody), Some(nobody)).unwrap();
    Embedded::start(&home.options())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    for name in [".", "hansei.lock", "postgres.log", "postgres"] {
        assert_eq!(owner(&home.data().join(name)), nobody, "{name}");
    }
    // Restored by root: not handed to `postgres`, who could do nothing with it.
    let status = Command::new("chown")
        .args(["-R", "0:0"])
        .arg(home.files())
        .status()
        .unwrap();
    assert!(status.success());
    Embedded::start(&home.options())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    assert_eq!(owner(&home.files().join("global")), nobody);
}

#[tokio::test]
async fn a_server_waits_for_a_command() {
    let home = Home::new();
    let command = Embedded::attach_or_start(&home.options(), "import")
        .await
        .unwrap();
    assert!(command.is_ours());
    remember(&command, "before").await;
    let options = home.options();
    let server = tokio::spawn(async move { Embedded::start(&options).await });
    command.stop().await.unwrap();
    let server = server.await.unwrap().unwrap();
    assert_eq!(memory(&server).await, ["before"]);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_drop_is_a_stop_too() {
    let home = Home::new();
    let embedded = Embedded::start(&home.options()).await.unwrap();
    drop(embedded);
    until("Postgres has stopped", || home.pid().is_none()).await;
}

#[tokio::test]
async fn long_paths_work() {
    let home = Home::new();
    let data_dir = home.0.join("d".repeat(80)).join("e".repeat(80));
    let options = Options {
        data_dir,
        ..home.options()
    };
    let embedded = Embedded::start(&options).await.unwrap();
    remember(&embedded, "far away").await;
    let command = Embedded::attach_or_start(&options, "search").await.unwrap();
    assert_eq!(memory(&command).await, ["far away"]);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn half_made_files_are_made_again() {
    let home = Home::new();
    let half = home.data().join("postgres.unfinished-1");
    std::fs::create_dir_all(half.join("base")).unwrap();
    std::fs::write(half.join("PG_VERSION"), "15").unwrap();
    let embedded = Embedded::start(&home.options()).await.unwrap();
    assert!(!half.exists());
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_not_a_database_is_not_touched() {
    let home = Home::new();
    std::fs::create_dir_all(home.files()).unwrap();
    std::fs::write(home.files().join("novel.txt"), "Once").unwrap();
    let refusal = Embedded::start(&home.options()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::NotACluster(_)),
        "{refusal}"
    );
    assert!(home.files().join("novel.txt").exists());
}

#[tokio::test]
async fn missing_postgres_is_one_clear_sentence() {
    let home = Home::new();
    let options = Options {
        pg_bin: Some(home.0.join("bin")),
        ..home.options()
    };
    let refusal = Embedded::start(&options).await.unwrap_err().to_string();
    assert!(refusal.contains("HANSEI_PG_BIN"), "{refusal}");
    assert!(!refusal.contains('\n'), "{refusal}");
}

#[tokio::test]
async fn a_database_of_another_version_says_which_is_needed() {
    let home = Home::new();
    std::fs::create_dir_all(home.files()).unwrap();
    std::fs::write(home.files().join("PG_VERSION"), "9\n").unwrap();
    let refusal = Embedded::start(&home.options())
        .await
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("made by PostgreSQL 9"), "{refusal}");
}

#[tokio::test]
async fn a_start_that_fails_repeats_what_postgres_said() {
    let home = Home::new();
    Embedded::start(&home.options())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    std::fs::write(home.files().join("postgresql.conf"), "nonsense = 1\n").unwrap();
    let refusal = Embedded::start(&home.options())
        .await
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("nonsense"), "{refusal}");
    // And the folder is free again.
    std::fs::write(home.files().join("postgresql.conf"), "").unwrap();
    Embedded::start(&home.options())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
}

#[tokio::test]
async fn files_restored_by_root_are_handed_over() {
    let home = Home::new();
    Embedded::start(&home.options())
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    if std::fs::metadata(home.data()).unwrap().uid() != 0 {
        return;
    }
    let status = Command::new("chown")
        .args(["-R", "0:0"])
        .arg(home.files())
        .status()
        .unwrap();
    assert!(status.success());
    let embedded = Embedded::start(&home.options()).await.unwrap();
    assert_ne!(owner(&home.files().join("global")), 0);
    embedded.stop().await.unwrap();
}

fn owner(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().uid()
}
