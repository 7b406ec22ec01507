//! A bucket of an S3 store, for bytes that would only swell the database. Objects are named by the hash of what is in
//! them, so writing one twice is harmless and nothing is ever overwritten with something else.
//!
//! Nothing here knows what the bytes are, or who may read them. Every request ends in bounded time; while the bucket is
//! away, the site goes on without what is in it.

mod client;
mod words;

use crate::platform::causes::with_causes;
use crate::platform::http::Error;
use crate::platform::secret::{NoRandomness, Secret, fill_random, to_hex};
use bytes::Bytes;
use client::Connector;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::HttpError;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ObjectStore as _, ObjectStoreExt as _, PutOptions,
    PutPayload, RetryConfig,
};
use std::error::Error as AnyError;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use url::Url;

/// The most bytes that are asked for at once.
pub const MOST_READ: u64 = 1024 * 1024;
/// The most bytes of an answer: what was asked for, or an error with its explanation.
const MOST_ANSWERED: usize = 1024 * 1024 + 64 * 1024;
/// Something that went wrong is tried again for so long.
const TRY_AGAIN_FOR: Duration = Duration::from_secs(5);
/// Whoever waits for an object to be written waits for so long, whatever its size: what answers them has 20 seconds.
const WRITTEN_WITHIN: Duration = Duration::from_secs(15);
/// What shows that the bucket answers. It stays there, and is never deleted: other nodes look at it, too.
const MARK: &str = "hansei";
/// What is in it.
const MARK_TEXT: &str = "Files attached to the reports of Hansei are in this bucket. They are named by their SHA-256; \
    which report has which file is in its database.\n";

/// Where the bucket is, and the key to it.
#[derive(Clone, Debug)]
pub struct BucketSettings {
    /// The address of the store; none is that of AWS in the region.
    pub endpoint: Option<Url>,
    /// The name of the bucket.
    pub bucket: String,
    /// The region.
    pub region: String,
    /// What the names of objects begin with, such as `hansei/files`; may be empty.
    pub prefix: String,
    /// The name of the key.
    pub key_id: String,
    /// The key.
    pub secret: Secret,
}

/// Why the bucket did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// It cannot be reached, or does not answer in time.
    #[error("the bucket “{bucket}” does not answer")]
    Away {
        /// Its name.
        bucket: String,
        /// What happened.
        source: object_store::Error,
    },
    /// It takes longer than anybody waits.
    #[error("the bucket “{bucket}” takes too long for the object {object}")]
    Slow {
        /// Its name.
        bucket: String,
        /// The object.
        object: String,
    },
    /// There is no chance for a name that nothing else has.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// It answers, but with something else than what was asked for.
    #[error("the bucket “{bucket}” refuses")]
    Refuses {
        /// Its name.
        bucket: String,
        /// What it said.
        source: object_store::Error,
    },
    /// It does not have an object that it should have.
    #[error("the bucket “{bucket}” does not have the object {object}")]
    Lacks {
        /// Its name.
        bucket: String,
        /// The object.
        object: String,
    },
    /// There is no bucket that could have it.
    #[error("the file {0} is in a bucket, and no bucket is set (s3_bucket)")]
    Unset(String),
}

impl From<BucketError> for Error {
    fn from(error: BucketError) -> Self {
        Self::unavailable(error)
    }
}

/// How the bucket was when it was last asked for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It was not yet.
    #[default]
    Unknown,
    /// It answers.
    Fine,
    /// It does not answer.
    Away,
    /// It answers with something else.
    Refuses,
}

impl Condition {
    /// For `/readyz`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "not asked yet",
            Self::Fine => "ok",
            Self::Away => "away; files in it cannot be read or attached",
            Self::Refuses => "refuses; files in it cannot be read or attached",
        }
    }
}

/// A bucket.
pub struct Bucket {
    store: AmazonS3,
    name: String,
    prefix: Path,
    condition: Mutex<Condition>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Bucket");
        shown.field("name", &self.name).finish_non_exhaustive()
    }
}

impl Bucket {
    /// The bucket of these settings. Nothing is asked of it yet. Requests run on the runtime in which this is called.
    pub fn new(settings: &BucketSettings) -> Result<Self, object_store::Error> {
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(1),
                base: 2.0,
            },
            max_retries: 2,
            retry_timeout: TRY_AGAIN_FOR,
        };
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(Connector(Handle::current()))
            .with_retry(retry)
            .with_disable_bulk_delete(true)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.key_id)
            .with_secret_access_key(settings.secret.expose());
        if let Some(endpoint) = &settings.endpoint {
            builder = builder
                .with_endpoint(endpoint.as_str().trim_end_matches('/'))
                .with_allow_http(endpoint.scheme() == "http");
        }
        Ok(Self {
            store: builder.build()?,
            name: settings.bucket.clone(),
            prefix: Path::parse(settings.prefix.trim_matches('/'))?,
            condition: Mutex::default(),
        })
    }

    /// How the bucket was when it was last asked for something.
    pub fn condition(&self) -> Condition {
        *self
            .condition
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an object, whole or not at all.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), BucketError> {
        self.told(name, self.written(name, bytes).await)
    }

    /// The same for somebody who waits for it. Where it takes too long it is ended, and may be there or not.
    pub async fn put_in_time(&self, name: &str, bytes: Bytes) -> Result<(), BucketError> {
        let put = tokio::time::timeout(WRITTEN_WITHIN, self.put(name, bytes)).await;
        put.unwrap_or_else(|_late| {
            Err(BucketError::Slow {
                bucket: self.name.clone(),
                object: name.to_owned(),
            })
        })
    }

    async fn written(&self, name: &str, bytes: Bytes) -> object_store::Result<()> {
        let attributes =
            Attributes::from_iter([(Attribute::ContentType, "application/octet-stream")]);
        let options = PutOptions::from(attributes);
        let payload = PutPayload::from_bytes(bytes);
        let path = self.path(name);
        self.store.put_opts(&path, payload, options).await.map(drop)
    }

    /// Some bytes of an object, at most [`MOST_READ`].
    pub async fn read(&self, name: &str, range: Range<u64>) -> Result<Bytes, BucketError> {
        let read = self.store.get_range(&self.path(name), range).await;
        match read {
            Err(object_store::Error::NotFound { .. }) => Err(BucketError::Lacks {
                bucket: self.name.clone(),
                object: name.to_owned(),
            }),
            read => self.told(name, read),
        }
    }

    /// Deletes an object; one that is not there is deleted already.
    pub async fn delete(&self, name: &str) -> Result<(), BucketError> {
        match self.store.delete(&self.path(name)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            deleted => self.told(name, deleted),
        }
    }

    /// Whether everything may be done that will be: writing, reading and deleting. Other nodes may try it at the same
    /// time, so each does with an object of its own.
    pub async fn try_out(&self) -> Result<(), BucketError> {
        let mut random = [0; 8];
        fill_random(&mut random)?;
        let own = format!("{MARK}-{}", to_hex(&random));
        self.put(&own, mark()).await?;
        self.read(&own, 0..1).await?;
        self.delete(&own).await?;
        self.put(MARK, mark()).await
    }

    /// Whether it answers; [`Self::condition`] says so from then on.
    pub async fn look(&self) -> Result<(), BucketError> {
        self.told(MARK, self.looked().await)
    }

    async fn looked(&self) -> object_store::Result<()> {
        let path = self.path(MARK);
        match self.store.get_range(&path, 0..1).await {
            // Somebody tidied up. Whoever may not list the bucket is told that it may not be read, where it is not there.
            Err(
                object_store::Error::NotFound { .. } | object_store::Error::PermissionDenied { .. },
            ) => {
                self.written(MARK, mark()).await?;
                self.store.get_range(&path, 0..1).await.map(drop)
            }
            first => first.map(drop),
        }
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    /// Notes how the bucket is.
    fn told<T>(&self, object: &str, result: object_store::Result<T>) -> Result<T, BucketError> {
        let (condition, result) = match result {
            Ok(done) => (Condition::Fine, Ok(done)),
            Err(source) => {
                let bucket = self.name.clone();
                if is_of_the_way(&source) {
                    (Condition::Away, Err(BucketError::Away { bucket, source }))
                } else {
                    (
                        Condition::Refuses,
                        Err(BucketError::Refuses { bucket, source }),
                    )
                }
            }
        };
        let mut known = self
            .condition
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *known, condition);
        drop(known);
        if let Err(error) = &result
            && before != condition
        {
            let cause = with_causes(error);
            tracing::warn!(object, cause, "the bucket fails");
        }
        result
    }
}

fn mark() -> Bytes {
    Bytes::from_static(MARK_TEXT.as_bytes())
}

/// Whether nobody answered, rather than somebody with something else.
fn is_of_the_way(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn AnyError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<HttpError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
