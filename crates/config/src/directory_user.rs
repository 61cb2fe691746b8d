//! One user of the directory.

use crate::element::Element;

/// A user with all that applies to it: what its domain says, then its group, then the user itself; the last wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The user's `id`, as written.
    pub id: String,
    /// The domain's name, as written.
    pub domain: String,
    /// The group it stands in.
    pub group: Option<String>,
    /// The attributes of `<user>`: `id`, `number-alias`, `cidr`, `mailbox`, …
    pub attributes: Vec<(String, String)>,
    /// `password`, `dial-string`, `esl-password`, …
    pub params: Vec<(String, String)>,
    /// The variables that calls of this user get.
    pub variables: Vec<(String, String)>,
    /// The fields of the caller profile that `set_user` sets (`profile-variables`).
    pub profile_variables: Vec<(String, String)>,
}

impl DirectoryUser {
    /// A param by name, in any case.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)
    }

    /// A variable by name, in any case.
    pub fn variable(&self, name: &str) -> Option<&str> {
        find(&self.variables, name)
    }

    /// An attribute of `<user>` by name, in any case.
    pub fn attr(&self, name: &str) -> Option<&str> {
        find(&self.attributes, name)
    }

    /// `way`: the elements from the domain, which is first, down to the user, which is last.
    pub(crate) fn merged(way: &[&Element]) -> DirectoryUser {
        let owned = |element: Option<&&Element>, name| element.and_then(|e| e.attr(name)).map(str::to_owned);
        let (mut params, mut variables, mut profile_variables) = (Vec::new(), Vec::new(), Vec::new());
        for element in way {
            merge(&mut params, element.child("params"), "param");
            merge(&mut variables, element.child("variables"), "variable");
            merge(&mut profile_variables, element.child("profile-variables"), "variable");
        }
        DirectoryUser {
            id: owned(way.last(), "id").unwrap_or_default(),
            domain: owned(way.first(), "name").unwrap_or_default(),
            group: owned(way.iter().find(|element| element.name == "group"), "name"),
            attributes: way.last().map(|user| user.attributes.clone()).unwrap_or_default(),
            params,
            variables,
            profile_variables,
        }
    }
}

fn merge(into: &mut Vec<(String, String)>, from: Option<&Element>, tag: &str) {
    for (name, value) in from.into_iter().flat_map(|element| element.pairs(tag)) {
        match into.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => value.clone_into(old),
            None => into.push((name.to_owned(), value.to_owned())),
        }
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
