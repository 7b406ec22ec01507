//! A small S3 store: one bucket, over HTTP, that checks who signed each request and what was signed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hansei::platform::objects::BucketSettings;
use hansei::platform::secret::{Secret, sha256, to_hex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const BUCKET: &str = "post-mortems";
const KEY_ID: &str = "AKIAHANSEITEST";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// How the store behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    /// Hangs up without a word.
    Away,
    /// Has too much to do.
    Busy,
    /// Knows the key and does not let it.
    Refuses,
    /// Lets the key read, write and delete, but not know what is not there.
    Discreet,
}

#[derive(Debug)]
struct Inside {
    mood: Mood,
    objects: BTreeMap<String, Vec<u8>>,
    /// Method and object of every request.
    asked: Vec<String>,
    /// What was wrong with requests, which no test allows.
    wrong: Vec<String>,
}

/// A running store.
#[derive(Debug)]
pub(crate) struct Store {
    address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

struct Asked {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Store {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside {
            mood: Mood::Fine,
            objects: BTreeMap::new(),
            asked: Vec::new(),
            wrong: Vec::new(),
        }));
        let served = Arc::clone(&inside);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&served)));
            }
        });
        Self { address, inside }
    }

    pub(crate) fn settings(&self) -> BucketSettings {
        BucketSettings {
            endpoint: Some(format!("http://{}", self.address).parse().unwrap()),
            bucket: BUCKET.to_owned(),
            region: "eu-test-1".to_owned(),
            prefix: "hansei/files".to_owned(),
            key_id: KEY_ID.to_owned(),
            secret: Secret::new(SECRET.to_owned()),
        }
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.inside.lock().unwrap().mood = mood;
    }

    /// What is in the bucket, without the prefix.
    pub(crate) fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        self.inside.lock().unwrap().objects.clone()
    }

    pub(crate) fn lose(&self, name: &str) {
        self.inside.lock().unwrap().objects.remove(name).unwrap();
    }

    /// What was asked for since this was last called.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut inside = self.inside.lock().unwrap();
        assert!(inside.wrong.is_empty(), "{:?}", inside.wrong);
        std::mem::take(&mut inside.asked)
    }
}

async fn serve(mut stream: TcpStream, inside: Arc<Mutex<Inside>>) {
    let mut read = Vec::new();
    while let Some(asked) = next(&mut stream, &mut read).await {
        let answer = answer(&asked, &mut inside.lock().unwrap());
        let Some((status, headers, body)) = answer else {
            return;
        };
        let is_said = headers.iter().any(|it| it.starts_with("content-length"));
        let length = if is_said {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let head = format!(
            "HTTP/1.1 {status} x\r\n{length}{}\r\n\r\n",
            headers.join("\r\n")
        );
        let sent = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        if sent.is_err() {
            return;
        }
    }
}

/// The next request on a connection.
async fn next(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Asked> {
    let head_end = loop {
        if let Some(at) = read.windows(4).position(|it| it == b"\r\n\r\n") {
            break at;
        }
        let mut piece = [0; 8192];
        let count = stream.read(&mut piece).await.ok().filter(|it| *it > 0)?;
        read.extend_from_slice(&piece[..count]);
    };
    let head = String::from_utf8(read[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: BTreeMap<String, String> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .map_or(0, |it| it.parse::<usize>().unwrap());
    let end = head_end + 4 + length;
    while read.len() < end {
        let mut piece = vec![0; 65536];
        let count = stream.read(&mut piece).await.ok().filter(|it| *it > 0)?;
        read.extend_from_slice(&piece[..count]);
    }
    let body = read[head_end + 4..end].to_vec();
    read.drain(..end);
    Some(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    })
}

type Answered = (u16, Vec<String>, Vec<u8>);

/// None hangs up.
fn answer(asked: &Asked, inside: &mut Inside) -> Option<Answered> {
    let error = |status: u16, code: &str| {
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>"
        );
        Some((
            status,
            vec!["content-type: application/xml".to_owned()],
            body.into_bytes(),
        ))
    };
    let prefix = format!("/{BUCKET}/hansei/files/");
    let Some(name) = asked.path.strip_prefix(&prefix) else {
        inside
            .wrong
            .push(format!("{} {}", asked.method, asked.path));
        return error(404, "NoSuchBucket");
    };
    inside.asked.push(format!("{} {name}", asked.method));
    match inside.mood {
        Mood::Away => return None,
        Mood::Busy => return error(503, "SlowDown"),
        Mood::Refuses => return error(403, "AccessDenied"),
        Mood::Fine | Mood::Discreet => {}
    }
    if let Err(why) = is_signed(asked) {
        inside.wrong.push(format!("{} {name}: {why}", asked.method));
        return error(403, "SignatureDoesNotMatch");
    }
    let modified = "last-modified: Sat, 21 Nov 2026 12:00:00 GMT".to_owned();
    match asked.method.as_str() {
        "PUT" => {
            inside.objects.insert(name.to_owned(), asked.body.clone());
            Some((200, vec!["etag: \"e\"".to_owned()], Vec::new()))
        }
        "DELETE" => {
            inside.objects.remove(name);
            Some((204, vec!["content-length: 0".to_owned()], Vec::new()))
        }
        "GET" => {
            let Some(object) = inside.objects.get(name) else {
                return if inside.mood == Mood::Discreet {
                    error(403, "AccessDenied")
                } else {
                    error(404, "NoSuchKey")
                };
            };
            let range = asked.headers.get("range").unwrap();
            let (from, to) = range
                .strip_prefix("bytes=")
                .unwrap()
                .split_once('-')
                .unwrap();
            let from: usize = from.parse().unwrap();
            let to = to.parse::<usize>().unwrap().min(object.len() - 1);
            let headers = vec![
                "etag: \"e\"".to_owned(),
                modified,
                format!("content-range: bytes {from}-{to}/{}", object.len()),
            ];
            Some((206, headers, object[from..=to].to_vec()))
        }
        _ => error(405, "MethodNotAllowed"),
    }
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let keyed = |with: u8, rest: &[u8]| sha256([&block.map(|byte| byte ^ with)[..], rest].concat());
    keyed(0x5c, &keyed(0x36, text.as_bytes()))
}

/// Signature version 4, computed anew from what arrived.
fn is_signed(asked: &Asked) -> Result<(), String> {
    let header = |name: &str| asked.headers.get(name).cloned().ok_or(format!("no {name}"));
    let authorization = header("authorization")?;
    let rest = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or("another algorithm")?;
    let parts: BTreeMap<&str, &str> = rest
        .split(", ")
        .filter_map(|part| part.trim().split_once('='))
        .collect();
    let (credential, signed) = (parts["Credential"], parts["SignedHeaders"]);
    let at = header("x-amz-date")?;
    let (day, _) = at.split_once('T').ok_or("without a day")?;
    let scope = format!("{day}/eu-test-1/s3/aws4_request");
    if credential != format!("{KEY_ID}/{scope}") {
        return Err(format!("by {credential}"));
    }
    let sum = header("x-amz-content-sha256")?;
    if sum != to_hex(&sha256(&asked.body)) {
        return Err("of another body".to_owned());
    }
    let headers: Vec<String> = signed
        .split(';')
        .map(|name| format!("{name}:{}\n", asked.headers[name]))
        .collect();
    let headers = headers.concat();
    let canonical = [
        &*asked.method,
        &asked.path,
        &asked.query,
        &headers,
        signed,
        &sum,
    ]
    .join("\n");
    let text = format!(
        "AWS4-HMAC-SHA256\n{at}\n{scope}\n{}",
        to_hex(&sha256(&canonical))
    );
    let mut key = hmac(format!("AWS4{SECRET}").as_bytes(), day);
    for piece in ["eu-test-1", "s3", "aws4_request"] {
        key = hmac(&key, piece);
    }
    if to_hex(&hmac(&key, &text)) == parts["Signature"] {
        Ok(())
    } else {
        Err(format!("another signature than of {canonical:?}"))
    }
}
