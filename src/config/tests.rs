//! Tests of the settings: what beats what, and what is said when something is wrong.

use super::*;

fn resolve(environment: &[(&str, &str)], file: &str) -> Result<Config, Problems> {
    Config::resolve(Sources {
        environment: environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        file: Some((PathBuf::from("hansei.toml"), file.to_owned())),
        ..Sources::default()
    })
}

#[test]
fn nothing_said_gives_a_private_site_on_loopback() {
    let config = resolve(&[], "").unwrap();
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:8080/");
    assert!(!config.anonymous_reading);
    assert!(config.database_url.is_none());
    assert!(config.metrics_listen.is_some());
}

#[test]
fn the_environment_beats_the_file_and_a_flag_beats_both() {
    let file = "listen = '127.0.0.1:1'\nlog = 'warn'";
    let config = resolve(&[("HANSEI_LISTEN", "127.0.0.1:2")], file).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.log, "warn");
    let flags = BTreeMap::from([("listen", "127.0.0.1:3".to_owned())]);
    let environment = BTreeMap::from([("HANSEI_LISTEN".to_owned(), "127.0.0.1:2".to_owned())]);
    let config = Config::resolve(Sources {
        flags,
        environment,
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.listen.port(), 3);
}

#[test]
fn all_problems_come_at_once() {
    let problems = resolve(
        &[
            ("HANSEI_LISTEN", "nowhere"),
            ("HANSEI_PUBLIC_URL", "ftp://x"),
            ("HANSEI_LOG_FORMAT", "xml"),
        ],
        "anonymous_reading = 'perhaps'\nlisten_on = 3\ntrusted_proxies = ['10.0.0.0/33']",
    )
    .unwrap_err();
    assert_eq!(problems.0.len(), 6, "{problems}");
    assert!(
        problems.to_string().contains("HANSEI_LISTEN: “nowhere”"),
        "{problems}"
    );
    assert!(
        problems
            .to_string()
            .contains("there is no setting “listen_on”"),
        "{problems}"
    );
}

#[test]
fn a_secret_does_not_print() {
    let config = resolve(&[("DATABASE_URL", "postgres://u:hunter2@h/d")], "").unwrap();
    let printed = format!("{:?} {:?}", config.database_url, config.public_url);
    assert!(config.database_url.is_some());
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn a_mistyped_variable_is_pointed_out() {
    let config = resolve(&[("HANSEI_LISTN", "x")], "").unwrap();
    assert_eq!(config.warnings.len(), 1);
}
