//! `event_socket.conf`: the params of its TLS listener. FreeSWITCH's event socket has none; these are named as its others.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::config::Tree;
use crate::element::Element;
use crate::error::{ConfigError, Place};
use crate::value::{Settings, bad_value};

/// Where the event socket listens for TLS, and with which certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// `tls-listen-ip`, as `listen-ip`. Default: what `listen-ip` says.
    pub listen_ip: IpAddr,
    /// `tls-listen-port`, default 8022. With 0 the system chooses one.
    pub listen_port: u16,
    /// `tls-certificate`: PEM, the certificate first and those between it and its CA behind it.
    pub certificate: PemFile,
    /// `tls-key`: PEM, without a password. Default: the file of `tls-certificate`.
    pub key: PemFile,
    /// `tls-client-ca`: PEM, the CAs whose certificates clients may show.
    pub client_ca: Option<PemFile>,
    /// `tls-client-certificates`. Default: `optional` with a `tls-client-ca`, else `none`.
    pub client_certificates: ClientCertificates,
}

/// A PEM file that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemFile {
    /// The param's name.
    pub parameter: &'static str,
    /// The file. A relative path in the configuration is one in the folder of the global variable `certs_dir`.
    pub path: PathBuf,
    /// Where it is named.
    pub at: Place,
}

/// Whether clients show certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not asked for one.
    None,
    /// They are asked for one; without they are let in too.
    Optional,
    /// Without one they are not let in.
    Required,
}

impl TlsSettings {
    /// `None` unless `tls` is on.
    pub(crate) fn read(tree: Tree<'_>, plain_ip: IpAddr) -> Result<Option<TlsSettings>, ConfigError> {
        let settings = Settings::new(tree.settings("event_socket.conf"));
        let is_on = settings.flag("tls", false)?;
        let Some((tls, value)) = settings.all("tls").last().filter(|_| is_on) else { return Ok(None) };
        let certificate = pem_file(tree, settings, "tls-certificate");
        let certificate =
            certificate.ok_or_else(|| bad_value(tls, "tls", value, "a param tls-certificate beside it"))?;
        let key = pem_file(tree, settings, "tls-key");
        let client_ca = pem_file(tree, settings, "tls-client-ca");
        Ok(Some(TlsSettings {
            listen_ip: settings.address("tls-listen-ip", plain_ip, tree.resolve)?,
            listen_port: settings.port("tls-listen-port", 8022)?,
            key: key.unwrap_or_else(|| PemFile { parameter: "tls-key", ..certificate.clone() }),
            certificate,
            client_certificates: client_certificates(settings, client_ca.is_some())?,
            client_ca,
        }))
    }
}

fn pem_file(tree: Tree<'_>, settings: Settings<'_>, parameter: &'static str) -> Option<PemFile> {
    let (param, value): (&Element, &str) = settings.all(parameter).last()?;
    // Joining an absolute path gives that path.
    let path = Path::new(tree.global("certs_dir").unwrap_or_default()).join(value);
    Some(PemFile { parameter, path, at: param.place() })
}

fn client_certificates(settings: Settings<'_>, has_ca: bool) -> Result<ClientCertificates, ConfigError> {
    const NAME: &str = "tls-client-certificates";
    let default = if has_ca { ClientCertificates::Optional } else { ClientCertificates::None };
    let mode = settings.parsed(NAME, default, "none, optional or required", |value| match value {
        "none" => Some(ClientCertificates::None),
        "optional" => Some(ClientCertificates::Optional),
        "required" => Some(ClientCertificates::Required),
        _ => None,
    })?;
    match settings.all(NAME).last() {
        Some((param, value)) if mode != ClientCertificates::None && !has_ca => {
            Err(bad_value(param, NAME, value, "a param tls-client-ca beside it, with the CAs to be trusted"))
        }
        _ => Ok(mode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, LoadOptions, MemorySource, load};

    fn read(params: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let params: String =
            params.iter().map(|(name, value)| format!("<param name=\"{name}\" value=\"{value}\"/>\n")).collect();
        let xml = format!(
            "<d><section name='configuration'><configuration name='event_socket.conf'><settings>\n{params}\
             <param name='password' value='own'/></settings></configuration></section></d>"
        );
        let preset = vec![("certs_dir".to_owned(), "/data/tls".to_owned())];
        load(&MemorySource::new([("freeswitch.xml", xml)]), &LoadOptions { preset, ..LoadOptions::default() })
    }

    fn tls(params: &[(&str, &str)]) -> Option<TlsSettings> {
        read(params).unwrap().event_socket.tls
    }

    #[test]
    fn it_is_off_unless_switched_on() {
        assert_eq!(tls(&[]), None);
        assert_eq!(tls(&[("tls", "false"), ("tls-listen-port", "9")]), None);
    }

    #[test]
    fn what_is_not_said_follows_from_the_rest() {
        let found = tls(&[("listen-ip", "192.0.2.1"), ("tls", "true"), ("tls-certificate", "esl.pem")]).unwrap();
        assert_eq!((found.listen_ip.to_string().as_str(), found.listen_port), ("192.0.2.1", 8022));
        assert_eq!((found.certificate.path.as_path(), found.key.path.as_path()), {
            let path = Path::new("/data/tls/esl.pem");
            (path, path)
        });
        assert_eq!((found.certificate.at.line, found.client_ca), (4, None));
        assert_eq!(found.client_certificates, ClientCertificates::None);
    }

    #[test]
    fn everything_can_be_said() {
        let said = [
            ("tls", "yes"),
            ("tls-listen-ip", "::"),
            ("tls-listen-port", "0"),
            ("tls-certificate", "/c.pem"),
            ("tls-key", "/k.pem"),
            ("tls-client-ca", "ca.pem"),
        ];
        let found = tls(&said).unwrap();
        assert_eq!((found.listen_ip.to_string().as_str(), found.listen_port), ("::", 0));
        assert_eq!((found.certificate.path, found.key.path), ("/c.pem".into(), "/k.pem".into()));
        assert_eq!(found.client_ca.unwrap().path, Path::new("/data/tls/ca.pem"));
        assert_eq!(found.client_certificates, ClientCertificates::Optional);
        let required = tls(&[said.as_slice(), &[("tls-client-certificates", "required")]].concat()).unwrap();
        assert_eq!(required.client_certificates, ClientCertificates::Required);
    }

    #[test]
    fn what_does_not_fit_is_refused_where_it_stands() {
        let check = |params: &[(&str, &str)], expected: &str| {
            assert_eq!(read(params).unwrap_err().to_string(), expected);
        };
        check(
            &[("tls", "ture")],
            "freeswitch.xml:2: tls is \"ture\", expected true or false (also yes, no, on, off, 1, 0)",
        );
        check(&[("tls", "true")], "freeswitch.xml:2: tls is \"true\", expected a param tls-certificate beside it");
        let certificate = ("tls-certificate", "c.pem");
        check(
            &[("tls", "true"), certificate, ("tls-client-certificates", "must")],
            "freeswitch.xml:4: tls-client-certificates is \"must\", expected none, optional or required",
        );
        check(
            &[("tls", "true"), certificate, ("tls-client-certificates", "required")],
            "freeswitch.xml:4: tls-client-certificates is \"required\", expected a param tls-client-ca beside it, with \
             the CAs to be trusted",
        );
    }
}
