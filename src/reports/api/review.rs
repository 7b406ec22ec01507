//! Steps of a report on its way to readers: `POST /api/v1/reports/PM-42/review`. The same by the same rules as on its page.

use super::body::{FindingId, object, require_json, together};
use super::deeds::changed;
use super::standing::{StateJson, reviewable, standing};
use super::words;
use crate::accounts::{Access, Action, Actor, ApiActor, refusal};
use crate::platform::app::App;
use crate::platform::http::{ApiError, Error, FieldProblem, Path, Problem, Raw};
use crate::reports::actions::ReviewError;
use crate::reports::pages::{ReviewForm, carry_out_step};
use crate::reports::review::{MAX_NOTE_CHARS, Refusal, Step};
use crate::reports::{model, save_error, store};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewStep)]
enum Wanted {
    /// Put it in the queue of those who review.
    Ask,
    /// Take it out of the queue.
    TakeBack,
    /// A review that says what is missing.
    RequestChanges,
    /// A review that says that nothing is.
    Approve,
    /// Show it to everybody who may see it.
    Publish,
    /// Make it a draft again.
    Unpublish,
    /// Keep it, without showing it first.
    Archive,
    /// Out of the archive.
    Unarchive,
    /// The person the token is bound to facilitates.
    Volunteer,
    /// Ask somebody to facilitate.
    AskFacilitator,
    /// Nobody facilitates any more.
    Release,
}

impl Wanted {
    /// The step, if it is one; who facilitates is none.
    const fn step(self) -> Option<Step> {
        match self {
            Self::Ask => Some(Step::Ask),
            Self::TakeBack => Some(Step::TakeBack),
            Self::RequestChanges => Some(Step::RequestChanges),
            Self::Approve => Some(Step::Approve),
            Self::Publish => Some(Step::Publish),
            Self::Unpublish => Some(Step::Unpublish),
            Self::Archive => Some(Step::Archive),
            Self::Unarchive => Some(Step::Restore),
            Self::Volunteer | Self::AskFacilitator | Self::Release => None,
        }
    }

    /// What the page calls it.
    const fn word(self) -> &'static str {
        match self.step() {
            Some(step) => step.word(),
            None if matches!(self, Self::Volunteer) => "volunteer",
            None if matches!(self, Self::Release) => "release",
            None => "ask_facilitator",
        }
    }

    /// Whether it is about a text that was read.
    const fn is_of_revision(self) -> bool {
        matches!(self, Self::RequestChanges | Self::Approve | Self::Publish)
    }
}

/// A step of a report on its way to readers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReviewBody)]
struct Body {
    step: Wanted,
    /// The revision that was read: to request changes, to approve and to publish.
    #[serde(default)]
    #[schema(minimum = 1, example = 3)]
    revision: Option<i32>,
    /// What a reviewer has to say; to request changes it says what is missing.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
    /// Why it is published without a review, taken back from readers, or archived. Readers see it.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// The number of the rubric that is answered; the one of today if it does not say.
    #[serde(default)]
    #[schema(minimum = 1)]
    rubric: Option<i32>,
    /// Answers to lines of the rubric, to request changes and to approve; each line once.
    #[serde(default)]
    #[schema(max_items = 100)]
    verdicts: Vec<VerdictBody>,
    /// Whom to ask to facilitate: the name or the e-mail address.
    #[serde(default)]
    #[schema(max_length = 254, example = "ana@example.org")]
    facilitator: String,
    /// What looks like a secret and is none, and whose e-mail address or telephone number is meant to be there: `id`s of
    /// findings. Without them, a text with such a thing is not published.
    #[serde(default)]
    #[schema(max_items = 500)]
    dismissed: Vec<FindingId>,
}

/// An answer to one line of the rubric.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerdictBody {
    /// The name of the line.
    #[schema(max_length = 100, example = "impact")]
    line: String,
    verdict: words::Verdict,
    /// What there is to say about it.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: String,
}

/// So many answers are read.
const MOST_VERDICTS: usize = 100;
/// So many findings are put aside at once.
const MOST_DISMISSED: usize = 500;
/// No name and no address is longer, in characters.
const LONGEST_NAME: usize = 254;

/// What is wrong with a body before anything is looked up for it.
fn wrong(body: &Body) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if body.step.is_of_revision() && body.revision.is_none() {
        let message = "Say which revision was read.";
        problems.push(FieldProblem::new("revision", message));
    }
    let counted = [
        ("verdicts", body.verdicts.len(), MOST_VERDICTS),
        ("dismissed", body.dismissed.len(), MOST_DISMISSED),
        (
            "facilitator",
            body.facilitator.chars().count(),
            LONGEST_NAME,
        ),
        // Kept with a step or not, nobody sends more.
        ("note", body.note.chars().count(), MAX_NOTE_CHARS),
    ];
    for (field, count, most) in counted {
        if count > most {
            problems.push(FieldProblem::new(field, format!("At most {most}.")));
        }
    }
    let is_review = body.step.step().is_some_and(|it| it.outcome().is_some());
    if !is_review && !body.verdicts.is_empty() {
        let message = "The rubric is answered to approve and to request changes.";
        problems.push(FieldProblem::new("verdicts", message));
    }
    problems
}

/// What is wrong with the answers, given the lines that are asked.
fn wrong_answers(body: &Body, rubric: &store::Rubric) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if body.rubric.is_some_and(|it| it != rubric.revision) {
        let message = "There is no rubric of this number.";
        problems.push(FieldProblem::new("rubric", message));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, answer) in body.verdicts.iter().enumerate() {
        let line = answer.line.as_str();
        let message = if !rubric.lines.iter().any(|it| it.word == line) {
            "There is no line of this name in the rubric."
        } else if seen.contains(&line) {
            "This line is answered already."
        } else {
            seen.push(line);
            continue;
        };
        problems.push(FieldProblem::new(
            format!("verdicts[{index}].line"),
            message,
        ));
    }
    problems
}

impl Body {
    /// The same as the page sends it.
    fn form(self, rubric: i32) -> ReviewForm {
        let mut form = ReviewForm {
            r#do: self.step.word().to_owned(),
            revision: self.revision.map_or_else(String::new, |it| it.to_string()),
            note: self.note,
            reason: self.reason,
            facilitator: self.facilitator,
            dismissed: together(&self.dismissed),
            rubric: rubric.to_string(),
            ..ReviewForm::default()
        };
        for answer in self.verdicts {
            form.line.push(answer.line);
            form.verdict.push(answer.verdict.0.word().to_owned());
            form.line_note.push(answer.note);
        }
        form
    }
}

/// Why the caller may not take a step at all.
fn forbidden(actor: &Actor, step: Wanted) -> Error {
    let access = Access::default();
    if step == Wanted::Volunteer {
        return Error::Forbidden("Only a person facilitates: bind the token to one.".into());
    }
    let is_review = step.step().is_some_and(|it| it.outcome().is_some());
    let action = if is_review {
        Action::ReviewReport(&access)
    } else {
        Action::PublishReport(&access)
    };
    refusal(actor, action)
}

/// What a program is told of a step that was not taken.
fn not_taken(error: ReviewError, actor: &Actor, step: Wanted) -> Error {
    match error {
        ReviewError::Refused(Refusal::Forbidden) => forbidden(actor, step),
        ReviewError::Refused(refusal @ Refusal::OwnReport) => {
            Error::Forbidden(refusal.to_string().into())
        }
        ReviewError::Refused(refusal @ (Refusal::WrongStatus(_) | Refusal::ReviewNeeded)) => {
            Error::Conflict(refusal.to_string().into())
        }
        ReviewError::Refused(Refusal::Words { field, message }) => Error::field(field, message),
        ReviewError::Invalid(problems) => {
            let about = |it: model::Problem| {
                let field = match it.field.as_str() {
                    "" => "revision".to_owned(),
                    field if field.starts_with("line-") => "verdicts".to_owned(),
                    field => field.to_owned(),
                };
                FieldProblem::new(field, it.message)
            };
            Error::Invalid(problems.into_iter().map(about).collect())
        }
        ReviewError::Save(error) => save_error(error),
        ReviewError::Database(error) => error.into(),
    }
}

/// `POST /api/v1/reports/PM-42/review`
#[utoipa::path(
    post,
    path = "/api/v1/reports/{key}/review",
    tag = "Review",
    operation_id = "takeReviewStep",
    summary = "Take a step on the way to readers",
    description = "The same steps by the same rules as on the page of its review. Nobody reviews what they wrote, and a token that belongs to nobody reviews nothing. A step that was taken already changes nothing.",
    request_body = Body,
    responses(
        (status = 200, description = "Where it stands now.", body = StateJson<'_>),
        (
            status = 409,
            description = "The report is not where this step begins, this site wants a review first, or what would be published is another text than the one that was read.",
            body = Problem<'_>,
            content_type = "application/problem+json",
        ),
    ),
    security(("token" = ["reports:read", "reports:write"])),
)]
pub async fn take_review_step(
    app: web::Data<App>,
    actor: ApiActor,
    path: Path<String>,
    request: HttpRequest,
    raw: Raw,
) -> Result<HttpResponse, ApiError> {
    let key = changed(&actor, &path)?;
    let mut conn = app.db.get().await?;
    reviewable(&app, &mut conn, &actor, key).await?;
    require_json(&request)?;
    let body = object::<Body>(&raw.0)?;
    let rubric = store::rubric(&mut conn, body.rubric).await?;
    drop(conn);
    let mut problems = wrong(&body);
    problems.extend(wrong_answers(&body, &rubric));
    if !problems.is_empty() {
        return Err(Error::Invalid(problems).into());
    }
    let step = body.step;
    let form = body.form(rubric.revision);
    let taken = Box::pin(carry_out_step(&app, &actor.0, key, &form)).await?;
    taken.map_err(|error| not_taken(error, &actor.0, step))?;
    app.changed();
    standing(&app, &actor, key).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::store::Line;
    use serde_json::{Value, json};

    #[test]
    fn every_step_of_the_page_has_its_word() {
        for step in Step::ALL {
            let word = if step == Step::Restore {
                "unarchive"
            } else {
                step.word()
            };
            let wanted: Wanted = serde_json::from_value(word.into()).unwrap();
            assert_eq!((wanted.step(), wanted.word()), (Some(step), step.word()));
        }
        for word in ["volunteer", "ask_facilitator", "release"] {
            let wanted: Wanted = serde_json::from_value(word.into()).unwrap();
            assert_eq!((wanted.step(), wanted.word()), (None, word));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told_at_its_place() {
        let rubric = store::Rubric {
            revision: 2,
            lines: vec![Line {
                word: "impact".to_owned(),
                question: String::new(),
                hint: String::new(),
            }],
        };
        let told = |body: Value| {
            let body: Body = serde_json::from_value(body).unwrap();
            let mut problems = wrong(&body);
            problems.extend(wrong_answers(&body, &rubric));
            let fields = problems.into_iter().map(|it| it.field.into_owned());
            fields.collect::<Vec<String>>()
        };
        let impact = json!({ "line": "impact", "verdict": "yes" });
        for (body, fields) in [
            (json!({ "step": "ask" }), vec![]),
            (json!({ "step": "approve" }), vec!["revision"]),
            (
                json!({ "step": "ask", "verdicts": [impact] }),
                vec!["verdicts"],
            ),
            (
                json!({ "step": "approve", "revision": 1, "rubric": 2, "verdicts": [impact] }),
                vec![],
            ),
            (
                json!({ "step": "approve", "revision": 1, "rubric": 3, "verdicts": [impact, impact] }),
                vec!["rubric", "verdicts[1].line"],
            ),
            (
                json!({ "step": "approve", "revision": 1, "verdicts": [{ "line": "x", "verdict": "yes" }] }),
                vec!["verdicts[0].line"],
            ),
            (
                json!({ "step": "ask", "note": "x".repeat(1_001), "facilitator": "x".repeat(255) }),
                vec!["facilitator", "note"],
            ),
        ] {
            assert_eq!(told(body.clone()), fields, "{body}");
        }
    }
}
