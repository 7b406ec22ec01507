//! Who asks: the session of a browser, the token of a program, and what a handler may demand of them.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures_util::future::{LocalBoxFuture, Ready, ready};
use jiff::SignedDuration;

use super::actions::{self, CurrentSession};
use super::model::{Actor, Member, Role, Scope};
use super::policy::{self, Action, Rules};
use super::refusal::{needs_scope, refusal};
use super::session::{SessionLimits, cookie_name};
use super::store::Failure;
use crate::platform::app::{App, Settings};
use crate::platform::causes::with_causes;
use crate::platform::http::{ApiError, Error, Unidentified, Viewer, dressed, identified};

/// Somebody who may do nothing without signing in: a person with a session. Else 401, which for a page is the way to
/// the sign-in form.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Actor);

/// Somebody who may read: a person with a session, or anybody when anonymous reading is on.
#[derive(Clone, Debug)]
pub struct Reader(pub Actor);

/// A program with a token in `Authorization: Bearer hansei_…`. Cookies do not count.
#[derive(Clone, Debug)]
pub struct ApiActor(pub Actor);

/// Somebody who may fetch a file: a [`Reader`], or a program with a token that reads reports. The addresses of files stand
/// in the text of reports, so they are the same for both.
#[derive(Clone, Debug)]
pub struct FileReader(pub Actor);

/// The rules the operator has set.
pub fn rules(settings: &Settings) -> Rules {
    Rules {
        anonymous_reading: settings.anonymous_reading,
        reviews_required: !settings.publish_without_review,
    }
}

/// Refuses with 403 unless the actor may do this.
pub fn require(actor: &Actor, action: Action<'_>, settings: &Settings) -> Result<(), Error> {
    if policy::may(actor, action, rules(settings)) {
        return Ok(());
    }
    tracing::info!(
        person = actor.person_id().map(|person| person.0),
        token = actor.token_id().map(|token| token.0),
        action = action.name(),
        "not allowed"
    );
    Err(refusal(actor, action))
}

impl ApiActor {
    /// Refuses with 403 unless the token has this scope.
    pub fn require_scope(&self, scope: Scope) -> Result<(), Error> {
        match &self.0 {
            Actor::Token(token) if token.scopes.contains(scope) => Ok(()),
            Actor::Token(_) | Actor::Anonymous | Actor::Person(_) | Actor::Operator => {
                Err(Error::Forbidden(needs_scope(scope).into()))
            }
        }
    }
}

/// How long sessions last on this site.
pub fn limits(settings: &Settings) -> SessionLimits {
    let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    SessionLimits {
        idle: signed(settings.session_idle),
        absolute: signed(settings.session_absolute),
    }
}

pub(super) fn app(request: &HttpRequest) -> Result<web::Data<App>, Error> {
    let app = request.app_data::<web::Data<App>>();
    app.cloned()
        .ok_or_else(|| Error::internal(anyhow::anyhow!("the server was built without its App")))
}

/// The `identify` hook: loads the session once per request and tells the layout who is looking.
pub fn identify(request: &HttpRequest) -> LocalBoxFuture<'_, Result<(), Error>> {
    Box::pin(async move {
        let app = app(request)?;
        let Some(cookie) = request.cookie(cookie_name(app.settings.is_https())) else {
            return Ok(());
        };
        if super::session::fingerprint(cookie.value()).is_none() {
            return Ok(());
        }
        match look_up(&app, cookie.value()).await {
            Ok(Some(session)) => {
                let mut extensions = request.extensions_mut();
                extensions.insert(viewer(&session));
                extensions.insert(session);
                Ok(())
            }
            Ok(None) => Ok(()),
            // A form is read all the same: what was typed into it outlives the database's absence.
            Err(Error::Unavailable(cause)) => {
                tracing::warn!(
                    cause = with_causes(cause.as_ref()),
                    "a session cannot be looked up"
                );
                request.extensions_mut().insert(Unidentified);
                Ok(())
            }
            Err(error) => Err(error),
        }
    })
}

async fn look_up(app: &App, cookie: &str) -> Result<Option<CurrentSession>, Error> {
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let (now, limits) = (app.clock.now(), limits(&app.settings));
    Ok(actions::current_session(&mut conn, cookie, now, limits).await?)
}

pub(super) fn viewer(session: &CurrentSession) -> Viewer {
    let member = &session.member;
    Viewer {
        name: member.name.clone(),
        initials: initials(&member.name),
        role: member.role.label().to_owned(),
        may_write: member.role >= Role::Author,
        is_admin: member.role == Role::Admin,
        csrf_token: session.csrf.clone(),
        unread: u32::try_from(session.unread).unwrap_or(0),
    }
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().next());
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect()
}

/// The session the request came with, as [`identify`] found it; 503 where it could not look.
pub(super) fn session_of(request: &HttpRequest) -> Result<Option<CurrentSession>, Error> {
    identified(request)?;
    Ok(request.extensions().get::<CurrentSession>().cloned())
}

fn person_of(request: &HttpRequest) -> Result<Option<Member>, Error> {
    Ok(session_of(request)?.map(|session| session.member))
}

/// Whoever sent a form with a text. Taken apart by the handler, so that the text is read in any case.
#[derive(Debug)]
pub struct Writer(Result<Option<SignedIn>, Error>);

impl Writer {
    /// The person; none when nobody is signed in.
    pub fn known(self) -> Result<Option<SignedIn>, Error> {
        self.0
    }
}

impl FromRequest for Writer {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let person = person_of(req).map(|it| it.map(|member| SignedIn(Actor::Person(member))));
        ready(Ok(Self(person)))
    }
}

impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let member = person_of(req).and_then(|member| member.ok_or(Error::Unauthenticated));
        ready(
            member
                .map(|member| Self(Actor::Person(member)))
                .map_err(|error| dressed(req, error)),
        )
    }
}

impl FromRequest for Reader {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let open = app(req).is_ok_and(|app| app.settings.anonymous_reading);
        let actor = match person_of(req) {
            Ok(Some(member)) => Ok(Actor::Person(member)),
            Ok(None) if open => Ok(Actor::Anonymous),
            Ok(None) => Err(Error::Unauthenticated),
            Err(error) => Err(error),
        };
        ready(actor.map(Self).map_err(|error| dressed(req, error)))
    }
}

impl FromRequest for ApiActor {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = req.clone();
        Box::pin(async move {
            bearer(&request)
                .await
                .map(Self)
                .map_err(|error| dressed(&request, error))
        })
    }
}

impl FromRequest for FileReader {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let header = req.headers().get(header::AUTHORIZATION);
        let scheme = header.and_then(|value| value.as_bytes().get(..7));
        // Any other scheme is for a proxy before us.
        if !scheme.is_some_and(|it| it.eq_ignore_ascii_case(b"bearer ")) {
            let reader = Reader::from_request(req, payload).into_inner();
            return Box::pin(ready(reader.map(|reader| Self(reader.0))));
        }
        let request = req.clone();
        Box::pin(async move {
            // Told as to a program, though it is the address of a page.
            let actor = bearer(&request).await.map_err(ApiError)?;
            let program = ApiActor(actor);
            program
                .require_scope(Scope::ReportsRead)
                .map_err(ApiError)?;
            Ok(Self(program.0))
        })
    }
}

async fn bearer(request: &HttpRequest) -> Result<Actor, Error> {
    let app = app(request)?;
    let header = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|value| value.split_once(' '))
        .ok_or(Error::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Unauthenticated);
    }
    let mut conn = app.db.get().await.map_err(Failure::from)?;
    let bearer = actions::bearer(&mut conn, token.trim(), app.clock.now()).await?;
    bearer.map(Actor::Token).ok_or_else(|| {
        tracing::info!("an API token was refused");
        Error::Unauthenticated
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_the_first_and_last_word() {
        for (name, expected) in [
            ("Ana Kowalska", "AK"),
            ("ana maria de souza", "AS"),
            ("Ana", "A"),
            ("反省", "反"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
