//! Who may do what: the one table of permissions, for pages, API, chat, feeds and exports. Pure.
//!
//! Seeing a report is decided twice from the same [`Reach`]: by the index (through [`audience`] and [`audience_tokens`])
//! and by SQL on every hit.

pub use super::action::Action;
use super::model::{Actor, Member, Role, Scope, TokenBearer};
use crate::platform::ids::{PersonId, TeamId};
use crate::platform::search::Audience;

/// The settings that permissions depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether published open reports can be read without signing in. Off unless the operator turns it on.
    pub anonymous_reading: bool,
    /// Whether incidents are published only after somebody else approved them. Off unless the operator turns it on.
    pub reviews_required: bool,
}

/// What permissions need to know of one report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Only for the people and teams named on it.
    pub restricted: bool,
    /// Published or archived; otherwise a draft or in review.
    pub published: bool,
    /// Its authors (`report_authors`).
    pub authors: Vec<PersonId>,
    /// People named as viewers.
    pub viewers: Vec<PersonId>,
    /// Teams named as viewers.
    pub viewer_teams: Vec<TeamId>,
}

/// The reports an actor can see, in a form SQL and the index can ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Published open reports.
    pub public: bool,
    /// Open reports that are not published yet.
    pub drafts: bool,
    /// Every restricted report.
    pub restricted: bool,
    /// Unpublished open reports this person is an author of.
    pub own_drafts: Option<PersonId>,
    /// Restricted reports this person is an author or a named viewer of.
    pub named: Option<PersonId>,
    /// Restricted reports one of these teams is named on.
    pub teams: Vec<TeamId>,
}

const EVERYTHING: Reach = Reach {
    public: true,
    drafts: true,
    restricted: true,
    own_drafts: None,
    named: None,
    teams: Vec::new(),
};

impl Reach {
    /// Whether every report is within reach.
    pub fn is_everything(&self) -> bool {
        self.public && self.drafts && self.restricted
    }

    /// Whether this report is within reach.
    pub fn includes(&self, access: &Access) -> bool {
        let among = |person: Option<PersonId>, people: &[PersonId]| {
            person.is_some_and(|person| people.contains(&person))
        };
        if access.restricted {
            self.restricted
                || among(self.named, &access.authors)
                || among(self.named, &access.viewers)
                || access
                    .viewer_teams
                    .iter()
                    .any(|team| self.teams.contains(team))
        } else if access.published {
            self.public
        } else {
            self.drafts || among(self.own_drafts, &access.authors)
        }
    }

    fn of_member(member: &Member) -> Self {
        match member.role {
            Role::Admin => EVERYTHING,
            Role::Reader | Role::Author => Self {
                public: true,
                drafts: member.role >= Role::Author,
                restricted: false,
                own_drafts: Some(member.id),
                named: Some(member.id),
                teams: member.teams.clone(),
            },
        }
    }

    /// A token reaches what its person reaches; a bot of the organisation, what a reader does (an author, if it may
    /// write). Either way restricted reports need `restricted:read`.
    fn of_token(token: &TokenBearer) -> Self {
        let restricted_too = token.scopes.contains(Scope::RestrictedRead);
        let bound = match &token.person {
            Some(person) => Self::of_member(person),
            None => Self {
                public: true,
                drafts: token.scopes.contains(Scope::ReportsWrite),
                restricted: true,
                ..Self::default()
            },
        };
        if restricted_too {
            return bound;
        }
        Self {
            restricted: false,
            named: None,
            teams: Vec::new(),
            ..bound
        }
    }
}

/// Everything the actor could see, were it not for the scopes that say *how* (search or read).
fn reach_before_scopes(actor: &Actor, rules: Rules) -> Reach {
    match actor {
        Actor::Anonymous => Reach {
            public: rules.anonymous_reading,
            ..Reach::default()
        },
        Actor::Person(member) => Reach::of_member(member),
        Actor::Token(token) => Reach::of_token(token),
        Actor::Operator => EVERYTHING,
    }
}

/// The reports an actor can see: the parameters of the SQL predicate.
pub fn reach(actor: &Actor, rules: Rules) -> Reach {
    if holds(actor, &[Scope::SearchRead, Scope::ReportsRead]) {
        reach_before_scopes(actor, rules)
    } else {
        Reach::default()
    }
}

/// The index tokens of the reports an actor can see. A report is found when it carries one of them.
pub fn audience(actor: &Actor, rules: Rules) -> Audience {
    let reach = reach(actor, rules);
    if reach.is_everything() {
        return Audience::Everything;
    }
    let mut tokens = Vec::new();
    let classes = [
        (reach.public, PUBLIC),
        (reach.drafts, DRAFT),
        (reach.restricted, RESTRICTED),
    ];
    tokens.extend(
        classes
            .into_iter()
            .filter(|(within, _)| *within)
            .map(|(_, token)| token.to_owned()),
    );
    tokens.extend(reach.own_drafts.map(own_draft_token));
    tokens.extend(reach.named.map(named_token));
    tokens.extend(reach.teams.into_iter().map(team_token));
    Audience::AnyOf(tokens)
}

const PUBLIC: &str = crate::platform::search::EVERYBODY;
const DRAFT: &str = "draft";
const RESTRICTED: &str = "restricted";

fn own_draft_token(person: PersonId) -> String {
    format!("a{person}")
}

fn named_token(person: PersonId) -> String {
    format!("u{person}")
}

fn team_token(team: TeamId) -> String {
    format!("t{team}")
}

/// The tokens a report carries in the index field `audience`.
pub fn audience_tokens(access: &Access) -> Vec<String> {
    let mut tokens = Vec::new();
    if access.restricted {
        tokens.push(RESTRICTED.to_owned());
        tokens.extend(access.authors.iter().copied().map(named_token));
        tokens.extend(access.viewers.iter().copied().map(named_token));
        tokens.extend(access.viewer_teams.iter().copied().map(team_token));
    } else if access.published {
        tokens.push(PUBLIC.to_owned());
    } else {
        tokens.push(DRAFT.to_owned());
        tokens.extend(access.authors.iter().copied().map(own_draft_token));
    }
    tokens.sort();
    tokens.dedup();
    tokens
}

/// Whether the actor may do this. The one place that decides.
pub fn may(actor: &Actor, action: Action<'_>, rules: Rules) -> bool {
    let sees = |access: &Access| reach_before_scopes(actor, rules).includes(access);
    match action {
        Action::Search => reads(actor, rules) && holds(actor, &[Scope::SearchRead]),
        Action::FindReport(access) => sees(access) && holds(actor, &[Scope::SearchRead]),
        Action::ListReports => reads(actor, rules) && holds(actor, &[Scope::ReportsRead]),
        Action::ReadReport(access) => sees(access) && holds(actor, &[Scope::ReportsRead]),
        // Earlier revisions may hold what was taken out since: for the organisation only, and of them those that the reader
        // could have read then (`store::seen_revision`).
        Action::ReadHistory(access) => {
            *actor != Actor::Anonymous && sees(access) && holds(actor, &[Scope::ReportsRead])
        }
        Action::CreateReport => writes(actor) && holds(actor, &[Scope::ReportsWrite]),
        Action::EditReport(access) | Action::PublishReport(access) => {
            sees(access) && edits(actor, access) && holds(actor, &[Scope::ReportsWrite])
        }
        // What was shown by mistake must be removable, but not by everybody who writes: it leaves a gap.
        Action::EraseFile(access) | Action::EraseComment(access) => {
            sees(access)
                && administers(actor)
                && holds(actor, &[Scope::ReportsWrite])
                && holds(actor, &[Scope::Admin])
        }
        Action::AppendTimeline(access) => appends(actor, access, rules),
        Action::SeeReviews => writes(actor) && holds(actor, &[Scope::ReportsRead]),
        Action::ReviewReport(access) => {
            sees(access) && reviews(actor, access) && holds(actor, &[Scope::ReportsWrite])
        }
        Action::SetVisibility(access) => {
            sees(access) && owns(actor, access) && holds(actor, &[Scope::ReportsWrite])
        }
        // Readers too: whoever may read it may ask about it.
        Action::Comment(access) => {
            *actor != Actor::Anonymous && sees(access) && holds(actor, &[Scope::ReportsWrite])
        }
        // For people alone: a token of an administrator must not read what was told in confidence.
        Action::GatherAccounts(access) => {
            matches!(actor, Actor::Person(_)) && sees(access) && owns(actor, access)
        }
        // An open report need not be published to be asked about; a restricted one is for those named on it.
        Action::GiveAccount { access, asked } => {
            matches!(actor, Actor::Person(_)) && asked && (!access.restricted || sees(access))
        }
        Action::ImportReports => {
            administers(actor)
                && holds(actor, &[Scope::ReportsWrite])
                && holds(actor, &[Scope::Admin])
        }
        Action::ManagePeople
        | Action::ManageTokens
        | Action::EditTemplates
        | Action::EditRubric
        | Action::EditFactors
        | Action::EditGlossary
        | Action::SeeMetrics => administers(actor) && holds(actor, &[Scope::Admin]),
    }
}

/// Tokens need one of these scopes; nobody else has scopes.
fn holds(actor: &Actor, any_of: &[Scope]) -> bool {
    match actor {
        Actor::Token(token) => any_of.iter().any(|scope| token.scopes.contains(*scope)),
        Actor::Anonymous | Actor::Person(_) | Actor::Operator => true,
    }
}

fn reads(actor: &Actor, rules: Rules) -> bool {
    match actor {
        Actor::Anonymous => rules.anonymous_reading,
        Actor::Person(_) | Actor::Token(_) | Actor::Operator => true,
    }
}

/// Whether the actor's role allows this much. A bot of the organisation has no role: this scope stands for it.
fn ranks(actor: &Actor, role: Role, instead: &[Scope]) -> bool {
    match actor {
        Actor::Anonymous => false,
        Actor::Person(member) => member.role >= role,
        Actor::Token(token) => match &token.person {
            Some(person) => person.role >= role,
            None => holds(actor, instead),
        },
        Actor::Operator => true,
    }
}

fn writes(actor: &Actor) -> bool {
    ranks(
        actor,
        Role::Author,
        &[Scope::ReportsWrite, Scope::TimelineAppend],
    )
}

fn administers(actor: &Actor) -> bool {
    ranks(actor, Role::Admin, &[Scope::Admin])
}

/// Open reports belong to everyone who writes; restricted ones to their authors.
fn edits(actor: &Actor, access: &Access) -> bool {
    writes(actor) && (!access.restricted || owns(actor, access))
}

/// A person who writes reports, and did not write this one. Administrators are no exception: a second pair of eyes is
/// what a review is.
fn reviews(actor: &Actor, access: &Access) -> bool {
    writes(actor)
        && actor
            .person_id()
            .is_some_and(|person| !access.authors.contains(&person))
}

/// Its authors, as long as they may write, and admins.
fn owns(actor: &Actor, access: &Access) -> bool {
    let is_author = actor
        .person_id()
        .is_some_and(|person| access.authors.contains(&person));
    administers(actor) || (writes(actor) && is_author)
}

/// A bot may add to the timeline of a draft that it cannot read: that is what `timeline:append` is for.
fn appends(actor: &Actor, access: &Access, rules: Rules) -> bool {
    let allowed =
        edits(actor, access) && holds(actor, &[Scope::TimelineAppend, Scope::ReportsWrite]);
    let blind = matches!(actor, Actor::Token(token) if token.person.is_none());
    allowed && (reach_before_scopes(actor, rules).includes(access) || (blind && !access.restricted))
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
