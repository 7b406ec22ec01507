//! The helpers, and every template of the site against the rules and its samples.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::platform::markdown::SafeHtml;

fn draw(template: &str, view: &Value) -> Result<String, String> {
    let sources = [("t.hbs".to_owned(), template.to_owned())];
    let templates = Templates::from_sources(sources).map_err(|error| error.to_string())?;
    templates
        .render("t", view.clone())
        .map_err(|error| error.to_string())
}

#[test]
fn only_safe_html_stays_as_it_is() {
    let safe = json!({ "x": SafeHtml::escape("a < b") });
    assert_eq!(draw("{{safe_html x}}", &safe).unwrap(), "a &lt; b");
    for unsafe_value in [
        json!("<b>"),
        json!(null),
        json!({ "html": "<b>" }),
        json!({ "__safe_html": 1 }),
    ] {
        let error = draw("{{safe_html x}}", &json!({ "x": unsafe_value })).unwrap_err();
        assert!(error.contains("SafeHtml"), "{error}");
    }
    assert_eq!(
        draw("{{x}}", &json!({ "x": "<b>\"'" })).unwrap(),
        "&lt;b&gt;&quot;&#x27;"
    );
    assert!(draw("{{missing}}", &json!({})).is_err());
}

#[test]
fn addresses_lead_nowhere_else() {
    let url = |link: &str| draw("{{url link}}", &json!({ "link": link })).unwrap();
    for fine in [
        "/r/PM-1",
        "/",
        "#top",
        "?page=2",
        "https://example.org/a",
        "mailto:a@example.org",
    ] {
        assert_eq!(url(fine), fine.replace('=', "&#x3D;"));
    }
    for bad in [
        "javascript:alert(1)",
        "JaVaScript:1",
        "//evil.example",
        "/\\evil",
        "data:text/html,x",
        "java\tscript:1",
        " /x",
        "",
        "evil.example",
        "\u{1}javascript:1",
        "vbscript:x",
    ] {
        assert_eq!(url(bad), "#", "{bad:?}");
    }
    let view = json!({ "key": "a/b c", "q": "x&y", "none": null, "page": 2 });
    let drawn = draw(
        "{{url \"/reports\" key \"edit\"}} {{url \"/search\" q=q page=page none=none}}",
        &view,
    )
    .unwrap();
    assert!(
        drawn.starts_with("/reports/a%2Fb%20c/edit /search?"),
        "{drawn}"
    );
    assert!(
        drawn.contains("q&#x3D;x%26y") && drawn.contains("page&#x3D;2") && !drawn.contains("none")
    );
}

#[test]
fn times_and_plurals_read_well() {
    let view = json!({ "at": "2026-11-21T10:05:00Z", "n": 1, "m": 3 });
    assert_eq!(
        draw("{{time at}} {{time at style=\"date\"}}", &view).unwrap(),
        "<time datetime=\"2026-11-21T10:05:00Z\">2026-11-21 10:05 UTC</time> \
         <time datetime=\"2026-11-21T10:05:00Z\">2026-11-21</time>"
    );
    assert!(
        draw("{{time at zone=\"Europe/Berlin\"}}", &view)
            .unwrap()
            .contains("11:05 CET")
    );
    assert!(draw("{{time n}}", &view).is_err());
    assert_eq!(
        draw(
            "{{plural n \"report\" \"reports\"}} {{plural m \"report\" \"reports\"}}",
            &view
        )
        .unwrap(),
        "report reports"
    );
    assert!(
        draw("{{asset \"robots.txt\"}}", &view)
            .unwrap()
            .starts_with("/static/robots.")
    );
    assert!(
        draw("{{asset \"missing.css\"}}", &view)
            .unwrap_err()
            .contains("missing.css")
    );
}

#[test]
fn text_templates_are_not_escaped() {
    let sources = [("mail/invite.txt.hbs".to_owned(), "{{x}}".to_owned())];
    let templates = Templates::from_sources(sources).unwrap();
    assert!(templates.contains("mail/invite.txt"));
    assert_eq!(
        templates
            .render("mail/invite.txt", json!({ "x": "a & b" }))
            .unwrap(),
        "a & b"
    );
}

/// What is wrong with a template's source, line by line.
fn faults(name: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let mut fault =
            |what: &str| faults.push(format!("{name}:{}: {what}: {}", number + 1, line.trim()));
        let lower = line.to_lowercase();
        if line.contains("{{{") || line.contains("{{&") || line.contains("{{~&") {
            fault("unescaped output; use {{safe_html}}");
        }
        if line.contains("={{") {
            fault("an attribute without quotes");
        }
        if lower.contains("<script")
            && !(lower.contains("src=\"{{asset ") && lower.contains("></script>"))
        {
            fault("a script that is not a file of ours");
        }
        for (_, value) in attributes(&lower).filter(|(name, _)| {
            matches!(
                *name,
                "href" | "src" | "action" | "formaction" | "hx-get" | "hx-post"
            )
        }) {
            if value.starts_with("{{")
                && !value.starts_with("{{url ")
                && !value.starts_with("{{asset ")
            {
                fault("an address that does not go through {{url}} or {{asset}}");
            }
        }
        if attributes(&lower).any(|(name, _)| {
            name == "style"
                || (name.starts_with("on") && name.len() > 3)
                || name.starts_with("hx-on")
        }) {
            fault("a style or script in an attribute, which our policy blocks");
        }
    }
    faults
}

/// Names and the beginnings of the values of quoted attributes.
fn attributes(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("=\"").filter_map(move |(at, _)| {
        let (before, value) = (line.get(..at)?, line.get(at + 2..)?);
        let name = before
            .rsplit([' ', '\t', '"', '<', '}'])
            .next()
            .unwrap_or_default();
        Some((name, value))
    })
}

#[test]
fn the_rules_catch_what_they_should() {
    for bad in [
        "{{{x}}}",
        "{{&x}}",
        "<a title={{x}}>",
        "<script>{{x}}</script>",
        "<a href=\"{{link}}\">",
        "<p style=\"x\">",
        "<p onclick=\"x\">",
        "<form action=\"{{x}}\">",
    ] {
        assert!(!faults("t", bad).is_empty(), "{bad}");
    }
    for good in [
        "<a href=\"{{url link}}\">{{x}}</a>",
        "<script src=\"{{asset \"app.js\"}}\" defer></script>",
        "<link href=\"{{asset \"app.css\"}}\">",
        "<a href=\"/r/{{key}}\" data-on=\"x\">",
        "{{#if (eq a \"b\")}}c{{/if}}",
    ] {
        assert_eq!(faults("t", good), Vec::<String>::new());
    }
}

#[test]
fn no_template_breaks_the_rules() {
    let faults: Vec<_> = embedded()
        .flat_map(|(name, source)| faults(&name, &source))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// `home.json` and `home.first_run.json` are samples of `home.hbs`.
fn samples() -> Vec<(String, PathBuf)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/samples");
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = entries.map(|entry| entry.unwrap().path());
    let json = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    json.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        (name.split('.').next().unwrap().to_owned(), path)
    })
    .collect()
}

#[test]
fn every_template_draws_each_of_its_samples() {
    let templates = Templates::load().unwrap();
    for (template, path) in samples() {
        assert!(
            templates.contains(&template),
            "{} is a sample of no template",
            path.display()
        );
        let sample: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let drawn = templates.render(&template, sample);
        let html = drawn.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if html.starts_with("<!doctype") {
            assert_eq!(
                html.matches("<h1").count(),
                1,
                "{}: one headline",
                path.display()
            );
        }
    }
}

#[test]
fn every_page_has_a_sample() {
    let samples = samples();
    for (file, source) in embedded() {
        let name = file.trim_end_matches(".hbs");
        let is_page = source.contains("{{#layout");
        assert!(
            !is_page || samples.iter().any(|(template, _)| template == name),
            "{file} has no sample"
        );
    }
}
