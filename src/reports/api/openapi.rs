//! The description of the API (`OpenAPI` 3.1), made from the handlers and the types they read and write.
//!
//! What operations of a kind have in common is added in `in_common`. `docs/openapi.json` is a copy for readers; a test keeps it equal.

use super::in_common::Shared;
use super::{
    append, attachments, comments, create, links, lists, past, patch, read, related, review,
    revise, search as searching, similar, standing, templates as offered, turns, viewers, wording,
};
use crate::platform::http::Problem;
use actix_web::HttpResponse;
use actix_web::http::header;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Described;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hansei",
        version = "1",
        description = "Blameless post-mortems: write, read, revise and search them. Within version 1, fields may be added to answers; none is taken away or changes its meaning.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This site")),
    paths(
        searching::search,
        related::related,
        related::related_to,
        read::list,
        create::create,
        read::one,
        revise::revise,
        patch::amend,
        lists::timeline,
        lists::replace_timeline,
        append::append_to_timeline,
        lists::factors,
        lists::replace_factors,
        lists::learnings,
        lists::replace_learnings,
        lists::countermeasures,
        lists::replace_countermeasures,
        past::revisions,
        past::revision,
        past::restore,
        standing::review,
        review::take_review_step,
        similar::similar_reports,
        links::links,
        links::add_link,
        links::remove_link,
        comments::comments,
        comments::comment,
        turns::edit_comment,
        turns::remove_comment,
        turns::erase_comment,
        turns::resolve_comment,
        turns::reopen_comment,
        attachments::attachments,
        attachments::attach,
        attachments::detach,
        viewers::viewers,
        viewers::add_viewer,
        viewers::remove_viewer,
        offered::templates,
        wording::check_language,
    ),
    components(schemas(Problem<'_>, searching::Sort, searching::ScopeWord, searching::Has, searching::In)),
    tags(
        (name = "Search", description = "Finding reports."),
        (name = "Reports", description = "Whole reports."),
        (name = "Timeline", description = "The events of a report."),
        (name = "Contributing factors", description = "What made an incident possible, larger or longer."),
        (name = "Learnings", description = "What a report teaches."),
        (name = "Countermeasures", description = "Experiments meant to change what happens next time."),
        (name = "Revisions", description = "Every save of a report."),
        (name = "Review", description = "The way of a report to its readers."),
        (name = "Links", description = "What reports are to each other."),
        (name = "Comments", description = "What people say about a report, in threads."),
        (name = "Attachments", description = "Files of a report."),
        (name = "Viewers", description = "Who may read a restricted report."),
        (name = "Templates", description = "What a new report can begin with."),
        (name = "Wording help", description = "Words that may read as blame."),
    ),
    modifiers(&Shared),
)]
struct Description;

/// The description, made once.
pub(super) fn described() -> &'static Described {
    static DESCRIBED: LazyLock<Described> = LazyLock::new(Description::openapi);
    &DESCRIBED
}

/// `GET /api/openapi.json`
pub async fn openapi() -> HttpResponse {
    static WRITTEN: LazyLock<String> =
        LazyLock::new(|| described().to_pretty_json().unwrap_or_default());
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(WRITTEN.as_str())
}
