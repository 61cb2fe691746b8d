use strowger_config::{LoadOptions, MemorySource, load};

use super::*;

fn config(menus: &str) -> Config {
    let text = format!(
        "<document><section name='configuration'><configuration name='ivr.conf'>\n{menus}\n</configuration></section></document>"
    );
    load(&MemorySource::new([("freeswitch.xml", text.as_str())]), &LoadOptions::default()).unwrap()
}

fn refusal(menus: &str) -> String {
    Menus::read(&config(menus), "a").unwrap_err().to_string()
}

#[test]
fn what_is_not_said_has_its_usual_value() {
    let menus = Menus::read(&config("<menus><menu name='a'/></menus>"), "a").unwrap();
    let (menu, is_top) = menus.find("a").unwrap();
    let numbers = (menu.max_failures, menu.max_timeouts, menu.confirm.attempts, menu.digits);
    assert_eq!((is_top, numbers), (true, (3, 3, 3, 0)));
    assert_eq!((menu.timeout, menu.inter_digit_timeout), (Duration::from_secs(10), Duration::ZERO));
    assert!(menu.pin.is_none() && menu.tts.is_none());
}

#[test]
fn absurd_numbers_are_bounded() {
    let menu = "<menus><menu name='a' timeout='-5' inter-digit-timeout='99999999999999999999' digit-len='1000000'
        max-failures='4000000000' max-timeouts='-1' pin='12'/></menus>";
    let menus = Menus::read(&config(menu), "a").unwrap();
    let (menu, _) = menus.find("a").unwrap();
    assert_eq!((menu.max_failures, menu.max_timeouts, menu.digits), (10_000, 3, 127));
    assert_eq!((menu.timeout.as_secs(), menu.inter_digit_timeout.as_secs()), (10, 86_400));
    assert_eq!(menu.pin.as_ref().unwrap().bad, "conference/conf-bad-pin.wav");
}

#[test]
fn menus_that_lead_to_one_another_are_read_once() {
    let menus = "<menus><menu name='a'><entry action='menu-sub' digits='1' param='b'/></menu>
        <menu name='b'><entry action='menu-sub' digits='12' param='a'/><entry action='menu-sub' digits='3' param='no'/></menu></menus>";
    let menus = Menus::read(&config(menus), "a").unwrap();
    assert_eq!(menus.0.iter().map(|menu| (menu.name.as_str(), menu.digits)).collect::<Vec<_>>(), [("a", 1), ("b", 2)]);
    assert!(menus.find("no").is_none());
}

#[test]
fn digits_are_exact_or_match() {
    let menus = "<menus><menu name='a'><entry action='menu-exec-app' digits='/^(10[01])(.)$/' param='transfer $1-$2'/>
        <entry action='menu-exit' digits='*'/><entry action='menu-exit' digits='/(/'/></menu></menus>";
    let menus = Menus::read(&config(menus), "a").unwrap();
    let entries = &menus.find("a").unwrap().0.entries;
    let param = |digits: &str| entries.iter().map(|entry| entry.param(digits)).collect::<Vec<_>>();
    assert_eq!(param("1017"), [Some("transfer 101-7".to_owned()), None, None]);
    assert_eq!(param("*"), [None, Some(String::new()), None]);
}

#[test]
fn errors_name_the_place() {
    assert_eq!(refusal("<menus/>"), "Unable to find menu \"a\"");
    assert_eq!(refusal(""), "No menus configured (freeswitch.xml:1)");
    assert_eq!(
        refusal("<menus><menu name='a'>\n<entry action='menu-fly' digits='1'/></menu></menus>"),
        "Unable to create menu: Invalid Action [menu-fly] (freeswitch.xml:3)"
    );
    assert_eq!(
        refusal("<menus><menu name='a'>\n<entry action='menu-exit'/></menu></menus>"),
        "Unable to create menu: an entry has no digits (freeswitch.xml:3)"
    );
    let nothing = load(&MemorySource::new([("freeswitch.xml", "<document/>")]), &LoadOptions::default()).unwrap();
    assert_eq!(Menus::read(&nothing, "a").unwrap_err(), MenuError::NoConfiguration);
}
