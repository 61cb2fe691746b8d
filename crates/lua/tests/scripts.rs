//! Scripts, from their text to what they say, and how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::log::LogLevel;
use strowger_core::lookup::UserQuery;
use strowger_event::{Event, EventKind};
use strowger_lua::Lua;
use strowger_test_support::{Ear, becomes, execute, originate, switch};

fn with(settings: &str) -> (Arc<Switch>, Lua) {
    let switch = switch(&format!(
        "<document><section name='configuration'><configuration name='lua.conf'><settings>{settings}</settings>\
         </configuration></section></document>"
    ));
    strowger_apps::register(switch.registries());
    let lua = Lua::start(&switch);
    (switch, lua)
}

/// A folder of scripts that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, scripts: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("strowger-lua-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        scripts.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
        Self(folder)
    }

    fn of(&self, switch: &Switch) {
        switch.globals().set("script_dir", &self.0.display().to_string());
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn lua(switch: &Arc<Switch>, text: &str) -> String {
    switch.execute_api("lua", text).await.unwrap()
}

/// What the command answers and the errors it logs.
async fn failing(settings: &str, text: &str) -> (String, String) {
    let (switch, _lua) = with(settings);
    let log = switch.log().subscribe(LogLevel::Err);
    let answer = tokio::time::timeout(Duration::from_secs(30), lua(&switch, text)).await.expect("an end");
    let mut lines = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), log.next_batch(&mut lines)).await.expect("a line");
    (answer, lines.iter().map(|line| line.text.clone()).collect())
}

const FAILED: &str = "-ERR Cannot execute script\n";

async fn check(code: &str, expected: &str) {
    let (switch, _lua) = with("");
    assert_eq!(lua(&switch, &format!("~{code}")).await, expected, "{code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_go_in_and_out() {
    check("stream:write(env:getHeader('API-Command') .. _VERSION)", "luaLua 5.3").await;
    check("stream:write(1) stream:write(2.5) stream:write(nil)", "12.5").await;
    check("freeswitch.setGlobalVariable('a','b') stream:write(freeswitch.getGlobalVariable('a'))", "b").await;
    check("stream:write(tostring(freeswitch.getGlobalVariable('nosuch')))", "nil").await;
    check("stream:write(tostring(#freeswitch.API():getTime() >= 13))", "true").await;
    check("stream:write(freeswitch.API():execute('nosuch'))", "INVALID COMMAND!\n").await;
    check("stream:write(debug.getinfo(1).currentline .. debug.traceback('x'):sub(1, 19))", "1x\nstack traceback:\n")
        .await;
    check("freeswitch.msleep(1) os.exit(1) stream:write('still here')", "still here").await;
    check("stream:write(tostring(io ~= nil) .. type(require) .. type(debug.sethook))", "truefunctionnil").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_have_headers_bodies_and_forms() {
    check("local e = freeswitch.Event('CUSTOM', 'a::b') e:addHeader('l', 'ARRAY::x|:y') stream:write(e:getHeader('l', 1))", "y").await;
    check("local e = freeswitch.Event('x') stream:write(e:getType() .. tostring(e:getBody()))", "MESSAGEnil").await;
    check(
        "local e = freeswitch.Event('CUSTOM','a::b') stream:write(e:serialize('json'):sub(1, 26))",
        "{\"Event-Subclass\":\"a::b\",\"",
    )
    .await;
    check(
        "local c = freeswitch.EventConsumer('CUSTOM', 'a::b') freeswitch.Event('CUSTOM', 'a::b'):fire() \
         local e = c:pop(1, 5000) stream:write(e:getHeader('Event-Subclass') .. tostring(c:pop()))",
        "a::bnil",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_read_and_written() {
    check("local j = freeswitch.JSON() local t = j:decode('{\"a\":[1,2],\"b\":null}') stream:write(t.a[2] .. tostring(t.b))", "2nil").await;
    check("stream:write(freeswitch.JSON():encode({a=1}))", "{\n\t\"a\":\t1\n}").await;
    check(
        "local j = freeswitch.JSON() j:return_unformatted_json(true) stream:write(j:encode({l={1,'x'},e={}}))",
        "{\"e\":{},\"l\":[1,\"x\"]}",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_are_asked() {
    check(
        "local d = freeswitch.Dbh('sqlite://:memory:') assert(d:connected()) d:query('create table t (n, w)') \
         d:query(\"insert into t values (1, 'one'), (2, null)\") stream:write(d:affected_rows() .. ':') \
         d:query('select * from t', function(row) stream:write(row.n .. '=' .. row.w .. ';') end) \
         stream:write(tostring(d:query('nonsense')) .. tostring(d:release()) .. tostring(d:connected()))",
        "2:1=one;2=;falsetruefalse",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    for (text, part) in [
        ("~if", "line:1:"),
        ("~local x = nil; x.y = 1", "attempt to index a nil value (local 'x')"),
        ("~stream:write(true)", "expected 'char *' got 'boolean'"),
        ("/nosuch/dir/x.lua", "cannot open /nosuch/dir/x.lua"),
        ("~error('own words')", "own words\nstack traceback:\n"),
    ] {
        let (answer, log) = failing("", text).await;
        assert!(answer == FAILED && log.contains(part), "{text}: {answer} {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runaway_script_is_stopped() {
    let instructions = "<param name='max-instructions' value='1000000'/>";
    for (settings, code, part) in [
        (instructions, "~while true do end", "max-instructions"),
        (instructions, "~while true do pcall(function() while true do end end) end", "max-instructions"),
        (instructions, "~coroutine.wrap(function() while true do end end)()", "max-instructions"),
        ("<param name='max-seconds' value='1'/>", "~while true do freeswitch.msleep(60000) end", "max-seconds"),
        (
            "<param name='max-memory' value='8'/>",
            "~local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
            "not enough memory",
        ),
    ] {
        let (answer, log) = failing(settings, code).await;
        assert!(answer == FAILED && log.contains(part), "{code}: {answer} {log}");
    }
    let (_, log) = failing(instructions, "~local function deep() while true do end end deep()").await;
    assert!(log.contains("stack traceback:") && log.contains("deep"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_goes_on_behind_a_script_that_failed() {
    let (switch, _lua) = with("<param name='max-instructions' value='1000000'/>");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("lua", "~session:answer() while true do end"), ("set", "after=yes"), ("park", "")]);
    becomes(&handle, "after", "yes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_find_their_arguments_and_modules() {
    let folder = Folder::new(
        "files",
        &[
            ("a.lua", "#!/usr/bin/lua\nlocal m = require('m') stream:write(m.twice(argv[1]) .. #argv .. argv[0])"),
            ("m.lua", "return { twice = function(x) return x .. x end }"),
        ],
    );
    let (switch, _lua) = with("<param name='restrict-scripts' value='true'/>");
    folder.of(&switch);
    assert_eq!(lua(&switch, "a.lua x 'y z'").await, "xx2a.lua");
    assert_eq!(lua(&switch, "/etc/passwd").await, FAILED);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_run_their_hooks_in_order() {
    let folder = Folder::new(
        "hooks",
        &[(
            "hook.lua",
            "local e = freeswitch.Event('CUSTOM', 'a::answer') e:addHeader('n', event:getHeader('n')) e:fire()",
        )],
    );
    let (switch, _lua) =
        with("<hook event='CUSTOM' subclass='a::question' script='hook.lua'/><hook event='NOSUCH' script='x'/>");
    folder.of(&switch);
    let mut ear = Ear::new(&switch, "CUSTOM");
    let here = strowger_core::bus::Origin::new("scripts.rs", "tests", 1);
    for n in ["1", "2", "3"] {
        switch.bus().publish(Event::custom("a::question").header("n", n), here);
    }
    for n in ["1", "2", "3"] {
        ear.find(EventKind::Custom, &[("Event-Subclass", "a::answer"), ("n", n)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_may_know_the_users() {
    const HANDLER: &str = "if XML_REQUEST.section == 'directory' and params:getHeader('user') == '1007' then\n\
        XML_STRING = \"<document type='freeswitch/xml'><section name='directory'><domain name='\" .. XML_REQUEST.key_value ..\n\
        \"'><user id='1007'><params><param name='password' value='secret'/></params></user></domain></section></document>\"\nend";
    let folder = Folder::new("xml", &[("handler.lua", HANDLER)]);
    let (switch, _lua) = with(
        "<param name='xml-handler-script' value='handler.lua'/><param name='xml-handler-bindings' value='directory'/>",
    );
    folder.of(&switch);
    let find = |user| {
        let wanted = UserQuery { key: "id", user, domain: "example.org", params: &[] };
        switch.find_user(wanted)
    };
    let user = find("1007").await.expect("the script knows it");
    assert_eq!(user.params, [("password".to_owned(), "secret".to_owned())]);
    assert!(find("1008").await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_and_callbacks_take_names_and_functions() {
    let (switch, _lua) = with("");
    let mut ear = Ear::new(&switch, "CUSTOM");
    let handle = originate(&switch, "null/one").await.unwrap();
    let code = "~session:answer() session:setHangupHook(function(s, how) \
        local e = freeswitch.Event('CUSTOM', 'a::end') e:addHeader('how', how) e:addHeader('kept', s:getVariable('kept')) e:fire() end) \
        session:setVariable('kept', 'yes') session:setInputCallback(function(s, kind, what) \
        if kind == 'event' then s:setVariable('said', what:getHeader('word')) return '' end return 'break' end) \
        local m = freeswitch.Event('MESSAGE') m:addHeader('word', 'hello') \
        session:setVariable('ready', 'yes') session:streamFile('silence_stream://60000') \
        session:setVariable('heard', 'yes') while session:ready() do session:sleep(1000) end";
    execute(&handle, &[("lua", code)]);
    becomes(&handle, "ready", "yes").await;
    handle.ask(|session| session.receive_digits("5")).await.unwrap();
    becomes(&handle, "heard", "yes").await;
    let other = format!(
        "~local s = freeswitch.Session('{}') stream:write(s:getVariable('kept') .. s:getState())",
        handle.uuid()
    );
    assert_eq!(lua(&switch, &other).await, "yesCS_EXECUTE");
    handle.hangup(strowger_core::channel::HangupCause::NormalClearing);
    ear.find(EventKind::Custom, &[("Event-Subclass", "a::end"), ("how", "hangup"), ("kept", "yes")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_script_of_the_page_runs() {
    let page = include_str!("../../../docs/lua.md");
    let script = page.split("```lua\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = Folder::new("page", &[("welcome.lua", script)]);
    let (switch, _lua) = with("");
    folder.of(&switch);
    let mut ear = Ear::new(&switch, "CUSTOM");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("lua", "welcome.lua")]);
    handle.post(|session| session.receive_digits("42#")).await.unwrap();
    ear.find(EventKind::Custom, &[("Event-Subclass", "welcome::chosen"), ("digits", "42")]).await;
    handle.down().await;
}
