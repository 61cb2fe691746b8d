//! The directory section: domains, groups and users.

use std::collections::HashMap;

use crate::directory_user::DirectoryUser;
use crate::element::Element;

/// The users and domains of a configuration.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    section: Option<&'a Element>,
    index: &'a DirectoryIndex,
}

impl<'a> Directory<'a> {
    pub(crate) fn new(section: Option<&'a Element>, index: &'a DirectoryIndex) -> Directory<'a> {
        Directory { section, index }
    }

    /// The names of the domains, in order.
    pub fn domains(self) -> impl Iterator<Item = &'a str> {
        self.domain_elements().filter_map(|domain| domain.attr("name"))
    }

    /// The `<domain>` of this name, in any case.
    pub fn domain(self, name: &str) -> Option<&'a Element> {
        self.domain_elements().find(|domain| domain.attr("name").is_some_and(|found| found.eq_ignore_ascii_case(name)))
    }

    /// A user by `id` or `number-alias`, in any case; the first one where several have it, those in groups before those
    /// that stand in the domain itself (`switch_xml_locate_user`). A user with `type="pointer"` only names one that stands
    /// elsewhere and is passed over.
    pub fn user(self, domain: &str, user: &str) -> Option<DirectoryUser> {
        let at = self.index.by_name.get(&key(domain, user))?;
        Some(DirectoryUser::merged(&self.walk(self.index.paths.get(*at)?)?))
    }

    /// A user by another attribute than its `id`; for `id`, as [`Directory::user`].
    pub fn user_by(self, key: &str, domain: &str, value: &str) -> Option<DirectoryUser> {
        if key.eq_ignore_ascii_case("id") {
            return self.user(domain, value);
        }
        let has_it = |way: &Vec<&Element>| {
            let is = |element: Option<&&Element>, name: &str, value: &str| {
                element.and_then(|found| found.attr(name)).is_some_and(|found| found.eq_ignore_ascii_case(value))
            };
            is(way.first(), "name", domain) && is(way.last(), key, value)
        };
        self.index.paths.iter().filter_map(|path| self.walk(path)).find(has_it).map(|way| DirectoryUser::merged(&way))
    }

    /// The `<group>` of this name of a domain, in any case.
    pub fn group(self, domain: &str, name: &str) -> Option<&'a Element> {
        let mut groups = self.domain(domain)?.child("groups")?.children_named("group");
        groups.find(|group| group.attr("name").is_some_and(|found| found.eq_ignore_ascii_case(name)))
    }

    /// All users, in order.
    pub fn users(self) -> impl Iterator<Item = DirectoryUser> + use<'a> {
        self.index.paths.iter().filter_map(move |path| Some(DirectoryUser::merged(&self.walk(path)?)))
    }

    /// The `<user>` elements of a domain; of all domains for `all`.
    pub(crate) fn user_elements(self, domain: &str) -> impl Iterator<Item = &'a Element> {
        self.index.paths.iter().filter_map(move |path| {
            let elements = self.walk(path)?;
            let name = elements.first()?.attr("name")?;
            (domain == "all" || name.eq_ignore_ascii_case(domain)).then_some(*elements.last()?)
        })
    }

    fn domain_elements(self) -> impl Iterator<Item = &'a Element> {
        self.section.into_iter().flat_map(|section| section.children_named("domain"))
    }

    /// The elements on the way from the section to a user: the domain first, the user last.
    fn walk(self, path: &[u32]) -> Option<Vec<&'a Element>> {
        let mut found = Vec::with_capacity(path.len());
        let mut element = self.section?;
        for step in path {
            element = element.children.get(*step as usize)?;
            found.push(element);
        }
        (!found.is_empty()).then_some(found)
    }
}

/// Where each user stands, so that a look-up does not search a large directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct DirectoryIndex {
    /// Positions among the children, from the section down to the user, in the order of the files.
    paths: Vec<Vec<u32>>,
    by_name: HashMap<String, usize>,
}

impl DirectoryIndex {
    pub(crate) fn new(section: Option<&Element>) -> DirectoryIndex {
        let mut index = DirectoryIndex::default();
        for (domain, at) in section.into_iter().flat_map(|section| section.children.iter().zip(0u32..)) {
            if domain.name == "domain"
                && let Some(name) = domain.attr("name")
            {
                let mut named = Named { domain: name, in_groups: Vec::new(), others: Vec::new() };
                index.add(&mut named, domain, &mut vec![at], false);
                for (key, at) in named.in_groups.into_iter().chain(named.others) {
                    index.by_name.entry(key).or_insert(at);
                }
            }
        }
        index
    }

    /// Users may stand in the domain, in its `<users>`, and in the `<users>` of its groups.
    fn add(&mut self, named: &mut Named<'_>, element: &Element, path: &mut Vec<u32>, in_group: bool) {
        for (child, at) in element.children.iter().zip(0u32..) {
            path.push(at);
            match child.name.as_str() {
                "groups" | "group" => self.add(named, child, path, true),
                "users" => self.add(named, child, path, in_group),
                "user" if !child.attr("type").is_some_and(|kind| kind.eq_ignore_ascii_case("pointer")) => {
                    self.add_user(named, child, path, in_group);
                }
                _ => {}
            }
            path.pop();
        }
    }

    fn add_user(&mut self, named: &mut Named<'_>, user: &Element, path: &[u32], in_group: bool) {
        let at = self.paths.len();
        let names = [user.attr("id"), user.attr("number-alias")];
        for name in names.into_iter().flatten().filter(|name| !name.is_empty()) {
            let key = key(named.domain, name);
            if in_group { named.in_groups.push((key, at)) } else { named.others.push((key, at)) }
        }
        self.paths.push(path.to_vec());
    }
}

/// The names of a domain's users, and where in the index each stands.
struct Named<'a> {
    domain: &'a str,
    in_groups: Vec<(String, usize)>,
    others: Vec<(String, usize)>,
}

fn key(domain: &str, user: &str) -> String {
    format!("{domain}\n{user}").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use crate::{Config, LoadOptions, MemorySource, load};

    const FILE: &str = r#"<document><section name="directory">
      <domain name="One.example">
        <params><param name="a" value="domain"/><param name="b" value="domain"/><param name="c" value="domain"/></params>
        <variables><variable name="v" value="domain"/></variables>
        <groups><group name="sales">
          <params><param name="b" value="group"/><param name="c" value="group"/></params>
          <users><user id="1000" number-alias="77" cidr="10.0.0.0/8">
            <params><param name="c" value="user"/><param name="d" value="user"/></params>
            <variables><variable name="v" value="user"/></variables>
            <profile-variables><variable name="p" value="user"/></profile-variables>
          </user></users>
        </group><group name="all"><users><user id="1000" type="pointer"/><user id="1001"/></users></group></groups>
        <user id="direct"/>
      </domain>
      <domain name="two.example"><users><user id="1000"/></users></domain>
    </section></document>"#;

    fn config() -> Config {
        load(&MemorySource::new([("freeswitch.xml", FILE)]), &LoadOptions::default()).unwrap()
    }

    #[test]
    fn a_user_has_what_its_domain_and_group_have() {
        let config = config();
        let user = config.directory().user("one.EXAMPLE", "1000").unwrap();
        let pairs: Vec<_> = user.params.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(pairs, ["a=domain", "b=group", "c=user", "d=user"]);
        assert_eq!(user.variables, [("v".to_owned(), "user".to_owned())]);
        assert_eq!(user.profile_variables, [("p".to_owned(), "user".to_owned())]);
        assert_eq!(
            (user.id.as_str(), user.domain.as_str(), user.group.as_deref()),
            ("1000", "One.example", Some("sales"))
        );
        assert_eq!(
            (user.param("C"), user.variable("v"), user.attr("cidr")),
            (Some("user"), Some("user"), Some("10.0.0.0/8"))
        );
    }

    #[test]
    fn groups_come_first_and_any_attribute_will_do() {
        let file = r#"<d><section name="directory"><domain name="d"><user id="1" ip="192.0.2.7"/>
          <groups><group name="G"><users><user id="1" number-alias="2"/></users></group></groups>
          <users><user id="2" mailbox="Box"/></users></domain></section></d>"#;
        let config = load(&MemorySource::new([("freeswitch.xml", file)]), &LoadOptions::default()).unwrap();
        let directory = config.directory();
        assert_eq!(directory.user("d", "1").unwrap().group.as_deref(), Some("G"));
        assert_eq!(directory.user("d", "2").unwrap().id, "1");
        let by = |key, value| directory.user_by(key, "D", value).map(|user| user.id);
        assert_eq!(by("ip", "192.0.2.7").as_deref(), Some("1"));
        assert_eq!(by("mailbox", "bOX").as_deref(), Some("2"));
        assert_eq!((by("ID", "1").as_deref(), by("mailbox", "1")), (Some("1"), None));
        assert!(directory.group("D", "g").is_some() && directory.group("d", "h").is_none());
    }

    #[test]
    fn users_are_found_by_alias_and_outside_groups() {
        let config = config();
        let directory = config.directory();
        let found = |domain, user| directory.user(domain, user).map(|user| (user.id, user.group));
        assert_eq!(found("one.example", "77"), Some(("1000".into(), Some("sales".into()))));
        assert_eq!(found("one.example", "direct"), Some(("direct".into(), None)));
        assert_eq!(found("two.example", "1000"), Some(("1000".into(), None)));
        assert_eq!(found("two.example", "1001"), None);
        assert_eq!(found("three.example", "1000"), None);
        assert_eq!(directory.domains().collect::<Vec<_>>(), ["One.example", "two.example"]);
        assert_eq!(directory.users().map(|user| user.id).collect::<Vec<_>>(), ["1000", "1001", "direct", "1000"]);
        assert_eq!(directory.user_elements("all").count(), 4);
        assert_eq!(directory.user_elements("TWO.example").count(), 1);
    }
}
