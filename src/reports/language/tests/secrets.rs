//! Secrets, put together here so that nobody who looks for them finds one in this file.

use super::super::{FindingKind, check};

fn found(text: &str) -> Vec<(String, String)> {
    check(text)
        .into_iter()
        .filter(|finding| finding.kind == FindingKind::Secret)
        .map(|finding| {
            let secret = text.get(finding.start..finding.end).unwrap();
            (secret.to_owned(), finding.text)
        })
        .collect()
}

const RANDOM: &str = "q7Zx2LmP9vTb4KdR8sWn3YcH6jFg1QaE5uXo";

#[test]
fn secrets_are_found_by_shape_and_never_repeated() {
    let upper = "Q3ZLX7PB2WN5KD4R";
    let signed = ["eyJhbGciOi", "J9.eyJzdWIiOjF9.", RANDOM].concat();
    for secret in [
        ["AK", "IA", upper].concat(),
        ["AK", "IA", "FSNWLCGEXWRKXOPG"].concat(),
        ["GOC", "SPX-", RANDOM].concat(),
        ["hvs", ".", RANDOM].concat(),
        ["gh", "p_", RANDOM].concat(),
        ["github", "_pat_", RANDOM].concat(),
        ["gl", "pat-", RANDOM].concat(),
        ["xo", "xb-", "2401-", RANDOM].concat(),
        ["sk_", "live_", RANDOM].concat(),
        ["sk-", RANDOM].concat(),
        ["AI", "za", RANDOM.split_at(35).0].concat(),
        ["hansei", "_", RANDOM].concat(),
        ["SG", ".", RANDOM.split_at(22).0, ".", RANDOM].concat(),
        signed,
    ] {
        for text in [
            format!("It was {secret}, sadly."),
            format!("```\nexport X={secret}\n```"),
            format!("[x](https://api.host.dev/?key={secret})"),
        ] {
            let few: String = secret.chars().take(4).collect();
            assert_eq!(
                found(&text),
                [(secret.clone(), format!("{few}…"))],
                "{text}"
            );
        }
    }
}

#[test]
fn secrets_are_found_by_their_name_or_place() {
    let key = [
        "-----BEGIN RSA ",
        "PRIVATE KEY-----\nabc\n-----END RSA ",
        "PRIVATE KEY-----",
    ]
    .concat();
    assert_eq!(found(&format!("x\n{key}\ny")), [(key, "----…".to_owned())]);
    let hook = ["T0241KX", "B77Q2", RANDOM].join("/");
    for (text, secret) in [
        ("DB_PASSWORD=hunter2battery", "hunter2battery"),
        ("password: \"correct-horse!\"", "correct-horse!"),
        ("SMTP_PASS=hunter2battery", "hunter2battery"),
        ("password=hKJhgFdsAqWx", "hKJhgFdsAqWx"),
        ("SECRET_KEY_BASE: kT9xv2Lq9ZwM", "kT9xv2Lq9ZwM"),
        (
            "AWS_SECRET_ACCESS_KEY=/7Zx2LmP9vTb4KdR8sWn3YcH6jFg1QaE5uXo9aB4",
            "/7Zx2LmP9vTb4KdR8sWn3YcH6jFg1QaE5uXo9aB4",
        ),
        ("**Password:** hunter2battery.", "hunter2battery"),
        ("mysql --password hunter2battery", "hunter2battery"),
        ("https://ana:hunter2@db.host.dev/x", "hunter2"),
        ("secret_key: kT9xv2Lq", "kT9xv2Lq"),
        ("client_secret=kT9xv2Lq9ZwM", "kT9xv2Lq9ZwM"),
        ("| password | kT9xv2Lq |", "kT9xv2Lq"),
        ("the password `kT9xv2Lq` was shared", "kT9xv2Lq"),
        ("Passwort: geheim123", "geheim123"),
        ("curl -u admin:Sup3rS3cretPw https://x", "Sup3rS3cretPw"),
        (
            &format!("Cookie: session={RANDOM}"),
            &format!("session={RANDOM}"),
        ),
        (&format!("AccountKey={RANDOM}"), RANDOM),
        (&format!("ya29.{RANDOM}"), &format!("ya29.{RANDOM}")),
        (&format!("access_token=\"{RANDOM}\""), RANDOM),
        (&format!("\"clientSecret\": \"{RANDOM}\","), RANDOM),
        (&format!("Authorization: Bearer {RANDOM}"), RANDOM),
        (&format!("aws_secret_access_key = {RANDOM}"), RANDOM),
        (&format!("https://hooks.slack.com/services/{hook}"), &hook),
    ] {
        let found = found(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, secret, "{text}");
    }
}

#[test]
fn what_only_talks_about_secrets_is_left_alone() {
    for text in [
        "password: ${DB_PASSWORD}",
        "1Password: vault2-prod",
        "password=DatabaseCredentialsProvider",
        "PASS: test_case_12, bypass: rule12",
        "secret: /etc/secrets/app-v2/key-2024.pem",
        "| password | argon2 is used |",
        "the password `forgotten` by everybody",
        "docker run -u 1000:1000 image",
        "curl -u $USER:$PASS1word https://x",
        "Cookie: theme=dark",
        "secret: Kubernetes",
        "password=os.environ['X1']",
        "password: <your password 1>",
        "password: ********",
        "token: None, secret = my-app-tls-v2-2024",
        "token=self._headers",
        "max_tokens: 4096, token_count=200",
        "The token was 40 characters long: nobody saw it.",
        "secret: changeme123456789012",
        "https://api.host.dev/x@1:2",
        "https://user:$PASS@host.dev/",
        "sk-learn-is-a-library-of-some-kind",
        "npm_config_registry_is_set_for_all_of_us",
        "commit 485ec6ce8068ee3846611840554001fe0bca4c43",
        "AKIAISTHEPREFIXOFKEYS",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        "basic authentication: bearer of news",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}
