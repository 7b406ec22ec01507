//! Forms, tokens and bodies.

use super::*;

#[tokio::test]
async fn a_form_needs_the_token_of_its_session() {
    let server = Server::start().await;
    let good = server
        .post_as_alice("/form", "title=Hi&tags=a&tags=b")
        .await;
    assert_eq!(
        (good.status, good.body.as_str()),
        (200, "Hi [\"a\", \"b\"]")
    );

    let token = csrf::mask(SESSION_TOKEN).unwrap();
    let foreign = csrf::mask("another session's secret, as long").unwrap();
    let urlencoded = "Content-Type: application/x-www-form-urlencoded";
    let shapes = [
        ("no token", String::new(), "title=Hi".to_owned()),
        (
            "foreign token",
            String::new(),
            format!("title=Hi&csrf={foreign}"),
        ),
        ("empty token", String::new(), "title=Hi&csrf=".to_owned()),
        (
            "two tokens",
            String::new(),
            format!("title=Hi&csrf={token}&csrf={token}"),
        ),
        (
            "foreign origin",
            "Origin: https://evil.example".to_owned(),
            format!("title=Hi&csrf={token}"),
        ),
        (
            "opaque origin",
            "Origin: null".to_owned(),
            format!("title=Hi&csrf={token}"),
        ),
        (
            "other port",
            "Origin: http://localhost:99".to_owned(),
            format!("title=Hi&csrf={token}"),
        ),
        (
            "cross-site",
            "Sec-Fetch-Site: cross-site".to_owned(),
            format!("title=Hi&csrf={token}"),
        ),
        (
            "sibling site",
            "Sec-Fetch-Site: same-site".to_owned(),
            format!("title=Hi&csrf={token}"),
        ),
    ];
    for (shape, header, body) in shapes {
        let head = format!("POST /form\nCookie: session=alice\n{urlencoded}\n{header}");
        let answer = server.send(head.trim_end(), &body).await;
        assert_eq!(answer.status, 403, "{shape}: {}", answer.body);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_form_of_ours_is_taken_from_every_browser() {
    let server = Server::start().await;
    let token = csrf::mask(SESSION_TOKEN).unwrap();
    let urlencoded = "Content-Type: application/x-www-form-urlencoded";
    let json = "POST /form\nCookie: session=alice\nContent-Type: text/plain";
    assert_eq!(server.send(json, "{\"title\":\"Hi\"}").await.status, 415);
    for origin in ["http://localhost:1", "http://localhost"] {
        let head = format!(
            "POST /form\nCookie: session=alice\n{urlencoded}\nSec-Fetch-Site: same-origin\nOrigin: {origin}"
        );
        assert_eq!(
            server
                .send(&head, &format!("title=Hi&csrf={token}"))
                .await
                .status,
            200,
            "{origin}"
        );
    }
    let by_header =
        format!("POST /form\nCookie: session=alice\n{urlencoded}\nX-CSRF-Token: {token}");
    assert_eq!(server.send(&by_header, "title=Hi").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn before_signing_in_a_cookie_takes_the_place_of_the_session() {
    let server = Server::start().await;
    assert_eq!(
        server.get("/").await.header("set-cookie"),
        "",
        "no form, no cookie"
    );
    let form = server.get("/form").await;
    let cookie = form
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(cookie.starts_with("hansei-form=") && form.header("set-cookie").contains("HttpOnly"));
    let token = form.body.split(['[', ']']).nth(1).unwrap().to_owned();
    assert!(
        !token.contains(cookie.split_once('=').unwrap().1),
        "the page must not repeat the secret"
    );

    let again = server
        .send(&format!("GET /form\nCookie: {cookie}"), "")
        .await;
    assert_eq!(again.header("set-cookie"), "");
    assert_ne!(again.body, form.body, "masked anew");

    let head =
        format!("POST /form\nCookie: {cookie}\nContent-Type: application/x-www-form-urlencoded");
    let body = format!("title=Hi&csrf={token}");
    assert_eq!(server.send(&head, &body).await.status, 200);
    let without = "POST /form\nContent-Type: application/x-www-form-urlencoded";
    assert_eq!(server.send(without, &body).await.status, 403);
    server.stop().await;
}

#[tokio::test]
async fn forms_are_read_strictly() {
    let server = Server::start().await;
    let cases = [
        ("title=%00", 400, "NUL"),
        ("title=%ff%fe", 400, "UTF-8"),
        ("tags=a", 422, "title: This is needed."),
        (
            "title=a&title=b",
            422,
            "title: This was given more than once.",
        ),
        ("title=a&colour=red", 422, "colour: There is no such field."),
    ];
    for (fields, status, message) in cases {
        let answer = server.post_as_alice("/form", fields).await;
        assert_eq!(answer.status, status, "{fields}: {}", answer.body);
        assert!(answer.body.contains(message), "{fields}: {}", answer.body);
    }
    let document = |bytes: usize| format!("title={}", "x".repeat(bytes));
    assert_eq!(
        server
            .post_as_alice("/document", &document(1000))
            .await
            .body,
        "1000"
    );
    assert_eq!(
        server
            .post_as_alice("/document", &document(3000))
            .await
            .status,
        413
    );
    let endless = "POST /document HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
        Content-Type: application/x-www-form-urlencoded\r\n\r\n";
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let answer = server
        .raw(&format!("{endless}{chunk}{chunk}{chunk}0\r\n\r\n"))
        .await;
    assert_eq!(answer.status, 413);
    assert_eq!(server.get("/query?title=a%20b").await.body, "a b");
    assert_eq!(server.get("/query?title=%00").await.status, 400);
    assert_eq!(server.get("/query?title=1&title=2").await.status, 422);
    assert_eq!(server.get("/number/7").await.body, "7");
    assert_eq!(server.get("/number/seven").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn programs_get_problems_as_json() {
    let server = Server::start().await;
    let cases = [
        (
            "Content-Type: application/json",
            "{\"title\":\"Hi\"}",
            200,
            "\"Hi\"",
        ),
        (
            "Content-Type: text/plain",
            "{\"title\":\"Hi\"}",
            415,
            "unsupported_media_type",
        ),
        (
            "Content-Type: application/json",
            "{\"title\":",
            400,
            "malformed",
        ),
        (
            "Content-Type: application/json",
            "{\"title\":\"\\u0000\"}",
            400,
            "malformed",
        ),
        (
            "Content-Type: application/json",
            "{\"colour\":1}",
            422,
            "\"fields\":[{",
        ),
        (
            "Content-Type: application/json\nContent-Encoding: gzip",
            "{\"title\":\"Hi\"}",
            415,
            "unsupported_media_type",
        ),
        (
            "Content-Type: application/json\nOrigin: https://evil.example",
            "{}",
            403,
            "forbidden",
        ),
    ];
    for (headers, body, status, part) in cases {
        let answer = server
            .send(&format!("POST /api/echo\n{headers}"), body)
            .await;
        assert_eq!(answer.status, status, "{headers} {body}: {}", answer.body);
        assert!(answer.body.contains(part), "{}", answer.body);
        let kind = if status == 200 {
            "application/json"
        } else {
            "application/problem+json"
        };
        assert_eq!(answer.header("content-type"), kind);
    }
    server.stop().await;
}

#[tokio::test]
async fn programs_without_a_token_are_told_how_to_send_one() {
    let server = Server::start().await;
    let private = server.get("/api/private").await;
    assert_eq!(
        (private.status, private.header("www-authenticate")),
        (401, "Bearer")
    );
    assert_eq!(
        server.get("/api/nowhere").await.header("content-type"),
        "application/problem+json"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_flash_is_shown_once() {
    let server = Server::start().await;
    let saved = server.post_as_alice("/saved", "title=Hi").await;
    assert_eq!((saved.status, saved.header("location")), (303, "/"));
    let cookie = saved
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let shown = server
        .send(&format!("GET /\nCookie: session=alice; {cookie}"), "")
        .await;
    assert_eq!(shown.body, "Alice Saved.");
    assert!(shown.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(shown.header("cache-control"), "private, no-store");
    let planted = server.send("GET /\nCookie: hansei-flash=<b>", "").await;
    assert_eq!(planted.body.trim(), "");
    server.stop().await;
}
