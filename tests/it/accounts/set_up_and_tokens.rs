//! The first set-up, API tokens, creating people, and reading without an account.

use hansei::accounts::{
    self, Actor, EmailAddress, Failure, Name, NewPerson, NewToken, Role, Scopes,
};
use jiff::SignedDuration;

use super::{PASSWORD, Server, create};
use crate::support::postgres::text;

#[actix_web::test]
async fn the_set_up_link_works_once_and_only_while_there_is_nobody() {
    let server = Server::start().await;
    let mut conn = server.connect().await;
    let now = server.clock.now();
    let older = accounts::create_set_up_link(&mut conn, now)
        .await
        .unwrap()
        .unwrap();
    let link = accounts::create_set_up_link(&mut conn, now)
        .await
        .unwrap()
        .unwrap();
    let page = |secret: &str| format!("/set-up?code={secret}");
    assert_eq!(
        server.get(&page(older.expose()), "").await.status,
        404,
        "a newer link replaces it"
    );
    assert_eq!(server.get("/set-up", "").await.status, 404);
    let fields = |email: &'static str, password: &'static str| {
        [
            ("code", link.expose().as_str()),
            ("name", "Ana"),
            ("email", email),
            ("password", password),
        ]
    };
    let form = page(link.expose());
    let path = (form.as_str(), "/set-up");
    let weak = server
        .post(path, "", &fields("ana@example.org", "password1234"))
        .await;
    assert_eq!(weak.status, 422);
    assert!(
        weak.body.contains("first that are guessed"),
        "{}",
        weak.body
    );
    let (one, other) = (
        fields("ana@example.org", PASSWORD),
        fields("bob@example.org", PASSWORD),
    );
    // Both have the form before either sends it.
    let forms = [
        server.prepare(path, "", &one).await,
        server.prepare(path, "", &other).await,
    ];
    let [(one_head, one_body), (other_head, other_body)] = &forms;
    let (one, other) = futures_util::future::join(
        server.send(one_head, one_body),
        server.send(other_head, other_body),
    )
    .await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    let winner = if one.status == 303 { one } else { other };
    assert_eq!(
        server.get("/who", winner.session().unwrap()).await.body,
        "Ana"
    );
    assert_eq!(server.get(&form, "").await.status, 404);
    assert!(
        accounts::create_set_up_link(&mut conn, now)
            .await
            .unwrap()
            .is_none()
    );
    let roles = text(&mut conn, "SELECT role AS text FROM people").await;
    assert_eq!(roles, ["admin"]);
    let audit = text(&mut conn, "SELECT action AS text FROM audit_log").await;
    assert_eq!(audit, ["set_up"]);
}

#[actix_web::test]
async fn a_set_up_link_expires() {
    let server = Server::start().await;
    let mut conn = server.connect().await;
    let link = accounts::create_set_up_link(&mut conn, server.clock.now())
        .await
        .unwrap()
        .unwrap();
    let page = format!("/set-up?code={}", link.expose());
    assert_eq!(server.get(&page, "").await.status, 200);
    server.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(server.get(&page, "").await.status, 404);
}

#[actix_web::test]
async fn anonymous_reading_is_off_unless_it_is_turned_on() {
    let closed = Server::start().await;
    assert_eq!(closed.get("/read", "").await.status, 303);
    let open = Server::with(|settings| settings.anonymous_reading = true).await;
    assert_eq!(open.get("/read", "").await.body, "Anonymous");
    assert_eq!(open.get("/who", "").await.status, 303);
}

#[actix_web::test]
async fn tokens_work_until_revoked_expired_or_their_person_is_suspended() {
    let server = Server::start().await;
    let person = server.add("ana@example.org").await;
    let mut conn = server.connect().await;
    let (operator, now) = (Actor::Operator, server.clock.now());
    let new = |scopes: &str, expires_at, person| NewToken {
        name: Name::parse("bot").unwrap(),
        scopes: Scopes::parse(scopes).unwrap(),
        expires_at,
        person,
    };
    let later = Some(now + SignedDuration::from_hours(1));
    let (expiring, _) =
        accounts::create_token(&mut conn, &operator, now, new("search:read", later, None))
            .await
            .unwrap();
    let (revoked, id) =
        accounts::create_token(&mut conn, &operator, now, new("search:read", None, None))
            .await
            .unwrap();
    let (bound, _) = accounts::create_token(
        &mut conn,
        &operator,
        now,
        new("search:read", None, Some(person)),
    )
    .await
    .unwrap();
    let (narrow, _) =
        accounts::create_token(&mut conn, &operator, now, new("reports:read", None, None))
            .await
            .unwrap();
    let call = async |token: &str| {
        server
            .send(
                &format!("GET /api/v1/who\nAuthorization: Bearer {token}"),
                "",
            )
            .await
            .status
    };
    for token in [&expiring, &revoked, &bound] {
        assert!(token.expose().starts_with("hansei_") && token.expose().len() == 50);
        assert_eq!(call(token.expose()).await, 200);
    }
    assert_eq!(call(narrow.expose()).await, 403);
    let none = server.send("GET /api/v1/who\nAccept: */*", "").await;
    assert_eq!(
        (none.status, none.header("www-authenticate")),
        (401, "Bearer")
    );
    assert_eq!(none.header("content-type"), "application/problem+json");
    assert_eq!(call(&format!("hansei_{}", "A".repeat(43))).await, 401);

    assert!(
        accounts::revoke_token(&mut conn, &operator, now, id)
            .await
            .unwrap()
    );
    assert!(
        !accounts::revoke_token(&mut conn, &operator, now, id)
            .await
            .unwrap()
    );
    assert_eq!(call(revoked.expose()).await, 401);
    accounts::set_suspended(&mut conn, &operator, now, (person, true))
        .await
        .unwrap();
    assert_eq!(call(bound.expose()).await, 401);
    server.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(call(expiring.expose()).await, 401);
    assert_eq!(
        accounts::tokens(&mut conn, &operator).await.unwrap().len(),
        4
    );
    let stored = "SELECT count(*)::text AS text FROM api_tokens WHERE length(secret_sha256) = 32";
    assert_eq!(text(&mut conn, stored).await, ["4"]);
}

#[actix_web::test]
async fn an_address_is_taken_once_and_only_admins_create_people() {
    let server = Server::start().await;
    server.add("ana@example.org").await;
    let mut conn = server.connect().await;
    let taken = create(&mut conn, &server.clock, "ANA@example.org")
        .await
        .unwrap_err();
    assert_eq!(taken.problem().unwrap().field, "email");
    let new = NewPerson {
        email: EmailAddress::parse("eve@example.org").unwrap(),
        name: Name::parse("Eve").unwrap(),
        role: Role::Admin,
        password: None,
    };
    let now = server.clock.now();
    let refused = accounts::create_person(&mut conn, &Actor::Anonymous, now, new).await;
    assert!(matches!(refused, Err(Failure::Forbidden)));
    accounts::forget_outdated(&mut conn, now, accounts::SessionLimits::default())
        .await
        .unwrap();
}
