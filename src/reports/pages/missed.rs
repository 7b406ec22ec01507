//! What was searched for in vain, noted for administrators: never whose search it was, and without waiting for it.

use crate::accounts::Actor;
use crate::platform::app::App;
use crate::platform::search::{Filters, Query};
use crate::platform::settling::Typist;
use crate::reports::finder::Findings;
use crate::reports::gaps;

/// Notes a search that somebody who is known made, and whether it found something. It is kept when they type no further.
pub(crate) fn note(
    app: &App,
    actor: &Actor,
    (text, query, filters): (&str, &Query, &Filters),
    findings: &Findings,
) {
    // What Postgres answers in place of the index is rougher, and knows no total of a page too far.
    if findings.is_fallback {
        return;
    }
    let typist = match actor {
        Actor::Person(person) => Typist::Person(person.id.0),
        Actor::Token(token) => Typist::Token(token.id.0),
        Actor::Anonymous | Actor::Operator => return,
    };
    let text = text.trim();
    let is_gap = findings.total == 0 && gaps::is_one(text, query, filters);
    app.missed.typed(typist, text, is_gap, app.clock.now());
}
