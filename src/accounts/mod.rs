//! People, sign-in, sessions, tokens, and who may do what.

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
    NewPerson, NewToken, TokenSummary, actor_by_email, audit_report, audit_site, create_person,
    create_set_up_link, create_token, forget_outdated, people, person, person_by_email,
    reset_password, revoke_token, set_suspended, set_up_address, tokens,
};
pub use extract::{ApiActor, Reader, SignedIn, Writer, identify, limits, require, rules};
pub use model::{
    Actor, EmailAddress, Member, Name, NotAName, NotAnEmail, Person, Role, Scope, Scopes,
    ScopesError, TokenBearer, TokenId,
};
pub use password::{HashError, HashedPassword, NewPassword, PasswordProblem};
pub use policy::{Access, Action, Reach, Rules, audience, audience_tokens, may, reach};
pub use refusal::refusal;
pub use session::SessionLimits;
pub use store::Failure;
