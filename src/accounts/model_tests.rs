//! People, roles, scopes and addresses.

use proptest::prelude::*;

use super::*;

#[test]
fn addresses_people_have_are_accepted_and_trimmed() {
    for text in [
        "ana@example.org",
        " ana@example.org\n",
        "a@b",
        "\"a@b\"@c",
        "Ünal@exämple.org",
    ] {
        let email = EmailAddress::parse(text).unwrap();
        assert_eq!(email.as_str(), text.trim());
    }
    assert_eq!(
        EmailAddress::parse("ana@example.org").unwrap().local_part(),
        "ana"
    );
}

#[test]
fn other_text_is_no_address() {
    let long = format!("{}@example.org", "a".repeat(254));
    for text in [
        "",
        "ana",
        "@example.org",
        "ana@",
        "a na@example.org",
        "ana@exa\nmple.org",
        &long,
    ] {
        assert_eq!(EmailAddress::parse(text), Err(NotAnEmail), "{text}");
    }
}

#[test]
fn names_fit_on_one_line() {
    assert_eq!(Name::parse("  Ana  ").unwrap().as_str(), "Ana");
    for text in ["", "   ", "a\nb", "a\u{0}", &"x".repeat(201)] {
        assert_eq!(Name::parse(text), Err(NotAName), "{text:?}");
    }
}

#[test]
fn roles_and_scopes_read_back_as_they_print() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.word()), Some(*role));
    }
    for scope in Scope::ALL {
        assert_eq!(Scope::parse(scope.word()), Some(*scope));
    }
}

#[test]
fn scopes_say_what_is_wrong() {
    assert_eq!(Scopes::parse(" , "), Err(ScopesError::None));
    let error = Scopes::parse("search:read,everything").unwrap_err();
    assert_eq!(
        error.to_string(),
        "“everything” is not a scope; the scopes are search:read, reports:read, reports:write, \
             timeline:append, restricted:read, admin"
    );
    let scopes = Scopes::parse("reports:read, search:read search:read").unwrap();
    assert_eq!(scopes.words(), ["search:read", "reports:read"]);
}

#[test]
fn idempotency_keys_belong_to_whoever_acts() {
    let member = Member {
        id: PersonId(7),
        name: "Ana".into(),
        role: Role::Author,
        teams: vec![],
    };
    assert_eq!(
        Actor::Person(member.clone()).idempotency_owner().as_deref(),
        Some("person:7")
    );
    let bot = TokenBearer {
        id: TokenId(3),
        name: "bot".into(),
        scopes: Scopes::parse("search:read").unwrap(),
        person: Some(member),
    };
    let actor = Actor::Token(bot);
    assert_eq!(actor.idempotency_owner().as_deref(), Some("token:3"));
    assert_eq!(actor.person_id(), Some(PersonId(7)));
    assert_eq!(Actor::Anonymous.idempotency_owner(), None);
}

proptest! {
    #[test]
    fn parsers_never_panic_and_keep_what_they_accept(text in "\\PC{0,40}") {
        if let Ok(email) = EmailAddress::parse(&text) {
            prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email.clone()));
        }
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
        }
    }
}
