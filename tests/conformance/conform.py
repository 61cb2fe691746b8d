#!/usr/bin/env python3
"""Play event-socket cases against a server and hold its packets against recorded ones.

  conform.py check  [--esl HOST:PORT] [--password P] [--sip HOST:PORT] [CASE ...]   compare with golden/
  conform.py record [same options] [CASE ...]                                       write golden/
  conform.py show CASE                                                              print a golden file, readable

A case is a text file (cases/NAME.case); README.md beside this file describes its verbs and how packets compare.
Exit status: 0 every case passed, 1 some case fell short, 2 wrong usage.
Only the Python standard library is used; cases about SIP run sipp.
"""
import argparse, json, os, random, socket, sys, time

from case import HERE, Case, Fault
from compare import compare, label


def options():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("what", choices=("check", "record", "show"))
    ap.add_argument("case", nargs="*", help="a case or the beginning of its name; none: every case")
    ap.add_argument("--esl", default="127.0.0.1:8021")
    ap.add_argument("--sip", default="127.0.0.1:5060")
    ap.add_argument("--sip2", default="", help="the SIP address of the profile that authenticates calls (the --sip port and 10)")
    ap.add_argument("--uac", type=int, default=0, help="the port of the phone that calls the server (a free one)")
    ap.add_argument("--uas", type=int, default=5090, help="the port of the phone that the server calls: its peer_port")
    ap.add_argument("--app", type=int, default=8084, help="the port of the program that `socket` connects to: the server's app_port")
    ap.add_argument("--password", default="ClueCon")
    ap.add_argument("--dir", default=HERE, help="the folder that holds cases/ and golden/")
    ap.add_argument("--faults", type=int, default=6, help="faults printed for a case")
    ap.add_argument("--source", default="", help="with record: what is being recorded")
    opts = ap.parse_intermixed_args()
    host, port = opts.sip.split(":")
    opts.sip2 = opts.sip2 or f"{host}:{int(port) + 10}"
    opts.uac = opts.uac or free_port()
    cases = sorted(f[:-5] for f in os.listdir(f"{opts.dir}/cases") if f.endswith(".case"))
    unknown = [w for w in opts.case if not any(c.startswith(w) for c in cases)]
    if unknown:
        ap.error("no such case: " + " ".join(unknown))
    opts.chosen = [c for c in cases if not opts.case or any(c.startswith(w) for w in opts.case)]
    return opts


def free_port():
    """A port that is free for UDP and TCP, below those that the system and the server's media choose from."""
    while True:
        port = random.randrange(10000, 16000)
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    s.bind(("127.0.0.1", port))
            return port
        except OSError:
            pass


def show(golden):
    for s in json.load(open(golden, encoding="utf-8"))["steps"]:
        print(f"{s['line']:4} {s['does']}")
        for p in s["packets"]:
            print(f"       {label(p)}  " + (str(dict(p["headers"]).get("Reply-Text", "")) + " " + (p["body"] or ""))[:160].replace("\n", "\\n"))


def play(name, golden, opts):
    """Plays one case: what it found wrong, and compare()'s count of headers."""
    case, faults, count = Case(f"{opts.dir}/cases/{name}.case", opts), [], [0, 0, 0, 0, 0]
    try:
        case.play()
    except Fault as f:
        faults.append(f"stopped: {f}")
    if opts.what == "record":
        if not faults:
            with open(golden, "w", encoding="utf-8") as f:
                json.dump({"case": name, "source": opts.source, "steps": case.steps}, f, indent=1, ensure_ascii=False)
    elif not os.path.exists(golden):
        faults.append("no golden file")
    else:
        with open(golden, encoding="utf-8") as f:
            more, count = compare(json.load(f)["steps"], case.steps)
        faults += more
    return faults, count


def main():
    opts = options()
    failed, headers = 0, [0, 0, 0, 0, 0]
    for name in opts.chosen:
        golden = f"{opts.dir}/golden/{name}.json"
        if opts.what == "show":
            show(golden)
            continue
        started = time.monotonic()
        faults, count = play(name, golden, opts)
        headers = [x + y for x, y in zip(headers, count)]
        failed += bool(faults)
        print(f"{'FAIL' if faults else 'ok  '} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        for f in faults[:opts.faults]:
            print("       " + f)
        if len(faults) > opts.faults:
            print(f"       and {len(faults) - opts.faults} more")
    if opts.what == "check":
        t, m, d, vt, vm = headers
        print(f"headers: {t} wanted, {m} missing, {d} with another value; channel variables: {vt} wanted, {vm} missing")
    if opts.what != "show":
        print(f"{len(opts.chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
