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
    assert!(config.publish_without_review);
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
    assert_eq!(problems.all.len(), 6, "{problems}");
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

#[test]
fn what_would_only_be_noticed_later_is_a_problem_now() {
    for (environment, file, said) in [
        ([("HANSEI_DATA_DIR", "")], "", "HANSEI_DATA_DIR: a folder"),
        (
            [("DATABASE_URL", "postgres://u:hunter2@h:port/d")],
            "",
            "DATABASE_URL: not a connection string",
        ),
        (
            [(
                "HANSEI_DATABASE_URL",
                "postgres://u:hunter2@h/d?sslmode=maybe",
            )],
            "",
            "HANSEI_DATABASE_URL: sslmode=maybe",
        ),
        (
            [("PATH", "")],
            "data_dir = ['a', 'b']",
            "“data_dir” must be one",
        ),
        (
            [("PATH", "")],
            "allowed_hosts = [1]",
            "a text or a list of texts",
        ),
        (
            [("PATH", "")],
            "log = 'info'\ndatabase_url = \"postgres://u:hunter2@h/db",
            ":2: invalid basic string",
        ),
    ] {
        let problems = resolve(&environment, file).unwrap_err();
        assert_eq!(problems.all.len(), 1, "{problems}");
        let text = problems.to_string();
        assert!(text.contains(said), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let config = resolve(&[], "allowed_hosts = ['a', 'b']").unwrap();
    assert_eq!(config.allowed_hosts, ["a", "b"]);
}

#[test]
fn what_cannot_be_read_hides_no_other_problem() {
    let mut sources = Sources {
        problems: vec!["hansei.toml: No such file".to_owned()],
        ..Sources::default()
    };
    let bytes = std::os::unix::ffi::OsStringExt::from_vec(vec![0xff]);
    let variables = [
        ("HANSEI_LISTEN", OsString::from("nowhere")),
        ("HANSEI_LOG", bytes),
        ("HANSEI_LISTN", OsString::from("x")),
        ("HANSEI_PASSWORD", OsString::from("x")),
    ];
    sources.take_environment(
        variables
            .map(|(name, value)| (name.into(), value))
            .into_iter(),
    );
    let problems = Config::resolve(sources).unwrap_err();
    assert_eq!(problems.all.len(), 3, "{problems}");
    assert_eq!(problems.warnings.len(), 1, "{problems}");
    assert!(
        problems.to_string().contains("HANSEI_LISTN is set"),
        "{problems}"
    );
}

#[test]
fn the_password_of_a_command_is_no_setting() {
    let config = resolve(&[("HANSEI_PASSWORD", "marmalade")], "").unwrap();
    assert!(config.warnings.is_empty());
    assert_eq!(config.password.unwrap().expose(), "marmalade");
}

const BUCKET: &str = "s3_bucket = 'post-mortems'\ns3_endpoint = 'https://s3.example.com'\ns3_prefix = '/hansei/files/'\n\
    s3_key_id = 'AKIAEXAMPLE'\ns3_secret = 'hunter2hunter2'\n";

#[test]
fn a_bucket_is_set_whole_or_not_at_all() {
    assert!(resolve(&[], "").unwrap().bucket.is_none());
    let bucket = resolve(&[], BUCKET).unwrap().bucket.unwrap();
    assert_eq!(
        (bucket.prefix.as_str(), bucket.region.as_str()),
        ("hansei/files", "us-east-1")
    );
    let printed = format!("{bucket:?}");
    assert!(
        printed.contains("AKIAEXAMPLE") && !printed.contains("hunter2"),
        "{printed}"
    );
    let hidden = SETTINGS.iter().filter(|it| it.secret).map(|it| it.name);
    assert_eq!(hidden.collect::<Vec<_>>(), ["database_url", "s3_secret"]);
    // The key comes from the environment, say.
    let file = BUCKET.replace("s3_secret", "# s3_secret");
    let config = resolve(&[("HANSEI_S3_SECRET", "other")], &file).unwrap();
    assert_eq!(config.bucket.unwrap().secret.expose(), "other");
    for (file, said) in [
        (file.as_str(), "s3_secret: the bucket needs its key"),
        (
            &BUCKET.replace("s3_key_id", "# s3_key_id"),
            "s3_key_id: the bucket needs",
        ),
        (
            &BUCKET.replace("s3_bucket", "# s3_bucket"),
            "name it in s3_bucket",
        ),
        (
            &BUCKET.replace("post-mortems", "Post Mortems"),
            "not the name of a bucket",
        ),
        (&BUCKET.replace("/hansei/files/", "a/../b"), "not a prefix"),
        (&BUCKET.replace("https://s3", "http://s3"), "s3_allow_http"),
        (
            &BUCKET.replace("s3.example.com", "hunter2:hunter2@h"),
            "not the address of a store",
        ),
        (
            &BUCKET.replace("s3.example.com", "h/post-mortems"),
            "not the address of a store",
        ),
        (
            &format!("{BUCKET}s3_region = 'x y'"),
            "not the name of a region",
        ),
    ] {
        let text = resolve(&[], file).unwrap_err().to_string();
        assert!(text.contains(said) && !text.contains("hunter2"), "{text}");
    }
    for endpoint in [
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]",
    ] {
        let file = BUCKET.replace("https://s3.example.com", endpoint);
        assert!(resolve(&[], &file).unwrap().bucket.is_some(), "{endpoint}");
    }
    let file = BUCKET.replace("https://s3", "http://s3");
    let config = resolve(&[("HANSEI_S3_ALLOW_HTTP", "true")], &file).unwrap();
    assert!(config.bucket.is_some());
}
