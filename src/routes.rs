//! Every address of the site, on one screen.

use crate::accounts::{self, Reader};
use crate::archive;
use crate::platform::http::{FormLimit, Redirect, nothing_else};
use crate::reports::{api, pages};
use actix_web::web::{self, ServiceConfig};

/// Adds all routes. Probes and static files are the server's own.
pub fn configure(config: &mut ServiceConfig) {
    config
        // Reading
        .route("/", web::get().to(pages::home))
        .route("/search", web::get().to(pages::search))
        .route("/search.csv", web::get().to(pages::search_csv))
        .route("/opensearch.xml", web::get().to(pages::open_search))
        .route("/related", web::get().to(pages::related))
        .route("/r/{rest:.*}", web::get().to(pages::short_link))
        .route("/help/keys", web::get().to(pages::keys))
        .route("/help/query", web::get().to(pages::query_language))
        .configure(inbox)
        .configure(searches)
        .configure(reports)
        .configure(reviews)
        // Administration
        .service(
            web::scope("/admin/templates")
                .app_data(FormLimit::DOCUMENT)
                .route("", web::get().to(pages::templates))
                .route("", web::post().to(pages::add_template))
                .route("/new", web::get().to(pages::new_template))
                .route("/resume", web::post().to(pages::resume_template))
                .route("/{word}", web::get().to(pages::template))
                .route("/{word}", web::post().to(pages::edit_template))
                .route("/{word}/archive", web::post().to(pages::archive_template))
                .route("/{word}/restore", web::post().to(pages::restore_template))
                .service(nothing_else()),
        )
        .service(
            web::scope("/admin/rubric")
                .app_data(FormLimit::DOCUMENT)
                .route("", web::get().to(pages::rubric))
                .route("", web::post().to(pages::edit_rubric))
                .route("/resume", web::post().to(pages::resume_rubric))
                .service(nothing_else()),
        )
        .service(
            web::scope("/admin/factors")
                .route("", web::get().to(pages::factors))
                .route("/{id:[0-9]+}", web::get().to(pages::factor))
                .route("/{id:[0-9]+}", web::post().to(pages::edit_factor))
                .route("/{id:[0-9]+}/merge", web::post().to(pages::merge_factor))
                .service(nothing_else()),
        )
        .configure(glossary)
        .route("/sample", web::post().to(archive::pages::load_samples))
        // Accounts: sign-in, sign-out, set-up, one's own account
        .configure(accounts::pages::routes)
        .configure(programs);
}

/// Which words mean the same to a search.
fn glossary(config: &mut ServiceConfig) {
    config.service(
        web::scope("/admin/glossary")
            .route("", web::get().to(pages::glossary))
            .route("", web::post().to(pages::add_glossary_group))
            .route("/{id:[0-9]+}", web::get().to(pages::glossary_group))
            .route("/{id:[0-9]+}", web::post().to(pages::edit_glossary_group))
            .route("/{id:[0-9]+}/remove", web::post().to(pages::remove_group))
            .service(nothing_else()),
    );
}

/// What waits for a review, the log of what was done, and what searches did not find.
fn reviews(config: &mut ServiceConfig) {
    config
        .route("/reviews", web::get().to(pages::queue))
        .route("/reviews/not-now", web::post().to(pages::not_now))
        .route("/admin/audit", web::get().to(pages::audit_log))
        .route("/admin/search-gaps", web::get().to(pages::search_gaps))
        .route(
            "/admin/search-gaps/dismiss",
            web::post().to(pages::dismiss_gap),
        );
}

/// Searches that somebody keeps, and their feeds.
fn searches(config: &mut ServiceConfig) {
    config
        .route("/searches", web::get().to(pages::saved_searches))
        .route("/searches", web::post().to(pages::save_search))
        .route(
            "/searches/{id:[0-9]+}",
            web::post().to(pages::change_search),
        )
        .route(
            "/searches/{id:[0-9]+}/delete",
            web::post().to(pages::delete_search),
        )
        .route("/searches/{id:[0-9]+}/feed", web::get().to(pages::feed))
        .route(
            "/searches/{id:[0-9]+}/feed",
            web::post().to(pages::renew_feed),
        );
}

/// Reports, and writing them.
fn reports(config: &mut ServiceConfig) {
    config.service(
        web::scope("/reports")
            .app_data(FormLimit::DOCUMENT)
            // Writing
            .route("", web::post().to(pages::create))
            .route("", web::get().to(all_reports))
            .route("/new", web::get().to(pages::new))
            .route("/resume", web::post().to(pages::resume))
            .route("/autosave", web::post().to(pages::autosave::of_form))
            .route("/similar", web::post().to(pages::similar))
            .route("/discard", web::post().to(pages::autosave::discard_of_form))
            .route("/beside", web::post().to(pages::beside::of_form))
            .route("/names", web::get().to(pages::beside::names))
            .route("/{key:PM-[0-9]+}", web::get().to(pages::report))
            .route("/{key:PM-[0-9]+}.md", web::get().to(pages::markdown))
            .route("/{key:PM-[0-9]+}/edit", web::get().to(pages::edit))
            .route("/{key:PM-[0-9]+}/edit", web::post().to(pages::revise))
            .route(
                "/{key:PM-[0-9]+}/autosave",
                web::post().to(pages::autosave::of_report),
            )
            .route(
                "/{key:PM-[0-9]+}/beside",
                web::post().to(pages::beside::of_report),
            )
            .route(
                "/{key:PM-[0-9]+}/presence",
                web::get().to(pages::autosave::presence),
            )
            .route(
                "/{key:PM-[0-9]+}/discard",
                web::post().to(pages::autosave::discard_of_report),
            )
            .route("/{key:PM-[0-9]+}/publish", web::post().to(pages::publish))
            .route("/{key:PM-[0-9]+}/review", web::get().to(pages::review))
            .route("/{key:PM-[0-9]+}/review", web::post().to(pages::take_step))
            .route("/{key:PM-[0-9]+}/history", web::get().to(pages::history))
            .route("/{key:PM-[0-9]+}/diff", web::get().to(pages::diff))
            .route("/{key:PM-[0-9]+}/restore", web::post().to(pages::restore))
            .route(
                "/{key:PM-[0-9]+}/revisions/{number}",
                web::get().to(pages::old_revision),
            )
            .configure(talk)
            .route("/{key:PM-[0-9]+}/access", web::get().to(pages::access))
            .route(
                "/{key:PM-[0-9]+}/access",
                web::post().to(pages::change_access),
            )
            // Links between reports
            .route("/{key:PM-[0-9]+}/links", web::get().to(pages::links))
            .route("/{key:PM-[0-9]+}/links", web::post().to(pages::add_link))
            .route(
                "/{key:PM-[0-9]+}/links/{link}/remove",
                web::post().to(pages::remove_link),
            )
            .configure(attachments)
            .route("/{slug}", web::get().to(pages::by_slug))
            .service(nothing_else()),
    );
}

/// What happened that concerns whoever looks.
fn inbox(config: &mut ServiceConfig) {
    config
        .route("/inbox", web::get().to(pages::inbox::inbox))
        .route("/inbox/read", web::post().to(pages::inbox::read))
        .route("/inbox/open", web::post().to(pages::inbox::open));
}

/// Beside a report: a review that is gone on with, comments, and the accounts of participants.
fn talk(config: &mut ServiceConfig) {
    config
        .route(
            "/{key:PM-[0-9]+}/review/resume",
            web::post().to(pages::resume_review),
        )
        .route(
            "/{key:PM-[0-9]+}/comments",
            web::get().to(pages::comments::comments),
        )
        .route(
            "/{key:PM-[0-9]+}/comments",
            web::post().to(pages::comments::comment),
        )
        .route(
            "/{key:PM-[0-9]+}/comments/resume",
            web::post().to(pages::comments::resume_comment),
        )
        .route(
            "/{key:PM-[0-9]+}/comments/{id:[0-9]+}",
            web::post().to(pages::turn_comment),
        )
        .route(
            "/{key:PM-[0-9]+}/people",
            web::get().to(pages::comments::people),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts",
            web::get().to(pages::participants::participants),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts",
            web::post().to(pages::participants::ask_participant),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts/mine",
            web::get().to(pages::participant::mine),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts/mine",
            web::post().to(pages::participant::write_mine),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts/mine/resume",
            web::post().to(pages::participant::resume_mine),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts/{id:[0-9]+}/withdraw",
            web::post().to(pages::participants::withdraw_participant),
        )
        .route(
            "/{key:PM-[0-9]+}/accounts/{id:[0-9]+}/merge",
            web::post().to(pages::participants::merge_participant),
        );
}

/// Files of a report. Their bodies are read by the handler, within the limit that the operator has set.
fn attachments(config: &mut ServiceConfig) {
    config
        .route(
            "/{key:PM-[0-9]+}/attachments",
            web::get().to(pages::attachments::list),
        )
        .route(
            "/{key:PM-[0-9]+}/attachments",
            web::post().to(pages::attachments::add),
        )
        .route(
            "/{key:PM-[0-9]+}/attachments/{sha256}/remove",
            web::post().to(pages::attachments::remove),
        )
        .route(
            "/{key:PM-[0-9]+}/attachments/{sha256}/{name}",
            web::get().to(pages::attachments::file),
        )
        .route(
            "/{key:PM-[0-9]+}/attachments/{sha256}/{pixels}/{name}",
            web::get().to(pages::attachments::smaller),
        );
}

/// What programs call.
fn programs(config: &mut ServiceConfig) {
    config
        .route("/api", web::get().to(api::reference))
        .route("/api/openapi.json", web::get().to(api::openapi))
        .service(
            web::scope("/api/v1")
                .app_data(FormLimit::DOCUMENT)
                .route("/search", web::get().to(api::search))
                .route("/related", web::get().to(api::related))
                .route("/related", web::post().to(api::related_to))
                .route("/reports", web::get().to(api::list))
                .route("/reports", web::post().to(api::create))
                .route("/reports/{key}", web::get().to(api::one))
                .route("/reports/{key}", web::put().to(api::revise))
                .route("/reports/{key}", web::patch().to(api::amend))
                .configure(programs_rows)
                .configure(programs_revisions)
                .configure(programs_talk)
                .configure(programs_files)
                .route("/templates", web::get().to(api::templates))
                .route("/language-check", web::post().to(api::check_language))
                .service(nothing_else()),
        );
}

/// The rows of a report.
fn programs_rows(config: &mut ServiceConfig) {
    config
        .route("/reports/{key}/timeline", web::get().to(api::timeline))
        .route(
            "/reports/{key}/timeline",
            web::put().to(api::replace_timeline),
        )
        .route(
            "/reports/{key}/timeline",
            web::post().to(api::append_to_timeline),
        )
        .route("/reports/{key}/factors", web::get().to(api::factors))
        .route(
            "/reports/{key}/factors",
            web::put().to(api::replace_factors),
        )
        .route("/reports/{key}/learnings", web::get().to(api::learnings))
        .route(
            "/reports/{key}/learnings",
            web::put().to(api::replace_learnings),
        )
        .route(
            "/reports/{key}/countermeasures",
            web::get().to(api::countermeasures),
        )
        .route(
            "/reports/{key}/countermeasures",
            web::put().to(api::replace_countermeasures),
        );
}

/// What a report said before, and its way to readers.
fn programs_revisions(config: &mut ServiceConfig) {
    config
        .route("/reports/{key}/review", web::get().to(api::review))
        .route(
            "/reports/{key}/review",
            web::post().to(api::take_review_step),
        )
        .route("/reports/{key}/revisions", web::get().to(api::revisions))
        .route(
            "/reports/{key}/revisions/{number}",
            web::get().to(api::revision),
        )
        .route(
            "/reports/{key}/revisions/{number}/restore",
            web::post().to(api::restore),
        );
}

/// What a report is to others, and what is said about it.
fn programs_talk(config: &mut ServiceConfig) {
    config
        .route(
            "/reports/{key}/similar",
            web::get().to(api::similar_reports),
        )
        .route("/reports/{key}/links", web::get().to(api::links))
        .route("/reports/{key}/links", web::post().to(api::add_link))
        .route(
            "/reports/{key}/links/{link}",
            web::delete().to(api::remove_link),
        )
        .route("/reports/{key}/comments", web::get().to(api::comments))
        .route("/reports/{key}/comments", web::post().to(api::comment))
        .route(
            "/reports/{key}/comments/{comment}",
            web::put().to(api::edit_comment),
        )
        .route(
            "/reports/{key}/comments/{comment}",
            web::delete().to(api::remove_comment),
        )
        .route(
            "/reports/{key}/comments/{comment}/erase",
            web::post().to(api::erase_comment),
        )
        .route(
            "/reports/{key}/comments/{comment}/resolve",
            web::post().to(api::resolve_comment),
        )
        .route(
            "/reports/{key}/comments/{comment}/reopen",
            web::post().to(api::reopen_comment),
        );
}

/// Files of a report, and who may read it. The bodies of files are read by the handler, within the limit that the
/// operator has set.
fn programs_files(config: &mut ServiceConfig) {
    config
        .route(
            "/reports/{key}/attachments",
            web::get().to(api::attachments),
        )
        .route("/reports/{key}/attachments", web::post().to(api::attach))
        .route(
            "/reports/{key}/attachments/{sha256}",
            web::delete().to(api::detach),
        )
        .route("/reports/{key}/viewers", web::get().to(api::viewers))
        .route("/reports/{key}/viewers", web::post().to(api::add_viewer))
        .route(
            "/reports/{key}/viewers/{viewer}",
            web::delete().to(api::remove_viewer),
        );
}

async fn all_reports(_reader: Reader) -> Redirect {
    Redirect::to("/search?sort=newest")
}
