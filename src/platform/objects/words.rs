//! What a store says when it refuses, in few words: errors of S3 repeat the request, with the name of the key. Pure.

/// The longest explanation that is passed on, in characters.
const LONGEST: usize = 200;
/// Runs of letters that are longer, and have digits or no small letters, may be a key or made with one.
const LONGEST_WORD: usize = 15;
/// Runs that are longer may be, whatever they look like.
const LONGEST_NAME: usize = 30;

/// `AccessDenied: Access Denied`, of an error of S3; of anything else the beginning.
pub(super) fn in_short(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let said: Vec<&str> = ["Code", "Message"]
        .iter()
        .filter_map(|name| element(&text, name))
        .collect();
    let said = if said.is_empty() {
        without_keys(&text)
    } else {
        without_keys(&said.join(": "))
    };
    said.chars().take(LONGEST).collect()
}

/// What stands in the first element of this name.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once("</")?;
    Some(inside.trim()).filter(|it| !it.is_empty())
}

/// One line, with `…` for everything that may be a key.
fn without_keys(text: &str) -> String {
    // More would be cut off later anyway.
    let text: String = text.chars().take(LONGEST * 20).collect();
    let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '+' | '/' | '_' | '-');
    let words = text.split_whitespace().map(|word| {
        let mut runs = word.split(|c| !is_of_key(c));
        if runs.any(may_be_key) { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn may_be_key(run: &str) -> bool {
    let is_odd =
        run.contains(|c: char| c.is_ascii_digit()) || !run.contains(|c: char| c.is_lowercase());
    let length = run.chars().count();
    length > LONGEST_NAME || (length > LONGEST_WORD && is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_error_the_code_and_the_message_are_told() {
        let refused = "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match.</Message>\
            <AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 x</StringToSign></Error>";
        for (body, said) in [
            (
                refused,
                "SignatureDoesNotMatch: The request signature we calculated does not match.",
            ),
            ("<Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
            (
                "<Error><Code>InvalidAccessKeyId</Code><Message>There is no key AKIAIOSFODNN7EXAMPLE.</Message>",
                "InvalidAccessKeyId: There is no key …",
            ),
            (
                "Sorry:\n wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY is unknown",
                "Sorry: … is unknown",
            ),
            ("by key=AKIAIOSFODNNABCEXAMPLE", "by …"),
            ("<Code></Code>", "<Code></Code>"),
            ("", ""),
        ] {
            assert_eq!(in_short(body.as_bytes()), said);
        }
        assert_eq!(
            in_short("ä ".repeat(500).as_bytes()).chars().count(),
            LONGEST
        );
        assert_eq!(in_short(&[0xff; 3]), "\u{fffd}\u{fffd}\u{fffd}");
    }
}
