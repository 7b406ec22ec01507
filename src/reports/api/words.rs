//! The words of the domain on the wire: written as they are, and read only as they are. Pure.

use crate::reports::model;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A string that is one of these.
fn one_of(words: impl Iterator<Item = Cow<'static, str>>, about: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .enum_values(Some(words.map(Cow::into_owned)))
        .into()
}

/// Reads one of the words, or says which there are.
fn read<'de, T: Copy + 'de, D: Deserializer<'de>>(
    from: D,
    all: &[T],
    word: impl Fn(T) -> Cow<'static, str>,
) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    let found = all.iter().copied().find(|it| word(*it) == text);
    found.ok_or_else(|| {
        let known: Vec<String> = all.iter().map(|it| word(*it).into_owned()).collect();
        D::Error::custom(format!("Send one of {}.", known.join(", ")))
    })
}

macro_rules! words {
    ($($name:ident: $vocabulary:ty, $about:literal, |$it:ident| $word:expr;)+) => {$(
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $vocabulary);

        impl $name {
            fn word($it: $vocabulary) -> Cow<'static, str> {
                $word
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&Self::word(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                read(from, &<$vocabulary>::ALL, Self::word).map(Self)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(<$vocabulary>::ALL.iter().map(|it| Self::word(*it)), $about)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

words! {
    Kind: model::Kind, "What happened.", |it| it.word().into();
    Status: model::Status, "Where a report stands on its way to readers.", |it| it.word().into();
    Visibility: model::Visibility, "Who may see a report at all: everyone, or the people and teams named on it.", |it| it.word().into();
    Severity: model::Severity, "How bad it was: `SEV1` is the worst.", |it| it.to_string().into();
    SectionRole: model::SectionRole, "What a section is for; `other` is any other heading.", |it| it.word().into();
    Phase: model::Phase, "What an event was in the course of the incident.", |it| it.word().into();
    EventSource: model::EventSource, "Where an event comes from: `manual` was written down by somebody.", |it| it.word().into();
    FactorRole: model::FactorRole, "What a contributing factor did.", |it| it.word().into();
    LearningKind: model::LearningKind, "The kinds of things learned.", |it| it.word().into();
    CountermeasureType: model::CountermeasureType, "What a countermeasure is meant to do.", |it| it.word().into();
    CountermeasureStatus: model::CountermeasureStatus, "How far a countermeasure has come.", |it| it.word().into();
    LinkKind: model::LinkKind, "What one report is to another.", |it| it.word().into();
    ReviewOutcome: model::ReviewOutcome, "What a review came to.", |it| it.word().into();
    Verdict: model::Verdict, "What a reviewer says to one line of the rubric.", |it| it.word().into();
    HowPublished: model::HowPublished, "How a report came to be published.", |it| it.word().into();
    CheckResult: model::CheckResult, "What the check of a countermeasure showed.", |it| it.word().into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_only_as_it_is_written() {
        let read = |text: &str| serde_json::from_str::<Kind>(text).ok().map(|it| it.0);
        assert_eq!(read("\"near_miss\""), Some(model::Kind::NearMiss));
        for other in ["\"Near miss\"", "\"near-miss\"", "\"\"", "1", "null"] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(
            serde_json::to_string(&Kind(model::Kind::NearMiss)).unwrap(),
            "\"near_miss\""
        );
        let refused = serde_json::from_str::<Severity>("\"SEV9\"")
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("SEV1, SEV2, SEV3, SEV4, SEV5"),
            "{refused}"
        );
    }
}
