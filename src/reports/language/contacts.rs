//! E-mail addresses and telephone numbers of people. Addresses of functions (`security@`) and examples are left alone.

use super::finding::{FindingKind, Hit};
use super::words::is_one_of;
use std::collections::HashSet;
use std::ops::Range;

const EMAIL: &str = "An e-mail address. Readers need the role, not the person.";
const PHONE: &str = "A telephone number. Readers need the role, not the person.";
const ASK: &str = "Which role or team was it, and how can it be reached?";

/// Finds both, but nothing inside `covered`, which is sorted, and no address before `from`. Numbers are looked for in
/// `prose` only: logs are full of digits.
pub(super) fn find(text: &str, prose: &str, covered: &[Range<usize>], from: usize) -> Vec<Hit> {
    let mut hits = emails(text, from);
    hits.extend(phones(prose));
    hits.retain(|hit| {
        let next = covered.partition_point(|range| range.end <= hit.range.start);
        covered
            .get(next)
            .is_none_or(|range| range.start >= hit.range.end)
    });
    hits
}

fn emails(text: &str, from: usize) -> Vec<Hit> {
    let mut seen = HashSet::new();
    let mut hits = Vec::new();
    for (at, _) in text.match_indices('@').filter(|(at, _)| *at >= from) {
        let Some(range) = email(text, at) else {
            continue;
        };
        // A link repeats its address.
        let written = text
            .get(range.clone())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if seen.insert(written) {
            hits.push(Hit::new(FindingKind::Email, range, EMAIL, ASK));
        }
    }
    hits
}

/// The address around an `@`.
fn email(text: &str, at: usize) -> Option<Range<usize>> {
    let (before, after) = text.split_at_checked(at)?;
    let is_local =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let length = before.bytes().rev().take(65).take_while(is_local).count();
    let local = before.get(at - length..)?;
    let trimmed = local.trim_start_matches(['.', '-', '_', '+', '%']);
    let start = at - trimmed.len();
    let domain = after.get(1..)?;
    let is_domain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let length = domain.bytes().take(254).take_while(is_domain).count();
    let domain = domain.get(..length)?.trim_end_matches(['.', '-']);
    let follows = after.get(1 + domain.len()..)?;
    // Part of an address, a path or a login: `https://a@b.c`, `git@host.org:repository`, `ssh ana@host.org`.
    let outside = before.get(..start)?;
    let is_login = (outside.ends_with(['/', ':', '@', '=']) && !outside.ends_with("mailto:"))
        || follows.starts_with(['/', '@'])
        || follows.strip_prefix(':').is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '~'))
        })
        || is_after_login(outside);
    (!trimmed.is_empty() && !is_login && is_personal(trimmed) && is_mail_domain(domain))
        .then_some(start..at + 1 + domain.len())
}

fn is_after_login(outside: &str) -> bool {
    let near = super::end_of(outside, 32);
    let mut words = near.trim_end().rsplit(char::is_whitespace);
    matches!(
        words.next(),
        Some("ssh" | "scp" | "rsync" | "sftp" | "`ssh")
    )
}

/// Whether the part before the `@` may be a person. Functions, services and mailing lists are not.
fn is_personal(local: &str) -> bool {
    const FUNCTIONS: &str = "abuse admin alerts announce billing bot ci conduct contact core debian donotreply ec2-user \
     feedback git hello help helpdesk hg hostmaster info it jobs legal mail mailer-daemon \
     marketing media news newsletter no-reply no_reply noc noreply notification notifications \
     office oncall on-call ops postgres postmaster press privacy root sales secure security \
     security-alert service soc sponsors sre status support team tickets ubuntu user username \
     webmaster";
    let lower = local.to_ascii_lowercase();
    let is_team = [
        "-team",
        "-dev",
        "-devel",
        "-discuss",
        "-announce",
        "-users",
        "-wg",
        "-bot",
        "-oncall",
        "-alerts",
        "-list",
    ]
    .iter()
    .any(|ending| lower.ends_with(ending));
    let is_automatic = lower.contains("noreply") || lower.contains("no-reply");
    !is_one_of(&lower, FUNCTIONS) && !is_team && !is_automatic && local.len() <= 64
}

fn is_mail_domain(domain: &str) -> bool {
    const NOT_REAL: &str = "example invalid internal lan local localhost test";
    const FILES: &str = "css gif go gz jpeg jpg js json log md mount png py rb rs scope service sh slice socket svg \
     target tf timer ts txt webp yaml yml zip";
    let lower = domain.to_ascii_lowercase();
    let labels: Vec<&str> = lower.split('.').collect();
    let [.., name, top] = labels.as_slice() else {
        return false;
    };
    let is_top = top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
    let is_real = !is_one_of(top, NOT_REAL) && *name != "example" && !lower.contains("noreply");
    let is_list =
        matches!(labels.first(), Some(&("lists" | "list" | "groups"))) || *name == "googlegroups";
    is_top
        && is_real
        && !is_list
        && !is_one_of(top, FILES)
        && labels.iter().all(|label| !label.is_empty())
}

fn phones(prose: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(step) = prose
        .get(at..)
        .and_then(|rest| rest.find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(')))
    {
        let start = at + step;
        let length = number_length(prose.get(start..).unwrap_or_default());
        if is_phone(prose, start..start + length) {
            hits.push(Hit::new(
                FindingKind::Phone,
                start..start + length,
                PHONE,
                ASK,
            ));
        }
        at = start + length.max(1);
    }
    hits
}

/// How far digits go, with single signs between them.
fn number_length(rest: &str) -> usize {
    let mut end = 0;
    let mut signs = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '0'..='9' => {
                end = at + 1;
                signs = 0;
            }
            '+' if at == 0 => {}
            ' ' | '-' | '.' | '(' | ')' | '/' if signs < 2 => signs += 1,
            _ => break,
        }
    }
    end
}

/// Whether digits are a telephone number: with a country code, written as in North America, or said to be one.
fn is_phone(prose: &str, range: Range<usize>) -> bool {
    let before = prose.get(..range.start).unwrap_or_default();
    let after = prose.get(range.end..).unwrap_or_default();
    let written = prose.get(range).unwrap_or_default();
    let touches = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '/' | '-' | '.' | '=' | '@' | '#' | ':' | '\u{1}')
    };
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let goes_on = after
        .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '%' | '\u{1}'))
        || (after.starts_with(['-', ':', '/', '.', '+'])
            && after.chars().nth(1).is_some_and(char::is_alphanumeric));
    if goes_on || digits < 7 {
        return false;
    }
    let said = is_said_to_be_one(before);
    if !said && before.ends_with(touches) {
        return false;
    }
    let groups: Vec<&str> = written
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    if written.starts_with('+') {
        let is_grouped = groups.len() > 1 && !written.contains('/');
        return (9..=15).contains(&digits) && (is_grouped || digits >= 11);
    }
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_american = lengths == [3, 3, 4] && (written.contains('-') || written.starts_with('('));
    let is_national =
        said && (7..=15).contains(&digits) && groups.iter().all(|group| group.len() < 12);
    is_american || is_national
}

/// "phone: ", "Tel. ", "call "
fn is_said_to_be_one(before: &str) -> bool {
    let before = super::end_of(before, 32);
    let words = before.trim_end_matches([' ', ':', '.', '=', '(', '*']);
    let word = words
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    before.len() > words.len()
        && [
            "phone",
            "tel",
            "telephone",
            "mobile",
            "cell",
            "fax",
            "whatsapp",
            "sms",
            "telefon",
            "handy",
        ]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}
