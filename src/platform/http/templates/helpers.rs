//! The helpers of the templates.

use std::fmt::Write as _;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, Renderable, StringOutput,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::{assets, local_path};
use super::SAFE_HTML_FIELD;

/// An empty registry with the helpers. Missing fields are errors.
pub(super) fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_helper("safe_html", Box::new(safe_html));
    registry.register_helper("asset", Box::new(asset));
    registry.register_helper("url", Box::new(url));
    registry.register_helper("time", Box::new(time));
    registry.register_helper("plural", Box::new(plural));
    registry.register_helper("icon", Box::new(icon));
    registry.register_helper("csrf", Box::new(csrf));
    registry.register_helper("inbox", Box::new(inbox));
    registry.register_helper("layout", Box::new(Layout));
    registry.register_helper("include", Box::new(Include));
    registry
}

fn refuse(message: impl Into<String>) -> RenderError {
    RenderErrorReason::Other(message.into()).into()
}

fn parameter<'a>(helper: &'a Helper<'_>, index: usize) -> Result<&'a Value, RenderError> {
    let name = helper.name();
    helper
        .param(index)
        .map(handlebars::PathAndJson::value)
        .ok_or_else(|| refuse(format!("{{{{{name}}}}} needs parameter {}", index + 1)))
}

fn text<'a>(helper: &'a Helper<'_>, index: usize) -> Result<&'a str, RenderError> {
    let value = parameter(helper, index)?;
    value.as_str().ok_or_else(|| {
        refuse(format!(
            "{{{{{}}}}} needs a text, not {value}",
            helper.name()
        ))
    })
}

fn safe_html(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = parameter(helper, 0)?;
    let marked = value
        .as_object()
        .filter(|fields| fields.len() == 1)
        .and_then(|fields| fields.get(SAFE_HTML_FIELD)?.as_str());
    let html = marked.ok_or_else(|| refuse("{{safe_html}} takes SafeHtml, not plain text"))?;
    out.write(html)?;
    Ok(())
}

fn asset(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = text(helper, 0)?;
    let address =
        assets::address(name).ok_or_else(|| refuse(format!("there is no static file {name:?}")))?;
    out.write(address)?;
    Ok(())
}

fn icon(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = text(helper, 0)?;
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    {
        return Err(refuse(format!("{name:?} is no icon")));
    }
    let icons = assets::address("icons.svg").ok_or_else(|| refuse("there is no icons.svg"))?;
    out.write(r#"<svg class="icon" width="16" height="16" aria-hidden="true"><use href=""#)?;
    out.write(icons)?;
    out.write("#")?;
    out.write(name)?;
    out.write(r#""></use></svg>"#)?;
    Ok(())
}

/// The field every form that changes something carries.
fn csrf(
    _: &Helper<'_>,
    registry: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let token = context.data().pointer("/page/csrf").and_then(Value::as_str);
    let token = token.ok_or_else(|| refuse("{{csrf}} needs page.csrf"))?;
    out.write(r#"<input type="hidden" name="csrf" value=""#)?;
    out.write(&registry.get_escape_fn()(token))?;
    out.write(r#"">"#)?;
    Ok(())
}

/// The way to the inbox, with how much is unread there.
fn inbox(
    _: &Helper<'_>,
    _: &Handlebars<'_>,
    context: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let field = |path: &str| context.data().pointer(path);
    let unread = field("/page/user/unread").and_then(Value::as_u64);
    let is_here = field("/page/path").and_then(Value::as_str) == Some("/inbox");
    let icons = assets::address("icons.svg").ok_or_else(|| refuse("there is no icons.svg"))?;
    let current = if is_here {
        r#" aria-current="page""#
    } else {
        ""
    };
    out.write(&format!(
        r#"<a class="inbox-link" href="/inbox" data-key="inbox"{current}><svg class="icon" width="16" height="16" aria-hidden="true"><use href="{icons}#inbox"></use></svg><span>Inbox</span>"#
    ))?;
    match unread.unwrap_or(0) {
        0 => {}
        count => {
            let shown = if count > 99 {
                "99+".to_owned()
            } else {
                count.to_string()
            };
            out.write(&format!(
                r#"<b class="badge">{shown}<span class="sr-only"> unread</span></b>"#
            ))?;
        }
    }
    out.write("</a>")?;
    Ok(())
}

/// Draws another template where it stands. A partial would do, but copies all it can see each time.
struct Include;

impl HelperDef for Include {
    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let name = text(h, 0)?;
        let template = r
            .get_template(name)
            .ok_or_else(|| refuse(format!("there is no template {name:?}")))?;
        template.render(r, ctx, rc, out)
    }
}

/// Draws what it encloses into `layout.hbs`, where `@content` is. A partial would do, but copies the whole view each time.
struct Layout;

impl HelperDef for Layout {
    fn call<'reg: 'rc, 'rc>(
        &self,
        h: &Helper<'rc>,
        r: &'reg Handlebars<'reg>,
        ctx: &'rc Context,
        rc: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let inner = h
            .template()
            .ok_or_else(|| refuse("{{#layout}} encloses the page"))?;
        let mut drawn = StringOutput::new();
        inner.render(r, ctx, rc, &mut drawn)?;
        let block = rc
            .block_mut()
            .ok_or_else(|| refuse("{{#layout}} is the outermost"))?;
        block.set_local_var("content", json!({ SAFE_HTML_FIELD: drawn.into_string()? }));
        let layout = r
            .get_template("layout")
            .ok_or_else(|| refuse("there is no layout.hbs"))?;
        layout.render(r, ctx, rc, out)
    }
}

fn url(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let mut address = allowed(text(helper, 0)?).to_owned();
    for piece in helper.params().iter().skip(1) {
        let piece = plain(piece.value())
            .ok_or_else(|| refuse("{{url}} takes texts and numbers as pieces"))?;
        if !address.ends_with('/') {
            address.push('/');
        }
        encode(&piece, &mut address);
    }
    let mut separator = if address.contains('?') { '&' } else { '?' };
    for (name, value) in helper.hash() {
        if let Some(value) = plain(value.value()).filter(|value| !value.is_empty()) {
            address.push(separator);
            encode(name, &mut address);
            address.push('=');
            encode(&value, &mut address);
            separator = '&';
        }
    }
    out.write(&registry.get_escape_fn()(&address))?;
    Ok(())
}

/// The address, or `#` if it leads where no link of ours may lead.
fn allowed(address: &str) -> &str {
    let scheme = |prefix: &str| {
        address
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let strange = address.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
    let here = address.starts_with(['#', '?'])
        || (address.starts_with('/') && !address.starts_with("//"))
        || local_path(address).is_some();
    let elsewhere = scheme("http://") || scheme("https://") || scheme("mailto:");
    if !strange && (here || elsewhere) {
        address
    } else {
        "#"
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _written = write!(into, "%{byte:02X}");
        }
    }
}

fn time(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let given = text(helper, 0)?;
    let at: Timestamp = given
        .parse()
        .map_err(|problem| refuse(format!("{{{{time}}}}: {given:?}: {problem}")))?;
    let named = |name: &str| {
        helper
            .hash_get(name)
            .and_then(|value| value.value().as_str())
    };
    let zone = named("zone").and_then(|name| TimeZone::get(name).ok());
    let zoned = at.to_zoned(zone.unwrap_or(TimeZone::UTC));
    let format = match named("style").unwrap_or("minute") {
        "date" => "%Y-%m-%d",
        "minute" => "%Y-%m-%d %H:%M %Z",
        "second" => "%Y-%m-%d %H:%M:%S %Z",
        other => return Err(refuse(format!("{{{{time}}}} has no style {other:?}"))),
    };
    let shown = zoned.strftime(format).to_string();
    let escape = registry.get_escape_fn();
    out.write(&format!(
        "<time datetime=\"{at}\">{}</time>",
        escape(&shown)
    ))?;
    Ok(())
}

fn plural(
    helper: &Helper<'_>,
    registry: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let one = parameter(helper, 0)?.as_f64() == Some(1.0);
    let word = text(helper, if one { 1 } else { 2 })?;
    out.write(&registry.get_escape_fn()(word))?;
    Ok(())
}
