//! Signing in and out, and what ends a session.

use hansei::accounts::{self, Actor};
use jiff::SignedDuration;

use super::{Answer, PASSWORD, Server};
use crate::support::postgres::text;

#[actix_web::test]
async fn signing_in_makes_a_new_session_and_signing_out_ends_it() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    assert_eq!(
        server.get("/who", "").await.header("location"),
        "/sign-in?next=%2Fwho"
    );
    let planted = format!("hansei={}", "A".repeat(43));
    let fields = [
        ("email", "ANA@example.org"),
        ("password", PASSWORD),
        ("next", "/who"),
    ];
    let answer = server
        .post(("/sign-in", "/sign-in"), &planted, &fields)
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/who"),
        "{}",
        answer.body
    );
    let cookie = answer.session().unwrap().to_owned();
    assert_ne!(cookie, planted);
    let whole = answer.headers["set-cookie"]
        .iter()
        .find(|c| c.starts_with("hansei="))
        .unwrap();
    assert!(
        whole.contains("HttpOnly") && whole.contains("SameSite=Lax") && whole.contains("Path=/")
    );
    assert_eq!(server.get("/who", &cookie).await.body, "Ana");
    // A second sign-in from the same browser replaces the session.
    let again = server
        .post(("/account", "/sign-in"), &cookie, &fields)
        .await;
    let second = again.session().unwrap().to_owned();
    assert_ne!(second, cookie);
    assert_eq!(server.get("/who", &cookie).await.status, 303);
    let out = server.post(("/account", "/sign-out"), &second, &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
    assert_eq!(server.get("/who", &second).await.status, 303);
    let stored = text(
        &mut server.connect().await,
        "SELECT count(*)::text AS text FROM sessions",
    )
    .await;
    assert_eq!(stored, ["0"]);
}

#[actix_web::test]
async fn an_unknown_address_and_a_wrong_password_look_the_same() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    let wrong = server.sign_in("ana@example.org", "wrong wrong wrong").await;
    let unknown = server.sign_in("bob@example.org", PASSWORD).await;
    let said = |answer: &Answer| answer.body.split(['<', '>']).nth(1).unwrap().to_owned();
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(said(&wrong), said(&unknown));
    assert!(said(&wrong).contains("do not match"));
    assert!(
        wrong.body.contains("(ana@example.org)"),
        "the address is kept: {}",
        wrong.body
    );
    assert!(wrong.session().is_none() && unknown.session().is_none());
}

#[actix_web::test]
async fn ten_failures_make_the_next_attempt_wait() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    for _ in 0..10 {
        assert_eq!(
            server
                .sign_in("ana@example.org", "wrong wrong wrong")
                .await
                .status,
            422
        );
    }
    let refused = server.sign_in("ana@example.org", PASSWORD).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "60"));
    let kept = "(ana@example.org) next=/who";
    assert!(refused.body.contains(kept), "{}", refused.body);
    assert!(
        refused.body.contains("Try again in 60 seconds"),
        "{}",
        refused.body
    );
    server.clock.advance(SignedDuration::from_secs(61));
    let account = server.sign_in("Ana@Example.org", PASSWORD).await;
    assert_eq!(
        (account.status, account.header("retry-after")),
        (429, "839")
    );
    server.clock.advance(SignedDuration::from_mins(14));
    assert_eq!(
        server.sign_in("ana@example.org", PASSWORD).await.status,
        303
    );
    // Success is no failure, however often.
    for _ in 0..12 {
        assert_eq!(
            server.sign_in("ana@example.org", PASSWORD).await.status,
            303
        );
    }
}

#[actix_web::test]
async fn sessions_end_when_idle_when_old_and_when_the_person_is_suspended() {
    let server = Server::start().await;
    let person = server.add("ana@example.org").await;
    let sign_in = async || {
        server
            .sign_in("ana@example.org", PASSWORD)
            .await
            .session()
            .unwrap()
            .to_owned()
    };
    let idle = sign_in().await;
    server.clock.advance(SignedDuration::from_hours(11));
    assert_eq!(server.get("/who", &idle).await.status, 200);
    server.clock.advance(SignedDuration::from_hours(12));
    assert_eq!(server.get("/who", &idle).await.status, 303);

    let used = sign_in().await;
    for _ in 0..33 {
        server.clock.advance(SignedDuration::from_hours(10));
        assert_eq!(server.get("/who", &used).await.status, 200);
    }
    server.clock.advance(SignedDuration::from_hours(10));
    assert_eq!(
        server.get("/who", &used).await.status,
        303,
        "14 days are over"
    );

    let suspended = sign_in().await;
    let mut conn = server.connect().await;
    let (operator, now) = (Actor::Operator, server.clock.now());
    assert!(
        accounts::set_suspended(&mut conn, &operator, now, (person, true))
            .await
            .unwrap()
    );
    assert_eq!(server.get("/who", &suspended).await.status, 303);
    assert_eq!(
        server.sign_in("ana@example.org", PASSWORD).await.status,
        422
    );
}

#[actix_web::test]
async fn a_new_password_and_signing_out_everywhere_end_the_other_sessions() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    let sign_in = async || {
        server
            .sign_in("ana@example.org", PASSWORD)
            .await
            .session()
            .unwrap()
            .to_owned()
    };
    let (here, there) = (sign_in().await, sign_in().await);
    let path = ("/account", "/account/password");
    let fields = [
        ("current_password", "wrong"),
        ("new_password", "a quite different phrase"),
    ];
    let wrong = server.post(path, &here, &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("not your current password"),
        "{}",
        wrong.body
    );
    let fields = [
        ("current_password", PASSWORD),
        ("new_password", "a quite different phrase"),
    ];
    let changed = server.post(path, &here, &fields).await;
    let fresh = changed.session().unwrap().to_owned();
    for old in [&here, &there] {
        assert_eq!(server.get("/who", old).await.status, 303);
    }
    assert_eq!(server.get("/who", &fresh).await.status, 200);
    assert_eq!(
        server.sign_in("ana@example.org", PASSWORD).await.status,
        422
    );
    let other = server
        .sign_in("ana@example.org", "a quite different phrase")
        .await;
    let other = other.session().unwrap().to_owned();
    server
        .post(("/account", "/sign-out-everywhere"), &fresh, &[])
        .await;
    for old in [&fresh, &other] {
        assert_eq!(server.get("/who", old).await.status, 303);
    }
}

#[actix_web::test]
async fn the_way_back_stays_on_this_site() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    for (next, expected) in [
        ("/reports?q=a%20b", "/reports?q=a%20b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\t/evil.example", "/"),
        ("/a\r\nset-cookie: x=y", "/"),
        ("", "/"),
    ] {
        let fields = [
            ("email", "ana@example.org"),
            ("password", PASSWORD),
            ("next", next),
        ];
        let answer = server.post(("/sign-in", "/sign-in"), "", &fields).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, expected),
            "{next:?}"
        );
    }
}

#[actix_web::test]
async fn forms_from_elsewhere_are_refused() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    let fields = [("email", "ana@example.org"), ("password", PASSWORD)];
    let (head, body) = server.prepare(("/sign-in", "/sign-in"), "", &fields).await;
    let (without_token, _) = body.rsplit_once("&csrf=").unwrap();
    assert_eq!(server.send(&head, without_token).await.status, 403);
    for header in [
        "Origin: https://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
    ] {
        let foreign = format!("{head}\n{header}");
        assert_eq!(server.send(&foreign, &body).await.status, 403, "{header}");
    }
    assert_eq!(server.send(&head, &body).await.status, 303);
}

#[actix_web::test]
async fn a_weaker_hash_is_replaced_when_its_password_is_proved() {
    use argon2::password_hash::{PasswordHasher as _, phc::PasswordHash};
    let server = Server::start().await;
    server.add("ana@example.org").await;
    let mut conn = server.connect().await;
    let cheap = argon2::Argon2::from(argon2::Params::new(64, 1, 1, None).unwrap());
    let weak: PasswordHash = cheap.hash_password(PASSWORD.as_bytes()).unwrap();
    let plant =
        format!("UPDATE people SET password_hash = '{weak}' RETURNING password_hash AS text");
    assert_eq!(text(&mut conn, &plant).await, [weak.to_string()]);
    assert_eq!(
        server
            .sign_in("ana@example.org", "wrong wrong wrong")
            .await
            .status,
        422
    );
    let stored = "SELECT password_hash AS text FROM people";
    assert_eq!(text(&mut conn, stored).await, [weak.to_string()]);
    assert_eq!(
        server.sign_in("ana@example.org", PASSWORD).await.status,
        303
    );
    assert!(text(&mut conn, stored).await[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(
        server.sign_in("ana@example.org", PASSWORD).await.status,
        303
    );
}
