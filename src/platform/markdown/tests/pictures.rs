//! Pictures attached to reports.

use super::html;

#[test]
fn a_picture_of_a_report_is_shown_by_its_whole_address_only() {
    let hash = "0123456789abcdef".repeat(4);
    let address = format!("/reports/PM-42/attachments/{hash}/graph.png");
    assert_eq!(
        html(&format!("![a graph]({address})")),
        format!("<p><img src=\"{address}\" alt=\"a graph\" loading=\"lazy\"></p>\n")
    );
    for wrong in [
        format!("{address}?x=1"),
        format!("{address}#x"),
        format!("{address}/more"),
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
