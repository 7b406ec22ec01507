//! People, roles, scopes, and whoever is acting. Pure.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::platform::ids::{PersonId, TeamId};

/// What a person may do in general; [`super::policy`] says what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads and searches.
    Reader,
    /// Also writes reports.
    Author,
    /// Also manages people, tokens and settings, and reads restricted reports.
    Admin,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: &'static [Self] = &[Self::Reader, Self::Author, Self::Admin];

    /// The word used in the database, on the command line and in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Author => "author",
            Self::Admin => "admin",
        }
    }

    /// The word shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Reader => "Reader",
            Self::Author => "Author",
            Self::Admin => "Admin",
        }
    }

    /// Reads [`Self::word`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.word() == text)
    }
}

/// One thing an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Search, and ask for related reports.
    SearchRead,
    /// Read and list reports.
    ReportsRead,
    /// Create and edit reports.
    ReportsWrite,
    /// Add events to the timeline of a report.
    TimelineAppend,
    /// Include restricted reports in all of the above.
    RestrictedRead,
    /// Manage people and tokens, import, and see metrics.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: &'static [Self] = &[
        Self::SearchRead,
        Self::ReportsRead,
        Self::ReportsWrite,
        Self::TimelineAppend,
        Self::RestrictedRead,
        Self::Admin,
    ];

    /// The word used in the database, on the command line and in the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SearchRead => "search:read",
            Self::ReportsRead => "reports:read",
            Self::ReportsWrite => "reports:write",
            Self::TimelineAppend => "timeline:append",
            Self::RestrictedRead => "restricted:read",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Self::word`] back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.word() == text)
    }
}

/// The text names no scopes a token could have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopesError {
    /// No scope at all.
    #[error("give at least one scope, out of {}", known_scopes())]
    None,
    /// A word that is no scope.
    #[error("“{0}” is not a scope; the scopes are {known}", known = known_scopes())]
    Unknown(String),
}

fn known_scopes() -> String {
    let words: Vec<&str> = Scope::ALL.iter().map(|scope| scope.word()).collect();
    words.join(", ")
}

/// The scopes of one token: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Reads scopes separated by commas or spaces, as on the command line.
    pub fn parse(text: &str) -> Result<Self, ScopesError> {
        let words: Vec<&str> = text
            .split([',', ' '])
            .filter(|word| !word.is_empty())
            .collect();
        Self::from_words(&words)
    }

    /// Reads scopes from their words, as stored.
    pub fn from_words(words: &[impl AsRef<str>]) -> Result<Self, ScopesError> {
        let scopes = words
            .iter()
            .map(AsRef::as_ref)
            .map(|word| Scope::parse(word).ok_or_else(|| ScopesError::Unknown(word.to_owned())))
            .collect::<Result<BTreeSet<_>, _>>()?;
        if scopes.is_empty() {
            return Err(ScopesError::None);
        }
        Ok(Self(scopes))
    }

    /// Whether this scope is among them.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The words, in a fixed order.
    pub fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|scope| scope.word()).collect()
    }
}

/// A row of `api_tokens`: its name in the actor and in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub i64);

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A person as far as permissions go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: PersonId,
    /// Their name as shown.
    pub name: String,
    /// What they may do in general.
    pub role: Role,
    /// The teams they are in.
    pub teams: Vec<TeamId>,
}

/// An API token as far as permissions go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBearer {
    /// Which token.
    pub id: TokenId,
    /// Its name as shown.
    pub name: String,
    /// What it may do at most.
    pub scopes: Scopes,
    /// The person whose rights bound it as well; none for a bot of the whole organisation.
    pub person: Option<Member>,
}

/// Whoever is acting. Every permission, revision and audit entry is about one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody known.
    Anonymous,
    /// A person who signed in.
    Person(Member),
    /// A program with an API token.
    Token(TokenBearer),
    /// Somebody at the command line of the machine itself, who could read the database anyway.
    Operator,
}

impl Actor {
    /// The name for revisions and the audit log.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "Anonymous",
            Self::Person(member) => &member.name,
            Self::Token(token) => &token.name,
            Self::Operator => "Operator",
        }
    }

    /// The person who is acting, also through a token bound to them.
    pub fn person_id(&self) -> Option<PersonId> {
        match self {
            Self::Person(member) => Some(member.id),
            Self::Token(token) => token.person.as_ref().map(|person| person.id),
            Self::Anonymous | Self::Operator => None,
        }
    }

    /// The token that is acting.
    pub fn token_id(&self) -> Option<TokenId> {
        match self {
            Self::Token(token) => Some(token.id),
            Self::Anonymous | Self::Person(_) | Self::Operator => None,
        }
    }

    /// Whose idempotency keys these are: `person:7` or `token:3`.
    pub fn idempotency_owner(&self) -> Option<String> {
        match self {
            Self::Person(member) => Some(format!("person:{}", member.id)),
            Self::Token(token) => Some(format!("token:{}", token.id)),
            Self::Anonymous | Self::Operator => None,
        }
    }
}

/// A row of `people`, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its identifier.
    pub id: PersonId,
    /// Where to reach them, and the name they sign in with.
    pub email: String,
    /// Their name as shown.
    pub name: String,
    /// What they may do in general.
    pub role: Role,
    /// Since when nothing of theirs works any more.
    pub suspended_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A row of `teams`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its identifier.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// How many people are in it. Most are named by reports only and have nobody.
    pub members: i64,
}

/// The text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Enter an e-mail address such as ana@example.org, of at most 254 characters.")]
pub struct NotAnEmail;

/// An e-mail address: something, an `@`, something; no spaces. Upper and lower case name the same account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads what was typed, without the spaces around it.
    pub fn parse(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmail)?;
        let printable = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let whole = !local.is_empty() && !domain.is_empty() && text.chars().count() <= 254;
        if printable && whole {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnEmail)
        }
    }

    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// The text is no name for a person or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Enter a name of 1 to 200 characters, on one line.")]
pub struct NotAName;

/// The name of a person or a token, as shown: 1 to 200 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads what was typed, without the spaces around it.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAName)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
