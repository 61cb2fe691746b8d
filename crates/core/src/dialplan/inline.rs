//! The `inline` dialplan: the number called is itself the list of applications, `answer,playback:/a.wav,park`
//! (`inline_dialplan_hunt`).

use crate::session::Action;

/// Reads `application[:argument][,…]`; `m:^:` in front names another separator than the comma.
pub(crate) fn actions(text: &str) -> Vec<Action> {
    let (separator, list) = match text.strip_prefix("m:") {
        Some(rest) => match rest.split_once(':') {
            Some((separator, list)) if separator.chars().count() == 1 => (separator, list),
            _ => (",", text),
        },
        None => (",", text),
    };
    list.split(separator).filter_map(action).collect()
}

fn action(text: &str) -> Option<Action> {
    let (application, data) = text.split_once(':').unwrap_or((text, ""));
    let application = application.trim();
    (!application.is_empty()).then(|| Action { application: application.to_owned(), data: data.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::actions;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let got = actions(text);
        let got: Vec<_> = got.iter().map(|action| (action.application.as_str(), action.data.as_str())).collect();
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn applications_and_their_arguments() {
        check("park", &[("park", "")]);
        check("set:tier=gold,multiset:a=1 b=2,park:", &[("set", "tier=gold"), ("multiset", "a=1 b=2"), ("park", "")]);
        check(
            "playback:tone_stream://%(100;0;440),hangup",
            &[("playback", "tone_stream://%(100;0;440)"), ("hangup", "")],
        );
        check("m:^:set:a=1,2^park", &[("set", "a=1,2"), ("park", "")]);
        check("", &[]);
    }
}
