use super::{api, call, test_switch};

#[tokio::test]
async fn texts_are_made_of_texts() {
    let switch = test_switch();
    let runs = [
        ("expr 1+2*3", "7"),
        ("expr", "!err!"),
        ("cond 5 > 3 ? yes : no", "yes"),
        ("cond", "-ERR"),
        (r"regex 1001|^10(\d\d)$|%1", "01"),
        ("regex", "-ERR"),
        ("replace a-b|-|+", "a+b"),
        ("url_encode a b&c/d", "a%20b%26c/d"),
        ("url_encode a%20b", "a%20b"),
        ("url_decode a%20b", "a b"),
        ("md5 hello", "5d41402abc4b2a76b9719d911017c592"),
        ("md5", "!err!"),
        ("toupper abc", "ABC"),
        ("tolower ABC", "abc"),
        ("escape a$b", r"a\$b"),
        ("quote_shell_arg it's", r"'it'\''s'"),
        ("sql_escape it's", "it''s"),
        ("coalesce ,,b,c", "b"),
        ("coalesce ^^:a:b", "a"),
        ("coalesce", "-USAGE: [^^<delim>]<value1>,<value2>,...\n"),
        ("strftime 0|%s", "0"),
        ("strftime_tz Europe/Berlin 0|%H", "01"),
        ("strftime_tz Nowhere/Land", "-ERR Invalid timezone/format\n"),
        ("xml_wrap echo a b", "<result>\n  <row id=\"1\">\n    <data>a b</data>\n  </row>\n</result>\n"),
        ("xml_wrap encoded echo a b", "<result>\n  <row id=\"1\">\n    <data>a%20b</data>\n  </row>\n</result>\n"),
        ("xml_wrap", "-ERR Invalid syntax\n"),
        ("is_lan_addr 192.168.1.1", "true"),
        ("is_lan_addr 8.8.8.8", "false"),
        ("is_lan_addr nonsense", "false"),
        ("acl 10.0.0.1 rfc1918.auto", "true"),
        ("acl 8.8.8.8 rfc1918.auto", "false"),
        ("acl", "false"),
        ("module_exists mod_dptools", "true"),
        ("module_exists mod_nosuch", "false"),
        ("getenv a=b", "_undef_"),
        ("file_exists /nosuch/file", "false"),
        ("host_lookup 127.0.0.1", "127.0.0.1"),
        ("host_lookup", "parameter missing\n"),
        ("gethost", "-ERR"),
        ("reloadacl", "+OK acl reloaded\n"),
    ];
    for (line, answer) in runs {
        assert_eq!(api(&switch, line).await, answer, "{line}");
    }
}

#[tokio::test]
async fn the_directory_is_asked() {
    let switch = test_switch();
    let runs = [
        ("user_exists id 1000 d.example", "true"),
        ("user_exists id 1001 d.example", "false"),
        ("user_exists id:mailbox 77 d.example", "true"),
        ("user_exists id 1000", "false"),
        ("find_user_xml id 1001 d.example", "-ERR can't find user\n"),
        ("find_user_xml id", "-ERR bad args\n"),
        ("user_data 1000@d.example var user_context", "office"),
        ("user_data 1000@d.example param password", "secret"),
        ("user_data 1000@d.example attr mailbox", "77"),
        ("user_data 1000@d.example var nosuch", ""),
        ("domain_exists d.example", "true"),
        ("domain_exists nosuch", "false"),
        ("domain_data d.example var colour", "red"),
        ("domain_data d.example attr name", "d.example"),
        ("in_group 1000@d.example,sales", "true"),
        ("in_group 1000@d.example,staff", "false"),
        ("in_group 1000@d.example sales", "false"),
        ("group_call sales@d.example", "user/1000@d.example"),
        ("group_call nosuch", "error/NO_ROUTE_DESTINATION"),
        ("xml_locate directory domain name nosuch", "can't find anything\n"),
        ("xml_locate directory domain", "-ERR bad args\n"),
    ];
    for (line, answer) in runs {
        assert_eq!(api(&switch, line).await, answer, "{line}");
    }
    let user = "1000|office|d.example|sales|error/user_not_registered|||\n";
    let all = api(&switch, "list_users").await;
    assert!(all.starts_with("userid|context|") && all.ends_with(&format!("{user}\n+OK\n")), "{all}");
    assert!(!api(&switch, "list_users user 1001").await.contains("1000"));
    assert!(
        api(&switch, "find_user_xml id 1000 d.example").await.contains("<param name=\"password\" value=\"secret\"/>")
    );
    assert!(
        api(&switch, "xml_locate directory domain name d.example").await.starts_with("<domain name=\"d.example\">\n")
    );
    assert!(api(&switch, "xml_locate root").await.contains("<section name=\"directory\">"));
}

#[tokio::test]
async fn calls_are_changed_from_outside() {
    let switch = test_switch();
    let id = call(&switch, "", "&park()").await;
    let runs = [
        ("uuid_setvar_multi", " a=1;b=2", "+OK\n"),
        ("uuid_getvar", " b", "2"),
        ("uuid_audio", " start read mute -1", "+OK\n"),
        ("uuid_audio", " stop", "+OK\n"),
        ("uuid_audio", "", "-USAGE: <uuid> [start [read|write] [[mute|level] <level>]|stop]\n"),
        ("uuid_display", " Someone|2000", "+OK Success\n"),
        ("uuid_getvar", " last_sent_callee_id_number", "2000"),
        ("uuid_chat", " hello", "-ERR Send failed\n"),
        ("uuid_simplify", "", "+OK Success\n"),
    ];
    for (command, rest, answer) in runs {
        assert_eq!(api(&switch, &format!("{command} {id}{rest}")).await, answer, "{command}{rest}");
    }
    assert_eq!(api(&switch, "uuid_chat nosuch hello").await, "-ERR No such channel nosuch!\n");
    assert_eq!(api(&switch, "uuid_display nosuch x").await, "-ERR Operation failed\n");
    assert_eq!(api(&switch, "uuid_audio nosuch stop").await, "-ERR No such channel!\n");
}
