/// A pattern of SQL's `like`, in any ASCII case: `%` stands for anything, `_` for one character. One without a `%` may be
/// anywhere in a text.
pub(super) struct Pattern(Vec<char>);

/// Characters that are looked at, of a pattern.
const MAX_CHARACTERS: usize = 256;

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let cleaned = text.chars().take(MAX_CHARACTERS).map(|one| if one == '\'' || one == ';' { ' ' } else { one });
        let mut pattern: Vec<char> = cleaned.map(|one| one.to_ascii_lowercase()).collect();
        if !pattern.contains(&'%') {
            pattern.insert(0, '%');
            pattern.push('%');
        }
        Self(pattern)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().map(|one| one.to_ascii_lowercase()).collect();
        let (mut at, mut place) = (0, 0);
        // Behind the last `%`, and how much of the text it stands for.
        let mut back: Option<(usize, usize)> = None;
        while let Some(character) = text.get(at) {
            match self.0.get(place) {
                Some('%') => {
                    place += 1;
                    back = Some((place, at));
                }
                Some(one) if one == character || *one == '_' => {
                    at += 1;
                    place += 1;
                }
                _ => match &mut back {
                    Some((behind, taken)) => {
                        *taken += 1;
                        (place, at) = (*behind, *taken);
                    }
                    None => return false,
                },
            }
        }
        self.0.get(place..).is_some_and(|rest| rest.iter().all(|one| *one == '%'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_like_patterns() {
        let check = |pattern: &str, text: &str, is: bool| {
            assert_eq!(Pattern::new(pattern).matches(text), is, "{pattern} {text}");
        };
        check("acm", "ACME", true);
        check("acm", "", false);
        check("", "", true);
        check("1%", "1000", true);
        check("1%", "2100", false);
        check("%00", "1000", true);
        check("1_3%", "1234", true);
        check("1_3%", "1245", false);
        check("%a%b%c%", "xaxbxcx", true);
        check("%a%b%c%", "xcxbxax", false);
        check("o'b", "o b", true);
        check(&"%a".repeat(1000), &"a".repeat(5000), true);
    }
}
