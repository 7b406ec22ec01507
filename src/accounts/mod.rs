//! People, sign-in, sessions, tokens, and who may do what.

mod action;
mod actions;
mod extract;
mod model;
pub mod pages;
mod password;
pub mod policy;
mod refusal;
mod session;
mod store;
mod throttle;

pub use actions::{
    Lookup, NewPerson, NewToken, TokenSummary, Wanted, actor_by_email, add_team, audit_log,
    audit_report, audit_report_change, audit_site, create_person, create_set_up_link, create_token,
    forget_outdated, look_up, members, people, people_from, person, person_by_email, readers_among,
    rename_team, reset_password, revoke_token, set_member, set_suspended, set_up_address, teams,
    tokens,
};
pub use extract::{
    ApiActor, FileReader, Reader, SignedIn, Writer, identify, limits, require, rules,
};
pub use model::{
    Actor, EmailAddress, Member, Name, NotAName, NotAnEmail, Person, Role, Scope, Scopes,
    ScopesError, Team, TokenBearer, TokenId,
};
pub use password::{HashError, HashedPassword, NewPassword, PasswordProblem};
pub use policy::{Access, Action, Reach, Rules, audience, audience_tokens, may, reach};
pub use refusal::refusal;
pub use session::SessionLimits;
pub use store::{AuditEntry, Failure};
