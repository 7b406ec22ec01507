//! One's own account of an incident: asked for by the owners of its report, read by nobody before it is handed over.
//!
//! Whoever is asked about a draft they could not read sees its title and times, nothing else: they write what they saw, not
//! what others wrote.

use super::form_page::writer;
use super::read::{key, not_found};
use super::words;
use crate::accounts::pages::{
    Again, Credentials, sign_in_again, sign_in_again_page, signed_in_again,
};
use crate::accounts::{Action, SignedIn, Writer, may, rules};
use crate::platform::app::App;
use crate::platform::http::{Error, Flash, Page, PageError, Path, Redirect, Trouble, Typed};
use crate::platform::ids::ReportKey;
use crate::reports::actions::{self, By, Step};
use crate::reports::model::{Draft, Problem};
use crate::reports::participants::{MAX_CHARS, MAX_ROLE_CHARS, QUESTIONS, heading};
use crate::reports::store::{self, Account, Header};
use crate::reports::{SaveError, save_error};
use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, web};
use serde::Deserialize;
use serde_json::{Value, json};

/// The way on, or the form again.
type Answer = Result<Either<Redirect, Page>, PageError>;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountForm {
    base_revision: String,
    role: String,
    text: String,
    /// `keep`, `give` or `take_back`.
    r#do: String,
}

impl AccountForm {
    fn of(account: &Account) -> Self {
        Self {
            base_revision: account.revision.to_string(),
            role: account.role.clone(),
            text: account.text.clone(),
            r#do: String::new(),
        }
    }

    fn carried(&self) -> [(&'static str, &str); 3] {
        [
            ("base_revision", &self.base_revision),
            ("role", &self.role),
            ("text", &self.text),
        ]
    }
}

/// An account with as much of its report as its writer may know.
struct Desk {
    header: Header,
    title: String,
    times: Vec<Value>,
    account: Account,
    /// Whose it is, for their browser.
    writer: String,
    /// Whether they may also read the report.
    reads: bool,
    /// Whether what is stored is to be shown beside the form, because another window saved it.
    is_behind: bool,
}

/// What of the report is shown to somebody who may not read it.
fn times(draft: &Draft) -> Vec<Value> {
    let zone = words::zone(&draft.timezone);
    let named = [
        ("Started", draft.times.started_at),
        ("Detected", draft.times.detected_at),
        ("Resolved", draft.times.resolved_at),
    ];
    named
        .into_iter()
        .filter_map(|(label, at)| {
            let at = at?;
            let shown = at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M %Z");
            Some(json!({ "label": label, "at": at.to_string(), "text": shown.to_string() }))
        })
        .collect()
}

async fn desk(app: &App, person: &SignedIn, key: ReportKey) -> Result<Desk, Error> {
    let rules = rules(&app.settings);
    let by = By {
        actor: &person.0,
        rules,
        now: app.clock.now(),
    };
    let mut conn = app.db.get().await?;
    let (header, account) = actions::own_account(&mut conn, &by, key)
        .await
        .map_err(save_error)?;
    let stored = store::load(&mut conn, key).await?;
    let stored = stored.ok_or_else(|| not_found(key))?;
    let reads = may(&person.0, Action::ReadReport(&header.access), rules);
    // Whoever is no longer asked finds their own words here, and nothing of the report.
    let (title, times) = if reads || account.withdrawn_at.is_none() {
        (stored.draft.title.clone(), times(&stored.draft))
    } else {
        (String::new(), Vec::new())
    };
    Ok(Desk {
        writer: writer(person),
        reads,
        title,
        times,
        header,
        account,
        is_behind: false,
    })
}

/// Where an account stands, in one word.
fn state(account: &Account) -> &'static str {
    if account.merged_at.is_some() {
        "merged"
    } else if account.withdrawn_at.is_some() {
        "withdrawn"
    } else if account.given_at.is_some() {
        "given"
    } else {
        "asked"
    }
}

impl Desk {
    fn page(&self, form: &AccountForm, problems: &[Problem], notice: Option<&str>) -> Page {
        let account = &self.account;
        let link = format!("/reports/{}", self.header.key);
        let problem = |field: &str| {
            let found = problems.iter().find(|it| it.field == field);
            found.map(|it| it.message.as_str())
        };
        let view = json!({
            "report": {
                "key": self.header.key.to_string(),
                "title": self.title,
                "link": self.reads.then_some(link.as_str()),
                "times": self.times,
            },
            "action": format!("{link}/accounts/mine"),
            "writer": self.writer,
            "state": state(account),
            "is_open": account.merged_at.is_none() && account.withdrawn_at.is_none(),
            "is_given": account.given_at.is_some(),
            "asked_by": account.asked_by_name,
            "given_at": account.given_at.map(|at| at.to_string()),
            "given": account.given_at.map(words::moment),
            "saved_at": account.saved_at.map(|at| at.to_string()),
            "saved": account.saved_at.map(words::moment),
            "merged_revision": account.merged_revision,
            "questions": QUESTIONS,
            "heading": heading(&form.role),
            "notice": notice,
            "problems": problems.iter().map(|it| json!({ "field": it.field, "message": it.message })).collect::<Vec<_>>(),
            "form": {
                "base_revision": form.base_revision,
                "role": { "value": form.role, "problem": problem("role") },
                "text": { "value": form.text, "problem": problem("text") },
            },
            "stored": self.is_behind.then(|| json!({
                "heading": heading(&account.role), "text": account.text,
            })),
            "most": MAX_CHARS,
            "most_role": MAX_ROLE_CHARS,
        });
        Page::new(
            "participant",
            format!("Your account of {}", self.header.key),
            view,
        )
    }

    fn refused(&self, form: &AccountForm, problem: Problem) -> Page {
        self.page(form, &[problem], None)
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

/// `GET /reports/PM-42/accounts/mine`
pub async fn mine(
    app: web::Data<App>,
    person: SignedIn,
    path: Path<String>,
) -> Result<Page, PageError> {
    let desk = desk(&app, &person, key(&path)?).await?;
    Ok(desk.page(&AccountForm::of(&desk.account), &[], None))
}

fn signed_out(key: ReportKey, form: &AccountForm, email: &str, problem: Option<&str>) -> Page {
    let action = format!("/reports/{key}/accounts/mine/resume");
    sign_in_again_page(&action, &form.carried(), email, problem)
}

/// `POST /reports/PM-42/accounts/mine`: keeps it, hands it over, or takes it back.
pub async fn write_mine(
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<AccountForm>,
) -> Answer {
    let key = key(&path)?;
    let Some(person) = writer.known()? else {
        let page = signed_out(key, &typed.shown(), "", None);
        return Ok(Either::Right(page.with_status(StatusCode::UNAUTHORIZED)));
    };
    let desk = desk(&app, &person, key).await?;
    let form = match typed {
        Typed::Sound(form) => form,
        Typed::Unsound(form, trouble) => return Ok(Either::Right(unsound(&desk, &form, trouble))),
    };
    let step = match form.r#do.as_str() {
        "give" => Step::Give,
        "take_back" => Step::TakeBack,
        _ => Step::Keep,
    };
    match written(&app, &person, key, (step, form.clone())).await? {
        Ok(()) => {
            let flash = match step {
                Step::Keep => Flash::Saved,
                Step::Give => Flash::Sent,
                Step::TakeBack => Flash::Undone,
            };
            let link = format!("/reports/{key}/accounts/mine");
            Ok(Either::Left(Redirect::to(link).with_flash(flash)))
        }
        Err(SaveError::Invalid(problems)) => Ok(Either::Right(
            desk.page(&form, &problems, None)
                .with_status(StatusCode::UNPROCESSABLE_ENTITY),
        )),
        Err(SaveError::WrongStatus(message)) => {
            Ok(Either::Right(desk.refused(&form, Problem::of("", message))))
        }
        Err(SaveError::Stale { .. }) => {
            let page = behind(&app, &person, key, form).await?;
            Ok(Either::Right(page.with_status(StatusCode::CONFLICT)))
        }
        Err(error) => Err(save_error(error).into()),
    }
}

/// The form as it was typed, and beside it what another window saved meanwhile.
async fn behind(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    form: AccountForm,
) -> Result<Page, Error> {
    let desk = Desk {
        is_behind: true,
        ..desk(app, person, key).await?
    };
    let message = "You saved this account in another window since. Both texts are below: take over into the form what is to stay, then save again.";
    let again = AccountForm {
        base_revision: desk.account.revision.to_string(),
        ..form
    };
    Ok(desk.page(&again, &[Problem::of("", message)], None))
}

fn unsound(desk: &Desk, form: &AccountForm, trouble: Trouble) -> Page {
    match trouble {
        Trouble::Token => {
            let message = "Your session changed; nothing was lost, save again.";
            desk.refused(form, Problem::of("", message))
                .with_status(StatusCode::FORBIDDEN)
        }
        Trouble::Nul => {
            let message = "The text had NUL characters, which cannot be stored. They were taken out: look it over and save again.";
            desk.refused(form, Problem::of("text", message))
        }
    }
}

async fn written(
    app: &App,
    person: &SignedIn,
    key: ReportKey,
    (step, form): (Step, AccountForm),
) -> Result<Result<(), SaveError>, Error> {
    let (pool, rules, now, who) = (
        app.db.clone(),
        rules(&app.settings),
        app.clock.now(),
        person.0.clone(),
    );
    app.run_to_end::<_, Error>(async move {
        let mut conn = pool.get().await?;
        let by = By {
            actor: &who,
            rules,
            now,
        };
        let typed = actions::Typed {
            role: &form.role,
            text: &form.text,
            seen: form.base_revision.trim().parse().unwrap_or(-1),
        };
        Ok(actions::write_account(&mut conn, &by, key, (step, typed)).await)
    })
    .await
}

/// What was typed, and who says to have typed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResumedAccount {
    #[serde(flatten)]
    credentials: Credentials,
    #[serde(flatten)]
    form: AccountForm,
}

/// `POST /reports/PM-42/accounts/mine/resume`: signs in and shows the form again. Nothing is stored.
pub async fn resume_mine(
    request: HttpRequest,
    app: web::Data<App>,
    writer: Writer,
    path: Path<String>,
    typed: Typed<ResumedAccount>,
) -> Result<Page, PageError> {
    let key = key(&path)?;
    let sound = !matches!(typed, Typed::Unsound(_, Trouble::Token));
    let ResumedAccount { credentials, form } = typed.shown();
    let again = sign_in_again(&request, &app, (writer, sound), &credentials).await?;
    let (person, cookie) = match again {
        Again::In(signed_in) => *signed_in,
        Again::Refused(status, problem) => {
            let page = signed_out(key, &form, &credentials.email, Some(&problem));
            return Ok(page.with_status(status));
        }
    };
    let desk = desk(&app, &person, key).await?;
    let notice = Some("You are signed in again. Look it over, then save.");
    Ok(signed_in_again(
        desk.page(&form, &[], notice),
        sound,
        cookie,
    ))
}
