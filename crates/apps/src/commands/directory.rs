//! What the directory and the rest of the configuration say.

use std::sync::Arc;

use async_trait::async_trait;
use strowger_config::{DirectoryUser, Element};
use strowger_core::Switch;
use strowger_core::endpoints::group_call;
use strowger_core::lookup::UserQuery;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_event::percent;

use super::about;
use crate::words::{fields, first_word, words};

/// A command that looks something up, where a service may have to be asked.
pub(super) struct Lookup {
    about: About,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    UserExists,
    FindUserXml,
    UserData,
    DomainExists,
    DomainData,
    InGroup,
    GroupCall,
    XmlLocate,
}

pub(super) const COMMANDS: [Lookup; 8] = [
    Lookup {
        about: about("user_exists", "<key> <user> <domain>", "Whether the directory has a user; the key is `id`, say."),
        kind: Kind::UserExists,
    },
    Lookup {
        about: about(
            "find_user_xml",
            "<key> <user> <domain>",
            "A user of the directory, as XML, with all that applies to it.",
        ),
        kind: Kind::FindUserXml,
    },
    Lookup {
        about: about(
            "user_data",
            "<user>@<domain> [var|param|attr] <name>",
            "A variable, a param or an attribute of a user of the directory.",
        ),
        kind: Kind::UserData,
    },
    Lookup {
        about: about("domain_exists", "<domain>", "Whether the directory has a domain."),
        kind: Kind::DomainExists,
    },
    Lookup {
        about: about(
            "domain_data",
            "<domain> [var|param|attr] <name>",
            "A variable, a param or an attribute of a domain of the directory.",
        ),
        kind: Kind::DomainData,
    },
    Lookup {
        about: about("in_group", "<user>[@<domain>],<group_name>", "Whether a user of the directory is in a group."),
        kind: Kind::InGroup,
    },
    Lookup {
        about: about(
            "group_call",
            "<group>[@<domain>][+<order>]",
            "The dial string of a group of the directory: all at once (`+A`), one after the other (`+F`), or each a call (`+E`).",
        ),
        kind: Kind::GroupCall,
    },
    Lookup {
        about: about(
            "xml_locate",
            "[root | <section> <tag> <tag_attr_name> <tag_attr_val>]",
            "A part of the configuration, as XML.",
        ),
        kind: Kind::XmlLocate,
    },
];

#[async_trait]
impl ApiCommand for Lookup {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (switch, text) = (call.switch, call.arguments);
        match self.kind {
            Kind::UserExists => find_user(switch, text).await.is_ok().to_string(),
            Kind::FindUserXml => match find_user(switch, text).await {
                Ok(user) => xml_of(&user),
                Err(reason) => format!("-ERR {reason}\n"),
            },
            Kind::UserData => user_data(switch, text).await.unwrap_or_default(),
            Kind::DomainExists if text.is_empty() => String::new(),
            Kind::DomainExists => switch.directory_of(text, &[]).await.directory().domain(text).is_some().to_string(),
            Kind::DomainData => domain_data(switch, text).await.unwrap_or_default(),
            Kind::InGroup => in_group(switch, text).await.unwrap_or_default().to_string(),
            Kind::GroupCall => {
                group_call(switch, text).await.unwrap_or_else(|| "error/NO_ROUTE_DESTINATION".to_owned())
            }
            Kind::XmlLocate => xml_locate(switch, text),
        }
    }
}

/// A user by any of several attributes: `id:number-alias`.
async fn find_user(switch: &Switch, text: &str) -> Result<DirectoryUser, &'static str> {
    let words = words(text);
    let [key, user, domain] = words.as_slice() else { return Err("bad args") };
    let found = switch.find_user(UserQuery { key, user, domain, params: &[] }).await;
    found.ok_or("can't find user")
}

async fn user_data(switch: &Switch, text: &str) -> Option<String> {
    let words = words(text);
    let [user, kind, key, ..] = words.as_slice() else { return None };
    let (name, domain) = with_domain(switch, user);
    let user = switch.find_user(UserQuery { key: "id", user: name, domain: &domain, params: &[] }).await?;
    let found = match kind.as_str() {
        "attr" => user.attr(key),
        "var" => user.variable(key),
        _ => user.param(key),
    };
    found.map(str::to_owned)
}

async fn domain_data(switch: &Switch, text: &str) -> Option<String> {
    let words = words(text);
    let [domain, kind, key, ..] = words.as_slice() else { return None };
    let found = switch.directory_of(domain, &[]).await;
    let domain = found.directory().domain(domain)?;
    let (list, item) = match kind.as_str() {
        "attr" => return domain.attr(key).map(str::to_owned),
        "var" => ("variables", "variable"),
        _ => ("params", "param"),
    };
    let is_it = |element: &&Element| element.attr("name").is_some_and(|name| name.eq_ignore_ascii_case(key));
    domain.child(list)?.children_named(item).filter(is_it).last()?.attr("value").map(str::to_owned)
}

async fn in_group(switch: &Switch, text: &str) -> Option<bool> {
    let parts = fields(text, ',', 2);
    let [user, group] = parts.as_slice() else { return None };
    let (name, domain) = with_domain(switch, user);
    let found = switch.directory_of(&domain, &[]).await;
    let group = found.directory().group(&domain, group)?;
    let mut users = group.children_named("users").flat_map(|users| users.children_named("user"));
    Some(users.any(|user| user.attr("id") == Some(name)))
}

/// `name@domain`; without a domain it is the one of the global variable `domain`.
fn with_domain<'a>(switch: &Switch, user: &'a str) -> (&'a str, String) {
    match user.split_once('@') {
        Some((name, domain)) => (name, domain.to_owned()),
        None => (user, switch.globals().get("domain").unwrap_or_default()),
    }
}

fn xml_of(user: &DirectoryUser) -> String {
    let element = |name: &str, attributes: Vec<(String, String)>, children: Vec<Element>| Element {
        name: name.to_owned(),
        attributes,
        children,
        text: String::new(),
        file: Arc::from(""),
        line: 0,
    };
    let list = |name: &str, item: &str, pairs: &[(String, String)]| {
        let pair = |(name, value): &(String, String)| {
            let attributes = [("name", name), ("value", value)].map(|(key, value)| (key.to_owned(), value.clone()));
            element(item, attributes.into(), Vec::new())
        };
        element(name, Vec::new(), pairs.iter().map(pair).collect())
    };
    let lists = vec![list("params", "param", &user.params), list("variables", "variable", &user.variables)];
    let mut out = String::new();
    element("user", user.attributes.clone(), lists).write_xml(&mut out);
    out
}

fn xml_locate(switch: &Switch, text: &str) -> String {
    let words = words(text);
    let config = switch.config();
    let found = match words.as_slice() {
        [root] if root.eq_ignore_ascii_case("root") => Some(&config.root),
        [section] => config.section(section),
        [section, tag, name, value] => {
            let section = config.section(section);
            section.and_then(|section| section.children_named(tag).find(|child| child.attr(name) == Some(value)))
        }
        _ => return "-ERR bad args\n".to_owned(),
    };
    let mut out = String::new();
    match found {
        Some(element) => element.write_xml(&mut out),
        None => out.push_str("can't find anything\n"),
    }
    out
}

/// `list_users`.
pub(super) struct ListUsers;

/// What `list_users` tells first.
const COLUMNS: &str =
    "userid|context|domain|group|contact|callgroup|effective_caller_id_name|effective_caller_id_number\n";

#[async_trait]
impl ApiCommand for ListUsers {
    fn about(&self) -> About {
        about(
            "list_users",
            "[group <group>] [domain <domain>] [user <user>] [context <context>]",
            "The users of the directory, and where they can be reached.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        if words.len() >= 9 {
            return ApiCall::usage(self.about());
        }
        let wanted =
            |name: &str| words.iter().position(|word| word.eq_ignore_ascii_case(name)).and_then(|at| words.get(at + 1));
        let is_meant = |name: &str, value: Option<&str>| {
            wanted(name).is_none_or(|wanted| value.is_some_and(|value| value.eq_ignore_ascii_case(wanted)))
        };
        let mut out = COLUMNS.to_owned();
        let config = call.switch.config();
        for user in config.directory().users() {
            let context = user.variable("user_context");
            let meant = [
                ("domain", Some(user.domain.as_str())),
                ("group", user.group.as_deref()),
                ("user", Some(&user.id)),
                ("context", context),
            ];
            if !meant.into_iter().all(|(name, value)| is_meant(name, value)) {
                continue;
            }
            let contact = call.switch.execute_api("sofia_contact", &format!("*/{}@{}", user.id, user.domain)).await;
            let contact = contact.unwrap_or_else(|| "error/user_not_registered".to_owned());
            let columns = [
                user.id.as_str(),
                context.unwrap_or_default(),
                &user.domain,
                user.group.as_deref().unwrap_or_default(),
                &contact,
                user.variable("callgroup").unwrap_or_default(),
                user.variable("effective_caller_id_name").unwrap_or_default(),
                user.variable("effective_caller_id_number").unwrap_or_default(),
            ];
            out.push_str(&columns.join("|"));
            out.push('\n');
        }
        out + "\n+OK\n"
    }
}

/// `xml_wrap`.
pub(super) struct XmlWrap;

#[async_trait]
impl ApiCommand for XmlWrap {
    fn about(&self) -> About {
        about("xml_wrap", "[encoded ]<command> <args>", "Runs a command and answers with its answer within XML.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.is_empty() {
            return "-ERR Invalid syntax\n".to_owned();
        }
        let (encoded, line) = match call.arguments.split_at_checked(8) {
            Some((word, line)) if word.eq_ignore_ascii_case("encoded ") => (true, line),
            _ => (false, call.arguments),
        };
        let (name, arguments) = first_word(line);
        let answer = Box::pin(call.switch.execute_api(name, arguments)).await.unwrap_or_default();
        let mut data = String::new();
        if encoded {
            percent::encode(&answer, &mut data);
        } else {
            data = answer;
        }
        format!("<result>\n  <row id=\"1\">\n    <data>{data}</data>\n  </row>\n</result>\n")
    }
}
