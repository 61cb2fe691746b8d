//! What holds for any text.

use proptest::prelude::*;

use crate::{Element, LoadOptions, MemorySource, Pattern, load};

/// Pieces that mean something, so that random text gets somewhere.
const PIECES: [&str; 30] = [
    "<d>",
    "</d>",
    "<section name='dialplan'>",
    "<section name='configuration'>",
    "<section name='directory'>",
    "</section>",
    "<context name='c'>",
    "</context>",
    "<extension name='e'>",
    "</extension>",
    "<condition field='f' expression='^(a|b)*$'>",
    "</condition>",
    "<action application='x' data='$${a}'/>",
    "<domain name='d'>",
    "</domain>",
    "<user id='1'/>",
    "<configuration name='sofia.conf'><profiles><profile name='p'>",
    "</profile></profiles></configuration>",
    "<X-PRE-PROCESS cmd='set' data='a=$${a}&lt;'/>",
    "<X-PRE-PROCESS cmd='include' data='*.xml'/>",
    "<include>",
    "</include>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml?>",
    "$${a}",
    "&amp;",
    "\n",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{0,8}"];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn element() -> impl Strategy<Value = Element> {
    let name = || "[a-z][a-z0-9-]{0,6}";
    let leaf = move |children: Vec<Element>| {
        let attributes =
            proptest::collection::btree_map(name(), any::<String>().prop_filter("no NUL", |s| !s.contains('\0')), 0..3);
        (name(), attributes, "[a-z<>&;\"]{0,6}").prop_map(move |(name, attributes, text)| Element {
            name,
            attributes: attributes.into_iter().collect(),
            children: children.clone(),
            text,
            file: "freeswitch.xml".into(),
            line: 1,
        })
    };
    leaf(Vec::new()).prop_recursive(3, 12, 3, move |inner| proptest::collection::vec(inner, 0..3).prop_flat_map(leaf))
}

/// The element without its lines, which change when it is written out.
fn without_lines(element: &Element) -> Element {
    let children = element.children.iter().map(without_lines).collect();
    Element { line: 1, children, ..element.clone() }
}

proptest! {
    #[test]
    fn no_text_panics(entry in text(), other in text()) {
        let _ = load(&MemorySource::new([("freeswitch.xml", entry), ("o.xml", other)]), &LoadOptions::default());
    }

    #[test]
    fn no_bytes_panic(entry in any::<String>()) {
        let _ = load(&MemorySource::new([("freeswitch.xml", entry)]), &LoadOptions::default());
    }

    #[test]
    fn what_is_written_reads_back(root in element()) {
        prop_assume!(!root.name.starts_with("include") && !root.name.starts_with("x-pre"));
        let mut xml = String::new();
        root.write_xml(&mut xml);
        let escaped = xml.replace("$${", "$&#36;{");
        let config = load(&MemorySource::new([("freeswitch.xml", escaped)]), &LoadOptions::default()).unwrap();
        prop_assert_eq!(without_lines(&config.root), root);
    }

    #[test]
    fn no_expression_panics(source in ".{0,30}", subject in ".{0,60}") {
        if let Ok(pattern) = Pattern::compile(&source) {
            let _ = pattern.captures(&subject);
        }
    }
}
