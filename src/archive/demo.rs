//! The sample reports: a dozen fictional post-mortems that show every field.

use super::import::ImportError;
use crate::accounts::Actor;
use crate::platform::db::Connection;
use crate::platform::secret::sha256;
use crate::reports::{self, By, Imported, ImportedFrom, SaveError};
use jiff::Timestamp;

#[expect(
    clippy::same_name_method,
    reason = "the derive makes methods named like its trait's"
)]
mod samples {
    #[derive(rust_embed::RustEmbed)]
    #[folder = "src/archive/demo/"]
    pub(super) struct Samples;
}
use samples::Samples;

/// Stores the sample reports that are not there yet, each with the status it claims; answers how many were new.
pub async fn load_samples(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
) -> Result<usize, ImportError> {
    let by = By {
        actor,
        rules: crate::accounts::Rules::default(),
        now,
    };
    let mut created = 0;
    for name in Samples::iter() {
        let Some(file) = Samples::get(&name) else {
            continue;
        };
        let text = String::from_utf8_lossy(&file.data);
        let parsed = reports::document::parse(&text);
        let draft = parsed.draft;
        let key = draft
            .import_key
            .clone()
            .unwrap_or_else(|| format!("demo/{name}"));
        let from = ImportedFrom {
            key: &key,
            sha256: sha256(&file.data),
            publish: false,
            says_visibility: parsed.visibility != reports::document::Stated::Nothing,
            overwrite: false,
        };
        match reports::import(conn, &by, &draft, &from).await {
            Ok(Imported::Created(_)) => created += 1,
            // A sample that somebody wrote on stays theirs.
            Ok(Imported::Updated(_) | Imported::Unchanged(_))
            | Err(SaveError::ChangedSinceImport(_)) => {}
            Err(SaveError::Database(error)) => return Err(error.into()),
            Err(SaveError::Forbidden | SaveError::Refused(_) | SaveError::NotFound) => {
                return Err(ImportError::Forbidden);
            }
            // The samples are part of the program; a test keeps them valid.
            Err(error) => tracing::error!(%name, %error, "a sample report was refused"),
        }
    }
    Ok(created)
}
