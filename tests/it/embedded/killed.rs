//! Processes are killed, in every combination, and nothing that was acknowledged is lost.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hansei::platform::db::Session;
use hansei::platform::db::embedded::Embedded;

use super::{Home, memory, remember, until};
use crate::support::postgres::options;

fn kill_9(pid: u32) {
    let status = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

const HOLD: &str = "HANSEI_TEST_HOLD";

/// Not a test: the process that the tests below kill.
#[tokio::test]
async fn holder() {
    let Some(data_dir) = std::env::var_os(HOLD).map(PathBuf::from) else {
        return;
    };
    let embedded = Embedded::start(&options(&data_dir)).await.unwrap();
    remember(&embedded, "acknowledged").await;
    std::fs::write(data_dir.with_extension("held"), "").unwrap();
    std::future::pending::<()>().await;
}

/// Another process that runs Postgres in the folder.
async fn hold(home: &Home) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["embedded::killed::holder", "--exact"])
        .env(HOLD, home.data())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the other process runs Postgres", || {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the other process ended"
        );
        home.data().with_extension("held").exists()
    })
    .await;
    child
}

fn kill_child(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn postgres_ends_with_a_killed_hansei() {
    let home = Home::new();
    let child = hold(&home).await;
    assert!(home.pid().is_some());
    kill_child(child);
    until("Postgres has stopped", || home.pid().is_none()).await;
    let embedded = Embedded::start(&home.options()).await.unwrap();
    assert_eq!(memory(&embedded).await, ["acknowledged"]);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_right_after_a_kill_works() {
    let home = Home::new();
    kill_child(hold(&home).await);
    let embedded = Embedded::start(&home.options()).await.unwrap();
    assert_eq!(memory(&embedded).await, ["acknowledged"]);
    embedded.stop().await.unwrap();
}

/// The processes whose parent this one is.
fn children(parent: u32) -> Vec<u32> {
    let output = Command::new("ps")
        .args(["-e", "-o", "pid=,ppid="])
        .output()
        .unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    listing
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let pid = words.next()?.parse().ok()?;
            (words.next()?.parse() == Ok(parent)).then_some(pid)
        })
        .collect()
}

#[tokio::test]
async fn a_postgres_that_outlived_everybody_is_ended() {
    let home = Home::new();
    let child = hold(&home).await;
    let postgres = home.pid().unwrap();
    let shell = children(child.id())[0];
    let watchers = children(shell).into_iter().filter(|pid| *pid != postgres);
    for pid in watchers.chain([shell]).collect::<Vec<_>>() {
        kill_9(pid);
    }
    kill_child(child);
    assert_eq!(home.pid(), Some(postgres));
    let embedded = Embedded::start(&home.options()).await.unwrap();
    assert_ne!(home.pid(), Some(postgres));
    assert_eq!(memory(&embedded).await, ["acknowledged"]);
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn after_a_crash_of_the_machine_the_data_are_recovered() {
    let home = Home::new();
    let child = hold(&home).await;
    let postgres = home.pid().unwrap();
    let shell = children(child.id())[0];
    let others = children(shell)
        .into_iter()
        .chain(children(postgres))
        .chain([shell]);
    // Everything at once, as far as that goes.
    for pid in others.collect::<Vec<_>>() {
        let _gone = Command::new("kill")
            .args(["-9", &pid.to_string()])
            .stderr(Stdio::null())
            .status();
    }
    kill_child(child);
    // The number of the dead server is now that of a process that has nothing to do with it: this one.
    let file = home.files().join("postmaster.pid");
    let stale = std::fs::read_to_string(&file).unwrap();
    let (_, rest) = stale.split_once('\n').unwrap();
    std::fs::write(&file, format!("{}\n{rest}", std::process::id())).unwrap();
    let embedded = Embedded::start(&home.options()).await.unwrap();
    assert_eq!(memory(&embedded).await, ["acknowledged"]);
    let log = std::fs::read_to_string(home.data().join("postgres.log")).unwrap();
    assert!(log.contains("automatic recovery"), "{log}");
    embedded.stop().await.unwrap();
}

/// However Postgres is ended from outside, it is back soon with everything, also when that happens again and again.
#[tokio::test]
async fn an_ended_postgres_comes_back_by_itself() {
    let home = Home::new();
    let embedded = Embedded::start(&home.options()).await.unwrap();
    remember(&embedded, "kept").await;
    // Killed; `pg_ctl -m immediate stop`; `pg_ctl stop`.
    for signal in ["-KILL", "-QUIT", "-INT"] {
        let ended = home.pid().unwrap();
        let status = Command::new("kill")
            .args([signal, &ended.to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        let begun = Instant::now();
        loop {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "it did not come back after {signal}"
            );
            let answer = embedded.settings().connect(Session::Background).await;
            if home.pid().is_some_and(|pid| pid != ended) && answer.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(memory(&embedded).await, ["kept"]);
    }
    embedded.stop().await.unwrap();
    assert_eq!(home.pid(), None);
}

/// The number of the killed server is now that of another Postgres, so that only we can tell that nobody serves here.
#[tokio::test]
async fn a_number_that_another_process_has_now_keeps_nobody_from_coming_back() {
    let (home, other) = (Home::new(), Home::new());
    let embedded = Embedded::start(&home.options()).await.unwrap();
    let stranger = Embedded::start(&other.options()).await.unwrap();
    remember(&embedded, "kept").await;
    let (ended, file) = (home.pid().unwrap(), home.files().join("postmaster.pid"));
    let text = std::fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    std::fs::write(&file, format!("{}\n{rest}", other.pid().unwrap())).unwrap();
    kill_9(ended);
    let begun = Instant::now();
    while embedded
        .settings()
        .connect(Session::Background)
        .await
        .is_err()
    {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it did not come back"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(memory(&embedded).await, ["kept"]);
    embedded.stop().await.unwrap();
    stranger.stop().await.unwrap();
}
