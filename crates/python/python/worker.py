"""A worker of the switch: runs the functions of scripts, one after the other, as it is told on its socket."""

import importlib
import importlib.machinery
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
import types

import freeswitch


class Runaway(BaseException):
    """The script has used up the processor time that it may take without asking the switch for anything."""


# A frame is its length, four bytes, the most significant first, and so much JSON.
LARGEST = 32 << 20


class Link:
    """The socket to the switch."""

    def __init__(self, connection):
        self.connection = connection
        self.reader = connection.makefile("rb", buffering=1 << 16)
        self.job = None
        self.thread = None
        self.seconds = 0

    def send(self, message):
        body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > LARGEST:
            raise ValueError("too large for the switch: %d bytes" % len(body))
        self.connection.sendall(len(body).to_bytes(4, "big") + body)

    def receive(self):
        head = self.reader.read(4)
        body = self.reader.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
        if not body:
            # The switch has let go of this worker.
            os._exit(0)
        return json.loads(body)

    def tell(self, op, number, arguments):
        if self.job is None:
            raise RuntimeError("no function of a script runs")
        self.send({"op": op, "n": number, "a": arguments})

    def ask(self, op, number, arguments, session):
        if self.job is None:
            raise RuntimeError("no function of a script runs")
        message = {"op": op, "n": number, "a": arguments, "r": 1}
        if session is not None:
            message["hears"] = session._callback is not None
            message["hooks"] = session._hook is not None
        self.send(message)
        failure = None
        while True:
            told = self.receive()
            if "came" not in told:
                break
            try:
                said = session._came(told["came"], told["what"])
            except BaseException as error:
                failure, said = error, "break"
            self.send({"said": said})
        self.wind()
        if failure is not None:
            raise failure
        if "error" in told:
            raise RuntimeError(told["error"])
        if "ended" in told:
            session._ended(told["ended"])
        return told["is"]

    def wind(self):
        """So much processor time is left to the script, again."""
        if threading.current_thread() is self.thread:
            signal.setitimer(signal.ITIMER_VIRTUAL, self.seconds, 1 if self.seconds else 0)


class Lines:
    """What a script prints: lines of the log."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, link, level, rest):
        self.link, self.level, self.rest, self.begun = link, level, rest, ""

    def write(self, text):
        if self.link.job is None:
            return self.rest.write(text)
        *lines, self.begun = (self.begun + text).split("\n")
        for line in lines:
            self.log(line)
        if len(self.begun) > 8192:
            self.finish()
        return len(text)

    def log(self, line):
        with freeswitch._lock:
            self.link.tell("log", 0, (self.level, self.link.job, "print", 0, None, line))

    def finish(self):
        line, self.begun = self.begun, ""
        if line:
            self.log(line)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def fileno(self):
        return self.rest.fileno()


class Scripts:
    """The modules of the scripts folder, as they are at the moment."""

    def __init__(self, folder):
        self.folder = os.path.join(os.path.realpath(folder), "") if folder else None
        self.seen = {}
        self.own = set(sys.modules)
        if folder:
            sys.path.insert(0, folder)

    def find(self, name, path):
        """The module `name`, which is the file `path` when the switch knows one."""
        self.forget_changed()
        if path is None or os.path.basename(path) == "__init__.py" or "." in name:
            module = sys.modules.get(name) or importlib.import_module(name)
        else:
            module = sys.modules.get(name)
            if module is None or getattr(module, "__file__", None) != path:
                module = load(name, path)
        self.note()
        return module

    def forget_changed(self):
        """Scripts import one another: when one has changed all are read anew."""
        if any(stamp(path) != seen for path, (_, seen) in self.seen.items()):
            for name, _ in self.seen.values():
                sys.modules.pop(name, None)
            self.seen.clear()
        importlib.invalidate_caches()

    def note(self):
        for name in set(sys.modules) - self.own:
            path = getattr(sys.modules.get(name), "__file__", None)
            if path is None:
                continue
            if name in LOADED or self.folder and os.path.realpath(path).startswith(self.folder):
                if path not in self.seen:
                    self.seen[path] = (name, stamp(path))
            else:
                self.own.add(name)


LOADED = set()


def stamp(path):
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def load(name, path):
    loader = Source(name, path)
    spec = importlib.machinery.ModuleSpec(name, loader, origin=path)
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    LOADED.add(name)
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


class Source(importlib.machinery.SourceFileLoader):
    """Reads the source each time: what is compiled is told apart by seconds only, and scripts change faster."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def call(job, scripts):
    """Runs a function of a script; what the switch is told of it."""
    module = scripts.find(job["module"], job["path"])
    function = getattr(module, job["function"], None)
    if function is None:
        raise AttributeError("%s has no function %s" % (job["module"], job["function"]))
    kind, arguments = job["function"], job["arguments"]
    if kind == "fsapi":
        stream = freeswitch.Stream()
        try:
            function(None, stream, freeswitch.Event._of(job["event"]), arguments)
        except BaseException as error:
            error.written = stream.get_data()
            raise
        return stream.get_data()
    if kind == "handler":
        function(freeswitch.Session._of_call(job["session"]), arguments)
    elif kind == "runtime":
        function(arguments)
    else:
        said = function(freeswitch.Event._of(job["event"]))
        return None if said is None else str(said)
    return None


def outcome(job, scripts, link):
    try:
        link.wind()
        done = {"done": call(job, scripts)}
    except SystemExit as error:
        # The script wants no more; the worker is for others.
        done = {"done": getattr(error, "written", None)}
    except BaseException as error:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != "<worker>"]
        lines = ["Traceback (most recent call last):\n"] + traceback.format_list(own) if own else []
        lines += traceback.format_exception_only(type(error), error)
        is_missing = isinstance(error, ModuleNotFoundError) and error.name == job["module"].split(".")[0]
        short = traceback.format_exception_only(type(error), error)[-1].strip()
        done = {
            "done": getattr(error, "written", None),
            "failed": short,
            "traceback": "".join(lines)[-60000:],
            "missing": is_missing,
        }
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return done


def run(link, scripts):
    while True:
        job = link.receive()
        link.job = job["module"]
        done = outcome(job, scripts, link)
        for lines in (sys.stdout, sys.stderr):
            if isinstance(lines, Lines):
                lines.finish()
        link.job = None
        link.send(done)
        # What the script leaves behind goes now, not in the midst of the next.
        job = done = None


def leave_with_the_switch(connection):
    """Ends the process when the switch does, whatever the script is at."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLRDHUP)
    while True:
        for _, events in poll.poll():
            if events:
                os._exit(0)


def stop_runaway(*_):
    raise Runaway("the script has used up its processor time (max-cpu-seconds)")


def main():
    connection = socket.socket(fileno=os.dup(0))
    os.set_inheritable(connection.fileno(), False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    link = Link(connection)
    setup = link.receive()
    if setup["memory"]:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (setup["memory"], setup["memory"]))
    link.seconds, link.thread = setup["seconds"], threading.current_thread()
    freeswitch._link = link
    sys.dont_write_bytecode = True
    sys.argv = ["strowger"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    scripts = Scripts(setup["folder"])
    sys.stdout = Lines(link, "info", sys.stdout)
    sys.stderr = Lines(link, "err", sys.stderr)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGVTALRM, stop_runaway)
    threading.Thread(target=leave_with_the_switch, args=(connection,), daemon=True).start()
    run(link, scripts)


main()
