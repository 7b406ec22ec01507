//! Pictures attached to reports.

use super::html;
use crate::platform::markdown::sanitise::LINK_REL;
use crate::platform::markdown::{give_room, has_pictures, render};
use serde_json::json;

#[test]
fn a_picture_of_a_report_is_shown_by_its_whole_address_only() {
    let hash = "0123456789abcdef".repeat(4);
    let address = format!("/reports/PM-42/attachments/{hash}/graph.png");
    let fitting = format!("/reports/PM-42/attachments/{hash}/1280/graph.png");
    assert_eq!(
        html(&format!("![a graph]({address})")),
        format!(
            "<p><a href=\"{address}\" rel=\"{LINK_REL}\"><img src=\"{fitting}\" alt=\"a graph\" loading=\"lazy\"></a></p>\n"
        )
    );
    // Without words the link has a name all the same; within a link there is no other.
    assert_eq!(
        html(&format!("![]({address})")),
        format!(
            "<p><a href=\"{address}\" aria-label=\"Picture\" rel=\"{LINK_REL}\"><img src=\"{fitting}\" alt=\"\" loading=\"lazy\"></a></p>\n"
        )
    );
    assert_eq!(
        html(&format!("[![a]({address})](/search)")),
        format!(
            "<p><a href=\"/search\" rel=\"{LINK_REL}\"><img src=\"{fitting}\" alt=\"a\" loading=\"lazy\"></a></p>\n"
        )
    );
    for wrong in [
        format!("{address}?x=1"),
        format!("{address}#x"),
        format!("{address}/more"),
        fitting.replace("/1280/", "/1281/"),
        fitting.clone(),
        format!("/reports/PM-42/attachments/{hash}/"),
        format!("/reports/PM-42/attachments/{hash}/.."),
        format!("/reports/PM-x/attachments/{hash}/a.png"),
        format!("/reports/PM-42/attachments/{}/a.png", "0".repeat(63)),
        format!("/reports/PM-42/history/{hash}/a.png"),
        format!("https://elsewhere.example{address}"),
        "/reports/PM-42".to_owned(),
    ] {
        assert!(
            !html(&format!("![alt](<{wrong}>)")).contains("<img"),
            "{wrong}"
        );
    }
}

#[test]
fn a_page_has_room_for_the_pictures_whose_size_is_known() {
    let known = "0123456789abcdef".repeat(4);
    let other = "f".repeat(64);
    let picture = |hash: &str| format!("![a](/reports/PM-42/attachments/{hash}/a.png)");
    let text = format!(
        "{} {} <img src=\"/attachments/{known}/x.png\">",
        picture(&known),
        picture(&other)
    );
    let html = render(&text).html;
    let words = format!("<img src=\"/attachments/{known}/x.png\">");
    let mut view = json!({ "html": html, "title": words, "list": [{ "html": html }, null] });
    assert!(has_pictures(&view) && !has_pictures(&json!({ "title": words })));
    give_room(&mut view, &|hash| (hash == known).then_some((640, 480)));
    assert_eq!(view["title"], words, "what is no HTML stays");
    assert_eq!(view["html"], view["list"][0]["html"]);
    let html = view["html"].to_string();
    assert_eq!(html.matches("width=").count(), 1, "{html}");
    let expected = format!("/{known}/1280/a.png\" width=\"640\" height=\"480\" alt=");
    assert!(html.replace("\\\"", "\"").contains(&expected), "{html}");
}
