//! Encrypted connections to PostgreSQL, by `sslmode` and `sslrootcert` in the URL, as in libpq and
//! so in Optuna's drivers.

use crate::error::{Error, Result};
use percent_encoding::percent_decode_str;
use rustls_tokio_postgres::{
    MakeRustlsConnect, config_from_ca_cert, config_no_verify, config_webpki_roots, rustls,
};
use std::error::Error as StdError;

/// The encryption that a URL asks for.
pub(super) struct Tls {
    pub(super) connector: MakeRustlsConnect,
    /// Whether an unencrypted connection is allowed if encryption fails.
    pub(super) optional: bool,
}

impl Tls {
    /// Takes the settings out of a URL and returns the rest, which is for the PostgreSQL client.
    ///
    /// The server's certificate and host name are checked if the mode is `verify-ca` or
    /// `verify-full`, or `require` with an authority's certificate. Without such a certificate, the
    /// authorities that Mozilla trusts count. In the other modes the connection may be encrypted,
    /// but the server is not checked.
    pub(super) fn of(url: &str) -> Result<(String, Tls)> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut authority) = ("prefer", None);
        let mut others = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", value)) => mode = value,
                Some(("sslrootcert", value)) => {
                    authority = Some(percent_decode_str(value).decode_utf8_lossy())
                }
                _ => others.push(pair.to_string()),
            }
        }
        let (plain, checked) = match mode {
            "disable" => ("disable", false),
            "allow" | "prefer" => ("prefer", false),
            "require" => ("require", authority.is_some()),
            "verify-ca" | "verify-full" => ("require", true),
            other => {
                let expected = "disable, prefer, require, verify-ca or verify-full";
                return Err(Error::argument("sslmode in the URL of the database", other, expected));
            }
        };
        let config = match authority.as_deref() {
            _ if !checked => config_no_verify(),
            None | Some("system") => config_webpki_roots(),
            Some(file) => config_from_ca_cert(file).map_err(|e| {
                let got = format!("{file} ({e})");
                let expected = "a PEM file with the certificate of the server's authority";
                Error::argument("sslrootcert in the URL of the database", got, expected)
            })?,
        };
        others.push(format!("sslmode={plain}"));
        let connector = MakeRustlsConnect::new(config);
        let tls = Tls { connector, optional: plain == "prefer" };
        Ok((format!("{address}?{}", others.join("&")), tls))
    }
}

/// The encryption error that caused this error, if one did.
pub(super) fn failure(error: &::postgres::Error) -> Option<&rustls::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(|e| e.get_ref());
        if let Some(tls) = inner.and_then(|e| e.downcast_ref()) {
            return Some(tls);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::postgres::server;
    use super::*;
    use crate::tune::storage::{Database, Storage};
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/tls");

    #[test]
    fn settings_are_taken_out_of_the_url() {
        let left = |url: &str| Tls::of(url).map(|(url, tls)| (url, tls.optional)).unwrap();
        assert_eq!(left("u:p@h/d"), ("u:p@h/d?sslmode=prefer".to_string(), true));
        let url = "h/d?sslmode=verify-full&connect_timeout=3";
        assert_eq!(left(url), ("h/d?connect_timeout=3&sslmode=require".to_string(), false));
        assert_eq!(left("h/d?sslmode=disable").0, "h/d?sslmode=disable");
        let error = |url: &str| Tls::of(url).err().unwrap().to_string();
        assert!(error("h/d?sslmode=always").contains("always"));
        let text = error("h/d?sslmode=require&sslrootcert=/no%20such.pem");
        assert!(text.contains("/no such.pem"), "{text}");
    }

    /// A proxy before the server that adds TLS, at its own port.
    struct Door(Child, String);

    impl Door {
        fn before(url: &str) -> Door {
            let port = url.rsplit_once(':').and_then(|(_, p)| p.split('/').next()).unwrap();
            let python = std::env::var("DFDX_LAB_TEST_PYTHON").unwrap_or("python3".to_string());
            let mut command = Command::new(python);
            command.arg(format!("{FOLDER}/proxy.py")).arg(port);
            let mut child =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python 3");
            let mut own = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut own).unwrap();
            let url = url.replace(port, own.trim()).replace("127.0.0.1", "localhost");
            Door(child, url)
        }
    }

    impl Drop for Door {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn connections_are_encrypted_as_the_url_says() {
        let Some(server) = server::shared() else { return };
        let plain = server.database();
        let door = Door::before(&plain);
        let studies = |query: &str| -> Result<usize> {
            Ok(Database::postgres(&format!("{}{query}", door.1))?.studies()?.len())
        };
        let authority = format!("sslrootcert={FOLDER}/authority.pem");
        for query in ["", "?sslmode=require", &format!("?sslmode=verify-full&{authority}")] {
            assert_eq!(studies(query).unwrap(), 0, "{query}");
        }
        let refused = |query: &str| studies(query).unwrap_err().to_string();
        for query in ["?sslmode=verify-full", "?sslmode=require&sslrootcert=system"] {
            let text = refused(query);
            assert!(text.contains("UnknownIssuer") && text.contains("sslrootcert"), "{text}");
        }
        let elsewhere = door.1.replace("localhost", "127.0.0.1");
        let text = Database::postgres(&format!("{elsewhere}?sslmode=require&{authority}"));
        let text = text.err().unwrap().to_string();
        assert!(text.contains("not valid for name"), "{text}");
        let text = Database::postgres(&format!("{plain}?sslmode=require")).err().unwrap();
        assert!(text.to_string().contains("does not support TLS"), "{text}");
    }

    #[test]
    fn a_socket_of_this_machine_needs_no_encryption() {
        let Some(server) = server::shared() else { return };
        for query in ["", "&sslmode=disable", "&sslmode=require"] {
            let url = server.socket_url("postgres") + query;
            assert!(Database::postgres(&url).is_ok(), "{url}");
        }
        let port = server.url("x").rsplit_once(':').unwrap().1.replace("/x", "");
        let url = format!("postgresql://lab@/postgres?hostaddr=127.0.0.1&port={port}");
        assert!(Database::postgres(&url).is_ok());
        let error = Database::postgres(&format!("{url}&sslmode=require")).err().unwrap();
        assert!(error.to_string().contains("host's name"), "{error}");
    }
}
