//! Where a report stands on its way to readers: `GET /api/v1/reports/PM-42/review`.

#![expect(
    single_use_lifetimes,
    reason = "the derive of the description names the lifetime of a shape once"
)]

use super::read::{permitted, report_key};
use super::words;
use crate::accounts::{Action, ApiActor, Scope, rules};
use crate::platform::app::App;
use crate::platform::db::Connection;
use crate::platform::http::{ApiError, Error, Path};
use crate::platform::ids::ReportKey;
use crate::reports::model;
use crate::reports::pages::publishes_at_once;
use crate::reports::review::{Need, need};
use crate::reports::store::{self, Header, Line, Review, Standing};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a report stands on its way to readers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewState)]
pub(super) struct StateJson<'a> {
    status: words::Status,
    /// The latest revision: what is reviewed or published now.
    #[schema(minimum = 1)]
    revision: i32,
    /// Since when it waits for a review.
    in_review_since: Option<Timestamp>,
    /// Who asked for the review.
    asked_by: Option<&'a str>,
    /// Whether the latest review approved the very text it has now.
    approved: bool,
    /// Whether it is published without more ado; else it takes a reason, or a review.
    publishes_at_once: bool,
    /// Whether publishing it now takes an approval by somebody else: so this site wants it of incidents.
    needs_review: bool,
    /// How it came to be published.
    published_how: Option<words::HowPublished>,
    /// Why it was published without a review; empty where nobody said.
    published_reason: &'a str,
    /// Why it was taken back from readers.
    taken_back_reason: &'a str,
    /// Why it is in the archive.
    archived_reason: &'a str,
    /// Who facilitates, or was asked to.
    facilitator: Option<FacilitatorJson<'a>>,
    /// What reviewers are asked.
    rubric: RubricJson<'a>,
    /// What the latest review said.
    last_review: Option<LastReviewJson<'a>>,
}

/// Who leads the conversation about a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Facilitator)]
struct FacilitatorJson<'a> {
    name: &'a str,
    /// Whether they said yes.
    agreed: bool,
}

/// What reviewers are asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rubric)]
struct RubricJson<'a> {
    /// Its number, which changes with its words.
    #[schema(minimum = 1)]
    number: i32,
    lines: Vec<LineJson<'a>>,
}

/// One line of the rubric.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RubricLine)]
struct LineJson<'a> {
    /// Its name.
    line: &'a str,
    question: &'a str,
    /// What to look at.
    hint: &'a str,
}

/// A review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
struct LastReviewJson<'a> {
    outcome: words::ReviewOutcome,
    /// The revision that was read.
    #[schema(minimum = 1)]
    revision: i32,
    /// Whether the report still has the text that was read.
    current: bool,
    by: &'a str,
    at: Timestamp,
    note: &'a str,
    verdicts: Vec<GivenJson<'a>>,
}

/// What a reviewer said to one line of the rubric.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenVerdict)]
struct GivenJson<'a> {
    /// The question as it was asked.
    question: &'a str,
    verdict: words::Verdict,
    note: &'a str,
}

impl<'a> From<&'a (String, model::Verdict, String)> for GivenJson<'a> {
    fn from((question, verdict, note): &'a (String, model::Verdict, String)) -> Self {
        Self {
            question,
            verdict: words::Verdict(*verdict),
            note,
        }
    }
}

impl<'a> LastReviewJson<'a> {
    fn new(review: &'a Review, standing: &Standing) -> Self {
        Self {
            outcome: words::ReviewOutcome(review.outcome),
            revision: review.revision,
            current: standing.review.as_ref().is_some_and(|it| it.is_current),
            by: &review.reviewer_name,
            at: review.at,
            note: &review.note,
            verdicts: review.verdicts.iter().map(GivenJson::from).collect(),
        }
    }
}

impl<'a> From<&'a Line> for LineJson<'a> {
    fn from(line: &'a Line) -> Self {
        Self {
            line: &line.word,
            question: &line.question,
            hint: &line.hint,
        }
    }
}

/// The report, if the caller may see how it is reviewed.
pub(super) async fn reviewable(
    app: &App,
    conn: &mut Connection,
    actor: &ApiActor,
    key: ReportKey,
) -> Result<Header, Error> {
    permitted(app, conn, (&actor.0, key), |_access| Action::SeeReviews).await
}

/// Where it stands now.
pub(super) async fn standing(
    app: &App,
    actor: &ApiActor,
    key: ReportKey,
) -> Result<HttpResponse, ApiError> {
    let mut conn = app.db.get().await?;
    let header = reviewable(app, &mut conn, actor, key).await?;
    let standing = store::standing(&mut conn, header.id).await?;
    let reviews = store::reviews(&mut conn, header.id).await?;
    let rubric = store::rubric(&mut conn, None).await?;
    let rules = rules(&app.settings);
    let at_once = publishes_at_once(&standing, rules);
    let is_asked_for = need(standing.kind, standing.severity) != Need::Nothing;
    let asked_by = standing.asked_by_name.as_str();
    Ok(HttpResponse::Ok().json(StateJson {
        status: words::Status(header.status),
        revision: header.revision,
        in_review_since: standing.in_review_since,
        asked_by: Some(asked_by).filter(|it| !it.is_empty()),
        approved: standing.is_approved(),
        publishes_at_once: at_once,
        needs_review: rules.reviews_required && is_asked_for && !standing.is_approved(),
        published_how: standing.how.map(words::HowPublished),
        published_reason: &standing.published_reason,
        taken_back_reason: &standing.taken_back_reason,
        archived_reason: &standing.archived_reason,
        facilitator: standing
            .facilitator
            .as_ref()
            .map(|(_, name)| FacilitatorJson {
                name,
                agreed: standing.facilitator_agreed,
            }),
        rubric: RubricJson {
            number: rubric.revision,
            lines: rubric.lines.iter().map(LineJson::from).collect(),
        },
        last_review: reviews.first().map(|it| LastReviewJson::new(it, &standing)),
    }))
}

/// `GET /api/v1/reports/PM-42/review`
#[utoipa::path(
    get,
    path = "/api/v1/reports/{key}/review",
    tag = "Review",
    operation_id = "readReview",
    summary = "Read where a report stands on its way to readers",
    description = "With what reviewers are asked, and what the latest of them said. Reviews are a talk among those who write, so they take the scope to write as well, or a person who may.",
    responses((status = 200, description = "Where it stands.", body = StateJson<'_>)),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn review(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    actor.require_scope(Scope::ReportsRead)?;
    standing(&app, &actor, report_key(&path)?).await
}
