//! Scripts in Python, in workers of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::log::{LogBus, LogLevel, LogSubscription};
use strowger_event::EventKind;
use strowger_python::Python;
use strowger_test_support::{Ear, becomes, execute, originate, switch, variable};

/// A switch with Python and a scripts folder.
struct Here {
    switch: Arc<Switch>,
    folder: PathBuf,
    python: Python,
}

impl Here {
    fn new(name: &str, settings: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("strowger-python-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let switch = switch(&format!(
            "<d><section name='configuration'><configuration name='python.conf'><settings>{settings}</settings>\
             </configuration></section></d>"
        ));
        strowger_apps::register(switch.registries());
        switch.globals().set("script_dir", &folder.display().to_string());
        let python = Python::start(&switch);
        Self { switch, folder, python }
    }

    fn script(&self, name: &str, code: &str) {
        // As editors do: what a worker reads is a whole file.
        let beside = self.folder.join(format!("{name}.new"));
        std::fs::create_dir_all(self.folder.join(name).parent().unwrap()).unwrap();
        std::fs::write(&beside, code).unwrap();
        std::fs::rename(beside, self.folder.join(name)).unwrap();
    }

    async fn api(&self, arguments: &str) -> String {
        self.switch.execute_api("python", arguments).await.unwrap()
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        // The system removes what we cannot.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the log of a switch has said from a moment on.
struct Log {
    said: LogSubscription,
    _bus: Arc<LogBus>,
}

impl Log {
    fn of(switch: &Switch) -> Self {
        let bus = Arc::clone(switch.log());
        Self { said: bus.subscribe(LogLevel::Debug), _bus: bus }
    }

    /// Waits for a line that has all of these; the call that it is about.
    async fn find(&self, wanted: &[&str]) -> String {
        let wait = async {
            let mut batch = Vec::new();
            loop {
                self.said.next_batch(&mut batch).await;
                for line in batch.drain(..) {
                    if wanted.iter().all(|text| line.text.contains(text)) {
                        return line.user_data.to_string();
                    }
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the log to say so")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_have_what_the_script_writes() {
    let here = Here::new("api", "");
    here.script(
        "first.py",
        "import freeswitch, uuid\n\
         def fsapi(session, stream, env, args):\n\
        \x20   event = freeswitch.Event('CUSTOM', 'a::b')\n\
        \x20   event.addHeader('id', str(uuid.UUID(int=1)))\n\
        \x20   event.fire()\n\
        \x20   stream.write('%s|%s|%s' % (session, env.getHeader('API-Command-Argument'), args))\n",
    );
    let mut ear = Ear::new(&here.switch, "CUSTOM");
    assert_eq!(here.api("first one  two").await, "None|first one  two|one  two");
    let event = ear.find(EventKind::Custom, &[("Event-Subclass", "a::b")]).await;
    assert_eq!(event.get("id"), Some("00000000-0000-0000-0000-000000000001"));
    assert_eq!(here.api("first").await, "None|first|");
    assert_eq!(here.api("").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_are_found_by_name_dots_and_path() {
    let here = Here::new("names", "");
    let says = |what: &str| format!("def fsapi(session, stream, env, args):\n    stream.write('{what}')\n");
    here.script("plain.py", &says("plain"));
    here.script("pkg/__init__.py", &says("package"));
    here.script("pkg/inner.py", "from .helper import word\ndef fsapi(s, stream, e, a): stream.write(word)\n");
    here.script("pkg/helper.py", "word = 'inner'\n");
    for (name, said) in [("plain", "plain"), ("plain.py", "plain"), ("pkg", "package"), ("pkg.inner", "inner")] {
        assert_eq!(here.api(name).await, said, "{name}");
    }
    assert_eq!(here.api(&here.folder.join("plain.py").display().to_string()).await, "plain");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_scripts_are_read_anew() {
    let here = Here::new("reload", "");
    here.script("helper.py", "word = 1\n");
    here.script("main.py", "import helper\ndef fsapi(s, stream, e, a): stream.write(str(helper.word))\n");
    assert_eq!(here.api("main").await, "1");
    here.script("helper.py", "word = 2\n");
    assert_eq!(here.api("main").await, "2");
    here.script("main.py", "import helper\ndef fsapi(s, stream, e, a): stream.write('now')\n");
    assert_eq!(here.api("main").await, "now");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_named_and_nothing_else_hurt() {
    let here = Here::new("wrong", "<param name='max-cpu-seconds' value='1'/>");
    here.script("syntax.py", "def fsapi(:\n");
    here.script("raises.py", "def fsapi(s, stream, e, a):\n    stream.write('so far ')\n    return 1 / 0\n");
    here.script("without.py", "x = 1\n");
    here.script("endless.py", "def fsapi(s, stream, e, a):\n    while True: pass\n");
    here.script(
        "prints.py",
        "import sys\ndef fsapi(s, stream, e, a):\n    print('to the log')\n    stream.write('fine')\n",
    );
    let log = Log::of(&here.switch);
    assert!(here.api("syntax").await.starts_with("-ERR SyntaxError: "));
    log.find(&["fsapi of python module syntax", "syntax.py", "SyntaxError"]).await;
    assert_eq!(here.api("raises").await, "so far -ERR ZeroDivisionError: division by zero\n");
    log.find(&["Traceback (most recent call last):", "raises.py", "line 3", "return 1 / 0"]).await;
    assert_eq!(here.api("without").await, "-ERR AttributeError: without has no function fsapi\n");
    assert_eq!(here.api("nosuch").await, "");
    log.find(&["No module named 'nosuch'"]).await;
    assert!(here.api("endless").await.contains("max-cpu-seconds"));
    log.find(&["Traceback", "endless.py", "max-cpu-seconds"]).await;
    assert_eq!(here.api("prints").await, "fine");
    log.find(&["to the log"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded() {
    let here = Here::new("memory", "<param name='max-memory' value='300'/>");
    here.script("eats.py", "def fsapi(s, stream, e, a):\n    stream.write(str(len(bytearray(1 << 30))))\n");
    assert!(here.api("eats").await.starts_with("-ERR MemoryError"));
}

#[tokio::test(flavor = "multi_thread")]
async fn restricted_scripts_stay_in_their_folder() {
    let here = Here::new("restricted", "<param name='restrict-scripts' value='true'/>");
    here.script("inside.py", "def fsapi(s, stream, e, a): stream.write('in')\n");
    assert_eq!(here.api("inside").await, "in");
    let outside = std::env::temp_dir().join(format!("strowger-python-outside-{}.py", std::process::id()));
    std::fs::write(&outside, "def fsapi(s, stream, e, a): stream.write('out')\n").unwrap();
    let said = here.api(&outside.display().to_string()).await;
    assert!(said.contains("outside of the scripts folder, and restrict-scripts is on"), "{said}");
    let name = outside.file_name().unwrap().to_string_lossy().into_owned();
    assert!(here.api(&format!("../{name}")).await.starts_with("-ERR "));
    assert!(here.api("os").await.starts_with("-ERR cannot open "), "a module of Python's own");
    std::fs::remove_file(outside).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_python_the_rest_runs() {
    let here = Here::new("none", "<param name='interpreter' value='/nosuch/python3'/>");
    here.script("a.py", "def fsapi(s, stream, e, a): pass\n");
    let said = here.api("a").await;
    assert!(said.starts_with("-ERR cannot run /nosuch/python3: No such file"), "{said}");
    assert!(said.contains("need Python 3"), "{said}");
    assert_eq!(here.switch.execute_api("expr", "1+1").await.as_deref(), Some("2"));
    let handle = originate(&here.switch, "null/one").await.unwrap();
    execute(&handle, &[("python", "a"), ("set", "after=yes"), ("park", "")]);
    becomes(&handle, "after", "yes").await;
}

const HANDLER: &str = "\
import freeswitch, os, time
def hook(session, what, args=None):
    event = freeswitch.Event('CUSTOM', 'app::hook')
    event.addHeader('what', what)
    event.fire()
def came(session, what, obj, args=None):
    session.setVariable('pressed', obj.digit)
    return 'break'
def handler(session, args):
    session.answer()
    session.setHangupHook(hook)
    session.setInputCallback(came)
    session.setVariable('args', args)
    session.setVariable('pid', str(os.getpid()))
    print('at work')
    session.sleep(60000)
    session.setVariable('sum', freeswitch.API().execute('expr', '6*7'))
    session.sleep(60000)
    session.setVariable('after', 'hangup')
";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_callback_and_hook() {
    let here = Here::new("call", "");
    here.script("calls.py", HANDLER);
    let (log, mut ear) = (Log::of(&here.switch), Ear::new(&here.switch, "CUSTOM"));
    let handle = originate(&here.switch, "null/one").await.unwrap();
    execute(&handle, &[("python", "calls one two")]);
    assert_eq!(log.find(&["at work"]).await, handle.uuid());
    assert_eq!(variable(&handle, "args").await, "one two");
    here.switch.execute_api("uuid_recv_dtmf", &format!("{} 7", handle.uuid())).await.unwrap();
    becomes(&handle, "sum", "42").await;
    assert_eq!(variable(&handle, "pressed").await, "7");
    here.switch.execute_api("uuid_kill", handle.uuid()).await.unwrap();
    let event = ear.find(EventKind::Custom, &[]).await;
    assert_eq!(event.get("what"), Some("hangup"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_takes_nothing_with_it() {
    let here = Here::new("killed", "");
    here.script("calls.py", HANDLER);
    here.script("pid.py", "import os\ndef fsapi(s, stream, e, a): stream.write(str(os.getpid()))\n");
    let log = Log::of(&here.switch);
    let handle = originate(&here.switch, "null/one").await.unwrap();
    execute(&handle, &[("python", "calls"), ("set", "after=yes"), ("park", "")]);
    log.find(&["at work"]).await;
    let pid = variable(&handle, "pid").await;
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    // It was within a sleep of the call, which is over then, too.
    becomes(&handle, "after", "yes").await;
    assert_eq!(log.find(&[&format!("Python worker {pid} died (signal: 9"), "calls"]).await, handle.uuid());
    // One that waits is replaced as well.
    let pid = here.api("pid").await;
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    assert_ne!(here.api("pid").await, pid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_hangs_goes_when_its_call_has_gone() {
    let here = Here::new("hangs", "<param name='linger-seconds' value='0'/>");
    here.script("hangs.py", "import time\ndef handler(session, args):\n    print('hangs')\n    time.sleep(3600)\n");
    let log = Log::of(&here.switch);
    let handle = originate(&here.switch, "null/one").await.unwrap();
    execute(&handle, &[("python", "hangs")]);
    log.find(&["hangs"]).await;
    here.switch.execute_api("uuid_kill", handle.uuid()).await.unwrap();
    log.find(&["was killed", "linger-seconds"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_consumers_are_freeswitchs() {
    let here = Here::new("events", "");
    here.script(
        "events.py",
        "import freeswitch\n\
         def fsapi(session, stream, env, args):\n\
        \x20   heard = freeswitch.EventConsumer('CUSTOM', 'x::y')\n\
        \x20   e = freeswitch.Event('CUSTOM', 'x::y')\n\
        \x20   e.addHeader('list[0]', 'a'); e.addHeader('list[1]', 'b'); e.addHeader('gone', '1')\n\
        \x20   e.delHeader('GONE'); e.addBody('text'); e.setPriority('HIGH')\n\
        \x20   e.fire()\n\
        \x20   got = heard.pop(1, 5000)\n\
        \x20   says = [got.getType(), got.getHeader('list'), got.getHeader('list', 1), got.getHeader('gone'),\n\
        \x20       got.getHeader('event-subclass'), got.getBody(), got.getHeader('priority'), heard.pop(0),\n\
        \x20       'Event-Name: CUSTOM' in e.serialize(), '\"Event-Name\"' in e.serialize('json')]\n\
        \x20   freeswitch.setGlobalVariable('set_by', 'python')\n\
        \x20   s = freeswitch.Session('null/two')\n\
        \x20   says += [freeswitch.getGlobalVariable('set_by'), s.ready(), s.answered()]\n\
        \x20   stream.write(repr(says))\n",
    );
    assert_eq!(
        here.api("events").await,
        "['CUSTOM', 'ARRAY::a|:b', 'b', None, 'x::y', 'text', 'HIGH', None, True, True, 'python', True, True]"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn runtime_hooks_and_handlers_are_run() {
    let here = Here::new(
        "hooks",
        "<param name='startup-script' value='begins at once'/><hook event='CUSTOM' subclass='my::event' script='hooked'/>\
         <param name='xml-handler-script' value='fetches'/><param name='xml-handler-bindings' value='dialplan'/>",
    );
    here.script(
        "begins.py",
        "import freeswitch\n\
         def runtime(args):\n\
        \x20   e = freeswitch.Event('CUSTOM', 'my::event'); e.addHeader('args', args); e.fire()\n",
    );
    here.script(
        "hooked.py",
        "import freeswitch\n\
         def hook(event):\n\
        \x20   e = freeswitch.Event('CUSTOM', 'my::answer'); e.addHeader('args', event.getHeader('args')); e.fire()\n",
    );
    here.script(
        "fetches.py",
        "def xml_fetch(params):\n\
        \x20   return '''<document type=\"freeswitch/xml\"><section name=\"dialplan\"><context name=\"default\">\n\
        <extension name=\"a\"><condition field=\"destination_number\" expression=\"^(.*)$\">\n\
        <action application=\"set\" data=\"asked=%s %s\"/><action application=\"park\"/></condition></extension>\n\
        </context></section></document>''' % (params.getHeader('section'), params.getHeader('Caller-Destination-Number'))\n",
    );
    let mut ear = Ear::new(&here.switch, "CUSTOM");
    here.python.run_startup_scripts(&here.switch);
    let answer = [("Event-Subclass", "my::answer")];
    assert_eq!(ear.find(EventKind::Custom, &answer).await.get("args"), Some("at once"));
    assert_eq!(here.switch.execute_api("pyrun", "begins later").await.as_deref(), Some("OK\n"));
    assert_eq!(ear.find(EventKind::Custom, &answer).await.get("args"), Some("later"));
    assert_eq!(here.switch.execute_api("pyrun", "").await.as_deref(), Some("USAGE: <script> [<arguments>]\n"));
    let handle = originate(&here.switch, "null/one").await.unwrap();
    handle.tell(|session| session.transfer("4711", "XML", "default")).unwrap();
    becomes(&handle, "asked", "dialplan 4711").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_script_of_the_page_runs() {
    let here = Here::new("page", "");
    let page = include_str!("../../../docs/python.md");
    let script = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    here.script("welcome.py", script);
    assert_eq!(here.api("welcome Ada").await, "welcome, Ada\n");
    let mut ear = Ear::new(&here.switch, "PLAYBACK_START CUSTOM");
    let handle = originate(&here.switch, "null/one").await.unwrap();
    execute(&handle, &[("python", "welcome")]);
    ear.find(EventKind::PlaybackStart, &[]).await;
    here.switch.execute_api("uuid_recv_dtmf", &format!("{} 42#", handle.uuid())).await.unwrap();
    assert_eq!(ear.find(EventKind::Custom, &[]).await.get("digits"), Some("42"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_worker_answers_at_once() {
    let here = Here::new("warm", "");
    here.script("quick.py", "def fsapi(s, stream, e, a): stream.write('x')\n");
    here.api("quick").await;
    let mut times = Vec::new();
    for _ in 0..200 {
        let begin = std::time::Instant::now();
        assert_eq!(here.api("quick").await, "x");
        times.push(begin.elapsed());
    }
    times.sort();
    // 1 ms is what it may cost; a machine that does something else meanwhile is not told from a slow switch.
    assert!(times[100] < Duration::from_millis(20), "half of them took longer than {:?}", times[100]);
    println!("a warm call: {:?}", times[100]);
}
