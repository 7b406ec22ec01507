//! What people say in chats, as Markdown that shows every word of it.

use std::fmt::Write as _;

/// The longest `<…>` that is looked at, in bytes.
const MAX_TOKEN: usize = 4_000;
/// The longest entity, in bytes.
const MAX_ENTITY: usize = 32;

/// Text that knows no markup: nothing of it may vanish as HTML, an entity or a definition.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => escape(text, &mut out),
            Piece::Code(code) => out.push_str(&code_span(code)),
            Piece::Block(code) => block(code, &mut out),
        }
    }
    out
}

/// Slack's own markup: `<@U123>`, `<https://x|label>`, `&amp;`. `mention` says what somebody is called.
pub(super) fn slack(text: &str, mention: &mut dyn FnMut(&str, &str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => each_token(text, &mut out, &mut |token, out| match token {
                Token::Plain(text) => escape(&decoded(text), out),
                Token::Marked(inner) => marked(inner, out, mention),
            }),
            Piece::Code(code) => out.push_str(&code_span(&bare(code))),
            Piece::Block(code) => block(&bare(code), &mut out),
        }
    }
    out
}

/// A part of a message.
enum Piece<'a> {
    Text(&'a str),
    /// Between single backticks.
    Code(&'a str),
    /// Between three of them.
    Block(&'a str),
}

/// Parts code from text. What does not end is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut searched = 0;
    while let Some(at) = rest.get(searched..).and_then(|tail| tail.find('`')) {
        let at = searched + at;
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let found = if let Some(tail) = tail.strip_prefix("```") {
            tail.split_once("```")
                .filter(|(code, _)| !code.trim().is_empty())
                .map(|(code, after)| (Piece::Block(code), after))
        } else {
            tail.get(1..).and_then(|tail| {
                let (code, after) = tail.split_once('`')?;
                let fits = !code.trim().is_empty() && !code.contains('\n');
                fits.then_some((Piece::Code(code), after))
            })
        };
        if let Some((piece, after)) = found {
            pieces.push(Piece::Text(before));
            pieces.push(piece);
            rest = after;
            searched = 0;
        } else {
            searched = at + tail.bytes().take_while(|byte| *byte == b'`').count();
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Code between more backticks than it holds.
fn code_span(code: &str) -> String {
    if !code.contains('`') {
        return format!("`{code}`");
    }
    let runs = code.split(|letter| letter != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0) + 1);
    format!("{fence} {code} {fence}")
}

/// Code on lines of its own: what stands beside the opening of a block is not shown.
fn block(code: &str, out: &mut String) {
    if !code.contains('\n') {
        out.push_str(&code_span(code));
        return;
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.extend(["```\n", code.trim_matches('\n'), "\n```\n"]);
}

/// A part of what Slack wrote.
enum Token<'a> {
    Plain(&'a str),
    /// What stands between `<` and `>`.
    Marked(&'a str),
}

fn each_token(text: &str, out: &mut String, read: &mut dyn FnMut(Token<'_>, &mut String)) {
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('<') {
        let near = tail
            .get(..tail.floor_char_boundary(MAX_TOKEN))
            .unwrap_or(tail);
        let Some((inner, _)) = near.split_once('>') else {
            break;
        };
        // Of several `<` the last one opens.
        let skipped = inner.rfind('<').map_or(0, |at| at + 1);
        let open = before.len() + skipped;
        read(Token::Plain(rest.get(..open).unwrap_or("")), out);
        read(Token::Marked(inner.get(skipped..).unwrap_or("")), out);
        rest = tail.get(inner.len() + 1..).unwrap_or("");
    }
    read(Token::Plain(rest), out);
}

/// What Slack marked, as Markdown.
fn marked(inner: &str, out: &mut String, mention: &mut dyn FnMut(&str, &str) -> String) {
    let (target, label) = inner.split_once('|').unwrap_or((inner, ""));
    let label = decoded(label);
    if let Some(user) = target.strip_prefix('@') {
        out.push_str(&mention(user, &label));
    } else if let Some(channel) = target.strip_prefix('#') {
        out.push('#');
        escape(if label.is_empty() { channel } else { &label }, out);
    } else if let Some(command) = target.strip_prefix('!') {
        if label.is_empty() {
            out.push('@');
            escape(command, out);
        } else {
            escape(&label, out);
        }
    } else if target.starts_with("https://") || target.starts_with("http://") {
        link(&decoded(target), &label, out);
    } else if let Some(address) = target.strip_prefix("mailto:") {
        escape(&decoded(address), out);
        if !label.is_empty() && label != decoded(address) {
            out.push_str(" (");
            escape(&label, out);
            out.push(')');
        }
    } else {
        escape(&format!("<{}>", decoded(inner)), out);
    }
}

fn link(target: &str, label: &str, out: &mut String) {
    if target.contains(['<', '>', ' ', '\\', '\n']) {
        escape(&format!("{label} {target}"), out);
    } else if label.is_empty() || label == target {
        out.extend(["<", target, ">"]);
    } else {
        let mut shown = String::new();
        escape(label, &mut shown);
        let shown = shown
            .replace('[', "\\[")
            .replace(']', "\\]")
            .replace('\n', " ");
        let written = write!(out, "[{shown}](<{target}>)");
        debug_assert!(written.is_ok());
    }
}

/// What Slack marked inside of code, where Markdown has no markup.
fn bare(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    each_token(code, &mut out, &mut |token, out| match token {
        Token::Plain(text) => out.push_str(&decoded(text)),
        Token::Marked(inner) => out.push_str(&decoded(&match inner.split_once('|') {
            _ if !is_markup(inner) => format!("<{inner}>"),
            Some((target, _)) if target.starts_with('@') => target.to_owned(),
            Some((target, label)) if target.ends_with(label) => target.to_owned(),
            Some((target, label)) => format!("{label} ({target})"),
            None => inner.to_owned(),
        })),
    });
    out
}

/// Whether Slack wrote this between `<` and `>`.
fn is_markup(inner: &str) -> bool {
    inner.starts_with(['@', '#', '!'])
        || ["https://", "http://", "mailto:"]
            .iter()
            .any(|start| inner.starts_with(start))
}

fn decoded(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Adds a text so that Markdown hides nothing of it.
fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    let mut starts_line = out.is_empty() || out.ends_with('\n');
    while let Some(letter) = rest.chars().next() {
        let tail = rest.get(letter.len_utf8()..).unwrap_or("");
        let hides = match letter {
            '<' => {
                !is_address(tail)
                    && tail.starts_with(|next: char| {
                        next.is_ascii_alphabetic() || "/!?".contains(next)
                    })
            }
            '&' => is_entity(tail),
            '\\' => tail.starts_with(|next: char| next.is_ascii_punctuation()),
            '[' => starts_line && is_definition(tail),
            _ => false,
        };
        if hides {
            out.push('\\');
        }
        out.push(letter);
        starts_line = letter == '\n' || (starts_line && letter == ' ');
        rest = tail;
    }
}

/// `https://x>`: an address between angles is shown.
fn is_address(tail: &str) -> bool {
    (tail.starts_with("https://") || tail.starts_with("http://"))
        && tail
            .find(|letter: char| letter == '>' || letter == '<' || letter.is_whitespace())
            .is_some_and(|end| tail.get(end..).is_some_and(|rest| rest.starts_with('>')))
}

/// `amp;`, `#38;`
fn is_entity(tail: &str) -> bool {
    let near = tail
        .get(..tail.floor_char_boundary(MAX_ENTITY))
        .unwrap_or(tail);
    near.split_once(';').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
    })
}

/// `name]: …`
fn is_definition(tail: &str) -> bool {
    let line = tail.split('\n').next().unwrap_or("");
    line.contains("]:")
}
