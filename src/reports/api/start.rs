//! A new report that begins with the sections of a template.

use super::body::{Options, Sent, Start};
use crate::accounts::Actor;
use crate::platform::app::App;
use crate::platform::http::{Error, Raw, json};
use crate::reports::model::{Draft, Kind, Times};
use crate::reports::templates::{Template, matching};
use crate::reports::{SaveError, document, save_error, store};
use serde_json::Value;

/// Whether a JSON body is no whole report but the beginning of one.
pub(super) fn is_start(raw: &Raw) -> Result<bool, Error> {
    let body = json::parse_bytes::<Value>(&raw.0)?;
    Ok(body.get("document").is_none() && body.get("title").is_some())
}

impl Sent {
    /// The beginning of a report, from the template of this word or the one that fits.
    pub(super) async fn begin(
        app: &App,
        actor: &Actor,
        raw: &Raw,
        (word, options): (Option<&str>, &Options),
    ) -> Result<Self, Error> {
        let start = json::parse_bytes::<Start>(&raw.0)?;
        let wish = options.over_start(&start)?;
        let mut conn = app.db.get().await?;
        let offered: Vec<Template> = store::templates(&mut conn)
            .await?
            .into_iter()
            .filter(|kept| kept.archived_at.is_none())
            .map(|kept| kept.template)
            .collect();
        let template = chosen(&offered, word, &start)?;
        let draft = start.draft(template, actor);
        // Before it is brought into its normal form, which would keep an unknown zone as something else.
        let problems = draft.check();
        if !problems.is_empty() {
            return Err(save_error(SaveError::Invalid(problems)));
        }
        Ok(Self {
            draft,
            says_visibility: true,
            remarks: Vec::new(),
            publish: wish.publish,
            note: wish.note,
            reason: wish.reason,
            dismissed: wish.dismissed,
        })
    }
}

/// The template that is asked for; else the first that fits, if there is one.
fn chosen<'a>(
    offered: &'a [Template],
    word: Option<&str>,
    start: &Start,
) -> Result<Option<&'a Template>, Error> {
    let kind = start.kind.map(|kind| kind.0);
    let Some(word) = word else {
        let severity = start.severity.map(|severity| severity.0);
        return Ok(matching(offered, kind.unwrap_or(Kind::Incident), severity));
    };
    let found = offered.iter().find(|it| it.word == word);
    let found = found.ok_or_else(|| {
        let words: Vec<&str> = offered.iter().map(|it| it.word.as_str()).collect();
        let message = format!(
            "There is no template of this word. There are: {}.",
            words.join(", ")
        );
        Error::field("template", message)
    })?;
    if kind.is_some_and(|kind| kind != found.kind) {
        let message = format!("The template “{word}” is for another kind: leave it out.");
        return Err(Error::field("kind", message));
    }
    Ok(Some(found))
}

/// The person who acts, also through a token.
fn person(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Person(member) => Some(member.name.clone()),
        Actor::Token(token) => token.person.as_ref().map(|person| person.name.clone()),
        Actor::Anonymous | Actor::Operator => None,
    }
}

impl Start {
    fn draft(self, template: Option<&Template>, actor: &Actor) -> Draft {
        let outline = template.map_or_else(String::new, Template::outline);
        let mut draft = document::parse(&outline).draft;
        draft.title = self.title;
        draft.kind = match (template, self.kind) {
            (Some(template), _) => template.kind,
            (None, Some(kind)) => kind.0,
            (None, None) => Kind::Incident,
        };
        draft.severity = self.severity.map(|severity| severity.0);
        if let Some(template) = template {
            draft.visibility = template.visibility;
        }
        draft.services = self.services;
        draft.teams = self.teams;
        draft.tags = self.tags;
        draft.authors = self.authors;
        if draft.authors.is_empty() {
            draft.authors.extend(person(actor));
        }
        draft.times = Times {
            started_at: self.started_at,
            detected_at: self.detected_at,
            ..Times::default()
        };
        if let Some(zone) = self.timezone {
            draft.timezone = zone;
        }
        draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::model::Visibility;
    use crate::reports::templates::TemplateSection;
    use serde_json::json as object;

    fn template(word: &str, kind: Kind) -> Template {
        Template {
            word: word.to_owned(),
            name: word.to_owned(),
            description: String::new(),
            kind,
            severities: Vec::new(),
            visibility: Visibility::Restricted,
            position: 1,
            sections: vec![TemplateSection {
                heading: "What surprised us".to_owned(),
                guidance: String::new(),
                required: true,
            }],
        }
    }

    fn start(body: Value) -> Start {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_report_begins_with_what_the_template_says() {
        let debrief = template("debrief", Kind::Exercise);
        let body = object!({ "title": "T", "services": ["checkout"], "severity": "SEV3" });
        let draft = start(body).draft(Some(&debrief), &Actor::Operator);
        assert_eq!(
            (draft.kind, draft.visibility),
            (Kind::Exercise, Visibility::Restricted)
        );
        assert_eq!(draft.sections.len(), 1);
        assert_eq!(draft.sections[0].heading, "What surprised us");
        assert_eq!(draft.services, ["checkout"]);
        assert_eq!(draft.check(), []);
        let bare =
            start(object!({ "title": "T", "kind": "near_miss" })).draft(None, &Actor::Operator);
        assert_eq!((bare.kind, bare.sections.len()), (Kind::NearMiss, 0));
    }

    #[test]
    fn a_template_is_found_by_word_or_by_kind() {
        let offered = [template("a", Kind::Incident), template("b", Kind::NearMiss)];
        let word = |asked: Option<&str>, body: Value| {
            let found = chosen(&offered, asked, &start(body));
            found
                .map(|it| it.map(|it| it.word.clone()))
                .map_err(|it| it.fields()[0].field.to_string())
        };
        let some = |word: &str| Ok(Some(word.to_owned()));
        assert_eq!(word(None, object!({ "title": "T" })), some("a"));
        assert_eq!(
            word(None, object!({ "title": "T", "kind": "near_miss" })),
            some("b")
        );
        assert_eq!(
            word(None, object!({ "title": "T", "kind": "exercise" })),
            Ok(None)
        );
        assert_eq!(word(Some("b"), object!({ "title": "T" })), some("b"));
        assert_eq!(
            word(Some("c"), object!({ "title": "T" })),
            Err("template".to_owned())
        );
        assert_eq!(
            word(Some("b"), object!({ "title": "T", "kind": "incident" })),
            Err("kind".to_owned())
        );
    }
}
