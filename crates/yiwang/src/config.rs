//! The server's configuration: file, environment and command line, resolved once into typed values.
//!
//! Not here: the site folder (formats) and the command line's own definition (cli).
//! Invariant: the command line beats the environment, the environment beats the file, and an unknown key is an error.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Where the server listens unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
/// Seconds between two outbound heartbeats unless told otherwise.
pub const DEFAULT_HEARTBEAT_S: u32 = 30;
/// Days of the log that are kept unless told otherwise; 0 keeps everything.
pub const DEFAULT_RETENTION_DAYS: u32 = 0;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}; name an existing file with --config")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What and where.
        message: String,
    },
    /// An address other computers can reach.
    #[error(
        "{listen} can be reached from other computers, and there are no accounts yet: \
         listen on 127.0.0.1 or [::1], and put a proxy that knows who is who in front"
    )]
    NotLoopback {
        /// The address asked for.
        listen: SocketAddr,
    },
    /// A value makes no sense.
    #[error("{key}: {message}")]
    Value {
        /// Which key.
        key: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// The file as written.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    /// Site folder.
    pub site: Option<PathBuf>,
    /// Data folder.
    pub data: Option<PathBuf>,
    /// Address and port.
    pub listen: Option<String>,
    /// Days of log to keep; 0 keeps everything.
    pub retention_days: Option<u32>,
    /// Outbound heartbeat.
    pub heartbeat: Option<RawHeartbeat>,
    /// Webhooks by console id.
    #[serde(default)]
    pub notify: BTreeMap<String, String>,
}

/// The heartbeat as written.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHeartbeat {
    /// Where to.
    pub url: String,
    /// Seconds between two.
    pub every_s: Option<u32>,
}

/// The configuration, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Site folder.
    pub site: PathBuf,
    /// Data folder.
    pub data: PathBuf,
    /// Loopback address and port.
    pub listen: SocketAddr,
    /// Days of log to keep, if not everything.
    pub retention_days: Option<u32>,
    /// Outbound heartbeat.
    pub heartbeat: Option<Heartbeat>,
    /// Webhooks by console id.
    pub notify: BTreeMap<String, String>,
}

/// The outbound heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    /// Where to.
    pub url: String,
    /// Seconds between two.
    pub every_s: u32,
}

/// What the command line and the environment say; each beats the file.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Overrides {
    /// Site folder.
    pub site: Option<PathBuf>,
    /// Data folder.
    pub data: Option<PathBuf>,
    /// Address and port.
    pub listen: Option<String>,
    /// Heartbeat's receiver.
    pub heartbeat_url: Option<String>,
}

impl Raw {
    /// Reads a configuration file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text)
            .map_err(|error| ConfigError::Malformed { path: path.to_owned(), message: error.to_string() })
    }
}

impl Config {
    /// Resolves the file and what overrides it.
    pub fn resolve(raw: Raw, overrides: Overrides) -> Result<Self, ConfigError> {
        let required = |key, value: Option<PathBuf>| {
            value.ok_or(ConfigError::Value { key, message: format!("give --{key} or set it in the file") })
        };
        let listen = overrides.listen.or(raw.listen).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let listen: SocketAddr = listen.parse().map_err(|_| ConfigError::Value {
            key: "listen",
            message: format!("'{listen}' is not an address with a port, such as {DEFAULT_LISTEN}"),
        })?;
        if !listen.ip().is_loopback() {
            return Err(ConfigError::NotLoopback { listen });
        }
        let every_s = raw.heartbeat.as_ref().and_then(|raw| raw.every_s).unwrap_or(DEFAULT_HEARTBEAT_S);
        if every_s == 0 {
            return Err(ConfigError::Value { key: "heartbeat.every_s", message: "must be at least 1".to_owned() });
        }
        let url = overrides.heartbeat_url.or(raw.heartbeat.map(|raw| raw.url));
        let retention_days = raw.retention_days.unwrap_or(DEFAULT_RETENTION_DAYS);
        Ok(Self {
            site: required("site", overrides.site.or(raw.site))?,
            data: required("data", overrides.data.or(raw.data))?,
            listen,
            retention_days: (retention_days > 0).then_some(retention_days),
            heartbeat: url.map(|url| Heartbeat { url, every_s }),
            notify: raw.notify,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(file: &str, listen: Option<&str>) -> Result<Config, ConfigError> {
        let raw = toml::from_str(file)
            .map_err(|error| ConfigError::Malformed { path: "yiwang.toml".into(), message: error.to_string() })?;
        Config::resolve(raw, Overrides { listen: listen.map(str::to_owned), ..Overrides::default() })
    }

    #[test]
    fn the_command_line_beats_the_file() {
        let file = "site = 'sites/bund'\ndata = 'data'\nlisten = '127.0.0.1:9000'";
        assert_eq!(resolve(file, None).unwrap().listen.port(), 9000);
        assert_eq!(resolve(file, Some("127.0.0.1:9001")).unwrap().listen.port(), 9001);
    }

    #[test]
    fn an_address_others_can_reach_is_refused() {
        let error = resolve("site = 's'\ndata = 'd'", Some("0.0.0.0:80")).unwrap_err();
        assert!(matches!(error, ConfigError::NotLoopback { .. }), "{error}");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = resolve("site = 's'\ndata = 'd'\nlisen = ''", None).unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
    }

    #[test]
    fn a_missing_data_folder_says_how_to_give_it() {
        let error = resolve("site = 's'", None).unwrap_err();
        assert!(error.to_string().contains("--data"), "{error}");
    }
}
