//! Hears what other nodes notify, on a connection of its own that is made again when it breaks.

use std::pin::pin;
use std::time::Duration;

use diesel_async::RunQueryDsl as _;
use futures_util::StreamExt as _;
use tokio::task::JoinHandle;

use super::settings::{Session, Settings};

/// A listener; it ends when this is dropped.
#[derive(Debug)]
pub struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls `on_notify` at every `NOTIFY channel`, and whenever some may have been missed.
///
/// A notification is a hint: whoever listens also looks by itself now and then. `channel` is a name of ours, not
/// something a person wrote.
pub fn listen(
    settings: Settings,
    channel: &'static str,
    mut on_notify: impl FnMut() + Send + 'static,
) -> Listener {
    Listener(tokio::spawn(async move {
        let mut pause = Backoff::default();
        loop {
            let mut connected = false;
            let heard = || {
                connected = true;
                on_notify();
            };
            let outcome = hear(&settings, channel, heard).await;
            if connected {
                pause = Backoff::default();
            }
            let seconds = pause.next().as_secs();
            match outcome {
                Ok(()) => tracing::warn!(channel, seconds, "the listening connection was closed"),
                Err(error) => tracing::warn!(channel, seconds, %error, "cannot listen"),
            }
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }))
}

/// Notifies everyone who listens on `channel`, which is a name of ours.
pub async fn notify(
    connection: &mut super::Connection,
    channel: &'static str,
) -> diesel::QueryResult<()> {
    diesel::sql_query("SELECT pg_notify($1, '')")
        .bind::<diesel::sql_types::Text, _>(channel)
        .execute(connection)
        .await
        .map(|_rows| ())
}

/// Listens on one connection until it breaks.
async fn hear(
    settings: &Settings,
    channel: &str,
    mut on_notify: impl FnMut() + Send,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = settings.connect(Session::Background).await?;
    diesel::sql_query(format!("LISTEN \"{channel}\""))
        .execute(&mut connection)
        .await?;
    // Nobody listened until now.
    on_notify();
    let mut notifications = pin!(connection.notifications_stream());
    while let Some(notification) = notifications.next().await {
        notification.map(drop)?;
        on_notify();
    }
    Ok(())
}

/// One second, then twice as long each time, up to a minute.
#[derive(Debug, Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    fn next(&mut self) -> Duration {
        let seconds = 1_u64.checked_shl(self.failures).unwrap_or(u64::MAX).min(60);
        self.failures = self.failures.saturating_add(1);
        Duration::from_secs(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let mut pause = Backoff::default();
        let seconds: Vec<u64> = (0..8).map(|_| pause.next().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        pause.failures = u32::MAX;
        assert_eq!(pause.next().as_secs(), 60);
    }
}
