//! HEAD is GET without the body, and a refused method is told which are taken.

use hansei::accounts::Role;
use hansei::platform::http::assets;

use crate::support::app::TestApp;

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = TestApp::open_to_all().await;
    let author = app.sign_in("author", Role::Author).await;
    let report = [
        ("title", "Open"),
        ("kind", "incident"),
        ("document", "## Summary\n\nx\n"),
        ("do", "publish"),
    ];
    let key = author.write(&report).await;
    let page = format!("/reports/{key}");
    let text = format!("/reports/{key}.md");
    for path in [
        "/healthz",
        "/readyz",
        "/robots.txt",
        assets::address("robots.txt").unwrap(),
        "/",
        "/sign-in",
        "/help/query",
        "/search?q=x",
        "/reports",
        &page,
        &text,
        "/api/openapi.json",
        "/api/v1/search?q=x",
        "/nowhere",
        "/sign-out",
    ] {
        let ask = async |method: &str| {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let answer = app.raw(request.as_bytes()).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let named = |name: &str| {
                let mut lines = head
                    .lines()
                    .skip(1)
                    .filter_map(|line| line.split_once(": "));
                lines
                    .find(|(other, _)| other.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_owned())
            };
            let status = head.lines().next().unwrap().to_owned();
            let headers = ["content-length", "content-type", "location", "allow"].map(named);
            (status, headers, body.to_owned())
        };
        let (get, head) = (ask("GET").await, ask("HEAD").await);
        assert_eq!((&get.0, &get.1[1..]), (&head.0, &head.1[1..]), "{path}");
        assert_eq!(head.2, "", "{path}");
        let length: usize = head.1[0].as_ref().unwrap().parse().unwrap();
        // Some pages say how long they took.
        let whole = get.2.len();
        assert!(
            length.abs_diff(whole) < 8,
            "{path}: {length}, not {whole}: {}",
            get.2
        );
    }
    // Another request right behind it does not bring the body back.
    let pair = "HEAD /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n\
        GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let answers = app.raw(pair.as_bytes()).await;
    let (_, rest) = answers.split_once("\r\n\r\n").unwrap();
    assert!(rest.starts_with("HTTP/1.1 200"), "{answers}");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_method_is_told_which_are_taken() {
    let app = TestApp::new().await;
    for (method, path, allowed) in [
        ("DELETE", "/", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/static/x.css", "GET, HEAD"),
        ("GET", "/sample", "POST"),
        ("HEAD", "/sample", "POST"),
        ("PUT", "/sign-in", "GET, HEAD, POST"),
        ("DELETE", "/reports", "GET, HEAD, POST"),
        ("DELETE", "/reports/PM-1", "GET, HEAD"),
        ("DELETE", "/reports/PM-1/edit", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/reports", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/reports/PM-1", "GET, HEAD, PATCH, PUT"),
        ("GET", "/api/v1/language-check", "POST"),
    ] {
        let answer = app
            .send(method.parse().unwrap(), path, &[], String::new())
            .await
            .is(405);
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
    assert_eq!(
        app.send("DELETE".parse().unwrap(), "/nowhere", &[], "")
            .await
            .status,
        404
    );
    app.finish().await;
}
