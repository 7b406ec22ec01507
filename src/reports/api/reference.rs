//! `GET /api`: the description of the API as a page for people, made from the same document that programs get.

use super::openapi::described;
use crate::accounts::Reader;
use crate::platform::app::App;
use crate::platform::http::{Error, Page, PageError};
use actix_web::web;
use serde_json::{Map, Value, json};

/// `GET /api`
pub async fn reference(app: web::Data<App>, _reader: Reader) -> Result<Page, PageError> {
    let api = serde_json::to_value(described()).map_err(Error::internal)?;
    let site = app.settings.public_url.as_str().trim_end_matches('/');
    let view = Shown { api: &api, site }.view();
    Ok(Page::new("api", "API", view))
}

/// The description, and where this site is.
struct Shown<'a> {
    api: &'a Value,
    site: &'a str,
}

/// An operation with its address and method.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    about: &'a Value,
}

fn said<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn listed<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn entries<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let map = value.get(name).and_then(Value::as_object);
    map.into_iter()
        .flat_map(Map::iter)
        .map(|(name, value)| (name.as_str(), value))
}

/// The word that names a schema that is referred to.
fn referred(schema: &Value) -> Option<&str> {
    said(schema, "$ref").rsplit_once('/').map(|(_, name)| name)
}

impl Shown<'_> {
    fn view(&self) -> Value {
        let groups: Vec<Value> = listed(self.api, "tags")
            .iter()
            .map(|tag| self.group(tag))
            .collect();
        let components = self.api.get("components").unwrap_or(&Value::Null);
        let shapes: Vec<Value> = entries(components, "schemas")
            .map(|(name, schema)| shape(name, schema))
            .collect();
        json!({
            "about": spoken(said(self.api.get("info").unwrap_or(&Value::Null), "description")),
            "groups": groups,
            "shapes": shapes,
            "document_link": "/api/openapi.json",
        })
    }

    fn group(&self, tag: &Value) -> Value {
        let name = said(tag, "name");
        let operations: Vec<Value> = entries(self.api, "paths")
            .flat_map(|(path, item)| {
                let methods = ["get", "put", "patch", "post", "delete"].into_iter();
                methods.filter_map(move |method| {
                    let about = item.get(method)?;
                    Some(Operation {
                        path,
                        method,
                        about,
                    })
                })
            })
            .filter(|it| listed(it.about, "tags").iter().any(|tag| tag == name))
            .map(|it| self.operation(&it))
            .collect();
        json!({
            "anchor": anchor(name),
            "name": name,
            "about": spoken(said(tag, "description")),
            "operations": operations,
        })
    }

    fn operation(&self, it: &Operation<'_>) -> Value {
        let parameters: Vec<Value> = listed(it.about, "parameters")
            .iter()
            .map(|parameter| {
                let schema = parameter.get("schema").unwrap_or(&Value::Null);
                json!({
                    "name": said(parameter, "name"),
                    "place": match said(parameter, "in") {
                        "path" => "address",
                        "query" => "after the ?",
                        other => other,
                    },
                    "required": parameter.get("required") == Some(&Value::Bool(true)),
                    "kind": kind(schema),
                    "limits": limits(schema),
                    "about": spoken(said(parameter, "description")),
                })
            })
            .collect();
        let answers: Vec<Value> = entries(it.about, "responses")
            .map(|(status, response)| self.answer(status, response))
            .collect();
        json!({
            "id": said(it.about, "operationId"),
            "method": it.method.to_uppercase(),
            "path": it.path,
            "summary": said(it.about, "summary"),
            "about": spoken(said(it.about, "description")),
            "scopes": scopes(it.about),
            "parameters": parameters,
            "bodies": bodies(it.about.get("requestBody").unwrap_or(&Value::Null)),
            "answers": answers,
            "example": self.example(it),
        })
    }

    fn answer(&self, status: &str, response: &Value) -> Value {
        let shared = referred(response)
            .and_then(|name| self.api.pointer(&format!("/components/responses/{name}")));
        let response = shared.unwrap_or(response);
        let headers: Vec<&str> = entries(response, "headers").map(|(name, _)| name).collect();
        json!({
            "status": status,
            "about": spoken(said(response, "description")),
            "headers": headers.join(", "),
            "bodies": bodies(response),
        })
    }

    /// The operation as a command that can be tried.
    fn example(&self, it: &Operation<'_>) -> String {
        let mut path = it.path.to_owned();
        let mut query = Vec::new();
        let mut lines = Vec::new();
        for parameter in listed(it.about, "parameters") {
            let name = said(parameter, "name");
            let required = parameter.get("required") == Some(&Value::Bool(true));
            let example = match parameter.get("example") {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => continue,
                Some(other) => other.to_string(),
            };
            match said(parameter, "in") {
                "path" => path = path.replace(&format!("{{{name}}}"), &example),
                "query" => query.push((name, example)),
                _ if required => lines.push(format!("-H '{name}: {example}'")),
                _ => {}
            }
        }
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut command = vec!["curl".to_owned()];
        if it.method != "get" {
            command.push(format!("-X {}", it.method.to_uppercase()));
        }
        command.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
        command.extend(lines);
        if let Some(media) = bytes_of(it.about) {
            command.push(format!("-H 'Content-Type: {media}'"));
            command.push("--data-binary @FILE".to_owned());
        } else if let Some(body) = self.sample(it.about) {
            command.push("-H 'Content-Type: application/json'".to_owned());
            command.push(format!("-d '{}'", body.to_string().replace('\'', "'\\''")));
        }
        command.push(format!("'{}{path}{mark}{query}'", self.site));
        command.join(" \\\n  ")
    }

    /// A JSON body for an operation, put together from the examples of its fields.
    fn sample(&self, about: &Value) -> Option<Value> {
        let schema = about.pointer("/requestBody/content/application~1json/schema")?;
        Some(self.sample_of(schema, 0))
    }

    fn sample_of(&self, schema: &Value, depth: usize) -> Value {
        let referred = referred(schema)
            .and_then(|name| self.api.pointer(&format!("/components/schemas/{name}")));
        let schema = referred.unwrap_or(schema);
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        if let Some(first) = listed(schema, "enum").first() {
            return first.clone();
        }
        if let Some(first) = listed(schema, "oneOf")
            .iter()
            .find(|it| said(it, "type") != "null")
        {
            return self.sample_of(first, depth);
        }
        if depth > 5 {
            return Value::Null;
        }
        match said(schema, "type") {
            "array" => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                json!([self.sample_of(items, depth + 1)])
            }
            "object" => {
                let required = listed(schema, "required");
                let fields = entries(schema, "properties")
                    .filter(|(name, field)| {
                        field.get("example").is_some() || required.iter().any(|it| it == name)
                    })
                    .map(|(name, field)| (name.to_owned(), self.sample_of(field, depth + 1)));
                Value::Object(fields.collect())
            }
            _ => Value::Null,
        }
    }
}

/// The media type of a body that is a file.
fn bytes_of(about: &Value) -> Option<&'static str> {
    let media = "application/octet-stream";
    let content = about.pointer("/requestBody/content")?;
    content.get(media).map(|_any| media)
}

/// A shape with its fields.
fn shape(name: &str, schema: &Value) -> Value {
    let own = listed(schema, "allOf");
    let fields: Vec<Value> = own
        .iter()
        .chain([schema])
        .flat_map(|part| {
            let required = listed(part, "required");
            entries(part, "properties").map(move |(name, field)| {
                json!({
                    "name": name,
                    "required": required.iter().any(|it| it == name),
                    "kind": kind(field),
                    "limits": limits(field),
                    "about": spoken(meaning(field)),
                })
            })
        })
        .collect();
    let bases: Vec<&str> = own.iter().filter_map(referred).collect();
    let choices: Vec<String> = listed(schema, "oneOf").iter().map(kind).collect();
    let words: Vec<&str> = listed(schema, "enum")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    json!({
        "name": name,
        "anchor": anchor(name),
        "about": spoken(said(schema, "description")),
        "bases": bases,
        "choices": choices,
        "words": words,
        "fields": fields,
    })
}

/// A text in pieces: what stands between backticks is code.
fn spoken(text: &str) -> Vec<Value> {
    let pieces = text.split('`').enumerate();
    pieces
        .filter(|(_, piece)| !piece.is_empty())
        .map(|(index, piece)| json!({ "code": index % 2 == 1, "text": piece }))
        .collect()
}

/// What a field is about; where it may be null, that stands with what it is else.
fn meaning(field: &Value) -> &str {
    let choices = listed(field, "oneOf").iter();
    [field]
        .into_iter()
        .chain(choices)
        .map(|it| said(it, "description"))
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// A word for the address of a place on the page.
fn anchor(name: &str) -> String {
    name.to_lowercase()
        .replace(|it: char| !it.is_ascii_alphanumeric(), "-")
}

/// What a value is, in words.
fn kind(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return name.to_owned();
    }
    let choices = listed(schema, "oneOf");
    if !choices.is_empty() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let one = |word: &str| match (word, said(schema, "format")) {
        ("array", _) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            format!("list of {}", kind(items))
        }
        ("string", "date-time") => "time".to_owned(),
        ("string", "date") => "date".to_owned(),
        (word, _) => word.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(word)) => one(word),
        Some(Value::Array(words)) => {
            let words = words.iter().filter_map(Value::as_str).map(one);
            words.collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

/// What a value may be at most, in words.
fn limits(schema: &Value) -> String {
    let whole = |name: &str| schema.get(name).map(ToString::to_string);
    let parts = [
        ("minimum", "from "),
        ("maximum", "to "),
        ("minItems", "at least "),
        ("maxItems", "at most "),
        ("maxLength", "characters, at most "),
    ];
    let mut limits: Vec<String> = parts
        .iter()
        .filter_map(|(name, words)| Some(format!("{words}{}", whole(name)?)))
        .collect();
    let pattern = said(schema, "pattern");
    if !matches!(pattern, "" | r"\S") {
        limits.push(format!("like {pattern}"));
    }
    limits.join(", ")
}

/// The scopes that open an operation: each line one way in.
fn scopes(about: &Value) -> Vec<String> {
    listed(about, "security")
        .iter()
        .map(|way| {
            let scopes = listed(way, "token").iter().filter_map(Value::as_str);
            scopes.collect::<Vec<_>>().join(" and ")
        })
        .collect()
}

/// The kinds of content of a body or an answer.
fn bodies(holder: &Value) -> Vec<Value> {
    entries(holder, "content")
        .map(|(media, content)| {
            let schema = content.get("schema").unwrap_or(&Value::Null);
            let shapes: Vec<Value> = names(schema)
                .into_iter()
                .map(|name| json!({ "name": name, "anchor": anchor(name) }))
                .collect();
            json!({ "media": media, "shapes": shapes })
        })
        .collect()
}

/// The shapes a schema refers to.
fn names(schema: &Value) -> Vec<&str> {
    let choices = listed(schema, "oneOf").iter().filter_map(referred);
    referred(schema).into_iter().chain(choices).collect()
}
