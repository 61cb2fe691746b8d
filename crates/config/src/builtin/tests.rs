use super::*;
use crate::{LoadOptions, load};

#[test]
fn it_loads_without_a_warning_and_is_safe() {
    let config = load(&BuiltinSource::new(), &LoadOptions::default()).unwrap();
    assert_eq!(config.warnings, []);
    assert!(config.event_socket.listen_ip.is_loopback());
    assert_eq!((config.event_socket.listen_port, config.event_socket.password.as_str()), (8021, "ClueCon"));
    let [internal] = config.sofia.as_slice() else { panic!("one profile") };
    assert!(internal.sip_ip.is_loopback() && internal.rtp_ip.is_loopback() && internal.auth_calls && internal.tcp);
    assert_eq!((internal.name.as_str(), internal.sip_port, internal.context.as_str()), ("internal", 5060, "public"));
    assert_eq!(internal.inbound_codec_prefs, ["PCMU", "PCMA"]);
    assert_eq!(internal.apply_inbound_acl, ["loopback.auto"]);
    let user = config.directory().user("127.0.0.1", "1000").unwrap();
    assert_eq!((user.param("esl-password"), user.variable("accountcode")), (None, Some("1000")));
    assert!(config.modules.iter().any(|name| name == "mod_sofia"));
}

#[test]
fn every_demonstration_number_is_in_both_contexts() {
    let config = load(&BuiltinSource::new(), &LoadOptions::default()).unwrap();
    for context in ["default", "public"] {
        let context = config.dialplan.context(context).unwrap();
        for number in ["9196", "9197", "9198", "9199", "9664", "9900", "9901", "404"] {
            let matches = |extension: &&crate::Extension| {
                let condition = extension.conditions.first();
                condition.is_some_and(|condition| condition.expression.captures(number).unwrap().is_some())
            };
            assert_eq!(context.extensions.iter().filter(matches).count(), 1, "{number} in {}", context.name);
        }
    }
}

#[test]
fn two_settings_open_it_to_phones() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let options = LoadOptions {
        preset: vec![pair("local_ip_v4", "192.0.2.5")],
        fixed: vec![pair("sip_ip", "192.0.2.5"), pair("sip_allow", "localnet.auto"), pair("esl_port", "0")],
        ..LoadOptions::default()
    };
    let config = load(&BuiltinSource::new(), &options).unwrap();
    let internal = config.profile("internal").unwrap();
    assert_eq!((internal.sip_ip.to_string().as_str(), &*internal.apply_inbound_acl[0]), ("192.0.2.5", "localnet.auto"));
    assert_eq!(config.event_socket.listen_port, 0);
    assert!(config.directory().user("192.0.2.5", "1000").is_some());
}

#[test]
fn every_file_of_the_folder_is_built_in() {
    fn walk(dir: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, root, found),
                false => found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conf");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found.sort();
    let mut built_in: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
    built_in.sort_unstable();
    assert_eq!(found, built_in);
}

#[test]
fn it_is_written_once_and_overwrites_nothing() {
    let dir = std::env::temp_dir().join(format!("strowger-config-init-{}", std::process::id()));
    let written = write_builtin(&dir).unwrap();
    assert_eq!(written.len(), FILES.len());
    let config = load(&crate::DirSource::new(&dir), &LoadOptions::default()).unwrap();
    assert_eq!(config.global("conf_dir"), dir.to_str());
    let error = write_builtin(&dir).unwrap_err();
    assert!(error.to_string().contains("freeswitch.xml (and 11 more files) is"), "{error}");
    for path in written.iter().skip(1) {
        std::fs::remove_file(path).unwrap();
    }
    let error = write_builtin(&dir).unwrap_err();
    let file = dir.join("freeswitch.xml");
    let want = format!("{} is there already; nothing was written: choose another folder", file.display());
    assert_eq!(error.to_string(), want);
    assert!(!dir.join("vars.xml").exists());
    std::fs::remove_dir_all(&dir).unwrap();
}
