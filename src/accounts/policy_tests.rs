//! The permission table written out, and its agreement with what the index and SQL are asked.

use proptest::prelude::*;

use super::*;
use crate::accounts::model::{Scopes, TokenId};

fn member(id: i64, role: Role) -> Member {
    Member {
        id: PersonId(id),
        name: format!("Person {id}"),
        role,
        teams: vec![TeamId(1)],
    }
}

fn bot(scopes: &str, person: Option<Member>) -> Actor {
    Actor::Token(TokenBearer {
        id: TokenId(1),
        name: "bot".into(),
        scopes: Scopes::parse(scopes).unwrap(),
        person,
    })
}

const ALL_SCOPES: &str =
    "search:read,reports:read,reports:write,timeline:append,restricted:read,admin";

fn open(published: bool) -> Access {
    Access {
        published,
        ..Access::default()
    }
}

fn restricted(authors: &[i64], viewers: &[i64], teams: &[i64]) -> Access {
    Access {
        restricted: true,
        published: true,
        authors: authors.iter().copied().map(PersonId).collect(),
        viewers: viewers.iter().copied().map(PersonId).collect(),
        viewer_teams: teams.iter().copied().map(TeamId).collect(),
    }
}

/// One line for each action, one column for each kind of actor: `x` may, `.` may not.
fn table(actors: &[Actor], rules: Rules) -> String {
    let (published, draft, secret) = (open(true), open(false), restricted(&[99], &[], &[]));
    let account = |access, asked| Action::GiveAccount { access, asked };
    let rows = [
        ("search", Action::Search),
        ("find published", Action::FindReport(&published)),
        ("list", Action::ListReports),
        ("read published", Action::ReadReport(&published)),
        ("read draft", Action::ReadReport(&draft)),
        ("read restricted", Action::ReadReport(&secret)),
        ("history published", Action::ReadHistory(&published)),
        ("history restricted", Action::ReadHistory(&secret)),
        ("create", Action::CreateReport),
        ("edit published", Action::EditReport(&published)),
        ("edit draft", Action::EditReport(&draft)),
        ("edit restricted", Action::EditReport(&secret)),
        ("erase file", Action::EraseFile(&published)),
        ("erase comment", Action::EraseComment(&published)),
        ("append draft", Action::AppendTimeline(&draft)),
        ("append restricted", Action::AppendTimeline(&secret)),
        ("publish draft", Action::PublishReport(&draft)),
        ("see reviews", Action::SeeReviews),
        ("review draft", Action::ReviewReport(&draft)),
        ("review restricted", Action::ReviewReport(&secret)),
        ("visibility", Action::SetVisibility(&published)),
        ("comment published", Action::Comment(&published)),
        ("comment draft", Action::Comment(&draft)),
        ("comment restricted", Action::Comment(&secret)),
        ("gather accounts", Action::GatherAccounts(&published)),
        ("gather restricted", Action::GatherAccounts(&secret)),
        ("account of draft", account(&draft, true)),
        ("account restricted", account(&secret, true)),
        ("account unasked", account(&published, false)),
        ("import", Action::ImportReports),
        ("people", Action::ManagePeople),
        ("tokens", Action::ManageTokens),
        ("templates", Action::EditTemplates),
        ("rubric", Action::EditRubric),
        ("factors", Action::EditFactors),
        ("glossary", Action::EditGlossary),
        ("metrics", Action::SeeMetrics),
    ];
    let line = |(name, action): (&str, Action<'_>)| {
        let cells: String = actors
            .iter()
            .map(|actor| {
                if may(actor, action, rules) {
                    " x"
                } else {
                    " ."
                }
            })
            .collect();
        format!("{name:<18}{cells}\n")
    };
    rows.into_iter().map(line).collect()
}

/// Without anonymous reading: nobody, reader, author, admin, operator.
const CLOSED: &str = "\
search             . x x x x
find published     . x x x x
list               . x x x x
read published     . x x x x
read draft         . . x x x
read restricted    . . . x x
history published  . x x x x
history restricted . . . x x
create             . . x x x
edit published     . . x x x
edit draft         . . x x x
edit restricted    . . . x x
erase file         . . . x x
erase comment      . . . x x
append draft       . . x x x
append restricted  . . . x x
publish draft      . . x x x
see reviews        . . x x x
review draft       . . x x .
review restricted  . . . x .
visibility         . . . x x
comment published  . x x x x
comment draft      . . x x x
comment restricted . . . x x
gather accounts    . . . x .
gather restricted  . . . x .
account of draft   . x x x .
account restricted . . . x .
account unasked    . . . . .
import             . . . x x
people             . . . x x
tokens             . . . x x
templates          . . . x x
rubric             . . . x x
factors            . . . x x
glossary           . . . x x
metrics            . . . x x
";

#[test]
fn the_table_of_people() {
    let actors = [
        Actor::Anonymous,
        Actor::Person(member(1, Role::Reader)),
        Actor::Person(member(1, Role::Author)),
        Actor::Person(member(1, Role::Admin)),
        Actor::Operator,
    ];
    assert_eq!(table(&actors, Rules::default()), CLOSED);
    let opened = CLOSED
        .replace("search             .", "search             x")
        .replace("find published     .", "find published     x")
        .replace("list               .", "list               x")
        .replace("read published     .", "read published     x");
    assert_eq!(
        table(
            &actors,
            Rules {
                anonymous_reading: true,
                ..Rules::default()
            }
        ),
        opened
    );
}

#[test]
fn the_table_of_tokens() {
    let actors = [
        bot("search:read", None),
        bot("reports:read", None),
        bot("search:read,reports:read,restricted:read", None),
        bot("timeline:append", None),
        bot("reports:read,reports:write", None),
        bot("admin", None),
        bot(ALL_SCOPES, None),
        bot(ALL_SCOPES, Some(member(1, Role::Reader))),
        bot(ALL_SCOPES, Some(member(1, Role::Author))),
        bot(ALL_SCOPES, Some(member(1, Role::Admin))),
        bot("search:read,reports:read", Some(member(1, Role::Admin))),
    ];
    let expected = "\
search             x . x . . . x x x x x
find published     x . x . . . x x x x x
list               . x x . x . x x x x x
read published     . x x . x . x x x x x
read draft         . . . . x . x . x x x
read restricted    . . x . . . x . . x .
history published  . x x . x . x x x x x
history restricted . . x . . . x . . x .
create             . . . . x . x . x x .
edit published     . . . . x . x . x x .
edit draft         . . . . x . x . x x .
edit restricted    . . . . . . x . . x .
erase file         . . . . . . x . . x .
erase comment      . . . . . . x . . x .
append draft       . . . x x . x . x x .
append restricted  . . . . . . x . . x .
publish draft      . . . . x . x . x x .
see reviews        . . . . x . x . x x x
review draft       . . . . . . . . x x .
review restricted  . . . . . . . . . x .
visibility         . . . . . . x . . x .
comment published  . . . . x . x x x x .
comment draft      . . . . x . x . x x .
comment restricted . . . . . . x . . x .
gather accounts    . . . . . . . . . . .
gather restricted  . . . . . . . . . . .
account of draft   . . . . . . . . . . .
account restricted . . . . . . . . . . .
account unasked    . . . . . . . . . . .
import             . . . . . . x . . x .
people             . . . . . x x . . x .
tokens             . . . . . x x . . x .
templates          . . . . . x x . . x .
rubric             . . . . . x x . . x .
factors            . . . . . x x . . x .
glossary           . . . . . x x . . x .
metrics            . . . . . x x . . x .
";
    assert_eq!(table(&actors, Rules::default()), expected);
}

#[test]
fn restricted_reports_are_for_those_named_on_them() {
    let rules = Rules {
        anonymous_reading: true,
        ..Rules::default()
    };
    let reads = |actor: &Actor, access: &Access| may(actor, Action::ReadReport(access), rules);
    let edits = |actor: &Actor, access: &Access| may(actor, Action::EditReport(access), rules);
    let reader = Actor::Person(member(1, Role::Reader));
    let author = Actor::Person(member(1, Role::Author));
    for (access, may_edit) in [
        (restricted(&[1], &[], &[]), true),
        (restricted(&[], &[1], &[]), false),
        (restricted(&[], &[], &[1]), false),
    ] {
        assert!(
            reads(&reader, &access) && reads(&author, &access),
            "{access:?}"
        );
        assert!(!edits(&reader, &access), "{access:?}");
        assert_eq!(edits(&author, &access), may_edit, "{access:?}");
    }
    let others = restricted(&[2], &[3], &[4]);
    assert!(!reads(&author, &others) && !reads(&Actor::Anonymous, &others));
}

#[test]
fn a_reader_reads_the_draft_they_are_an_author_of_but_does_not_edit_it() {
    let access = Access {
        authors: vec![PersonId(1)],
        ..Access::default()
    };
    let reader = Actor::Person(member(1, Role::Reader));
    assert!(may(&reader, Action::ReadReport(&access), Rules::default()));
    assert!(!may(&reader, Action::EditReport(&access), Rules::default()));
    let without_restricted = bot("reports:read", Some(member(1, Role::Reader)));
    assert!(may(
        &without_restricted,
        Action::ReadReport(&access),
        Rules::default()
    ));
    let now_restricted = Access {
        restricted: true,
        ..access
    };
    assert!(may(
        &reader,
        Action::ReadReport(&now_restricted),
        Rules::default()
    ));
    assert!(!may(
        &without_restricted,
        Action::ReadReport(&now_restricted),
        Rules::default()
    ));
}

#[test]
fn nobody_reviews_what_they_are_an_author_of() {
    let (theirs, others) = (restricted(&[1], &[], &[]), restricted(&[2], &[1], &[]));
    for role in [Role::Author, Role::Admin] {
        let actor = Actor::Person(member(1, role));
        let rules = Rules::default();
        assert!(
            !may(&actor, Action::ReviewReport(&theirs), rules),
            "{role:?}"
        );
        // Named as a viewer: reads and reviews, but does not change it.
        assert!(
            may(&actor, Action::ReviewReport(&others), rules),
            "{role:?}"
        );
    }
}

fn any_member() -> impl Strategy<Value = Member> {
    (
        1i64..4,
        prop::sample::select(Role::ALL),
        prop::collection::vec(1i64..4, 0..3),
    )
        .prop_map(|(id, role, teams)| Member {
            id: PersonId(id),
            name: "somebody".into(),
            role,
            teams: teams.into_iter().map(TeamId).collect(),
        })
}

fn any_actor() -> impl Strategy<Value = Actor> {
    let scopes = prop::sample::subsequence(Scope::ALL, 1..=Scope::ALL.len());
    prop_oneof![
        Just(Actor::Anonymous),
        Just(Actor::Operator),
        any_member().prop_map(Actor::Person),
        (scopes, prop::option::of(any_member())).prop_map(|(scopes, person)| {
            Actor::Token(TokenBearer {
                id: TokenId(1),
                name: "bot".into(),
                scopes: {
                    let words: Vec<&str> = scopes.into_iter().map(Scope::word).collect();
                    Scopes::from_words(&words).unwrap()
                },
                person,
            })
        }),
    ]
}

fn any_access() -> impl Strategy<Value = Access> {
    let ids = || prop::collection::vec(1i64..4, 0..3);
    (any::<bool>(), any::<bool>(), ids(), ids(), ids()).prop_map(
        |(restricted, published, authors, viewers, teams)| Access {
            restricted,
            published,
            authors: authors.into_iter().map(PersonId).collect(),
            viewers: viewers.into_iter().map(PersonId).collect(),
            viewer_teams: teams.into_iter().map(TeamId).collect(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn index_and_table_agree(actor in any_actor(), access in any_access(), anonymous_reading: bool) {
        let rules = Rules { anonymous_reading, ..Rules::default() };
        let carried = audience_tokens(&access);
        let found = match audience(&actor, rules) {
            Audience::Everything => true,
            Audience::AnyOf(tokens) => tokens.iter().any(|token| carried.contains(token)),
        };
        let allowed = may(&actor, Action::ReadReport(&access), rules)
            || may(&actor, Action::FindReport(&access), rules);
        prop_assert_eq!(found, allowed);
        prop_assert_eq!(reach(&actor, rules).includes(&access), allowed);
    }

    #[test]
    fn whoever_edits_and_may_read_at_all_can_read_it(actor in any_actor(), access in any_access()) {
        let rules = Rules::default();
        if may(&actor, Action::EditReport(&access), rules)
            && may(&actor, Action::ListReports, rules) {
            prop_assert!(may(&actor, Action::ReadReport(&access), rules));
        }
    }

    #[test]
    fn a_token_never_exceeds_its_person(
        person in any_member(), access in any_access(),
        scopes in prop::sample::subsequence(Scope::ALL, 1..=Scope::ALL.len()),
    ) {
        let words: Vec<&str> = scopes.into_iter().map(Scope::word).collect();
        let token = bot(&words.join(","), Some(person.clone()));
        let person = Actor::Person(person);
        for action in [
            Action::Search, Action::FindReport(&access), Action::ListReports,
            Action::ReadReport(&access), Action::ReadHistory(&access), Action::CreateReport,
            Action::EditReport(&access), Action::AppendTimeline(&access),
            Action::PublishReport(&access), Action::SetVisibility(&access), Action::ImportReports,
            Action::SeeReviews, Action::ReviewReport(&access),
            Action::ManagePeople, Action::ManageTokens, Action::EditTemplates, Action::EditRubric, Action::EditFactors,
            Action::EditGlossary, Action::SeeMetrics,
        ] {
            let rules = Rules::default();
            prop_assert!(!may(&token, action, rules) || may(&person, action, rules), "{:?}", action);
        }
    }
}
