//! How a browser adds this site to its search engines (`OpenSearch` 1.1).

use crate::platform::app::App;
use crate::platform::http::assets;
use crate::platform::http::xml::escape;
use actix_web::http::header;
use actix_web::{HttpResponse, web};

/// `GET /opensearch.xml`. Says where to search and nothing of what there is, so anybody may read it: browsers fetch it
/// without a session.
pub async fn open_search(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "application/opensearchdescription+xml; charset=utf-8",
        ))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(description(app.settings.public_url.as_str()))
}

fn description(public_url: &str) -> String {
    let site = escape(public_url.trim_end_matches('/'));
    let icon = assets::address("favicon.svg").unwrap_or_default();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/" xmlns:moz="http://www.mozilla.org/2006/browser/search/">
  <ShortName>Hansei</ShortName>
  <Description>Search post-mortems</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <Image width="16" height="16" type="image/svg+xml">{site}{icon}</Image>
  <Url type="text/html" method="get" template="{site}/search?q={{searchTerms}}"/>
  <Url type="application/opensearchdescription+xml" rel="self" template="{site}/opensearch.xml"/>
  <moz:SearchForm>{site}/search</moz:SearchForm>
</OpenSearchDescription>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::description;

    #[test]
    fn the_addresses_are_those_of_the_settings() {
        let text = description("https://hansei.example.org/");
        assert!(text.contains("template=\"https://hansei.example.org/search?q={searchTerms}\""));
        assert!(
            text.contains("rel=\"self\" template=\"https://hansei.example.org/opensearch.xml\"")
        );
        assert!(text.contains("https://hansei.example.org/static/favicon."));
        assert!(!text.contains(".org//"));
        let odd = description("https://h.example/a&b<c");
        assert!(odd.contains("https://h.example/a&amp;b&lt;c/search?q="));
    }
}
