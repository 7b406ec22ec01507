//! The accounts of participants as the owners of a report see them: who was asked, who answered, and merging.

use super::read::{key, whole};
use super::view::block;
use super::{wording, words};
use crate::accounts::{SignedIn, Wanted, readers_among, rules};
use crate::platform::app::App;
use crate::platform::http::{
    Error, Flash, Form, Lane, Page, PageError, Path, Redirect, Trouble, Typed,
};
use crate::platform::ids::ReportKey;
use crate::platform::markdown::Budget;
use crate::reports::actions::{self, By};
use crate::reports::model::{Draft, Problem};
use crate::reports::participants::{heading, takes_prose};
use crate::reports::store::{self, Account};
use crate::reports::{SaveError, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// The way on, or the page again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// What an owner sent, and what is wrong with it.
#[derive(Clone, Debug, Default)]
struct Sent {
    who: String,
    /// The account to be merged.
    account: Option<i64>,
    into: String,
    /// What was pointed out.
    dismissed: String,
    problems: Vec<Problem>,
}

fn account_view(account: &Account, sent: &Sent, budget: &mut Budget) -> Value {
    let is_about = sent.account == Some(account.id);
    let problem = sent.problems.iter().find(|_| is_about);
    json!({
        "id": account.id,
        "name": account.name,
        "asked_by": account.asked_by_name,
        "asked_at": account.asked_at.to_string(),
        "asked": words::moment(account.asked_at),
        "given_at": account.given_at.map(|at| at.to_string()),
        "given": account.given_at.map(words::moment),
        "merged": account.merged_at.map(words::moment),
        "merged_revision": account.merged_revision,
        "revision": account.revision,
        "heading": heading(&account.role),
        "has_role": !account.role.is_empty(),
        "html": block(&account.text, &format!("account-{}", account.id), budget),
        "is_ready": account.given_at.is_some() && account.merged_at.is_none(),
        "problem": problem.map(|it| it.message.as_str()),
        "into": if is_about { sent.into.as_str() } else { "" },
        "dismissed": if is_about { sent.dismissed.as_str() } else { "" },
    })
}

/// Headings of sections that an account can be added to.
fn sections(draft: &Draft) -> Vec<&str> {
    draft
        .sections
        .iter()
        .filter(|it| takes_prose(it.role) && !it.heading.is_empty())
        .map(|it| it.heading.as_str())
        .collect()
}

async fn page(app: &App, person: &SignedIn, key: ReportKey, sent: Sent) -> Result<Page, Error> {
    let rules = rules(&app.settings);
    let by = By {
        actor: &person.0,
        rules,
        now: app.clock.now(),
    };
    let mut conn = app.db.get().await?;
    let header = actions::gathering(&mut conn, &by, key)
        .await
        .map_err(save_error)?;
    let stored = whole(&mut conn, key, &person.0, rules).await?;
    let accounts = store::accounts(&mut conn, header.id).await?;
    let known = readers_among(&mut conn, Wanted::Like(""), &header.access, rules).await?;
    let refused = !sent.problems.is_empty();
    let view = app
        .blocking(Lane::Render, move || {
            let mut budget = Budget::of_page();
            let draft = &stored.draft;
            let link = format!("/reports/{key}");
            let asks = sent.problems.iter().filter(|_| sent.account.is_none());
            Ok::<_, Error>(json!({
                "report": { "key": key.to_string(), "title": draft.title, "link": link },
                "restricted": header.access.restricted,
                "action": format!("{link}/accounts"),
                "revision": header.revision,
                "accounts": accounts.iter().map(|it| account_view(it, &sent, &mut budget)).collect::<Vec<_>>(),
                "sections": sections(draft),
                "names": known.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
                "problems": sent.problems.iter().map(|it| it.message.as_str()).collect::<Vec<_>>(),
                "form": { "who": {
                    "value": sent.who,
                    "problem": asks.map(|it| it.message.as_str()).next(),
                } },
            }))
        })
        .await?;
    let page = Page::new("participants", format!("Accounts of {key}"), view);
    Ok(if refused {
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        page
    })
}

/// `GET /reports/PM-42/accounts`
pub async fn participants(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    Ok(page(&app, &person, key(&path)?, Sent::default()).await?)
}

/// Whom to ask.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AskForm {
    who: String,
}

/// `POST /reports/PM-42/accounts`: asks somebody.
pub async fn ask_participant(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
    typed: Typed<AskForm>,
) -> Answer {
    let key = key(&path)?;
    let (form, problem) = match typed {
        Typed::Sound(form) => (form, None),
        Typed::Unsound(form, Trouble::Token) => (form, Some("Your session changed; ask again.")),
        Typed::Unsound(form, Trouble::Nul) => (form, Some("Enter a name without odd characters.")),
    };
    let outcome = match problem {
        Some(message) => Err(vec![Problem::of("who", message)]),
        None => asked(&app, &person, key, form.who.clone()).await?,
    };
    match outcome {
        Ok(()) => Ok(Either::Left(
            Redirect::to(format!("/reports/{key}/accounts")).with_flash(Flash::Sent),
        )),
        Err(problems) => {
            let sent = Sent {
                who: form.who,
                problems,
                ..Sent::default()
            };
            Ok(Either::Right(page(&app, &person, key, sent).await?))
        }
    }
}

async fn asked(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    who: String,
) -> Result<Result<(), Vec<Problem>>, Error> {
    let (pool, rules, now, actor) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let outcome = app
        .run_to_end::<_, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &actor,
                rules,
                now,
            };
            Ok(actions::ask_account(&mut conn, &by, key, &who).await)
        })
        .await?;
    told(outcome)
}

/// Problems for the page; the rest for the way out.
fn told<T>(outcome: Result<T, SaveError>) -> Result<Result<T, Vec<Problem>>, Error> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(SaveError::Invalid(problems)) => Ok(Err(problems)),
        Err(SaveError::WrongStatus(message)) => Ok(Err(vec![Problem::of("", message)])),
        Err(error) => Err(save_error(error)),
    }
}

/// `POST /reports/PM-42/accounts/7/withdraw`: no longer asks.
pub async fn withdraw_participant(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<(String, i64)>,
    _token_checked: Form<super::write::Nothing>,
) -> Result<Redirect, PageError> {
    let (key, id) = (key(&path.0.0)?, path.0.1);
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        actions::withdraw_account(&mut conn, &by, key, id)
            .await
            .map_err(save_error)
    })
    .await?;
    Ok(Redirect::to(format!("/reports/{key}/accounts")).with_flash(Flash::Undone))
}

/// Where to put an account, as it was read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MergeForm {
    /// The heading of a section; empty for one of its own.
    into: String,
    base_revision: String,
    dismissed: String,
}

/// `POST /reports/PM-42/accounts/7/merge`
pub async fn merge_participant(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<(String, i64)>,
    form: Form<MergeForm>,
) -> Answer {
    let (key, id) = (key(&path.0.0)?, path.0.1);
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    let sent = form.0.clone();
    let outcome = app
        .run_to_end::<_, Error>(async move {
            let mut conn = pool.get().await?;
            let by = By {
                actor: &who,
                rules,
                now,
            };
            let seen = sent.base_revision.trim().parse().unwrap_or(-1);
            let into = Some(sent.into.as_str()).filter(|it| !it.is_empty());
            let put = (key, sent.dismissed.as_str());
            Ok(actions::merge_account(&mut conn, &by, put, (id, seen, into)).await)
        })
        .await?;
    let mut dismissed = form.0.dismissed;
    let outcome = match outcome {
        Err(SaveError::PointedOut(found)) => {
            dismissed = wording::aside(&dismissed, &found);
            let problem = Problem::of("into", wording::pointed_out(&found));
            Err(SaveError::Invalid(vec![problem]))
        }
        other => other,
    };
    match told(outcome)? {
        Ok(_) => {
            app.changed();
            let link = format!("/reports/{key}/accounts");
            Ok(Either::Left(Redirect::to(link).with_flash(Flash::Saved)))
        }
        Err(problems) => {
            let sent = Sent {
                account: Some(id),
                into: form.0.into,
                dismissed,
                problems,
                ..Sent::default()
            };
            Ok(Either::Right(page(&app, &person, key, sent).await?))
        }
    }
}
