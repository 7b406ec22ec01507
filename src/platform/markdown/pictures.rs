//! Room for pictures: their width and height beside their address, so that a page does not jump while they come.
//!
//! Whoever writes the HTML of a text does not know how large its pictures are, and draws it before they are asked for.

use serde_json::Value;

use crate::platform::http::templates::SAFE_HTML_FIELD;

/// How pictures begin in the HTML of a text. No text of a person has this in it: there `<` is escaped.
const PICTURE: &str = "<img src=\"";

/// Whether a page shows attached pictures.
pub fn has_pictures(view: &Value) -> bool {
    let mut found = false;
    each(view, &mut |html| found |= html.contains(PICTURE));
    found
}

/// Says beside every attached picture of a page how large it is, where that is known of its hash.
pub fn give_room(view: &mut Value, size: &dyn Fn(&str) -> Option<(i32, i32)>) {
    each_mut(view, &mut |html| {
        if html.contains(PICTURE) {
            *html = with_room(html, size);
        }
    });
}

fn with_room(html: &str, size: &dyn Fn(&str) -> Option<(i32, i32)>) -> String {
    let mut pieces = html.split(PICTURE);
    let mut with_room = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (source, after) = piece.split_once('"').unwrap_or((piece, ""));
        with_room.push_str(PICTURE);
        with_room.push_str(source);
        with_room.push('"');
        let known = hash(source).and_then(size);
        if let Some((width, height)) = known.filter(|it| it.0 > 0 && it.1 > 0) {
            for (name, side) in [("width", width), ("height", height)] {
                with_room.extend([" ", name, "=\"", &side.to_string(), "\""]);
            }
        }
        with_room.push_str(after);
    }
    with_room
}

/// `/reports/PM-42/attachments/<SHA-256>/…`
fn hash(source: &str) -> Option<&str> {
    let (_, after) = source.split_once("/attachments/")?;
    after.split('/').next()
}

/// Every HTML in a view, which is marked as such.
fn each(view: &Value, look: &mut dyn FnMut(&str)) {
    match view {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Value::String(html) = value
                    && name == SAFE_HTML_FIELD
                {
                    look(html);
                } else {
                    each(value, look);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each(item, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn each_mut(view: &mut Value, change: &mut dyn FnMut(&mut String)) {
    match view {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Value::String(html) = value
                    && name == SAFE_HTML_FIELD
                {
                    change(html);
                } else {
                    each_mut(value, change);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_mut(item, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
