//! Every address of the site, on one screen.

use crate::accounts::{self, Reader};
use crate::archive;
use crate::platform::http::{FormLimit, Redirect, nothing_else};
use crate::reports::{api, pages};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, http::header};

/// Adds all routes. Probes and static files are the server's own.
pub fn configure(config: &mut ServiceConfig) {
    config
        // Reading
        .route("/", web::get().to(pages::home))
        .route("/search", web::get().to(pages::search))
        .route("/r/{rest:.*}", web::get().to(pages::short_link))
        .route("/help/keys", web::get().to(pages::keys))
        .route("/help/query", web::get().to(pages::query_language))
        .configure(reports)
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
        .route("/sample", web::post().to(archive::pages::load_samples))
        // Accounts: sign-in, sign-out, set-up, one's own account
        .configure(accounts::pages::routes)
        .configure(programs);
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
            .route("/discard", web::post().to(pages::autosave::discard_of_form))
            .route("/{key:PM-[0-9]+}", web::get().to(pages::report))
            .route("/{key:PM-[0-9]+}.md", web::get().to(pages::markdown))
            .route("/{key:PM-[0-9]+}/edit", web::get().to(pages::edit))
            .route("/{key:PM-[0-9]+}/edit", web::post().to(pages::revise))
            .route(
                "/{key:PM-[0-9]+}/autosave",
                web::post().to(pages::autosave::of_report),
            )
            .route(
                "/{key:PM-[0-9]+}/discard",
                web::post().to(pages::autosave::discard_of_report),
            )
            .route("/{key:PM-[0-9]+}/publish", web::post().to(pages::publish))
            .route("/{key:PM-[0-9]+}/history", web::get().to(pages::history))
            .route("/{key:PM-[0-9]+}/diff", web::get().to(pages::diff))
            .route(
                "/{key:PM-[0-9]+}/revisions/{number}",
                web::get().to(pages::old_revision),
            )
            .route("/{slug}", web::get().to(pages::by_slug))
            .service(nothing_else()),
    );
}

/// What programs call.
fn programs(config: &mut ServiceConfig) {
    config
        .route("/api", web::get().to(api_page))
        .route("/api/openapi.json", web::get().to(openapi))
        .service(
            web::scope("/api/v1")
                .app_data(FormLimit::DOCUMENT)
                .route("/search", web::get().to(api::search))
                .route("/reports", web::get().to(api::list))
                .route("/reports", web::post().to(api::create))
                .route("/reports/{key}", web::get().to(api::one))
                .route("/reports/{key}", web::put().to(api::revise))
                .route("/templates", web::get().to(api::templates))
                .route("/language-check", web::post().to(api::check_language))
                .service(nothing_else()),
        );
}

async fn all_reports(_reader: Reader) -> Redirect {
    Redirect::to("/search?sort=newest")
}

async fn api_page(_reader: Reader) -> Redirect {
    Redirect::to("/api/openapi.json")
}

/// The `OpenAPI` document, kept by hand beside the routes it describes.
const OPENAPI: &str = include_str!("../docs/openapi.json");

async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(OPENAPI)
}
