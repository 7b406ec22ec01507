//! The edges of HTTP: forms from elsewhere, bytes that are no text, requests that are no requests; never a 5xx.

use hansei::accounts::Role;
use reqwest::Method;

use crate::support::app::TestApp;

const FORM: [(&str, &str); 4] = [
    ("title", "T"),
    ("kind", "incident"),
    ("document", "## Summary\n\nx\n"),
    ("do", "save"),
];

/// Every form of the program.
const FORMS: [&str; 16] = [
    "/reports",
    "/reports/PM-1/edit",
    "/reports/PM-1/publish",
    "/reports/PM-1/review",
    "/reviews/not-now",
    "/reports/resume",
    "/sample",
    "/sign-in",
    "/sign-out",
    "/sign-out-everywhere",
    "/set-up",
    "/account",
    "/account/password",
    "/account/sessions/revoke",
    "/account/sessions/revoke-all",
    "/reports/PM-9/edit",
];

#[tokio::test]
async fn forms_from_elsewhere_change_nothing() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    admin.write(&FORM).await;
    let stranger = app.stranger().await;
    let state = "SELECT concat((SELECT count(*) FROM reports), (SELECT max(revision) FROM reports), (SELECT count(*) FROM sessions),
        (SELECT string_agg(status, '') FROM reports)) AS text";
    let before = app.rows(state).await;
    for path in FORMS {
        // Without a token, with a made-up one, with that of another visitor.
        for csrf in [None, Some("00"), Some(""), Some(stranger.csrf.as_str())] {
            let mut fields = FORM.to_vec();
            fields.extend(csrf.map(|csrf| ("csrf", csrf)));
            let refused = if path.contains("PM-9") { 404 } else { 403 };
            admin.post_as_is(path, &fields, &[]).await.is(refused);
        }
        let mut fields = FORM.to_vec();
        fields.push(("csrf", &admin.csrf));
        for header in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost:1.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            admin.post_as_is(path, &fields, &[header]).await.is(403);
        }
        // A form in disguise is no form.
        let body = serde_urlencoded::to_string(&fields).unwrap();
        for kind in [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
        ] {
            let answer = admin
                .send(Method::POST, path, &[("content-type", kind)], body.clone())
                .await;
            assert!(
                matches!(answer.status, 403 | 415),
                "{path} {kind}: {}",
                answer.status
            );
        }
    }
    assert_eq!(app.rows(state).await, before);
    let mut fields = FORM.to_vec();
    fields.push(("csrf", &admin.csrf));
    let own = [
        ("origin", "http://localhost:1"),
        ("sec-fetch-site", "same-origin"),
    ];
    admin.post_as_is("/reports", &fields, &own).await.is(303);
    app.finish().await;
}

#[tokio::test]
async fn programs_cannot_ride_on_a_cookie() {
    let app = TestApp::new().await;
    let admin = app.sign_in("admin", Role::Admin).await;
    admin.get("/api/v1/reports").await.problem(401, &[]);
    let headers = [("content-type", "text/markdown")];
    admin
        .send(Method::POST, "/api/v1/reports", &headers, "# x")
        .await
        .problem(401, &[]);
    let bot = app.program("reports:write").await;
    let headers = [
        ("content-type", "text/markdown"),
        ("origin", "https://evil.example"),
    ];
    bot.send(Method::POST, "/api/v1/reports", &headers, "# x")
        .await
        .problem(403, &[]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_too_large_or_no_text_is_refused() {
    let app = TestApp::new().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let big = "x".repeat(10 * 1024 * 1024);
    let page = ana
        .post("/reports", &[("title", "T"), ("document", &big)])
        .await
        .is(413);
    assert!(page.body.contains("<h1"), "a page, not a bare status");
    assert!(page.body.contains("At most 4194304 bytes") && page.body.contains("go Back"));
    // What a browser keeps is nothing to tell a program.
    let bot = app.program("reports:write").await;
    let kind = [("content-type", "text/markdown")];
    let told = bot
        .send(Method::POST, "/api/v1/reports", &kind, big.clone())
        .await
        .problem(413, &[]);
    assert!(!told.body.contains("Back"), "{}", told.body);
    ana.post("/account", &[("name", &"x".repeat(70_000))])
        .await
        .is(413);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for body in [
        "title=%00&document=x",
        "title=a%ff%fe&document=x",
        "%00=x",
        "title=%zz",
        "title",
        "=",
        "title=a&title=b",
        "title=%ED%A0%80",
    ] {
        let body = format!("{body}&kind=incident&do=save&csrf={}", ana.csrf);
        let answer = ana
            .send(Method::POST, "/reports", &form, body.clone())
            .await;
        assert!(
            matches!(answer.status, 303 | 400 | 422),
            "{body}: {}",
            answer.status
        );
    }
    for (field, value) in [
        ("document", "a\u{0}b"),
        ("title", "a\u{0}b"),
        ("services", "a\u{0}b"),
        ("note", "\u{0}"),
        ("timezone", "\u{0}"),
    ] {
        let mut fields = FORM.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = ana.post("/reports", &fields).await;
        assert!(
            matches!(answer.status, 303 | 400 | 422),
            "{field}: {}",
            answer.status
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn strange_addresses_get_plain_answers() {
    let app = TestApp::open_to_all().await;
    let ana = app.sign_in("ana", Role::Author).await;
    for path in [
        "/%00",
        "/reports/%00",
        "/reports/%ff%fe",
        "/reports/PM-1%00",
        "/reports/PM-99999999999999999999",
        "/r/%00",
        "/r/%ff",
        "/r/PM-1%0d%0aX:y",
        "/static/..%2f..%2fCargo.toml",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/",
        "/static/%00",
        "/reports/%252e",
        "/%c3%28",
        "/reports/PM-1/revisions/%00",
        "/reports/PM-1/diff?from=%00",
        "/sign-in?next=%ff",
        "/sign-in?next=%00",
        "/set-up?code=%00",
        "/reports/new?kind=%ff",
        "/search?page=-1",
        "/api/v1/reports/%ff",
        "/api/%00",
        "//evil.example",
        "/..%2f",
    ] {
        for answer in [app.get(path).await, ana.get(path).await] {
            assert!(
                (200..500).contains(&answer.status),
                "{path}: {}",
                answer.status
            );
            let location = answer.header("location");
            assert!(
                location.is_empty() || (location.starts_with('/') && !location.starts_with("//")),
                "{path}: {location}"
            );
            assert!(!answer.body.contains("root:"), "{path}");
        }
    }
    let long = format!("/search?q={}", "x".repeat(60_000));
    app.get(&long).await.is(414);
    let headers = [("host", "evil.example")];
    app.send(Method::GET, "/", &headers, "").await.is(421);
    ana.send(Method::DELETE, "/reports/PM-1", &[], "")
        .await
        .is(405);
    ana.send(Method::PUT, "/", &[], "").await.is(405);
    app.finish().await;
}

#[tokio::test]
async fn broken_requests_end_without_harm() {
    let app = TestApp::new().await;
    let many = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
        "X: y\r\n".repeat(500)
    );
    let huge = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "y".repeat(200_000)
    );
    for request in [
        "GARBAGE\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "POST /reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        "POST /reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello!",
        "POST /reports HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        "POST /reports HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        &many,
        &huge,
    ] {
        let answer = app.raw(request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(
            !status.starts_with('5') && !status.starts_with('2'),
            "{request:.80}: {answer:.200}"
        );
    }
    app.get("/healthz").await.is(200);
    app.get("/readyz").await.is(200);
    app.finish().await;
}

#[tokio::test]
async fn every_answer_carries_the_same_walls() {
    let app = TestApp::open_to_all().await;
    let ana = app.sign_in("ana", Role::Author).await;
    let big = "x".repeat(4 * 1024 * 1024);
    for answer in [
        app.get("/").await.is(200),
        app.get("/nothing").await.is(404),
        app.get("/account").await.is(303),
        app.get("/api/v1/reports").await.is(401),
        app.get("/static/app.css").await,
        ana.post("/reports", &[("document", &big)]).await.is(413),
        ana.post_as_is("/reports", &FORM, &[]).await.is(403),
    ] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(!answer.header("referrer-policy").is_empty());
        assert!(!answer.header("x-request-id").is_empty());
        assert_eq!(answer.header("server"), "");
    }
    app.finish().await;
}
