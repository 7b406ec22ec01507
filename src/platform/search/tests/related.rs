//! Like documents on a real disk: found with reasons, within reach only, and in the same order every time.

use super::super::related::{Like, MOST, Subject, Wanted};
use super::super::{Audience, Document, Filters, Index, SearchError};
use super::{Folder, document, indexed};

/// Past reports of a small place, some of which are restricted.
fn past() -> Vec<Document> {
    let mut certificate = document(
        1,
        "Expired certificate stops checkout",
        "The intermediate certificate expired. Renewal had failed with ERR_ACME_LIMIT and nobody was told.",
    );
    certificate.services = vec!["Checkout".into()];
    certificate.factors = vec!["Renewal without an alert".into()];
    let mut replica = document(
        2,
        "Replica lag after a failover",
        "The replica fell behind. PostgresReplicationLag rang late; reads were stale.",
    );
    replica.services = vec!["checkout".into()];
    replica.tags = vec!["postgres".into()];
    let mut secret = document(
        3,
        "Certificate of the vault expired",
        "The certificate expired, renewal failed with ERR_ACME_LIMIT: sealedword.",
    );
    secret.audience = vec!["restricted".into()];
    let mut draft = document(
        4,
        "Certificate renewal, a draft",
        "certificate renewal expired",
    );
    draft.status = "draft".into();
    let others = (5..40).map(|id| {
        document(
            id,
            &format!("Something else {id}"),
            "A deploy was rolled back by hand.",
        )
    });
    [certificate, replica, secret, draft]
        .into_iter()
        .chain(others)
        .collect()
}

fn everybody() -> Audience {
    Audience::AnyOf(vec!["public".into()])
}

fn published() -> Filters {
    Filters {
        status: vec!["published".into()],
        ..Filters::default()
    }
}

fn like(index: &Index, subject: &Subject, audience: &Audience, also: &[i64]) -> Vec<Like> {
    let wanted = Wanted {
        subject,
        filters: &published(),
        audience,
        also,
        all: false,
    };
    index.related(&wanted).unwrap()
}

fn about(title: &str, text: &str) -> Subject {
    Subject {
        title: title.into(),
        text: text.into(),
        ..Subject::default()
    }
}

fn ids(likes: &[Like]) -> Vec<i64> {
    likes.iter().map(|like| like.id).collect()
}

fn reasons(like: &Like) -> Vec<&str> {
    like.reasons.iter().map(|it| it.text.as_str()).collect()
}

#[test]
fn like_documents_come_with_their_reasons() {
    let (_folder, index) = indexed(&past());
    let mut subject = about(
        "Certificates expired again",
        "Renewal stopped with ERR_ACME_LIMIT, so the certificate had expired.",
    );
    subject.services = vec!["checkout".into()];
    subject.factors = vec!["renewal WITHOUT an alert".into()];
    let found = like(&index, &subject, &everybody(), &[]);
    assert_eq!(ids(&found), [1]);
    assert_eq!(
        reasons(&found[0]),
        [
            "Same contributing factor: renewal WITHOUT an alert",
            "Both quote ERR_ACME_LIMIT",
            "Same service: checkout",
            "Both mention “certificates”, “expired”, “stopped”",
        ]
    );
    assert!(found[0].covers > 0.8 && found[0].covers <= 1.0, "{found:?}");
}

#[test]
fn the_name_of_an_alert_is_enough() {
    let (_folder, index) = indexed(&past());
    let subject = Subject {
        title: "Lag of the database".into(),
        alerts: vec!["PostgresReplicationLag".into()],
        ..Subject::default()
    };
    let found = like(&index, &subject, &everybody(), &[]);
    assert_eq!(ids(&found), [2]);
    assert_eq!(reasons(&found[0])[0], "Same alert: PostgresReplicationLag");
}

#[test]
fn something_else_finds_nothing() {
    let (_folder, index) = indexed(&past());
    for (title, text) in [
        ("", ""),
        (
            "The service was slow",
            "An incident. Users were affected for an hour.",
        ),
        (
            "Strawberry jam",
            "Boil the berries with sugar; renewal of lids each year.",
        ),
        ("Deploy", "A deploy was rolled back by hand."),
        ("!!! ((( \u{0} *", "-- \"' OR 1=1"),
    ] {
        assert_eq!(
            ids(&like(&index, &about(title, text), &everybody(), &[])),
            [0_i64; 0],
            "{title}"
        );
    }
    let mut service_alone = about("x", "");
    service_alone.services = vec!["checkout".into()];
    assert_eq!(
        ids(&like(&index, &service_alone, &everybody(), &[])),
        [0_i64; 0]
    );
}

#[test]
fn what_is_hidden_is_neither_found_nor_counted() {
    let (_folder, index) = indexed(&past());
    let text = "Certificate expired, renewal failed with ERR_ACME_LIMIT";
    let seen = like(&index, &about(text, "sealedword"), &everybody(), &[3]);
    let nowhere = like(&index, &about(text, "nowhereword"), &everybody(), &[3]);
    assert_eq!(ids(&seen), [1]);
    assert_eq!(
        seen, nowhere,
        "a word of a hidden document is like one of none"
    );
    let all = like(
        &index,
        &about(text, "sealedword"),
        &Audience::Everything,
        &[],
    );
    assert_eq!(ids(&all), [3, 1], "a draft is no past report");
    let nobody = Audience::AnyOf(Vec::new());
    assert_eq!(
        ids(&like(&index, &about(text, ""), &nobody, &[1, 3])),
        [0_i64; 0]
    );
}

#[test]
fn words_of_many_hidden_documents_are_as_unknown_as_words_of_none() {
    let hidden = (1_000..1_300).map(|id| {
        let mut hidden = document(id, "A vault", "sealedword ERR_SEALED certificate renewal");
        hidden.audience = vec!["restricted".into()];
        hidden.services = vec!["vault".into()];
        hidden
    });
    let documents: Vec<Document> = past().into_iter().chain(hidden).collect();
    let (_folder, index) = indexed(&documents);
    let asked = |word: &str, error: &str, service: &str| {
        let text = format!("certificate expired, renewal failed: {word} {error}");
        let mut subject = about("Certificate", &text);
        subject.services = vec![service.into()];
        like(&index, &subject, &everybody(), &[])
    };
    let seen = asked("sealedword", "ERR_SEALED", "vault");
    assert_eq!(ids(&seen), [1]);
    assert_eq!(seen, asked("nowhereword", "ERR_NOWHERE", "nowhere"));
}

#[test]
fn a_factor_that_many_share_does_not_make_two_alike() {
    let mut documents = past();
    for document in documents.iter_mut().skip(4) {
        document.factors = vec!["Haste".into()];
    }
    let (_folder, index) = indexed(&documents);
    let mut subject = about("Another matter", "Nothing of the kind.");
    subject.factors = vec!["Haste".into()];
    assert_eq!(ids(&like(&index, &subject, &everybody(), &[])), [0_i64; 0]);
    subject.factors = vec!["Renewal without an alert".into()];
    assert_eq!(ids(&like(&index, &subject, &everybody(), &[])), [1]);
}

#[test]
fn a_document_is_not_like_itself_and_one_asked_for_is_always_judged() {
    let (_folder, index) = indexed(&past());
    let mut own = about(
        "Expired certificate stops checkout",
        "The certificate expired. Renewal failed.",
    );
    own.own = Some(1);
    assert_eq!(ids(&like(&index, &own, &Audience::Everything, &[1])), [3]);
    let found = like(&index, &own, &everybody(), &[2, 2, 4, 999]);
    assert_eq!(ids(&found), [2], "a draft is none, and 999 is not there");
}

#[test]
fn the_order_is_the_same_every_time_and_the_list_is_bounded() {
    let twins: Vec<Document> = (1..=200)
        .map(|id| document(id, "Queue full", "the consumer stopped: E_QUEUE_FULL"))
        .chain((201..=2_600).map(|id| document(id, "Other", "words of another kind")))
        .collect();
    let (_folder, index) = indexed(&twins);
    let subject = about("Queue full", "the consumer stopped: E_QUEUE_FULL");
    let found = ids(&like(&index, &subject, &everybody(), &[]));
    assert_eq!(found.len(), MOST);
    assert!(found.is_sorted(), "equals by their number: {found:?}");
    assert_eq!(found, ids(&like(&index, &subject, &everybody(), &[])));
}

#[test]
fn a_text_of_any_length_is_answered() {
    let (_folder, index) = indexed(&past());
    let words: Vec<String> = (0..50_000)
        .map(|n| format!("word{n} at_{n} 障害{n}"))
        .collect();
    let long = words.join(
        "
",
    );
    let mut subject = about(&long, &long);
    for names in [
        &mut subject.services,
        &mut subject.tags,
        &mut subject.factors,
        &mut subject.alerts,
    ] {
        *names = (0..10_000).map(|n| format!("name {n}")).collect();
    }
    assert_eq!(ids(&like(&index, &subject, &everybody(), &[])), [0_i64; 0]);
}

#[test]
fn without_an_index_it_is_unavailable() {
    let folder = Folder::new();
    let index = Index::open(&folder.0).unwrap();
    let wanted = Wanted {
        subject: &Subject::default(),
        filters: &Filters::default(),
        audience: &Audience::Everything,
        also: &[],
        all: false,
    };
    assert_eq!(index.related(&wanted), Err(SearchError::Unavailable));
}
