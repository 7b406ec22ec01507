//! Statuses, headers, limits, and stopping.

use super::*;

#[tokio::test]
async fn a_slow_body_gets_408_and_the_connection_ends() {
    let server = Server::with(|settings| settings.body_deadline = Duration::from_millis(300)).await;
    let head =
        "POST /hooks/raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nonly this";
    let answer = server.raw(head).await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let unread = server
        .raw("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nonly this")
        .await;
    assert_eq!(
        unread.status, 200,
        "a handler that reads no body answers, and the connection ends"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_never_comes_is_503_and_what_was_typed_stays() {
    let server = Server::with(|settings| {
        settings.answer_deadline = Duration::from_millis(200);
        settings.body_deadline = Duration::from_millis(500);
    })
    .await;
    let page = server.get("/never").await;
    assert_eq!((page.status, page.header("retry-after")), (503, "3"));
    assert!(!page.header("content-security-policy").is_empty());
    let form = server.post_as_alice("/never", "title=Typed").await;
    assert_eq!(form.status, 503);
    assert!(form.body.contains("Typed"), "{}", form.body);
    // A body that is slow is no slow answer.
    let head =
        "POST /hooks/raw HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nonly this";
    assert_eq!(server.raw(head).await.status, 408);
    assert_eq!(server.get("/").await.status, 200, "the server goes on");
    server.stop().await;
}

#[tokio::test]
async fn a_panic_becomes_a_500_that_names_the_request_and_hides_the_cause() {
    let server = Server::start().await;
    let page = server.send("GET /panic\nX-Request-Id: planned-1", "").await;
    assert_eq!(page.status, 500);
    assert_eq!(page.header("x-request-id"), "planned-1");
    assert!(page.body.contains("planned-1"), "{}", page.body);
    assert!(!page.body.contains("secret"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let api = server
        .send("GET /api/panic\nX-Request-Id: planned-2", "")
        .await;
    assert_eq!(api.status, 500);
    let problem: Value = serde_json::from_str(&api.body).unwrap();
    assert_eq!(problem["code"], "internal");
    assert_eq!(problem["request_id"], "planned-2");
    assert_eq!(server.get("/").await.status, 200, "the server goes on");
    server.stop().await;
}

#[tokio::test]
async fn headers_are_the_same_whatever_the_answer() {
    let server = Server::start().await;
    let too_large = format!("title={}", "x".repeat(70_000));
    let asset = assets::address("robots.txt").unwrap();
    let answers = [
        (200, server.get("/").await),
        (200, server.get(asset).await),
        (200, server.get("/healthz").await),
        (303, server.get("/private").await),
        (404, server.get("/nowhere").await),
        (404, server.get("/static/nowhere.js").await),
        (405, server.send("DELETE /form", "").await),
        (413, server.post_as_alice("/form", &too_large).await),
        (421, server.send("GET /\nHost: evil.example", "").await),
        (500, server.get("/internal").await),
        (500, server.get("/panic").await),
        (503, server.get("/away").await),
    ];
    let security = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        for varying in [
            "date",
            "content-length",
            "content-type",
            "x-request-id",
            "connection",
            "location",
            "cache-control",
            "vary",
            "retry-after",
            "allow",
        ] {
            headers.remove(varying);
        }
        headers
    };
    let (_, first) = &answers[0];
    assert_eq!(security(first).len(), 8, "{:?}", security(first));
    for (status, answer) in &answers {
        assert_eq!(answer.status, *status, "{}", answer.body);
        assert_eq!(security(answer), security(first), "{status}");
        assert_eq!(answer.header("x-request-id").len(), 32);
        assert!(!answer.header("cache-control").is_empty());
        assert!(!answer.body.contains("the cause"));
    }
    assert!(answers[1].1.header("cache-control").contains("immutable"));
    assert!(answers[8].1.status == 421 && answers[11].1.header("retry-after") == "3");
    server.stop().await;
}

#[tokio::test]
async fn people_are_sent_to_sign_in_and_back() {
    let server = Server::start().await;
    let page = server.get("/private?a=1").await;
    assert_eq!(page.header("location"), "/sign-in?next=%2Fprivate%3Fa%3D1");
    let fragment = server.send("GET /private\nHX-Request: true", "").await;
    assert_eq!(
        (fragment.status, fragment.header("hx-redirect")),
        (401, "/sign-in?next=%2Fprivate")
    );
    server.stop().await;
}

#[tokio::test]
async fn only_our_names_and_readable_addresses_are_answered() {
    let server = Server::with(|settings| {
        settings.public_url = "https://hansei.example/".parse().unwrap();
        settings.allowed_hosts = vec!["internal.example".to_owned()];
    })
    .await;
    let asked = async |host: &str| server.send(&format!("GET /\nHost: {host}"), "").await;
    for ours in ["hansei.example", "HANSEI.example:8443", "internal.example"] {
        assert_eq!(asked(ours).await.status, 200, "{ours}");
    }
    for foreign in [
        "localhost",
        "127.0.0.1",
        "evil.example",
        "hansei.example.evil",
        "user@hansei.example",
        "hansei.example/x",
    ] {
        assert_ne!(asked(foreign).await.status, 200, "{foreign}");
    }
    assert_eq!(asked("evil.example").await.status, 421);
    assert!(
        asked("hansei.example")
            .await
            .header("strict-transport-security")
            .contains("31536000")
    );
    assert_eq!(
        server
            .send("GET /healthz\nHost: 10.1.2.3:8080", "")
            .await
            .status,
        200
    );
    for (path, status) in [("/a%00b", 400), ("/%ff", 400), ("/%E2%82%AC", 404)] {
        assert_eq!(
            server
                .send(&format!("GET {path}\nHost: hansei.example"), "")
                .await
                .status,
            status,
            "{path}"
        );
    }
    let long = format!("GET /?q={}\nHost: hansei.example", "x".repeat(50_000));
    assert_eq!(server.send(&long, "").await.status, 414);
    server.stop().await;
}

#[tokio::test]
async fn a_crowded_server_turns_away_what_it_cannot_take() {
    let server = Server::with(|settings| settings.in_flight = 0).await;
    let answer = server.get("/").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "3"));
    assert_eq!(server.get("/healthz").await.status, 200);
    server.stop().await;
    let server = Server::with(|settings| settings.in_flight_per_address = 0).await;
    assert_eq!(server.get("/").await.status, 429);
    server.stop().await;
}

#[tokio::test]
async fn a_stopping_server_is_not_ready_and_finishes() {
    let server = Server::start().await;
    assert_eq!(server.get("/readyz").await.status, 200);
    let readiness = server.running.site.readiness.clone();
    readiness.set(false);
    assert_eq!(server.get("/readyz").await.status, 503);
    readiness.set(true);
    readiness.stop();
    assert_eq!(server.get("/readyz").await.status, 503);
    assert_eq!(
        server.get("/").await.status,
        200,
        "still serving until load balancers have noticed"
    );
    readiness.stopped().await;
    let address = server.running.address;
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}
