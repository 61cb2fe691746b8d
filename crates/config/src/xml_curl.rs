//! `xml_curl.conf`: the HTTP services that are asked for users and extensions (`mod_xml_curl`).

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Tree, warn};
use crate::element::Element;
use crate::error::{ConfigError, Place, Warning};
use crate::value::{Settings, bad_value};

/// One `<binding>`: a service and what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlCurlBinding {
    /// Its `name`.
    pub name: String,
    /// `gateway-url`: `http:` or `https:`.
    pub url: String,
    /// The sections it is asked for: `bindings` of `gateway-url`; all when none is named.
    pub sections: Sections,
    /// `gateway-credentials`: user and password.
    pub credentials: Option<(String, String)>,
    /// `auth-scheme`, default `basic`.
    pub auth: AuthScheme,
    /// `method`: another than POST puts the fields into the URL.
    pub method: String,
    /// `timeout`: for the whole request, from 1 to 300 s. Default, and 0: 10 s.
    pub timeout: Duration,
    /// `enable-cacert-check`: whether the certificate of an `https:` service must be good, default false.
    pub is_certificate_checked: bool,
    /// `enable-ssl-verifyhost`: whether the certificate must be that host's, default false.
    pub is_host_checked: bool,
    /// `ssl-cacert-file`: PEM, the CAs that are trusted; the system's when none.
    pub ca_file: Option<PathBuf>,
    /// `ssl-cert-path`: PEM, the certificate shown to the service.
    pub certificate_file: Option<PathBuf>,
    /// `ssl-key-path`: PEM, its key; in the certificate's file when none.
    pub key_file: Option<PathBuf>,
    /// `bind-local`: the address requests go out from.
    pub bind_local: Option<IpAddr>,
    /// `use-dynamic-url`: whether `${field}` in the URL stands for a field of the request.
    pub has_dynamic_url: bool,
    /// `enable-post-var`, each: only these fields are sent beside the first five. All when none is given.
    pub fields: Vec<String>,
    /// `response-max-bytes`: the longest answer, default 1 MiB, at most 16 MiB.
    pub max_bytes: usize,
    /// Where it stands.
    pub place: Place,
}

/// Which sections a binding is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sections {
    /// Users and domains.
    pub directory: bool,
    /// Contexts.
    pub dialplan: bool,
}

/// How the service is told who asks (`auth-scheme`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    /// RFC 7617, with the first request.
    Basic,
    /// RFC 7616, when the service asks for it.
    Digest,
    /// Digest or basic, as the service asks for.
    Any,
}

/// The bindings, in order; none unless `mod_xml_curl` is among the modules, as in FreeSWITCH.
pub(crate) fn read(
    tree: Tree<'_>,
    modules: &[String],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<XmlCurlBinding>, ConfigError> {
    let bindings = tree.configuration("xml_curl.conf").and_then(|found| found.child("bindings"));
    let is_loaded = modules.iter().any(|module| module == "mod_xml_curl");
    let mut read = Vec::new();
    for element in bindings.into_iter().flat_map(|bindings| bindings.children_named("binding")) {
        match Settings::new(Some(element)).all("gateway-url").last() {
            Some(url) if is_loaded => read.push(binding(element, url, tree, warnings)?),
            Some(_) => warn(warnings, element.place(), format!("<binding> {UNLOADED}")),
            None if is_loaded => warn(warnings, element.place(), format!("<binding> {NO_URL}")),
            None => {}
        }
    }
    Ok(read)
}

const UNLOADED: &str = "is not asked: mod_xml_curl is not among the modules of modules.conf";
const NO_URL: &str = "is not asked: it has no param gateway-url";

fn binding(
    element: &Element,
    (param, url): (&Element, &str),
    tree: Tree<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<XmlCurlBinding, ConfigError> {
    let settings = Settings::new(Some(element));
    let is_http = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && url.len() > scheme.len()
    });
    if !is_http {
        return Err(bad_value(param, "gateway-url", url, "a URL that begins with http:// or https://"));
    }
    for name in UNKNOWN {
        for (param, _) in settings.all(name) {
            warn(warnings, param.place(), format!("{name} has no effect here"));
        }
    }
    let path = |name| settings.text(name).map(PathBuf::from);
    let timeout = settings.number("timeout", 0u64, 0..=300, "a number of seconds from 1 to 300, or 0 for 10")?;
    Ok(XmlCurlBinding {
        name: element.attr("name").unwrap_or_default().to_owned(),
        url: url.to_owned(),
        sections: sections(param, warnings),
        credentials: settings.text("gateway-credentials").map(|text| {
            let (user, password) = text.split_once(':').unwrap_or((text, ""));
            (user.to_owned(), password.to_owned())
        }),
        auth: settings.parsed("auth-scheme", AuthScheme::Basic, "basic, digest or any", auth_scheme)?,
        method: settings.parsed("method", "POST".to_owned(), "the name of an HTTP method", method)?,
        timeout: Duration::from_secs(if timeout == 0 { DEFAULT_TIMEOUT } else { timeout }),
        is_certificate_checked: settings.flag("enable-cacert-check", false)?,
        is_host_checked: settings.flag("enable-ssl-verifyhost", false)?,
        ca_file: path("ssl-cacert-file"),
        certificate_file: path("ssl-cert-path"),
        key_file: path("ssl-key-path"),
        bind_local: match settings.text("bind-local") {
            Some(_) => Some(settings.address("bind-local", IpAddr::from([0, 0, 0, 0]), tree.resolve)?),
            None => None,
        },
        has_dynamic_url: settings.flag("use-dynamic-url", false)?,
        fields: settings.all("enable-post-var").map(|(_, value)| value.to_owned()).collect(),
        max_bytes: settings.number(
            "response-max-bytes",
            1 << 20,
            1..=16 << 20,
            "a number of bytes, at most 16777216",
        )?,
        place: element.place(),
    })
}

/// Seconds; FreeSWITCH waits for ever without a `timeout`.
const DEFAULT_TIMEOUT: u64 = 10;

/// Params of mod_xml_curl's that change nothing here.
const UNKNOWN: [&str; 3] = ["cookie-file", "ssl-key-password", "ssl-version"];

/// FreeSWITCH looks for the names anywhere in the text (`switch_xml_parse_section_string`).
fn sections(param: &Element, warnings: &mut Vec<Warning>) -> Sections {
    let named = param.attr("bindings").unwrap_or_default().to_ascii_lowercase();
    let has = |name: &str| named.contains(name);
    let others = ["config", "phrases", "languages", "chatplan", "channels"];
    let is_all = has("all") || !(has("directory") || has("dialplan") || others.into_iter().any(has));
    if others.into_iter().any(has) {
        let text = format!("bindings=\"{named}\": the service is asked for directory and dialplan only");
        warn(warnings, param.place(), text);
    }
    Sections { directory: is_all || has("directory"), dialplan: is_all || has("dialplan") }
}

fn auth_scheme(value: &str) -> Option<AuthScheme> {
    // `=` says that no other is tried, which is so here anyway.
    match value.strip_prefix('=').unwrap_or(value).to_ascii_lowercase().as_str() {
        "basic" => Some(AuthScheme::Basic),
        "digest" => Some(AuthScheme::Digest),
        "any" => Some(AuthScheme::Any),
        _ => None,
    }
}

fn method(value: &str) -> Option<String> {
    let is_name = value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    is_name.then(|| value.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, MemorySource, load};

    fn config(binding: &str, module: &str) -> Result<Config, ConfigError> {
        let xml = format!(
            "<d><section name='configuration'><configuration name='modules.conf'><modules><load module='{module}'/></modules>\
             </configuration><configuration name='xml_curl.conf'><bindings>\n<binding name='b'>{binding}</binding>\
             </bindings></configuration></section></d>"
        );
        load(&MemorySource::new([("freeswitch.xml", xml)]), &crate::LoadOptions::default())
    }

    fn check(binding: &str, warning: &str) -> Option<XmlCurlBinding> {
        let config = config(binding, "mod_xml_curl").unwrap();
        let warnings: Vec<_> = config.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.join("\n").contains(warning) && warnings.is_empty() == warning.is_empty(), "{warnings:?}");
        config.xml_curl.first().cloned()
    }

    #[test]
    fn what_is_not_said_is_as_in_freeswitch() {
        let found = check("<param name='gateway-url' value='http://h/x' bindings='directory'/>", "").unwrap();
        assert_eq!((found.name.as_str(), found.url.as_str(), found.method.as_str()), ("b", "http://h/x", "POST"));
        assert_eq!(found.sections, Sections { directory: true, dialplan: false });
        assert_eq!((found.timeout, found.max_bytes, found.auth), (Duration::from_secs(10), 1 << 20, AuthScheme::Basic));
        assert!(!found.is_certificate_checked && !found.is_host_checked && found.credentials.is_none());
    }

    #[test]
    fn everything_can_be_said() {
        let found = check(
            "<param name='gateway-url' value='HTTPS://h' bindings='Dialplan|directory'/><param name='timeout' value='3'/>\
             <param name='gateway-credentials' value='me:a:b'/><param name='auth-scheme' value='=digest'/>\
             <param name='method' value='get'/><param name='enable-post-var' value='user'/>\
             <param name='enable-post-var' value='domain'/><param name='bind-local' value='127.0.0.1'/>\
             <param name='enable-cacert-check' value='true'/><param name='response-max-bytes' value='5'/>",
            "",
        );
        let found = found.unwrap();
        assert_eq!(found.sections, Sections { directory: true, dialplan: true });
        assert_eq!(found.credentials, Some(("me".to_owned(), "a:b".to_owned())));
        assert_eq!((found.auth, found.method.as_str(), found.max_bytes), (AuthScheme::Digest, "GET", 5));
        assert_eq!((found.timeout, found.is_certificate_checked), (Duration::from_secs(3), true));
        assert_eq!(
            (found.fields, found.bind_local),
            (vec!["user".into(), "domain".into()], Some([127, 0, 0, 1].into()))
        );
    }

    #[test]
    fn what_is_odd_is_said() {
        assert!(check("", "it has no param gateway-url").is_none());
        let both = check("<param name='gateway-url' value='http://h' bindings='all'/>", "").unwrap().sections;
        assert_eq!(both, Sections { directory: true, dialplan: true });
        let none = check("<param name='gateway-url' value='http://h' bindings='configuration'/>", "dialplan only");
        assert_eq!(none.unwrap().sections, Sections { directory: false, dialplan: false });
        let unloaded = config("<param name='gateway-url' value='http://h'/>", "mod_x").unwrap();
        assert!(unloaded.xml_curl.is_empty() && unloaded.warnings.len() == 1);
        for (param, value) in [("gateway-url", "file:/x"), ("auth-scheme", "NTLM"), ("timeout", "-1")] {
            let params =
                format!("<param name='gateway-url' value='http://h'/>\n<param name='{param}' value='{value}'/>");
            let told = config(&params, "mod_xml_curl").unwrap_err().to_string();
            assert!(told.starts_with(&format!("freeswitch.xml:3: {param} is \"{value}\"")), "{told}");
        }
    }
}
