//! A throwaway Postgres for the test process, and a database of its own for each test.
//!
//! The server is Hansei's own private Postgres without `fsync`, kept in `target/tmp` from run to run (the first
//! start takes about a second, later ones 0.1 s) and ended with the test process, however that ends. Test
//! processes that run side by side each take a folder of their own. `TEST_DATABASE_URL` names another server
//! instead, on which the role may create databases.
//!
//! Databases are copies of a template that was migrated once: 41 to 65 ms each, a third of the time of migrating.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, mpsc};

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use hansei::platform::db::embedded::{Embedded, EmbeddedError, Options};
use hansei::platform::db::{Connection, Session, Settings, migrate};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

/// A migrated database that nobody else uses. It is dropped with this.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    settings: Settings,
    name: String,
}

impl TestDatabase {
    /// With all migrations.
    pub(crate) async fn new() -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE.get_or_init(make_template).await;
        Self::copy_of(template).await
    }

    /// Without any tables.
    pub(crate) async fn empty() -> Self {
        Self::copy_of("template0").await
    }

    async fn copy_of(template: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let cluster = Cluster::get().await;
        let mut admin = cluster.admin().await;
        let sql = format!(
            "CREATE DATABASE {name} OWNER \"{}\" TEMPLATE {template} {}",
            cluster.role, cluster.strategy
        );
        admin.batch_execute(&sql).await.unwrap();
        Self {
            settings: cluster.user.clone().with_database(&name),
            name,
        }
    }

    /// How to connect to it.
    pub(crate) fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// A connection.
    pub(crate) async fn connect(&self) -> Connection {
        self.settings.connect(Session::Background).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // What the process does not get to drop, the next one does.
        let _gone = cleaner().send(std::mem::take(&mut self.name));
    }
}

/// The programs of Postgres are found as the program itself finds them.
pub(crate) fn options(data_dir: &Path) -> Options {
    Options {
        data_dir: data_dir.to_path_buf(),
        pg_bin: std::env::var_os("HANSEI_PG_BIN").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        fsync: false,
    }
}

struct Cluster {
    admin: Settings,
    user: Settings,
    role: String,
    strategy: &'static str,
    /// Ends with the process.
    _embedded: Option<Embedded>,
}

impl Cluster {
    async fn get() -> &'static Self {
        static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
        CLUSTER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let (admin, user, embedded) = if let Some(url) = std::env::var_os("TEST_DATABASE_URL") {
            let settings = Settings::parse(url.to_str().unwrap()).unwrap();
            let settings = settings.allowing_data_loss();
            (settings.clone(), settings, None)
        } else {
            let embedded = start_embedded().await;
            let superuser = embedded.superuser_settings();
            (superuser, embedded.settings(), Some(embedded))
        };
        let mut as_user = user
            .connect(Session::Background)
            .await
            .unwrap_or_else(|error| {
                panic!("cannot connect to the test server: {error}");
            });
        let role = text(&mut as_user, "SELECT current_user::text AS text")
            .await
            .remove(0);
        let version = text(
            &mut as_user,
            "SELECT current_setting('server_version_num') AS text",
        )
        .await;
        // Before 15 there was no choice.
        let strategy = if version[0].parse::<u32>().unwrap() >= 150_000 {
            "STRATEGY FILE_COPY"
        } else {
            ""
        };
        if embedded.is_some() {
            let mut connection = admin.connect(Session::Background).await.unwrap();
            let sql = "SELECT datname::text AS text FROM pg_database WHERE datname LIKE 'test\\_%'";
            for left_over in text(&mut connection, sql).await {
                let sql = format!("DROP DATABASE {left_over} WITH (FORCE)");
                connection.batch_execute(&sql).await.unwrap();
            }
        }
        Self {
            admin,
            user,
            role,
            strategy,
            _embedded: embedded,
        }
    }

    async fn admin(&self) -> Connection {
        self.admin.connect(Session::Migration).await.unwrap()
    }
}

/// The first folder that no other test process has.
async fn start_embedded() -> Embedded {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for number in 0..64 {
        let folder = parent.join(format!("postgres-{number}"));
        let options = options(&folder);
        match Embedded::start(&options).await {
            Ok(embedded) => return embedded,
            Err(EmbeddedError::AlreadyServed { .. } | EmbeddedError::Busy { .. }) => {}
            Err(EmbeddedError::OtherMajor { .. }) => {
                std::fs::remove_dir_all(folder.join("postgres")).unwrap();
                return Embedded::start(&options).await.unwrap();
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("64 test processes are running");
}

/// Named by what the migrations say, so that another template is made when they change.
async fn make_template() -> String {
    let name = format!("template_{}", hash_of_migrations());
    let cluster = Cluster::get().await;
    let mut admin = cluster.admin().await;
    let sql = format!("SELECT datname::text AS text FROM pg_database WHERE datname = '{name}'");
    if !text(&mut admin, &sql).await.is_empty() {
        return name;
    }
    let draft = TestDatabase::empty().await;
    migrate::run(&draft.settings()).await.unwrap();
    // The connection that migrated may still be on its way out.
    let sql = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{0}';
         ALTER DATABASE {0} RENAME TO {name}",
        draft.name
    );
    for statement in sql.split(';') {
        admin.batch_execute(statement).await.unwrap();
    }
    name
}

fn hash_of_migrations() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.file_name().unwrap().as_encoded_bytes());
        hash.update(std::fs::read(file.join("up.sql")).unwrap());
    }
    let hash = hash.finalize();
    let start: [u8; 8] = std::array::from_fn(|index| hash[index]);
    format!("{:016x}", u64::from_be_bytes(start))
}

/// Drops databases on a thread of its own, since `Drop` cannot wait.
fn cleaner() -> &'static mpsc::Sender<String> {
    static CLEANER: OnceLock<mpsc::Sender<String>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let (sender, names) = mpsc::channel::<String>();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            for name in names {
                runtime.block_on(async {
                    let mut admin = Cluster::get().await.admin().await;
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    admin.batch_execute(&sql).await.unwrap();
                });
            }
        });
        sender
    })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The column `text` of a query.
pub(crate) async fn text(connection: &mut Connection, sql: &str) -> Vec<String> {
    let rows: Vec<Row> = diesel::sql_query(sql).load(connection).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}
