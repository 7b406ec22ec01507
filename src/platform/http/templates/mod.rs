//! Templates, inside the binary, and the helpers they may use.
//!
//! - `{{safe_html x}}`: HTML that may stand as it is. `x` must be what [`SafeHtml`] serialises to;
//!   a plain text is refused, so nothing gets in by accident.
//! - `{{asset "app.css"}}`: the address of a static file.
//! - `{{url link}}`, `{{url "/reports" key "edit"}}`, `{{url "/search" q=text page=2}}`: an address,
//!   with further pieces encoded; anything but a path of this site, `#…`, `?…`, http, https or
//!   mailto becomes `#`.
//! - `{{time at}}`, `{{time at zone="Europe/Berlin" style="date"}}`: `<time>`; the styles are
//!   `date`, `minute` (usual) and `second`.
//! - `{{plural n "report" "reports"}}`: the fitting word, without the number.
//! - `{{icon "search"}}`: a drawing of `icons.svg`.
//! - `{{csrf}}`: the hidden field of every form that posts.
//! - `{{#layout}}…{{/layout}}`: the page around its content.
//!
//! - `{{include "severity"}}`: another template, which sees what stands here.
//!
//! A partial (`{{> field name="title"}}`) gets parameters too, but copies everything its caller sees: not for large pages.
//!
//! Files named `*.txt.hbs` are plain text (mail): nothing in them is escaped.

mod helpers;

use crate::platform::markdown::SafeHtml;
use handlebars::{Context, Handlebars};
use serde_json::Value;

#[expect(
    clippy::same_name_method,
    reason = "the derive makes methods named like its trait's"
)]
mod files {
    #[derive(rust_embed::RustEmbed)]
    #[folder = "templates/"]
    pub(super) struct Files;
}
use files::Files;

/// The field that marks HTML as safe; [`SafeHtml`] alone serialises to it.
pub const SAFE_HTML_FIELD: &str = "__safe_html";

/// A template cannot be read or drawn.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is not a template.
    #[error("template {0}: {1}")]
    Unreadable(String, String),
    /// The template does not fit its view.
    #[error(transparent)]
    Unfit(#[from] handlebars::RenderError),
}

/// All templates of the site.
#[derive(Clone, Debug)]
pub struct Templates {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
}

impl Templates {
    /// The templates in the binary.
    pub fn load() -> Result<Self, TemplateError> {
        Self::from_sources(embedded())
    }

    /// Templates from pairs of file name (`home.hbs`) and source.
    pub fn from_sources(
        sources: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, TemplateError> {
        let mut html = helpers::registry();
        let mut text = helpers::registry();
        text.register_escape_fn(handlebars::no_escape);
        for (file, source) in sources {
            let name = file.strip_suffix(".hbs").unwrap_or(&file);
            let registry = if is_text(name) { &mut text } else { &mut html };
            registry
                .register_template_string(name, source)
                .map_err(|error| TemplateError::Unreadable(file.clone(), error.to_string()))?;
        }
        Ok(Self { html, text })
    }

    /// Draws a template.
    pub fn render(&self, name: &str, view: Value) -> Result<String, TemplateError> {
        let registry = if is_text(name) {
            &self.text
        } else {
            &self.html
        };
        Ok(registry.render_with_context(name, &Context::from(view))?)
    }

    /// Draws a template whose result goes into another page as it is, as often as that is drawn.
    pub fn render_part(&self, name: &str, view: Value) -> Result<SafeHtml, TemplateError> {
        Ok(SafeHtml::drawn(
            self.html.render_with_context(name, &Context::from(view))?,
        ))
    }

    /// Whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.html.has_template(name) || self.text.has_template(name)
    }
}

/// File names and sources of the templates in the binary.
fn embedded() -> impl Iterator<Item = (String, String)> {
    Files::iter()
        .filter(|file| file.ends_with(".hbs"))
        .filter_map(|file| {
            let source = Files::get(&file)?;
            Some((
                file.to_string(),
                String::from_utf8_lossy(&source.data).into_owned(),
            ))
        })
}

fn is_text(name: &str) -> bool {
    name.strip_suffix(".txt").is_some()
}

#[cfg(test)]
mod tests;
