"""What scripts do with the switch and its calls: the classes of FreeSWITCH's module of this name.

It works in the worker processes of the switch, and nowhere else.
"""

import json as _json
import threading as _threading

_lock = _threading.RLock()
# The way to the switch; the worker sets it (worker.py).
_link = None


def _ask(op, *arguments, number=0, hooks=None):
    """Has the switch do something, and waits for what comes of it."""
    with _lock:
        return _link.ask(op, number, arguments, hooks)


def _tell(op, *arguments, number=0):
    """Has the switch do something, and does not wait."""
    with _lock:
        _link.tell(op, number, arguments)


def _text(value):
    return "" if value is None else str(value)


def _number(value):
    try:
        return int(float(value)) if value is not None else 0
    except OverflowError:
        return 0


class Event:
    """An event that a script makes, or got."""

    _kinds = {}

    def __init__(self, type, subclass_name=None):
        type, subclass = _text(type), _text(subclass_name)
        if type.lower() == "json" and subclass:
            self._take(_ask("event.parse", subclass))
            return
        self.body = None
        self._headers = []
        if subclass:
            if type.upper() != "CUSTOM":
                consoleLog("warning", "Changing event type to custom because you specified a subclass name!")
            type = "CUSTOM"
            self._headers.append(["Event-Subclass", subclass])
        if type not in Event._kinds:
            if len(Event._kinds) > 1000:
                Event._kinds.clear()
            Event._kinds[type] = _ask("event.kind", type)
        self._kind = Event._kinds[type]

    @classmethod
    def _of(cls, told):
        event = cls.__new__(cls)
        event._take(told)
        return event

    def _take(self, told):
        self._kind, self._headers, self.body = told["t"], told["h"], told["b"]

    def _told(self):
        return {"t": self._kind, "h": self._headers, "b": self.body}

    def addHeader(self, header_name, value):
        name = _text(header_name)
        if not name:
            return False
        self._headers.append([name, _text(value)])
        return True

    def delHeader(self, header_name):
        name, before = _text(header_name).lower(), len(self._headers)
        self._headers = [header for header in self._headers if header[0].lower() != name]
        return len(self._headers) < before

    def getHeader(self, header_name, idx=None):
        name = _text(header_name)
        if idx is None and not name.endswith("]"):
            wanted = name.lower()
            for header in self._headers:
                if header[0].lower() == wanted:
                    return header[1]
        return _ask("event.header", self._told(), name, idx)

    def addBody(self, value):
        self.body = _text(value)
        return True

    def getBody(self):
        return self.body

    def getType(self):
        return self._kind

    def setPriority(self, priority="NORMAL"):
        names = {"0": "NORMAL", "1": "LOW", "2": "HIGH"}
        name = str(priority).upper()
        name = names.get(name, name)
        if name not in names.values():
            return False
        self.delHeader("priority")
        return self.addHeader("priority", name)

    def merge(self, to_merge):
        self._headers += [list(header) for header in to_merge._headers]
        return True

    def serialize(self, format=None):
        return _ask("event.serialize", self._told(), _text(format))

    def fire(self):
        _tell("event.fire", self._told())
        return True

    def chat_execute(self, app, data=None):
        return 1

    def chat_send(self, dest_proto=None):
        return _ask("event.chat_send", self._told(), _text(dest_proto))


class _Held:
    """Something that the switch keeps for the script, by a number."""

    _handle = None

    def __del__(self):
        if self._handle:
            try:
                _tell("free", number=self._handle)
            except Exception:
                # The function that made it is over, and so is what the switch kept.
                pass


class EventConsumer(_Held):
    """Hears the events that it is bound to."""

    def __init__(self, event_name=None, subclass_name="", len=5000):
        self._handle = _ask("consumer.new", _number(len))
        if event_name:
            self.bind(event_name, subclass_name)

    def bind(self, event_name, subclass_name=""):
        return _ask("consumer.bind", _text(event_name), _text(subclass_name), number=self._handle)

    def pop(self, block=0, timeout=0):
        told = _ask("consumer.pop", bool(block), _number(timeout), number=self._handle)
        return None if told is None else Event._of(told)

    def cleanup(self):
        _ask("consumer.cleanup", number=self._handle)


class API:
    """The switch's commands."""

    def __init__(self, session=None):
        pass

    def execute(self, command, data=""):
        return _ask("api", _text(command), _text(data))

    def executeString(self, command):
        return _ask("api_string", _text(command))

    def getTime(self):
        return _ask("api_time")


class Stream:
    """The answer of a command, as a script writes it."""

    def __init__(self):
        self._parts = []

    def write(self, data):
        self._parts.append(_text(data))

    def raw_write(self, data, len=None):
        self._parts.append(_text(data)[:len])

    def get_data(self):
        return "".join(self._parts)


class DTMF:
    """A digit, and how many samples of 8 kHz it lasted."""

    def __init__(self, idigit, iduration=2000):
        self.digit = idigit
        self.duration = iduration


class JSON:
    """Texts of JSON."""

    def encode(self, value):
        return _json.dumps(value)

    def decode(self, text):
        return _json.loads(text)

    def execute(self, command):
        text = command if isinstance(command, str) else _json.dumps(command)
        return _json.loads(API().execute("json", text))

    def return_unformatted_json(self, flag=True):
        pass

    def encode_empty_table_as_object(self, flag=True):
        pass


class IVRMenu:
    """A menu of ivr.conf, by its name."""

    def __init__(self, main, name=None, *rest):
        self._name = name if isinstance(name, str) else main

    def bindAction(self, action, arg, bind):
        raise NotImplementedError("menus are defined in ivr.conf.xml")

    def execute(self, session, name=None):
        session.execute("ivr", name or self._name)


class Session(_Held):
    """A call."""

    def __init__(self, *arguments):
        self._prepare()
        # SWIG's classes are given the script's own object first, by some.
        arguments = [argument for argument in arguments if argument is not None]
        if arguments:
            caller = arguments[1]._handle if len(arguments) > 1 else None
            self._handle = _ask("session.new", _text(arguments[0]), caller)
        else:
            self._handle = _ask("session.empty")

    def _prepare(self):
        self._callback = None
        self._hook = None
        self._private = {}
        self.cb_function = self.hangup_func_str = None

    @classmethod
    def _of_call(cls, handle):
        """The call that runs the script."""
        session = cls.__new__(cls)
        session._prepare()
        session._handle = handle
        return session

    def _do(self, op, *arguments):
        """A method; the hangup hook has its turn behind it."""
        return _ask("session." + op, *arguments, number=self._handle, hooks=self)

    # What the link calls.

    def _came(self, kind, what):
        """Shows the callback what came in."""
        if self._callback is None:
            return ""
        function, argument = self._callback
        shown = DTMF(what["digit"], what["duration"]) if kind == "dtmf" else Event._of(what)
        arguments = (self, kind, shown) if argument is None else (self, kind, shown, argument)
        said = function(*arguments)
        if said is True or said is None:
            return ""
        return "break" if said is False else str(said)

    def _ended(self, how):
        """Runs the hangup hook, once."""
        if self._hook is None:
            return
        (function, argument), self._hook = self._hook, None
        said = function(self, how) if argument is None else function(self, how, argument)
        if str(said).lower() in ("exit", "die"):
            raise SystemExit(said)

    # States.

    def answer(self):
        return self._do("answer")

    def preAnswer(self):
        return self._do("preAnswer")

    def ready(self):
        return self._do("ready")

    def answered(self):
        return self._do("answered")

    def bridged(self):
        return self._do("bridged")

    def mediaReady(self):
        return self._do("mediaReady")

    def hangup(self, cause="normal_clearing"):
        self._do("hangup", _text(cause))

    def hangupState(self):
        if self._do("ending") is not None:
            self.check_hangup_hook()

    def hangupCause(self):
        return self._do("hangupCause")

    def getState(self):
        return self._do("getState")

    def get_uuid(self):
        return self._do("uuid")

    uuid = property(get_uuid)

    def setAutoHangup(self, val):
        return self._do("setAutoHangup", bool(val))

    def destroy(self):
        self._do("destroy")

    def check_hangup_hook(self):
        self._do("ready")

    # Variables.

    def setVariable(self, var, val):
        self._do("setVariable", _text(var), _text(val))

    def getVariable(self, var):
        return self._do("getVariable", _text(var))

    def setPrivate(self, var, val):
        self._private[var] = val

    def getPrivate(self, var):
        return self._private.get(var)

    def execute(self, app, data=None):
        self._do("execute", _text(app), _text(data))

    def consoleLog(self, level_str, msg):
        _tell("log", _text(level_str), "switch_cpp.cpp", "consoleLog", 1297, _text(self.uuid), _text(msg))

    def consoleLog2(self, level_str, file, func, line, msg):
        _tell("log", _text(level_str), _text(file), _text(func), _number(line), _text(self.uuid), _text(msg))

    # Sounds.

    def streamFile(self, file, starting_sample_count=0):
        return self._do("streamFile", _text(file), _number(starting_sample_count))

    def recordFile(self, file_name, time_limit=0, silence_threshold=0, silence_hits=0):
        limits = [_number(value) for value in (time_limit, silence_threshold, silence_hits)]
        return self._do("recordFile", _text(file_name), *limits)

    def sayPhrase(self, phrase_name, phrase_data="", phrase_lang=None):
        self._do("sayPhrase", _text(phrase_name), _text(phrase_data), _text(phrase_lang))

    def say(self, tosay, module_name, say_type, say_method, say_gender=None):
        words = [_text(word) for word in (module_name, say_type, say_method, say_gender, tosay)]
        self._do("say", " ".join(word for word in words if word))

    def speak(self, text):
        return self._do("speak", _text(text))

    def set_tts_params(self, tts_name, voice_name):
        self._do("set_tts_params", _text(tts_name), _text(voice_name))

    set_tts_parms = set_tts_params

    def insertFile(self, file, insert_file, sample_point):
        return self._do("insertFile", _text(file), _text(insert_file), _number(sample_point))

    def sleep(self, ms, sync=0):
        return self._do("sleep", _number(ms))

    # Digits.

    def getDigits(self, maxdigits, terminators, timeout, interdigit=0, abstimeout=0):
        first = _number(timeout) if _number(timeout) > 0 else _number(abstimeout)
        return self._do("getDigits", _number(maxdigits), _text(terminators), first, _number(interdigit))

    def read(self, min_digits, max_digits, prompt_audio_file, timeout, valid_terminators, digit_timeout=0):
        return self._do(
            "read",
            max(_number(min_digits), 1),
            max(_number(max_digits), 1),
            _text(prompt_audio_file),
            max(_number(timeout), 1),
            _text(valid_terminators),
            _number(digit_timeout),
        )

    def playAndGetDigits(
        self,
        min_digits,
        max_digits,
        max_tries,
        timeout,
        terminators,
        audio_files,
        bad_input_audio_files,
        digits_regex,
        var_name=None,
        digit_timeout=0,
        transfer_on_failure=None,
    ):
        numbers = [_number(value) for value in (min_digits, max_digits, max_tries, timeout, digit_timeout)]
        texts = (terminators, audio_files, bad_input_audio_files, digits_regex, var_name, transfer_on_failure)
        return self._do("playAndGetDigits", *numbers, *[_text(text) for text in texts])

    def collectDigits(self, digit_timeout, abs_timeout=None):
        return self._do("collectDigits", _number(digit_timeout if abs_timeout is None else abs_timeout))

    def flushDigits(self):
        return self._do("flushDigits")

    def flushEvents(self):
        return 0

    # Ways.

    def transfer(self, extension, dialplan=None, context=None):
        return self._do("transfer", _text(extension), _text(dialplan), _text(context))

    def originate(self, a_leg_session, dest, timeout=60, handlers=None):
        caller = None if a_leg_session is None else a_leg_session._handle
        return self._do("originate", caller, _text(dest), _number(timeout))

    def waitForAnswer(self, calling_session=None):
        self._do("waitForAnswer")

    def bridge(self, other):
        self._do("bridge", other._handle)

    def sendEvent(self, sendME):
        self._do("sendEvent", sendME._told())

    # Callbacks.

    def setInputCallback(self, cbfunc, funcargs=None):
        self._callback = (cbfunc, funcargs)

    setDTMFCallback = setInputCallback

    def unsetInputCallback(self):
        self._callback = None

    def setHangupHook(self, pyfunc, arg=None):
        self._hook = (pyfunc, arg)


PySession = Session


def consoleLog(level_str, msg):
    _tell("log", _text(level_str), "switch_cpp.cpp", "console_log", 1443, "", _text(msg))


def consoleLog2(level_str, file, func, line, msg):
    _tell("log", _text(level_str), _text(file), _text(func), _number(line), "", _text(msg))


def consoleCleanLog(msg):
    consoleLog("debug", msg)


console_log, console_log2, console_clean_log = consoleLog, consoleLog2, consoleCleanLog


def getGlobalVariable(var_name):
    return _ask("global_get", _text(var_name))


def setGlobalVariable(var_name, var_val):
    _ask("global_set", _text(var_name), _text(var_val), None)


def globalSetVariable(var_name, var_val, match=None):
    return 0 if _ask("global_set", _text(var_name), _text(var_val), match) else 1


def msleep(ms):
    _ask("msleep", _number(ms))


def bridge(session_a, session_b):
    session_a.bridge(session_b)


def running():
    return _ask("running")


def email(to, from_, headers=None, body=None, file=None, convert_cmd=None, convert_ext=None):
    raise NotImplementedError("use smtplib")
