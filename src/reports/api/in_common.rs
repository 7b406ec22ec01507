//! What operations of a kind have in common in their description: refusals, the key in the address, and the headers for
//! conditions and retries. Pure.

use utoipa::Modify;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Described, Ref, RefOr, Required};

/// What operations of a kind have in common.
pub(super) struct Shared;

/// The refusals: a name, the status, and when it happens.
const REFUSALS: [(&str, &str, &str); 14] = [
    ("Malformed", "400", "The request cannot be read."),
    (
        "Unauthenticated",
        "401",
        "There is no token, or it is not good any more.",
    ),
    (
        "Forbidden",
        "403",
        "The token lacks a scope, or whoever it belongs to lacks the role; it says which.",
    ),
    (
        "NotFound",
        "404",
        "There is no such report, or the token may not know of it.",
    ),
    ("Timeout", "408", "The body did not arrive in time."),
    (
        "Conflict",
        "409",
        "The state of the report does not allow it.",
    ),
    (
        "PreconditionFailed",
        "412",
        "The report has changed since the revision that `If-Match` names. Read it again.",
    ),
    (
        "TooLarge",
        "413",
        "The body is larger than anything that is taken.",
    ),
    (
        "AddressTooLong",
        "414",
        "The address is longer than anything that is taken.",
    ),
    (
        "UnsupportedMediaType",
        "415",
        "The body is of a kind that is not read here, or compressed.",
    ),
    (
        "Invalid",
        "422",
        "It can be read, but something in it is wrong; `fields` says what.",
    ),
    (
        "PreconditionRequired",
        "428",
        "`If-Match` is missing: say which revision is meant.",
    ),
    ("TooMany", "429", "Too many requests."),
    (
        "Internal",
        "500",
        "Something went wrong here; the log has it under `request_id`.",
    ),
];

/// What comes back when something the program stands on is away.
const UNAVAILABLE: (&str, &str, &str) = (
    "Unavailable",
    "503",
    "Not available at the moment; nothing was done.",
);

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

impl Modify for Shared {
    fn modify(&self, openapi: &mut Described) {
        let api = openapi;
        let components = api.components.get_or_insert_with(Components::default);
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(
                        "A token that an administrator made with `hansei token create`; the scopes it needs stand with each operation. Restricted reports need restricted:read beside them.",
                    ))
                    .build(),
            ),
        );
        for refusal in REFUSALS.iter().chain([&UNAVAILABLE]) {
            let (name, response) = written(*refusal);
            components.responses.insert(name, response.into());
        }
        for (name, schema) in &mut components.schemas {
            if !READ.contains(&name.as_str()) && !name.starts_with("List") {
                all_there(schema);
            }
        }
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                complete(path, method, operation);
            }
        }
    }
}

/// Shapes that are read, too: there, what is not sent has a default.
const READ: [&str; 15] = [
    "Event",
    "Factor",
    "Learning",
    "Countermeasure",
    "ReportBody",
    "ReportStart",
    "LanguageCheckBody",
    "LinkBody",
    "CommentBody",
    "CommentText",
    "ViewerBody",
    "ReportPatch",
    "ReviewBody",
    "VerdictBody",
    "RelatedBody",
];

/// Left out where they have nothing to say.
const SOMETIMES: [&str; 4] = ["fields", "document", "rows", "more_rows"];

/// Answers have all their fields, though some may be null.
fn all_there(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    if let Schema::Object(object) = schema {
        let stated = std::mem::take(&mut object.required);
        let is_there =
            |name: &&String| stated.contains(*name) || !SOMETIMES.contains(&name.as_str());
        object.required = object.properties.keys().filter(is_there).cloned().collect();
    } else if let Schema::AllOf(all) = schema {
        all.items.iter_mut().for_each(all_there);
    }
}

/// A refusal as a response.
fn written((name, status, when): (&str, &str, &str)) -> (String, utoipa::openapi::Response) {
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let mut response = ResponseBuilder::new()
        .description(when)
        .content("application/problem+json", problem);
    if status == "401" {
        let schema = text().enum_values(Some(["Bearer"]));
        response = response.header(
            "WWW-Authenticate",
            HeaderBuilder::new().schema(Some(schema)).build(),
        );
    }
    if matches!(status, "429" | "503") {
        let schema = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1));
        let about = Some("After how many seconds to try again.");
        let header = HeaderBuilder::new().schema(Some(schema)).description(about);
        response = response.header("Retry-After", header.build());
    }
    (name.to_owned(), response.build())
}

/// The operations of an address, by method.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What an operation is like.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own about an operation"
)]
struct Nature {
    about_report: bool,
    /// A parameter names a report that there may not be.
    names_report: bool,
    about_revision: bool,
    reads_body: bool,
    has_query: bool,
    /// It reads something that has a tag.
    is_tagged: bool,
    /// It changes what has a tag.
    changes: bool,
    /// It is a `POST` that stores something, or a change.
    stores: bool,
    publishes: bool,
}

impl Nature {
    fn of(path: &str, method: &str, operation: &Operation) -> Self {
        let responses = &operation.responses.responses;
        let answers_tag = responses
            .get("200")
            .is_some_and(|it| matches!(it, RefOr::T(it) if it.headers.contains_key("ETag")));
        let parameters = operation.parameters.as_deref().unwrap_or_default();
        let changes = method != "GET" && answers_tag;
        Self {
            about_report: path.contains("{key}"),
            names_report: parameters
                .iter()
                .any(|it| matches!(it, RefOr::T(it) if it.name == "import_key")),
            about_revision: path.contains("{number}"),
            reads_body: operation.request_body.is_some(),
            has_query: parameters.iter().any(is_query),
            is_tagged: method == "GET" && answers_tag,
            changes,
            stores: changes || responses.contains_key("201"),
            publishes: parameters
                .iter()
                .any(|it| matches!(it, RefOr::T(it) if it.name == "publish")),
        }
    }

    /// Whether this refusal can come back.
    fn refuses(&self, status: &str) -> bool {
        match status {
            "404" => self.about_report || self.names_report,
            "409" => self.publishes,
            "412" | "428" => self.changes,
            "408" | "413" | "415" => self.reads_body,
            "414" => self.has_query,
            "422" => self.reads_body || self.has_query || self.stores,
            _ => true,
        }
    }
}

fn parameter(
    name: &str,
    place: ParameterIn,
    about: &str,
    schema: ObjectBuilder,
) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
}

/// The parameters that come from what an operation is like: those of the address first.
fn shared_parameters(nature: &Nature) -> (Vec<ParameterBuilder>, Vec<ParameterBuilder>) {
    let (mut address, mut headers) = (Vec::new(), Vec::new());
    if nature.about_report {
        let key = text().pattern(Some("^PM-[1-9][0-9]{0,11}$"));
        let key = parameter("key", ParameterIn::Path, "The report.", key);
        address.push(key.required(Required::True).example(Some("PM-42".into())));
    }
    if nature.about_revision {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(i32::MAX));
        let number = parameter("number", ParameterIn::Path, "The revision.", number);
        address.push(number.required(Required::True).example(Some(3.into())));
    }
    if nature.changes {
        let tags = text().pattern(Some("^(\\*|(W/)?\"[^\"]*\"(, *(W/)?\"[^\"]*\")*)$"));
        let about = "The `ETag` that was read: the revision that is meant. Of several, whichever is current; `*` for whatever there is.";
        let tags = parameter("If-Match", ParameterIn::Header, about, tags);
        headers.push(tags.required(Required::True).example(Some("\"r7\"".into())));
    }
    if nature.stores {
        let key = text().pattern(Some("^[!-~]{1,255}$"));
        let about = "Any word that the client chose for this request: with it, sending the same request again has no second effect.";
        let key = parameter("Idempotency-Key", ParameterIn::Header, about, key);
        headers.push(key.example(Some("deploy-1138".into())));
    }
    if nature.is_tagged {
        let about = "The `ETag` of what the caller has: the answer is 304 if that is how it is.";
        headers.push(parameter(
            "If-None-Match",
            ParameterIn::Header,
            about,
            text(),
        ));
    }
    (address, headers)
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(it) if it.parameter_in == ParameterIn::Query)
}

/// Adds what an operation has in common with others of its kind.
fn complete(path: &str, method: &str, operation: &mut Operation) {
    let nature = Nature::of(path, method, operation);
    let (address, headers) = shared_parameters(&nature);
    let mut own = operation.parameters.take().unwrap_or_default();
    for it in own.iter_mut().filter(|it| is_query(it)) {
        if let RefOr::T(it) = it
            && !matches!(it.schema, Some(RefOr::T(Schema::Array(_))))
        {
            // A parameter without a value counts as left out; one that may be repeated has values.
            it.extensions = Some([("allowEmptyValue", true)].into_iter().collect());
        }
    }
    let built = |it: ParameterBuilder| RefOr::T(it.build());
    let all: Vec<RefOr<Parameter>> = address
        .into_iter()
        .map(built)
        .chain(own)
        .chain(headers.into_iter().map(built))
        .collect();
    operation.parameters = (!all.is_empty()).then_some(all);

    if let Some(RefOr::T(body)) = &mut operation.request_body
        && let Some(RefOr::T(bytes)) = body.content.get_mut("application/octet-stream")
    {
        // Bytes are no text: nothing that a schema could say holds of them.
        bytes.schema = None;
    }
    let responses = &mut operation.responses.responses;
    if nature.is_tagged {
        let unchanged = ResponseBuilder::new().description("It is as the caller has it.");
        responses.insert("304".to_owned(), unchanged.build().into());
    }
    for (name, status, _) in REFUSALS.iter().chain([&UNAVAILABLE]) {
        if nature.refuses(status) {
            let refusal = RefOr::Ref(Ref::from_response_name(*name));
            responses.insert((*status).to_owned(), refusal);
        }
    }
}
