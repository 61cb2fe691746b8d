//! What a service is told: the fields of the request, in FreeSWITCH's order.

use strowger_core::lookup::Question;
use strowger_event::percent;

/// The fields of a question: the five that are always sent, then the params.
pub(crate) struct Form<'a> {
    first: [(&'static str, &'a str); 5],
    question: &'a Question,
}

impl<'a> Form<'a> {
    pub(crate) fn new(hostname: &'a str, question: &'a Question) -> Self {
        let first = [
            ("hostname", hostname),
            ("section", question.section.name()),
            ("tag_name", question.tag),
            ("key_name", question.key),
            ("key_value", &question.value),
        ];
        Self { first, question }
    }

    /// `application/x-www-form-urlencoded`. Of the params only those in `wanted` are sent, if any are named there.
    pub(crate) fn encode(&self, wanted: &[String]) -> String {
        let mut out = String::with_capacity(4096);
        let params = self.question.params.iter();
        let params = params.filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name));
        for (name, value) in self.first.into_iter().chain(params) {
            if !out.is_empty() {
                out.push('&');
            }
            percent::encode(name, &mut out);
            out.push('=');
            percent::encode(value, &mut out);
        }
        out
    }

    /// A URL with each `${name}` replaced by that field, encoded: what a caller dials cannot lead elsewhere.
    pub(crate) fn expand(&self, url: &str) -> String {
        let mut out = String::with_capacity(url.len() + 64);
        let mut rest = url;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            out.push_str(before);
            percent::encode(self.field(name), &mut out);
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    fn field(&self, name: &str) -> &str {
        let first = self.first.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        first.or_else(|| self.question.params.get(name)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use strowger_core::lookup::Section;
    use strowger_event::Headers;

    use super::*;

    fn question() -> Question {
        let mut params = Headers::default();
        params.push("user", "a b&c");
        params.push("domain", "d");
        Question { section: Section::Directory, tag: "domain", key: "name", value: "d:5060".into(), params }
    }

    #[test]
    fn fields_are_encoded_in_order() {
        let question = question();
        let form = Form::new("host", &question);
        let first = "hostname=host&section=directory&tag_name=domain&key_name=name&key_value=d%3A5060";
        assert_eq!(form.encode(&[]), format!("{first}&user=a%20b%26c&domain=d"));
        assert_eq!(form.encode(&["domain".into()]), format!("{first}&domain=d"));
    }

    #[test]
    fn urls_may_name_fields() {
        let question = question();
        let form = Form::new("host", &question);
        let check = |url: &str, expected: &str| assert_eq!(form.expand(url), expected);
        check("http://h/${section}/${user}?x=${none}", "http://h/directory/a%20b%26c?x=");
        check("http://h/${open", "http://h/${open");
        check("http://h/plain", "http://h/plain");
    }
}
