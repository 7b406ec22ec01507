//! TLS to the database, by rustls: which certificates are believed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::settings::SettingsError;

/// Why TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of certificates.
    #[error("cannot read the certificates in {path} (sslrootcert): {reason}")]
    RootCertificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// This machine trusts nobody.
    #[error(
        "no certificate authorities were found on this machine: install the package ca-certificates, \
         or add sslrootcert=<file> to DATABASE_URL"
    )]
    NoAuthorities,
    /// rustls itself.
    #[error("TLS to the database cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

/// What to connect through.
#[derive(Clone)]
pub(super) enum Tls {
    Off,
    On(MakeRustlsConnect),
}

/// What a connection string says about TLS, some of which tokio-postgres does not know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    mode: Option<String>,
    roots: Option<PathBuf>,
}

/// Takes `sslmode` and `sslrootcert` out of a connection string.
pub(super) fn separate(text: &str) -> (String, Wanted) {
    let mut wanted = Wanted::default();
    let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if !is_url {
        let rest = words(text)
            .into_iter()
            .filter(|word| !wanted.take(word, |value| value.trim_matches('\'').to_owned()))
            .collect::<Vec<_>>();
        return (rest.join(" "), wanted);
    }
    let Some((before, query)) = text.split_once('?') else {
        return (text.to_owned(), wanted);
    };
    let decode = |value: &str| {
        let pair = format!("v={value}");
        let decoded = url::form_urlencoded::parse(pair.as_bytes()).next();
        decoded
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let rest = query
        .split('&')
        .filter(|pair| !wanted.take(pair, decode))
        .collect::<Vec<_>>();
    if rest.is_empty() {
        return (before.to_owned(), wanted);
    }
    (format!("{before}?{}", rest.join("&")), wanted)
}

/// Splits `key=value key='quoted value'` at the spaces that are not quoted.
fn words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(|c: char| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            '\\' if !was_escaped => escaped = true,
            '\'' if !was_escaped => quoted = !quoted,
            _ => {}
        }
        c.is_whitespace() && !quoted && !was_escaped
    })
    .filter(|word| !word.is_empty())
    .collect()
}

impl Wanted {
    /// Remembers the pair if it is about TLS.
    fn take(&mut self, pair: &str, decode: impl Fn(&str) -> String) -> bool {
        match pair.split_once('=') {
            Some(("sslmode", value)) => self.mode = Some(decode(value)),
            Some(("sslrootcert", value)) => self.roots = Some(PathBuf::from(decode(value))),
            Some(_) | None => return false,
        }
        true
    }

    /// What that means for these hosts.
    pub(super) fn resolve(self, hosts: &[Host]) -> Result<(SslMode, Tls), SettingsError> {
        let checked = match self.mode.as_deref() {
            Some("disable") => return Ok((SslMode::Disable, Tls::Off)),
            None | Some("allow" | "prefer") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(other) => return Err(SettingsError::SslMode(other.to_owned())),
        };
        let only_sockets =
            !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_)));
        if only_sockets {
            return Ok((SslMode::Disable, Tls::Off));
        }
        let mode = if checked {
            SslMode::Require
        } else {
            SslMode::Prefer
        };
        let tls = if checked {
            checking(self.roots.as_deref())?
        } else {
            unchecking()?
        };
        Ok((mode, Tls::On(MakeRustlsConnect::new(tls))))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn checking(file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = file.filter(|file| *file != Path::new("system")) {
        let broken = |reason: String| TlsError::RootCertificates {
            path: file.into(),
            reason,
        };
        let certificates =
            CertificateDer::pem_file_iter(file).map_err(|error| broken(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| broken(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| broken(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(broken("it holds none".to_owned()));
        }
    } else {
        let (_added, _ignored) =
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TlsError::NoAuthorities);
        }
    }
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// For `sslmode=prefer`, which promises encryption against listeners only, and only if the server offers it.
fn unchecking() -> Result<ClientConfig, TlsError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider())))
        .with_no_client_auth())
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(mode: &str, roots: Option<&str>) -> Wanted {
        Wanted {
            mode: Some(mode.to_owned()),
            roots: roots.map(PathBuf::from),
        }
    }

    #[test]
    fn tls_words_are_taken_out_of_both_forms() {
        assert_eq!(
            separate(
                "postgres://u@a:1,b/db?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fca%20s.pem"
            ),
            (
                "postgres://u@a:1,b/db?connect_timeout=3".to_owned(),
                wanted("verify-full", Some("/ca s.pem"))
            )
        );
        assert_eq!(
            separate("postgres://u@a/db?sslmode=require"),
            ("postgres://u@a/db".to_owned(), wanted("require", None))
        );
        assert_eq!(
            separate(r"host=a password='a sslmode=x \' b' sslmode=require sslrootcert='/a b.pem'"),
            (
                r"host=a password='a sslmode=x \' b'".to_owned(),
                wanted("require", Some("/a b.pem"))
            )
        );
        assert_eq!(
            separate("postgres://u@a/db"),
            ("postgres://u@a/db".to_owned(), Wanted::default())
        );
    }

    #[test]
    fn sockets_need_no_certificates() {
        let hosts = [Host::Unix("/run".into())];
        let (mode, tls) = wanted("verify-full", Some("/none.pem"))
            .resolve(&hosts)
            .unwrap();
        assert_eq!(mode, SslMode::Disable);
        assert!(matches!(tls, Tls::Off));
    }

    #[test]
    fn a_missing_file_of_certificates_is_named() {
        let hosts = [Host::Tcp("db".into())];
        let Err(refusal) = wanted("verify-full", Some("/none.pem")).resolve(&hosts) else {
            panic!("there is no such file");
        };
        assert!(refusal.to_string().contains("/none.pem"), "{refusal}");
        assert!(wanted("prefer", None).resolve(&hosts).is_ok());
    }
}
