//! Every route for everybody. A cell is the status that comes back.

use std::collections::BTreeSet;

use hansei::accounts::Role;
use reqwest::Method;

use crate::support::app::{Answer, TestApp};
use crate::support::people::{Browser, Program};

const SOURCES: [&str; 3] = [
    include_str!("../../../src/routes.rs"),
    include_str!("../../../src/accounts/pages/mod.rs"),
    include_str!("../../../src/platform/http/server/mod.rs"),
];

/// A page that is not about one report: anonymous, reader, author, other author, admin.
pub(crate) struct Page {
    pub(crate) route: &'static str,
    pub(crate) request: &'static str,
    pub(crate) form: &'static [(&'static str, &'static str)],
    cells: [u16; 5],
}

const fn page(route: &'static str, request: &'static str, cells: [u16; 5]) -> Page {
    Page {
        route,
        request,
        form: &[],
        cells,
    }
}

const TEXT: &str = "## Summary\n\nx\n";

/// The order of the columns; of the tables below as well.
const PEOPLE: [&str; 5] = ["anonymous", "reader", "author", "other", "admin"];

pub(crate) const PAGES: &[Page] = &[
    page("get pages::home", "GET /", [303, 200, 200, 200, 200]),
    page(
        "get pages::search",
        "GET /search?q=x",
        [303, 200, 200, 200, 200],
    ),
    page(
        "get pages::search_csv",
        "GET /search.csv?q=x",
        [303, 200, 200, 200, 200],
    ),
    page(
        "get pages::open_search",
        "GET /opensearch.xml",
        [200, 200, 200, 200, 200],
    ),
    page(
        "get pages::saved_searches",
        "GET /searches",
        [303, 200, 200, 200, 200],
    ),
    Page {
        route: "post pages::save_search",
        request: "POST /searches",
        form: &[("name", ""), ("search", "q=x")],
        cells: [303, 422, 422, 422, 422],
    },
    Page {
        route: "post pages::change_search",
        request: "POST /searches/999999",
        form: &[("name", "T")],
        cells: [303, 404, 404, 404, 404],
    },
    page(
        "post pages::delete_search",
        "POST /searches/999999/delete",
        [303, 404, 404, 404, 404],
    ),
    page(
        "post pages::renew_feed",
        "POST /searches/999999/feed",
        [303, 404, 404, 404, 404],
    ),
    page(
        "get pages::feed",
        "GET /searches/999999/feed?token=x",
        [404, 404, 404, 404, 404],
    ),
    page(
        "get pages::search_gaps",
        "GET /admin/search-gaps",
        [303, 403, 403, 403, 200],
    ),
    Page {
        route: "post pages::dismiss_gap",
        request: "POST /admin/search-gaps/dismiss",
        form: &[("words", "x")],
        cells: [303, 403, 403, 403, 404],
    },
    page(
        "get pages::related",
        "GET /related?text=x",
        [303, 200, 200, 200, 200],
    ),
    page(
        "get pages::short_link",
        "GET /r/PM-1",
        [301, 301, 301, 301, 301],
    ),
    page(
        "get pages::keys",
        "GET /help/keys",
        [200, 200, 200, 200, 200],
    ),
    page(
        "get pages::query_language",
        "GET /help/query",
        [200, 200, 200, 200, 200],
    ),
    page("get all_reports", "GET /reports", [303, 303, 303, 303, 303]),
    page(
        "get pages::new",
        "GET /reports/new",
        [303, 403, 200, 200, 200],
    ),
    Page {
        route: "post pages::create",
        request: "POST /reports",
        form: &[
            ("title", "T"),
            ("kind", "incident"),
            ("document", TEXT),
            ("do", "preview"),
        ],
        cells: [401, 403, 200, 200, 200],
    },
    Page {
        route: "post pages::resume",
        request: "POST /reports/resume",
        form: &[("email", "nobody"), ("password", "x"), ("document", TEXT)],
        cells: [422, 403, 200, 200, 200],
    },
    Page {
        route: "post pages::autosave::of_form",
        request: "POST /reports/autosave",
        form: &[
            ("once", "01931f5e-8a52-7c3e-9d0b-2f6f1c3a7b11"),
            ("document", TEXT),
        ],
        cells: [303, 403, 200, 200, 200],
    },
    Page {
        route: "post pages::similar",
        request: "POST /reports/similar",
        form: &[("title", "T"), ("document", TEXT)],
        cells: [303, 403, 200, 200, 200],
    },
    Page {
        route: "post pages::beside::of_form",
        request: "POST /reports/beside",
        form: &[("document", TEXT)],
        cells: [303, 403, 200, 200, 200],
    },
    page(
        "get pages::beside::names",
        "GET /reports/names?of=services&q=c",
        [303, 403, 200, 200, 200],
    ),
    page(
        "get pages::factors",
        "GET /admin/factors",
        [303, 403, 403, 403, 200],
    ),
    page(
        "get pages::factor",
        "GET /admin/factors/999999",
        [303, 403, 403, 403, 404],
    ),
    page(
        "post pages::edit_factor",
        "POST /admin/factors/999999",
        [303, 403, 403, 403, 404],
    ),
    page(
        "post pages::merge_factor",
        "POST /admin/factors/999999/merge",
        [303, 403, 403, 403, 404],
    ),
    page(
        "get pages::glossary",
        "GET /admin/glossary?words=oom",
        [303, 403, 403, 403, 200],
    ),
    page(
        "get pages::glossary_group",
        "GET /admin/glossary/999999",
        [303, 403, 403, 403, 404],
    ),
    Page {
        route: "post pages::add_glossary_group",
        request: "POST /admin/glossary",
        form: &[("words", "only one")],
        cells: [303, 403, 403, 403, 422],
    },
    page(
        "post pages::edit_glossary_group",
        "POST /admin/glossary/999999",
        [303, 403, 403, 403, 404],
    ),
    page(
        "post pages::remove_group",
        "POST /admin/glossary/999999/remove",
        [303, 403, 403, 403, 404],
    ),
    page(
        "post pages::autosave::discard_of_form",
        "POST /reports/discard",
        [303, 303, 303, 303, 303],
    ),
    page("get api::reference", "GET /api", [303, 200, 200, 200, 200]),
    page(
        "get api::openapi",
        "GET /api/openapi.json",
        [200, 200, 200, 200, 200],
    ),
    page("get alive", "GET /healthz", [200, 200, 200, 200, 200]),
    page("get ready", "GET /readyz", [200, 200, 200, 200, 200]),
    page(
        "get assets::serve_at_root",
        "GET /robots.txt",
        [200, 200, 200, 200, 200],
    ),
    page(
        "get assets::serve",
        "GET /static/nothing.css",
        [404, 404, 404, 404, 404],
    ),
    page(
        "get sign_in::show",
        "GET /sign-in",
        [200, 303, 303, 303, 303],
    ),
    Page {
        route: "post sign_in::submit",
        request: "POST /sign-in",
        form: &[("email", "nobody"), ("password", "x")],
        cells: [422, 422, 422, 422, 422],
    },
    page(
        "get set_up::show",
        "GET /set-up?code=x",
        [404, 404, 404, 404, 404],
    ),
    page(
        "post set_up::submit",
        "POST /set-up",
        [404, 404, 404, 404, 404],
    ),
    page(
        "get pages::queue",
        "GET /reviews",
        [303, 403, 200, 200, 200],
    ),
    page(
        "post pages::not_now",
        "POST /reviews/not-now",
        [303, 303, 303, 303, 303],
    ),
    page(
        "get pages::audit_log",
        "GET /admin/audit",
        [303, 403, 403, 403, 200],
    ),
    page(
        "get account::show",
        "GET /account",
        [303, 200, 200, 200, 200],
    ),
    Page {
        route: "post account::rename",
        request: "POST /account",
        form: &[("name", "")],
        cells: [303, 422, 422, 422, 422],
    },
    Page {
        route: "post account::change_password",
        request: "POST /account/password",
        form: &[("current_password", "x"), ("new_password", "x")],
        cells: [303, 422, 422, 422, 422],
    },
    Page {
        route: "post account::revoke",
        request: "POST /account/sessions/revoke",
        form: &[("session", "00")],
        cells: [303, 303, 303, 303, 303],
    },
    page(
        "get pages::templates",
        "GET /admin/templates",
        [303, 403, 403, 403, 200],
    ),
    page(
        "get pages::new_template",
        "GET /admin/templates/new",
        [303, 403, 403, 403, 200],
    ),
    page(
        "get pages::template",
        "GET /admin/templates/standard",
        [303, 403, 403, 403, 200],
    ),
    Page {
        route: "post pages::add_template",
        request: "POST /admin/templates",
        form: &[("name", "")],
        cells: [401, 403, 403, 403, 422],
    },
    Page {
        route: "post pages::edit_template",
        request: "POST /admin/templates/standard",
        form: &[("name", "")],
        cells: [401, 403, 403, 403, 422],
    },
    Page {
        route: "post pages::resume_template",
        request: "POST /admin/templates/resume",
        form: &[("email", "nobody"), ("password", "x"), ("name", "T")],
        cells: [422, 403, 403, 403, 200],
    },
    page(
        "post pages::archive_template",
        "POST /admin/templates/blank/archive",
        [303, 403, 403, 403, 303],
    ),
    page(
        "post pages::restore_template",
        "POST /admin/templates/blank/restore",
        [303, 403, 403, 403, 303],
    ),
    page(
        "get pages::rubric",
        "GET /admin/rubric",
        [303, 403, 403, 403, 200],
    ),
    Page {
        route: "post pages::edit_rubric",
        request: "POST /admin/rubric",
        form: &[("question", "")],
        cells: [401, 403, 403, 403, 422],
    },
    Page {
        route: "post pages::resume_rubric",
        request: "POST /admin/rubric/resume",
        form: &[("email", "nobody"), ("password", "x"), ("rubric", "{}")],
        cells: [422, 403, 403, 403, 200],
    },
    page(
        "get teams::list",
        "GET /admin/teams",
        [303, 403, 403, 403, 200],
    ),
    page(
        "get teams::show",
        "GET /admin/teams/999",
        [303, 403, 403, 403, 404],
    ),
    Page {
        route: "post teams::add",
        request: "POST /admin/teams",
        form: &[("name", "")],
        cells: [303, 403, 403, 403, 422],
    },
    Page {
        route: "post teams::change",
        request: "POST /admin/teams/999",
        form: &[("do", "rename"), ("name", "T")],
        cells: [303, 403, 403, 403, 404],
    },
    page(
        "post archive::pages::load_samples",
        "POST /sample",
        [303, 403, 403, 403, 303],
    ),
    page(
        "get pages::inbox::inbox",
        "GET /inbox",
        [303, 200, 200, 200, 200],
    ),
    Page {
        route: "post pages::inbox::read",
        request: "POST /inbox/read",
        form: &[("upto", "0")],
        cells: [303, 303, 303, 303, 303],
    },
    Page {
        route: "post pages::inbox::open",
        request: "POST /inbox/open",
        form: &[("id", "0")],
        cells: [303, 404, 404, 404, 404],
    },
    page(
        "post sign_in::sign_out",
        "POST /sign-out",
        [303, 303, 303, 303, 303],
    ),
    page(
        "post sign_in::sign_out_everywhere",
        "POST /sign-out-everywhere",
        [303, 303, 303, 303, 303],
    ),
];

/// Published and open, a draft, restricted; all three written by "author".
pub(crate) type ByReport = [u16; 3];

/// A page about a report, for the same people.
pub(crate) struct ReportPage {
    pub(crate) route: &'static str,
    pub(crate) request: &'static str,
    pub(crate) form: &'static [(&'static str, &'static str)],
    cells: [ByReport; 5],
}

/// What can be read by those who see the report.
const READ: [ByReport; 5] = [
    [303, 303, 303],
    [200, 404, 404],
    [200, 200, 200],
    [200, 200, 404],
    [200, 200, 200],
];

/// What those who may change it can do, answering `200`.
const EDIT: [ByReport; 5] = [
    [303, 303, 303],
    [403, 404, 404],
    [200, 200, 200],
    [200, 200, 404],
    [200, 200, 200],
];

/// What its owners can do with a report, answering this.
const fn owners(status: u16) -> [ByReport; 5] {
    let all = [status; 3];
    [[303; 3], [403, 404, 404], all, [403, 403, 404], all]
}

/// What nobody can do before they are asked.
const UNASKED: [ByReport; 5] = [[303; 3], [404; 3], [404; 3], [404; 3], [404; 3]];
/// What its authors and administrators can do with it.
const OWN: [ByReport; 5] = [
    [303, 303, 303],
    [403, 404, 404],
    [200, 200, 200],
    [403, 403, 404],
    [200, 200, 200],
];

const fn report_page(
    route: &'static str,
    request: &'static str,
    cells: [ByReport; 5],
) -> ReportPage {
    ReportPage {
        route,
        request,
        form: &[],
        cells,
    }
}

pub(crate) const REPORT_PAGES: &[ReportPage] = &[
    report_page(
        "get pages::comments::comments",
        "GET /reports/{key}/comments",
        READ,
    ),
    ReportPage {
        route: "post pages::comments::comment",
        request: "POST /reports/{key}/comments",
        form: &[("text", " ")],
        cells: [
            [401, 401, 401],
            [422, 404, 404],
            [422, 422, 422],
            [422, 422, 404],
            [422, 422, 422],
        ],
    },
    ReportPage {
        route: "post pages::comments::resume_comment",
        request: "POST /reports/{key}/comments/resume",
        form: &[("email", "nobody"), ("password", "x"), ("text", "x")],
        cells: [[422, 422, 422], READ[1], READ[2], READ[3], READ[4]],
    },
    ReportPage {
        route: "post pages::turn_comment",
        request: "POST /reports/{key}/comments/0",
        form: &[("do", "resolve")],
        cells: UNASKED,
    },
    report_page(
        "get pages::comments::people",
        "GET /reports/{key}/people?q=a",
        READ,
    ),
    report_page(
        "get pages::participants::participants",
        "GET /reports/{key}/accounts",
        owners(200),
    ),
    report_page(
        "post pages::participants::ask_participant",
        "POST /reports/{key}/accounts",
        owners(422),
    ),
    report_page(
        "post pages::participants::withdraw_participant",
        "POST /reports/{key}/accounts/0/withdraw",
        owners(303),
    ),
    report_page(
        "post pages::participants::merge_participant",
        "POST /reports/{key}/accounts/0/merge",
        owners(422),
    ),
    report_page(
        "get pages::participant::mine",
        "GET /reports/{key}/accounts/mine",
        UNASKED,
    ),
    ReportPage {
        route: "post pages::participant::write_mine",
        request: "POST /reports/{key}/accounts/mine",
        form: &[("text", "x")],
        cells: [
            [401, 401, 401],
            UNASKED[1],
            UNASKED[2],
            UNASKED[3],
            UNASKED[4],
        ],
    },
    ReportPage {
        route: "post pages::participant::resume_mine",
        request: "POST /reports/{key}/accounts/mine/resume",
        form: &[("email", "nobody"), ("password", "x"), ("text", "x")],
        cells: [
            [422, 422, 422],
            UNASKED[1],
            UNASKED[2],
            UNASKED[3],
            UNASKED[4],
        ],
    },
    report_page("get pages::report", "GET /reports/{key}", READ),
    report_page("get pages::markdown", "GET /reports/{key}.md", READ),
    report_page("get pages::history", "GET /reports/{key}/history", READ),
    report_page("get pages::diff", "GET /reports/{key}/diff", READ),
    report_page(
        "get pages::old_revision",
        "GET /reports/{key}/revisions/1",
        READ,
    ),
    ReportPage {
        route: "post pages::restore",
        request: "POST /reports/{key}/restore",
        // Over a revision that never was: who may is told that it is not the latest.
        form: &[("revision", "1"), ("base_revision", "0")],
        cells: [
            [303, 303, 303],
            [403, 404, 404],
            [409, 409, 409],
            [409, 409, 404],
            [409, 409, 409],
        ],
    },
    report_page("get pages::edit", "GET /reports/{key}/edit", EDIT),
    report_page("get pages::links", "GET /reports/{key}/links", EDIT),
    report_page(
        "post pages::add_link",
        "POST /reports/{key}/links",
        [
            [303, 303, 303],
            [403, 404, 404],
            [422, 422, 422],
            [422, 422, 404],
            [422, 422, 422],
        ],
    ),
    report_page(
        "post pages::remove_link",
        "POST /reports/{key}/links/1/remove",
        [
            [303, 303, 303],
            [403, 404, 404],
            [303, 303, 303],
            [303, 303, 404],
            [303, 303, 303],
        ],
    ),
    ReportPage {
        route: "post pages::revise",
        request: "POST /reports/{key}/edit",
        form: &[
            ("title", "T"),
            ("kind", "incident"),
            ("document", TEXT),
            ("do", "preview"),
            ("base_revision", "1"),
        ],
        cells: [[401, 401, 401], EDIT[1], EDIT[2], EDIT[3], EDIT[4]],
    },
    report_page(
        "get pages::by_slug",
        "GET /reports/{slug}",
        [
            [303, 303, 303],
            [301, 404, 404],
            [301, 301, 301],
            [301, 301, 404],
            [301, 301, 301],
        ],
    ),
    ReportPage {
        route: "post pages::autosave::of_report",
        request: "POST /reports/{key}/autosave",
        form: &[("title", "T"), ("document", TEXT), ("base_revision", "1")],
        cells: [
            [303, 303, 303],
            [403, 404, 404],
            [200, 200, 200],
            [200, 200, 404],
            [200, 200, 200],
        ],
    },
    ReportPage {
        route: "post pages::beside::of_report",
        request: "POST /reports/{key}/beside",
        form: &[("title", "T"), ("document", TEXT)],
        cells: [
            [303, 303, 303],
            [403, 404, 404],
            [200, 200, 200],
            [200, 200, 404],
            [200, 200, 200],
        ],
    },
    report_page(
        "get pages::autosave::presence",
        "GET /reports/{key}/presence",
        [
            [303, 303, 303],
            [403, 404, 404],
            [200, 200, 200],
            [200, 200, 404],
            [200, 200, 200],
        ],
    ),
    report_page(
        "post pages::autosave::discard_of_report",
        "POST /reports/{key}/discard",
        [
            [303, 303, 303],
            [303, 404, 404],
            [303, 303, 303],
            [303, 303, 404],
            [303, 303, 303],
        ],
    ),
    report_page("get pages::access", "GET /reports/{key}/access", OWN),
    ReportPage {
        route: "post pages::change_access",
        request: "POST /reports/{key}/access",
        form: &[("do", "remove"), ("viewer", "person-0")],
        cells: [
            [303, 303, 303],
            [403, 404, 404],
            [303, 303, 303],
            [403, 403, 404],
            [303, 303, 303],
        ],
    },
    report_page(
        "get pages::attachments::list",
        "GET /reports/{key}/attachments",
        READ,
    ),
    // No form with a file: whoever may attach one is told so.
    report_page(
        "post pages::attachments::add",
        "POST /reports/{key}/attachments",
        [
            [303, 303, 303],
            [403, 404, 404],
            [415, 415, 415],
            [415, 415, 404],
            [415, 415, 415],
        ],
    ),
    report_page(
        "post pages::attachments::remove",
        "POST /reports/{key}/attachments/0000000000000000000000000000000000000000000000000000000000000000/remove",
        [
            [303, 303, 303],
            [403, 404, 404],
            [303, 303, 303],
            [303, 303, 404],
            [303, 303, 303],
        ],
    ),
    // Nothing of this name is attached to any.
    report_page(
        "get pages::attachments::file",
        "GET /reports/{key}/attachments/0000000000000000000000000000000000000000000000000000000000000000/x.png",
        [
            [303, 303, 303],
            [404, 404, 404],
            [404, 404, 404],
            [404, 404, 404],
            [404, 404, 404],
        ],
    ),
    report_page(
        "get pages::attachments::smaller",
        "GET /reports/{key}/attachments/0000000000000000000000000000000000000000000000000000000000000000/320/x.png",
        [
            [303, 303, 303],
            [404, 404, 404],
            [404, 404, 404],
            [404, 404, 404],
            [404, 404, 404],
        ],
    ),
    ReportPage {
        route: "post pages::publish",
        request: "POST /reports/{key}/publish",
        form: &[("reason", "others need to know"), ("revision", "1")],
        cells: [
            [303, 303, 303],
            [403, 404, 404],
            [303, 303, 303],
            [303, 303, 404],
            [303, 303, 303],
        ],
    },
    report_page("get pages::review", "GET /reports/{key}/review", EDIT),
    ReportPage {
        route: "post pages::take_step",
        request: "POST /reports/{key}/review",
        form: &[("do", "release")],
        cells: [
            [401, 401, 401],
            [403, 404, 404],
            [303, 303, 303],
            [303, 303, 404],
            [303, 303, 303],
        ],
    },
    ReportPage {
        route: "post pages::resume_review",
        request: "POST /reports/{key}/review/resume",
        form: &[("email", "nobody"), ("password", "x"), ("review", "{}")],
        cells: [[422, 422, 422], EDIT[1], EDIT[2], EDIT[3], EDIT[4]],
    },
];

/// Tokens: their scopes, and the person they are bound to.
const TOKENS: [(&str, Option<usize>); 9] = [
    ("timeline:append", None),
    ("search:read", None),
    ("reports:read", None),
    ("reports:read,reports:write", None),
    ("search:read,reports:read,restricted:read", None),
    (EVERY_SCOPE, None),
    (EVERY_SCOPE, Some(1)),
    (EVERY_SCOPE, Some(2)),
    ("search:read,reports:read,reports:write", Some(2)),
];

const EVERY_SCOPE: &str =
    "search:read,reports:read,reports:write,timeline:append,restricted:read,admin";

/// An answer of the API for each of [`TOKENS`].
pub(crate) struct Api {
    pub(crate) route: &'static str,
    pub(crate) request: &'static str,
    cells: [u16; 9],
}

pub(crate) const API: &[Api] = &[
    Api {
        route: "get api::search",
        request: "GET /api/v1/search?q=x",
        cells: [403, 200, 403, 403, 200, 200, 200, 200, 200],
    },
    Api {
        route: "get api::related",
        request: "GET /api/v1/related?text=x",
        cells: [403, 200, 403, 403, 200, 200, 200, 200, 200],
    },
    Api {
        route: "post api::related_to",
        request: "POST /api/v1/related",
        cells: [403, 200, 403, 403, 200, 200, 200, 200, 200],
    },
    Api {
        route: "get api::list",
        request: "GET /api/v1/reports",
        cells: [403, 403, 200, 200, 200, 200, 200, 200, 200],
    },
    Api {
        route: "get api::templates",
        request: "GET /api/v1/templates",
        cells: [403, 403, 200, 200, 200, 200, 200, 200, 200],
    },
    Api {
        route: "post api::create",
        request: "POST /api/v1/reports",
        cells: [403, 403, 403, 201, 403, 201, 403, 201, 201],
    },
    Api {
        route: "post api::check_language",
        request: "POST /api/v1/language-check",
        cells: [403, 403, 200, 200, 200, 200, 200, 200, 200],
    },
];

pub(crate) const REPORT_API: &[(&str, &str, [ByReport; 9])] = &[
    (
        "get api::one",
        "GET /api/v1/reports/{key}",
        [
            [403, 403, 403],
            [403, 403, 403],
            [200, 404, 404],
            [200, 200, 404],
            [200, 404, 200],
            [200, 200, 200],
            [200, 404, 404],
            [200, 200, 200],
            [200, 200, 404],
        ],
    ),
    // A revision that never was: whoever may change the report is told so.
    (
        "put api::revise",
        "PUT /api/v1/reports/{key}",
        [
            [403, 403, 403],
            [403, 403, 403],
            [403, 403, 403],
            [412, 412, 404],
            [403, 403, 403],
            [412, 412, 412],
            [403, 404, 404],
            [412, 412, 412],
            [412, 412, 404],
        ],
    ),
    (
        "get api::timeline",
        "GET /api/v1/reports/{key}/timeline",
        READ_API,
    ),
    (
        "put api::replace_timeline",
        "PUT /api/v1/reports/{key}/timeline",
        EDIT_API,
    ),
    (
        "get api::factors",
        "GET /api/v1/reports/{key}/factors",
        READ_API,
    ),
    (
        "put api::replace_factors",
        "PUT /api/v1/reports/{key}/factors",
        EDIT_API,
    ),
    (
        "get api::learnings",
        "GET /api/v1/reports/{key}/learnings",
        READ_API,
    ),
    (
        "put api::replace_learnings",
        "PUT /api/v1/reports/{key}/learnings",
        EDIT_API,
    ),
    (
        "get api::countermeasures",
        "GET /api/v1/reports/{key}/countermeasures",
        READ_API,
    ),
    (
        "put api::replace_countermeasures",
        "PUT /api/v1/reports/{key}/countermeasures",
        EDIT_API,
    ),
    (
        "post api::append_to_timeline",
        "POST /api/v1/reports/{key}/timeline",
        [
            [201, 201, 404],
            [403, 403, 403],
            [403, 403, 403],
            [201, 201, 404],
            [403, 403, 403],
            [201, 201, 201],
            [403, 404, 404],
            [201, 201, 201],
            [201, 201, 404],
        ],
    ),
    // Nobody facilitates: letting go of it changes nothing.
    ("get api::review", "GET /api/v1/reports/{key}/review", {
        let mut cells = edit_api(200);
        cells[2] = [403, 404, 404];
        cells[4] = [403, 404, 403];
        cells
    }),
    (
        "post api::take_review_step",
        "POST /api/v1/reports/{key}/review",
        edit_api(200),
    ),
    ("patch api::amend", "PATCH /api/v1/reports/{key}", EDIT_API),
    (
        "get api::revisions",
        "GET /api/v1/reports/{key}/revisions",
        READ_API,
    ),
    (
        "get api::revision",
        "GET /api/v1/reports/{key}/revisions/1",
        READ_API,
    ),
    (
        "post api::restore",
        "POST /api/v1/reports/{key}/revisions/1/restore",
        EDIT_API,
    ),
    (
        "get api::similar_reports",
        "GET /api/v1/reports/{key}/similar",
        [
            [403, 403, 403],
            [403, 403, 403],
            [403, 403, 403],
            [403, 403, 403],
            [200, 404, 200],
            [200, 200, 200],
            [200, 404, 404],
            [200, 200, 200],
            [200, 200, 404],
        ],
    ),
    (
        "get api::links",
        "GET /api/v1/reports/{key}/links",
        READ_API,
    ),
    // To a report that is not there.
    (
        "post api::add_link",
        "POST /api/v1/reports/{key}/links",
        edit_api(422),
    ),
    (
        "delete api::remove_link",
        "DELETE /api/v1/reports/{key}/links/999",
        edit_api(204),
    ),
    (
        "get api::comments",
        "GET /api/v1/reports/{key}/comments",
        talk_api(200),
    ),
    (
        "post api::comment",
        "POST /api/v1/reports/{key}/comments",
        talk_api(201),
    ),
    (
        "put api::edit_comment",
        "PUT /api/v1/reports/{key}/comments/999",
        talk_api(404),
    ),
    (
        "delete api::remove_comment",
        "DELETE /api/v1/reports/{key}/comments/999",
        talk_api(404),
    ),
    (
        "post api::erase_comment",
        "POST /api/v1/reports/{key}/comments/999/erase",
        [
            [403; 3],
            [403; 3],
            [403; 3],
            [403, 403, 404],
            [403; 3],
            [404; 3],
            [403, 404, 404],
            [403; 3],
            [403, 403, 404],
        ],
    ),
    (
        "post api::resolve_comment",
        "POST /api/v1/reports/{key}/comments/999/resolve",
        talk_api(404),
    ),
    (
        "post api::reopen_comment",
        "POST /api/v1/reports/{key}/comments/999/reopen",
        talk_api(404),
    ),
    (
        "get api::attachments",
        "GET /api/v1/reports/{key}/attachments",
        READ_API,
    ),
    // Not bytes: whoever may attach some is told so.
    (
        "post api::attach",
        "POST /api/v1/reports/{key}/attachments",
        edit_api(415),
    ),
    (
        "delete api::detach",
        "DELETE /api/v1/reports/{key}/attachments/0000000000000000000000000000000000000000000000000000000000000000",
        edit_api(204),
    ),
    (
        "get api::viewers",
        "GET /api/v1/reports/{key}/viewers",
        own_api(200),
    ),
    // Nobody is called so: those who may name people are told.
    (
        "post api::add_viewer",
        "POST /api/v1/reports/{key}/viewers",
        own_api(422),
    ),
    (
        "delete api::remove_viewer",
        "DELETE /api/v1/reports/{key}/viewers/person-999",
        own_api(204),
    ),
];

/// What a token can change beside the text of a report, answering this.
const fn edit_api(status: u16) -> [ByReport; 9] {
    let all = [status; 3];
    [
        [403; 3],
        [403; 3],
        [403; 3],
        [status, status, 404],
        [403; 3],
        all,
        [403, 404, 404],
        all,
        [status, status, 404],
    ]
}

/// What a token can do that all may who see the report: it takes the scope to write.
const fn talk_api(status: u16) -> [ByReport; 9] {
    let mut cells = edit_api(status);
    cells[6] = [status, 404, 404];
    cells
}

/// What a token can do with a report of which it belongs to an author or an administrator.
const fn own_api(status: u16) -> [ByReport; 9] {
    let mut cells = edit_api(status);
    cells[3] = [403, 403, 404];
    cells
}

/// What a token can read of a report's lists and past: as the report itself.
const READ_API: [ByReport; 9] = [
    [403, 403, 403],
    [403, 403, 403],
    [200, 404, 404],
    [200, 200, 404],
    [200, 404, 200],
    [200, 200, 200],
    [200, 404, 404],
    [200, 200, 200],
    [200, 200, 404],
];

/// What a token can change of them, answering a revision that never was with `412`.
const EDIT_API: [ByReport; 9] = [
    [403, 403, 403],
    [403, 403, 403],
    [403, 403, 403],
    [412, 412, 404],
    [403, 403, 403],
    [412, 412, 412],
    [403, 404, 404],
    [412, 412, 412],
    [412, 412, 404],
];

/// Every `web::get().to(handler)` of the source, as `get handler`.
fn routes_in_source() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for source in SOURCES {
        let code: String = source.split_whitespace().collect();
        for (at, _) in code.match_indices(").to(") {
            let (before, after) = code.split_at(at);
            let Some((_, method)) = before.trim_end_matches('(').rsplit_once("web::") else {
                continue;
            };
            if matches!(method, "get" | "post" | "put" | "patch" | "delete" | "head") {
                let handler = after.trim_start_matches(").to(").split(')').next().unwrap();
                routes.insert(format!("{method} {handler}"));
            }
        }
    }
    routes
}

#[test]
fn every_route_has_its_row() {
    let found = routes_in_source();
    assert!(found.len() > 30, "{found:?}");
    let mut rows: BTreeSet<String> = PAGES.iter().map(|row| row.route.to_owned()).collect();
    rows.extend(REPORT_PAGES.iter().map(|row| row.route.to_owned()));
    rows.extend(API.iter().map(|row| row.route.to_owned()));
    rows.extend(REPORT_API.iter().map(|(route, ..)| (*route).to_owned()));
    let without: Vec<_> = found.difference(&rows).collect();
    let gone: Vec<_> = rows.difference(&found).collect();
    assert!(
        without.is_empty() && gone.is_empty(),
        "without a row: {without:?}; gone: {gone:?}"
    );
    let other_ways = ["web::route(", "web::method(", ".guard("];
    for source in SOURCES {
        assert!(
            !other_ways.iter().any(|way| source.contains(way)),
            "a route this test cannot see"
        );
    }
}

struct World<'a> {
    people: Vec<Browser<'a>>,
    /// Open, draft, restricted.
    keys: [String; 3],
}

impl<'a> World<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let mut people = vec![
            app.sign_in("reader", Role::Reader).await,
            app.sign_in("author", Role::Author).await,
            app.sign_in("other", Role::Author).await,
            app.sign_in("admin", Role::Admin).await,
        ];
        // Last: before there is anybody, there is no form to sign in with.
        people.insert(0, app.stranger().await);
        let report = |title, visibility, action| {
            [
                ("title", title),
                ("kind", "incident"),
                ("visibility", visibility),
                ("document", TEXT),
                ("do", action),
            ]
        };
        let author = &people[2];
        let open = author.write(&report("Open", "open", "publish")).await;
        let draft = author.write(&report("Draft", "open", "save")).await;
        let restricted = author
            .write(&report("Secret", "restricted", "publish"))
            .await;
        Self {
            people,
            keys: [open, draft, restricted],
        }
    }
}

async fn ask(browser: &Browser<'_>, request: &str, form: &[(&str, &str)]) -> Answer {
    let (method, path) = request.split_once(' ').unwrap();
    match method {
        "GET" => browser.get(path).await,
        "POST" => browser.post(path, form).await,
        other => panic!("{other}"),
    }
}

/// What is sent to an address of the API: of which kind, and what.
fn sent(method: &Method, path: &str) -> (&'static str, String) {
    let last = path.rsplit('/').next().unwrap();
    let json = |body: &str| ("application/json", body.to_owned());
    match last {
        _ if *method == Method::GET || *method == Method::DELETE => {
            ("text/markdown", String::new())
        }
        // The only row that may be there in any of the lists is none; appending takes at least one.
        "timeline" if *method == Method::POST => json("{\"items\": [{\"text\": \"x\"}]}"),
        "timeline" | "factors" | "learnings" | "countermeasures" => json("{\"items\": []}"),
        "related" => json("{\"text\": \"x\"}"),
        "links" => json("{\"to\": \"PM-999\", \"kind\": \"similar_to\"}"),
        "viewers" => json("{\"person\": \"qqq\"}"),
        "erase" => json("{\"reason\": \"x\"}"),
        "review" => json("{\"step\": \"release\"}"),
        _ if *method == Method::PATCH => json("{\"title\": \"T\"}"),
        _ if path.ends_with("/comments") || path.contains("/comments/") => {
            json("{\"text\": \"x\"}")
        }
        _ if *method == Method::PUT => (
            "text/markdown",
            TEXT.replace("## Summary", "# T\n\n## Summary"),
        ),
        _ => ("text/markdown", TEXT.to_owned()),
    }
}

pub(crate) async fn call(program: &Program<'_>, request: &str) -> Answer {
    let (method, path) = request.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let (kind, body) = sent(&method, path);
    let headers = [("content-type", kind), ("if-match", "\"r99\"")];
    program.send(method, path, &headers, body).await
}

#[tokio::test]
async fn every_page_about_a_report() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    let slugs = ["open-1", "draft-2", "secret-3"];
    let mut wrong = Vec::new();
    for row in REPORT_PAGES {
        for (person, cells) in row.cells.iter().enumerate() {
            for (report, expected) in cells.iter().enumerate() {
                let request = row
                    .request
                    .replace("{key}", &world.keys[report])
                    .replace("{slug}", slugs[report]);
                let answer = ask(&world.people[person], &request, row.form).await;
                if answer.status != *expected {
                    wrong.push(format!(
                        "{request} as {}: {}, not {expected}",
                        PEOPLE[person], answer.status
                    ));
                }
                if answer.status == 401 {
                    assert!(
                        answer.body.contains("/resume\" method=\"post\""),
                        "{request}"
                    );
                } else if answer.status == 303 && person == 0 && !request.contains("/publish") {
                    assert!(
                        answer.header("location").starts_with("/sign-in"),
                        "{request}"
                    );
                }
                // A refusal says nothing about the report; a form that comes back is for those who see it.
                if answer.status >= 400 && (!matches!(answer.status, 409 | 422) || person == 0) {
                    assert!(!answer.body.contains("Secret"), "{request}");
                }
                if row.route == "post pages::publish" {
                    app.sql("UPDATE reports SET status = 'draft' WHERE number = 2")
                        .await;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.finish().await;
}

#[tokio::test]
async fn every_other_page() {
    let app = TestApp::new().await;
    let mut world = World::new(&app).await;
    let mut wrong = Vec::new();
    for row in PAGES {
        for (person, expected) in row.cells.iter().enumerate() {
            let answer = ask(&world.people[person], row.request, row.form).await;
            if row.request.starts_with("POST /sign-out") && person > 0 {
                let id = world.people[person].id;
                world.people[person] = app.sign_in_again(PEOPLE[person], id).await;
            }
            if answer.status != *expected {
                wrong.push(format!(
                    "{} as {}: {}, not {expected}",
                    row.request, PEOPLE[person], answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.finish().await;
}

#[tokio::test]
async fn every_answer_of_the_api() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    let mut programs = Vec::new();
    for (scopes, person) in TOKENS {
        let person = person.map(|person| world.people[person].id);
        programs.push(app.program_of(scopes, person, None).await);
    }
    let mut wrong = Vec::new();
    for row in API {
        for (token, expected) in row.cells.iter().enumerate() {
            let answer = call(&programs[token], row.request).await;
            if answer.status != *expected {
                wrong.push(format!(
                    "{} with {:?}: {}, not {expected}",
                    row.request, TOKENS[token], answer.status
                ));
            }
        }
    }
    for (_, request, table) in REPORT_API {
        for (token, cells) in table.iter().enumerate() {
            for (report, expected) in cells.iter().enumerate() {
                let request = request.replace("{key}", &world.keys[report]);
                let answer = call(&programs[token], &request).await;
                if answer.status != *expected {
                    wrong.push(format!(
                        "{request} with {:?}: {}, not {expected}",
                        TOKENS[token], answer.status
                    ));
                }
                if answer.status >= 400 {
                    assert!(!answer.body.contains("Secret"), "{request}");
                }
            }
        }
    }
    // People do not get in with a cookie, tokens do not get in at the pages.
    for path in [
        "/api/v1/search?q=x",
        "/api/v1/reports",
        "/api/v1/reports/PM-1",
        "/api/v1/templates",
    ] {
        for person in &world.people {
            assert_eq!(person.get(path).await.status, 401, "{path}");
        }
    }
    for path in [
        "/",
        "/search",
        "/reports/PM-1",
        "/reports/PM-1.md",
        "/reports/new",
        "/admin/templates",
        "/account",
    ] {
        assert_eq!(programs[5].get(path).await.status, 303, "{path}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    app.finish().await;
}

#[tokio::test]
async fn without_signing_in_where_that_is_allowed() {
    let app = TestApp::open_to_all().await;
    let world = World::new(&app).await;
    let stranger = &world.people[0];
    for (request, cells) in [
        ("GET /reports/{key}", [200, 404, 404]),
        ("GET /reports/{key}.md", [200, 404, 404]),
        ("GET /reports/{key}/history", [303, 404, 404]),
        ("GET /reports/{key}/diff", [303, 404, 404]),
        ("GET /reports/{key}/revisions/1", [303, 404, 404]),
        ("GET /reports/{key}/edit", [303, 303, 303]),
        ("POST /reports/{key}/edit", [401, 401, 401]),
        ("POST /reports/{key}/publish", [303, 303, 303]),
        ("GET /reports/{key}/comments", [303, 303, 303]),
        ("GET /reports/{key}/people?q=a", [303, 303, 303]),
        ("GET /reports/{key}/accounts", [303, 303, 303]),
        ("GET /reports/{key}/review", [303, 303, 303]),
        ("POST /reports/{key}/review", [401, 401, 401]),
    ] {
        for (key, expected) in world.keys.iter().zip(cells) {
            let request = request.replace("{key}", key);
            assert_eq!(
                ask(stranger, &request, &[]).await.status,
                expected,
                "{request}"
            );
        }
    }
    for (path, expected) in [
        ("/", 200),
        ("/search?q=x", 200),
        ("/reports", 303),
        ("/reports/new", 303),
        ("/account", 303),
        ("/reviews", 303),
        ("/admin/audit", 303),
        ("/reports/open-1", 301),
        ("/reports/draft-2", 404),
        ("/reports/secret-3", 404),
        ("/api/v1/reports", 401),
    ] {
        assert_eq!(stranger.get(path).await.status, expected, "{path}");
    }
    app.finish().await;
}
