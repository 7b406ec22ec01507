//! API tokens: made, listed, revoked, recognised.

use diesel_async::AsyncConnection;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{allowed, audit};
use crate::accounts::model::{Actor, Name, Scopes, TokenBearer, TokenId};
use crate::accounts::policy::Action;
use crate::accounts::session;
use crate::accounts::store::{self, Failure};
use crate::platform::db::Connection;
use crate::platform::ids::PersonId;
use crate::platform::secret::Secret;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is called in lists, revisions and the audit log.
    pub name: Name,
    /// What it may do at most.
    pub scopes: Scopes,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// The person whose rights bound it; none for a bot of the whole organisation.
    pub person: Option<PersonId>,
}

/// A token in a list; its secret is not known to anybody here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSummary {
    /// Its identifier.
    pub id: TokenId,
    /// Its name.
    pub name: String,
    /// The words of its scopes.
    pub scopes: Vec<String>,
    /// The person it is bound to.
    pub person: Option<PersonId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Makes a token. The secret (`hansei_…`) is returned here and never again.
pub async fn create_token(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    new: NewToken,
) -> Result<(Secret, TokenId), Failure> {
    allowed(actor, Action::ManageTokens)?;
    let secret = session::new_token()?;
    let fingerprint = crate::platform::secret::sha256(secret.expose());
    let id = conn
        .transaction(async |conn| {
            let id = store::insert_token(conn, &fingerprint, &new, now).await?;
            let details = json!({
                "token": id.0,
                "scopes": new.scopes.words(),
                "for_person": new.person.map(|person| person.0),
            });
            audit(conn, now, actor, ("create_token", details)).await?;
            Ok::<_, Failure>(id)
        })
        .await?;
    tracing::info!(token = id.0, scopes = ?new.scopes.words(), "token created");
    Ok((secret, id))
}

/// Stops a token from working. False when there is no such token, or it was revoked before.
pub async fn revoke_token(
    conn: &mut Connection,
    actor: &Actor,
    now: Timestamp,
    id: TokenId,
) -> Result<bool, Failure> {
    allowed(actor, Action::ManageTokens)?;
    let revoked = conn
        .transaction(async |conn| {
            let revoked = store::revoke_token(conn, id, now).await?;
            if revoked {
                audit(conn, now, actor, ("revoke_token", json!({ "token": id.0 }))).await?;
            }
            Ok::<_, Failure>(revoked)
        })
        .await?;
    tracing::info!(token = id.0, revoked, "token revoked");
    Ok(revoked)
}

/// Every token, oldest first, also revoked and expired ones.
pub async fn tokens(conn: &mut Connection, actor: &Actor) -> Result<Vec<TokenSummary>, Failure> {
    allowed(actor, Action::ManageTokens)?;
    let rows = store::tokens(conn).await?;
    let summary = |(id, name, scopes, person, created, expires, used, revoked): store::TokenRow| {
        TokenSummary {
            id: TokenId(id),
            name,
            scopes,
            person: person.map(PersonId),
            created_at: created.to_jiff(),
            expires_at: expires.to_jiff(),
            last_used_at: used.to_jiff(),
            revoked_at: revoked.to_jiff(),
        }
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// Whoever bears the token with this text, if it works now.
pub(in crate::accounts) async fn bearer(
    conn: &mut Connection,
    text: &str,
    now: Timestamp,
) -> Result<Option<TokenBearer>, Failure> {
    let Some(fingerprint) = session::token_fingerprint(text) else {
        return Ok(None);
    };
    let Some((bearer, used)) = store::live_token(conn, &fingerprint, now).await? else {
        return Ok(None);
    };
    let minute = SignedDuration::from_mins(1);
    if used.is_none_or(|used| now.duration_since(used) >= minute) {
        store::touch_token(conn, bearer.id, now).await?;
    }
    Ok(Some(bearer))
}
