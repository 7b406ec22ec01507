//! Why somebody may not do something, as a sentence that says what is missing. Pure.

use super::model::{Actor, Role, Scope};
use super::policy::Action;
use crate::platform::http::Error;

/// The answer to an actor who may not do this: the way to sign in, the scope a token lacks, or the role it takes.
pub fn refusal(actor: &Actor, action: Action<'_>) -> Error {
    let role = match actor {
        Actor::Anonymous => return Error::Unauthenticated,
        Actor::Token(token) => {
            if let Some(scope) = missing_scope(actor, action) {
                return Error::Forbidden(needs_scope(scope).into());
            }
            token.person.as_ref().map(|person| person.role)
        }
        Actor::Person(member) => Some(member.role),
        Actor::Operator => None,
    };
    let who = match actor {
        Actor::Token(_) => "Whoever the token belongs to needs",
        Actor::Anonymous | Actor::Person(_) | Actor::Operator => "You need",
    };
    let what = deed(action);
    let text = match action {
        // A writer is refused only because the report is not theirs.
        Action::EditReport(_)
        | Action::PublishReport(_)
        | Action::AppendTimeline(_)
        | Action::SetVisibility(_)
        | Action::GatherAccounts(_)
            if role.is_none_or(|role| role >= Role::Author) =>
        {
            format!("Only its authors and administrators may {what}.")
        }
        Action::ReviewReport(_) if role.is_none_or(|role| role >= Role::Author) => {
            "A report is reviewed by a person who did not write it.".to_owned()
        }
        Action::CreateReport
        | Action::EditReport(_)
        | Action::PublishReport(_)
        | Action::SeeReviews
        | Action::ReviewReport(_)
        | Action::AppendTimeline(_)
        | Action::SetVisibility(_)
        | Action::GatherAccounts(_) => {
            format!("{who} the role Author or Admin to {what}; an administrator can give it.")
        }
        Action::ImportReports
        | Action::EraseFile(_)
        | Action::EraseComment(_)
        | Action::ManagePeople
        | Action::ManageTokens
        | Action::EditTemplates
        | Action::EditRubric
        | Action::EditFactors
        | Action::EditGlossary
        | Action::SeeMetrics => {
            format!("Only administrators may {what}.")
        }
        Action::Search
        | Action::ListReports
        | Action::FindReport(_)
        | Action::ReadReport(_)
        | Action::ReadHistory(_)
        | Action::Comment(_)
        | Action::GiveAccount { .. } => format!("You are not allowed to {what}."),
    };
    Error::Forbidden(text.into())
}

pub(super) fn needs_scope(scope: Scope) -> String {
    format!("This needs a token with the scope {}.", scope.word())
}

/// The scope without which a token may not do this, whatever the report.
fn missing_scope(actor: &Actor, action: Action<'_>) -> Option<Scope> {
    let Actor::Token(token) = actor else {
        return None;
    };
    let needed: &[Scope] = match action {
        Action::Search | Action::FindReport(_) => &[Scope::SearchRead],
        Action::ListReports
        | Action::ReadReport(_)
        | Action::ReadHistory(_)
        | Action::SeeReviews => &[Scope::ReportsRead],
        Action::CreateReport
        | Action::EditReport(_)
        | Action::PublishReport(_)
        | Action::ReviewReport(_)
        | Action::SetVisibility(_)
        | Action::Comment(_) => &[Scope::ReportsWrite],
        // No scope lets a token do this.
        Action::GatherAccounts(_) | Action::GiveAccount { .. } => &[],
        Action::AppendTimeline(_) if token.scopes.contains(Scope::ReportsWrite) => &[],
        Action::AppendTimeline(_) => &[Scope::TimelineAppend],
        Action::ImportReports | Action::EraseFile(_) | Action::EraseComment(_) => {
            &[Scope::ReportsWrite, Scope::Admin]
        }
        Action::ManagePeople
        | Action::ManageTokens
        | Action::EditTemplates
        | Action::EditRubric
        | Action::EditFactors
        | Action::EditGlossary
        | Action::SeeMetrics => &[Scope::Admin],
    };
    needed
        .iter()
        .copied()
        .find(|scope| !token.scopes.contains(*scope))
}

/// What the action is, after "may".
const fn deed(action: Action<'_>) -> &'static str {
    match action {
        Action::Search | Action::FindReport(_) => "search",
        Action::ListReports => "list reports",
        Action::ReadReport(_) => "read this report",
        Action::ReadHistory(_) => "read earlier revisions of this report",
        Action::CreateReport => "write reports",
        Action::EditReport(_) => "change this report",
        Action::EraseFile(_) => "remove a file that the history of this report shows",
        Action::EraseComment(_) => "remove what somebody else wrote",
        Action::AppendTimeline(_) => "add to the timeline of this report",
        Action::PublishReport(_) => "publish this report",
        Action::SeeReviews => "see reviews",
        Action::ReviewReport(_) => "review this report",
        Action::SetVisibility(_) => "change who may read this report",
        Action::Comment(_) => "comment on this report",
        Action::GatherAccounts(_) => "gather the accounts of participants",
        Action::GiveAccount { .. } => "give an account of this report",
        Action::ImportReports => "import reports or load sample reports",
        Action::ManagePeople => "manage people",
        Action::ManageTokens => "manage tokens",
        Action::EditTemplates => "change templates",
        Action::EditRubric => "change the review rubric",
        Action::EditFactors => "change the catalogue of contributing factors",
        Action::EditGlossary => "change the glossary",
        Action::SeeMetrics => "see measurements",
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Member, Scopes, TokenBearer, TokenId};
    use super::super::policy::{Access, Rules, may};
    use super::*;
    use crate::platform::ids::PersonId;

    fn member(role: Role) -> Member {
        Member {
            id: PersonId(7),
            name: "Ana".to_owned(),
            role,
            teams: Vec::new(),
        }
    }

    fn token(scopes: &str, role: Option<Role>) -> Actor {
        Actor::Token(TokenBearer {
            id: TokenId(1),
            name: "bot".to_owned(),
            scopes: Scopes::parse(scopes).unwrap(),
            person: role.map(member),
        })
    }

    fn said(actor: &Actor, action: Action<'_>) -> String {
        refusal(actor, action).detail().into_owned()
    }

    #[test]
    fn a_refusal_says_what_is_missing() {
        let access = Access::default();
        let reader = Actor::Person(member(Role::Reader));
        let author = Actor::Person(member(Role::Author));
        for (actor, action, missing) in [
            (
                &reader,
                Action::CreateReport,
                "You need the role Author or Admin to write",
            ),
            (&reader, Action::EditReport(&access), "change this report"),
            (
                &author,
                Action::EditReport(&access),
                "its authors and administrators",
            ),
            (&author, Action::ImportReports, "Only administrators"),
            (
                &token("search:read", None),
                Action::ListReports,
                "the scope reports:read.",
            ),
            (
                &token("reports:read", Some(Role::Admin)),
                Action::CreateReport,
                "the scope reports:write.",
            ),
            (
                &token("reports:write", Some(Role::Reader)),
                Action::CreateReport,
                "Whoever the token belongs to needs",
            ),
        ] {
            let text = said(actor, action);
            assert!(text.contains(missing), "{text}");
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase));
        }
        assert!(matches!(
            refusal(&Actor::Anonymous, Action::Search),
            Error::Unauthenticated
        ));
    }

    #[test]
    fn a_scope_that_is_named_is_really_needed() {
        let access = Access {
            published: true,
            authors: vec![PersonId(7)],
            ..Access::default()
        };
        for action in [
            Action::Search,
            Action::FindReport(&access),
            Action::ListReports,
            Action::ReadReport(&access),
            Action::ReadHistory(&access),
            Action::CreateReport,
            Action::EditReport(&access),
            Action::AppendTimeline(&access),
            Action::PublishReport(&access),
            Action::SetVisibility(&access),
            Action::Comment(&access),
            Action::EraseComment(&access),
            Action::ImportReports,
            Action::ManagePeople,
            Action::ManageTokens,
            Action::EditTemplates,
            Action::EditRubric,
            Action::EditFactors,
            Action::EditGlossary,
            Action::SeeMetrics,
        ] {
            for scope in Scope::ALL {
                let actor = token(scope.word(), Some(Role::Admin));
                let missing = missing_scope(&actor, action);
                let allowed = may(&actor, action, Rules::default());
                assert_eq!(missing.is_none(), allowed, "{action:?} with {scope:?}");
            }
        }
    }
}
