//! What means the same is found where it is typed, and only there.

use proptest::prelude::*;

use super::super::query::parse;
use super::*;

fn extended(text: &str) -> Vec<(String, Vec<String>)> {
    let query = Glossary::shipped().extend(parse(text));
    let written = |also: &Also| query.typed(also);
    query
        .also
        .iter()
        .map(|also| (written(also), also.others.clone()))
        .collect()
}

fn one(typed: &str, others: &[&str]) -> (String, Vec<String>) {
    let others = others.iter().map(|it| (*it).to_owned()).collect();
    (typed.to_owned(), others)
}

#[test]
fn abbreviations_and_phrases_find_each_other_in_any_form() {
    assert_eq!(
        extended("pods OOMKilled on k8s"),
        [
            one("OOMKilled", &["OOM", "out of memory"]),
            one("k8s", &["Kubernetes"])
        ]
    );
    assert_eq!(
        extended("ran Out of Memory twice"),
        [one("Out of Memory", &["OOM", "OOMKilled"])]
    );
    assert_eq!(
        extended("out-of-memory"),
        [one("out-of-memory", &["OOM", "OOMKilled"])]
    );
    assert_eq!(
        extended("expired certificates"),
        [one("certificates", &["cert"])]
    );
    // What is typed already is not said to be searched too.
    assert_eq!(extended("db database"), []);
}

#[test]
fn what_says_how_it_is_meant_is_left_alone() {
    for text in [
        "\"k8s\"",
        "-k8s",
        "k8s*",
        "k8s OR pods",
        "tag:k8s",
        "k8s node lost\nand the other too",
        "out memory",
    ] {
        assert_eq!(extended(text), [], "{text:?}");
    }
    assert_eq!(Glossary::default().extend(parse("k8s")).also, []);
}

#[test]
fn what_is_shipped_could_be_typed() {
    let shipped = shipped();
    assert!(shipped.len() >= 60, "{}", shipped.len());
    for expressions in shipped {
        assert_eq!(group(&expressions.join("\n")), Ok(expressions));
    }
}

#[test]
fn a_group_is_refused_with_a_reason() {
    let words = |count: usize| {
        let words: Vec<String> = (0..count).map(|i| format!("w{i}")).collect();
        words.join("\n")
    };
    assert_eq!(group("k8s"), Err(GroupError::Count));
    assert_eq!(group(&words(13)), Err(GroupError::Count));
    assert_eq!(group(&words(12)).map(|it| it.len()), Ok(12));
    assert_eq!(
        group("IT, information technology"),
        Err(GroupError::Empty("IT".to_owned()))
    );
    assert_eq!(group("a b, ---"), Err(GroupError::Empty("---".to_owned())));
    assert_eq!(
        group("cert; certs"),
        Err(GroupError::Twice("certs".to_owned()))
    );
    assert_eq!(
        group("a, one two three four five six seven"),
        Err(GroupError::Empty("a".to_owned()))
    );
    assert_eq!(
        group("x, one two three four five six seven"),
        Err(GroupError::Long(
            "one two three four five six seven".to_owned()
        ))
    );
    assert_eq!(
        group(" k8s \r\n\n  “Kubernetes”  "),
        Ok(vec!["k8s".to_owned(), "Kubernetes".to_owned()])
    );
}

proptest! {
    #[test]
    fn any_text_is_a_group_or_none_and_any_query_is_extended_within_bounds(
        typed in "([a-zA-Z0-9é鍵]{1,12}|[ ,;\n\"-]|\\PC){0,60}",
        asked in "(k8s|oom|out|of|memory|TLS|cert|DB|repo|[a-z]{1,6}|-|\"|\\*| ){0,60}",
    ) {
        if let Ok(expressions) = group(&typed) {
            prop_assert!(EXPRESSIONS.contains(&expressions.len()));
            prop_assert_eq!(group(&expressions.join("\n")), Ok(expressions.clone()));
            let glossary = Glossary::new(vec![expressions.clone()]);
            let first = parse(expressions.first().map_or("", String::as_str));
            prop_assert!(glossary.extend(first).also.len() <= MAX_ALSO);
        }
        let query = Glossary::shipped().extend(parse(&asked));
        prop_assert!(query.also.len() <= MAX_ALSO);
        for also in &query.also {
            prop_assert!(!also.others.is_empty() && !query.typed(also).is_empty());
        }
        // What is searched too is no part of what was typed.
        prop_assert_eq!(parse(&asked).to_string(), query.to_string());
    }
}
