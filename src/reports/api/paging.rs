//! Lists in pages: how many of a list, from where on, and where it goes on.

use super::search::limit;
use crate::platform::http::Error;
use actix_web::http::header::{HeaderName, LINK};
use serde::Deserialize;
use std::str::FromStr;

/// So many of a list, if it does not say.
const USUAL: usize = 50;
/// The most of a list in one answer.
const MOST: usize = 200;

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Paging {
    limit: Option<String>,
    cursor: Option<String>,
}

impl Paging {
    /// How many at most.
    pub(super) fn limit(&self) -> Result<usize, Error> {
        limit(self.limit.as_deref(), USUAL, MOST)
    }

    /// Behind which one it begins, as this list names them; none for the first page.
    pub(super) fn cursor<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
        match self.cursor.as_deref() {
            None | Some("") => Ok(None),
            Some(cursor) => {
                let behind = read(cursor);
                behind.map_or_else(
                    || Err(Error::field("cursor", "Not a cursor of this list.")),
                    |behind| Ok(Some(behind)),
                )
            }
        }
    }
}

/// The header that leads to the next page of the list at this address.
pub(super) fn next_link(list: &str, limit: usize, cursor: &str) -> (HeaderName, String) {
    let link = format!("<{list}?limit={limit}&cursor={cursor}>; rel=\"next\"");
    (LINK, link)
}

/// A number from 1 on, as answers write it: without a sign or zeros before it.
pub(super) fn counted<T: FromStr>(text: &str) -> Option<T> {
    if text.starts_with(['+', '-', '0']) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(limit: Option<&str>, cursor: Option<&str>) -> Paging {
        Paging {
            limit: limit.map(str::to_owned),
            cursor: cursor.map(str::to_owned),
        }
    }

    #[test]
    fn a_page_is_as_long_as_is_asked_within_bounds() {
        for (asked, given) in [
            (None, Some(50)),
            (Some(""), Some(50)),
            (Some("1"), Some(1)),
            (Some("200"), Some(200)),
            (Some("0"), None),
            (Some("201"), None),
            (Some("+5"), None),
        ] {
            assert_eq!(paging(asked, None).limit().ok(), given, "{asked:?}");
        }
    }

    #[test]
    fn a_cursor_is_what_the_list_wrote() {
        for (sent, read) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some("7"), Ok(Some(7))),
            (Some("0"), Err("cursor")),
            (Some("+7"), Err("cursor")),
            (Some("-7"), Err("cursor")),
            (Some("07"), Err("cursor")),
            (Some("x"), Err("cursor")),
        ] {
            let found = paging(None, sent).cursor(counted::<i32>);
            let found = found.map_err(|error| error.fields()[0].field.to_string());
            assert_eq!(found, read.map_err(str::to_owned), "{sent:?}");
        }
    }
}
