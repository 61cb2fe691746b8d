"""What varies from run to run is masked; what is left must be equal. README.md says how packets compare."""
import difflib, re

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+:|rport=)(\d+)\b")
# Header values that differ from run to run or server to server: the header must be there, its value is free.
FREE_VALUE = re.compile(
    r"^(Core-UUID|FreeSWITCH-.*|Event-Date-.*|Event-Calling-.*|Event-Sequence|Event-Info|Up-Time|"
    r"Caller-.*-Time|Other-Leg-.*-Time|Caller-Profile-Index|.*-Hold-Accum|Member-ID|Current-Energy|Caller-Channel-.*-Time|"
    r"Presence-Data-Cols|Session-Per-Sec.*|Session-Peak.*|Session-Since-Startup|Session-Count|Max-Sessions|Idle-CPU|Heartbeat-.*|"
    r"FreeSWITCH-Version|Uptime-msec|variable_.*(_time|_epoch|_uepoch|_stamp|sec|_msec|_usec|_port|_ssrc|_use_ssrc|_sdp|_sdp_str|_tag|_call_id|"
    r"_cseq|_via_.*|_rtt_.*|_jitter_.*|_mos|_quality_percentage|_flaw_total|_raw_bytes|_media_bytes|_packet_count|_skip_packet_count|"
    r"_jb_packet_count|_dtmf_packet_count|_cng_packet_count|_flush_packet_count|_largest_jb_size|_packets|_octet_count|_mean_interval|_burst_rate|_loss_rate|_lossrate|_variance)|"
    r"variable_(rtp_audio_.*|rtp_use_.*|rtp_local_.*|remote_media_port|local_media_port|sip_user_agent|sip_local_sdp_str|switch_.*_sdp|ep_codec_string|"
    r"sip_full_.*|sip_contact_.*|sip_received_port|sip_network_port|sip_via_port|switch_m_sdp|core_video_blank_image|switch_r_sdp|last_bridge_.*|"
    r"sip_req_uri|sip_invite_.*|sip_to_.*|sip_from_.*|record_.*|playback_.*|read_rate|write_rate|rtp_.*|call_uuid|recording_follow.*|RECORD_.*)|"
    r"Answer-Latency|Record-File-Path|Content-Length|Event-UUID|Task-ID|Task-Runtime|Job-UUID|.*-SSRC|Source.*-Port|Source0-.*|"
    r"contact|network-port|call-id|user-agent|expires|ping-status|rpid|ping-time|Module-Filename|Filename|filename|path|Conference-Profile-.*|Video-.*|Age|Floor|talking-.*|DTMF-Timestamp)$")
# Events whose place among the others is a race in the recorded server itself.
RACES = {"CUSTOM conference::maintenance floor-change"}
# Headers a server may leave out or add: details of one implementation.
FREE_HEADER = re.compile(r"^(FreeSWITCH-IPv6|Event-Calling-Function|Event-Calling-Line-Number|Presence-Call-Direction|Channel-HIT-Dialplan|"
                         r"Caller-Network-Addr|.*-Transfer-Source|variable_.*)$")


class Masks:
    """Replaces what differs from run to run by stable marks: <uuid1>, <us>, <date>, the case's own folder.

    Ports are chosen anew for each run: `ports` says which recorded one each of them stands for.
    """

    def __init__(self, replace, ports):
        self.seen, self.replace, self.ports = {}, replace, ports

    def text(self, s):
        if s is None:
            return None
        for real, mark in self.replace:
            s = s.replace(real, mark)
        s = PORT.sub(lambda m: m.group(1) + self.ports.get(m.group(2), m.group(2)), s)
        s = UUID.sub(lambda m: self.seen.setdefault(m.group(0).lower(), f"<uuid{len(self.seen) + 1}>"), s)
        s = re.sub(r"\b1[0-9]{15}\b", "<us>", s)
        s = re.sub(r"\b1[0-9]{9}\b", "<s>", s)
        s = re.sub(r"(?m)^(Host:\s+)\S+", r"\1<host>", s)
        s = re.sub(r"\b1-\d+@127", "1-<n>@127", s)  # sipp's Call-ID
        s = re.sub(r"(?m)^\d+;(?=[a-z]+/)", "<n>;", s)  # a member in a conference's list
        s = re.sub(r"\bexpires 59\b", "expires 60", s)  # a second's boundary
        s = re.sub(r"(?m)^\+OK (Added:|mute|unmute|deaf|undeaf|hup|kicked) \d+", r"+OK \1 <n>", s)
        s = re.sub(r"(?m)^(Energy |\+OK Volume (?:IN|OUT) |\+OK (?:sent \S+ to|relationship) |-ERR floor is held by |\+OK \(play\) .* to member |\+OK )(\d+)(->\d+)?(?= [=a-z]|\.?$)",
                   lambda m: m.group(1) + "[n]" + ("->[n]" if m.group(3) else ""), s)
        s = re.sub(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( \d+(\.\d+)?%)?", "<date>", s)
        return s

    def headers(self, hs):
        return [[k, "<free>" if FREE_VALUE.match(k) else self.text(v)] for k, v in hs]


def label(p):
    """What an event is, in a word or two: the unit in which sequences compare."""
    if not p["type"].startswith("text/event-"):
        return p["type"]
    h = dict(p["headers"])
    parts = [h.get("Event-Name", "?"), h.get("Event-Subclass"), h.get("Application"), h.get("Action")]
    if h.get("Event-Name") == "CHANNEL_STATE":
        parts.append(h.get("Channel-State"))
    if h.get("Event-Name") == "CHANNEL_CALLSTATE":
        parts.append(h.get("Channel-Call-State"))
    return " ".join(x for x in parts if x)


def by_channel(packets):
    groups = {}
    for p in packets:
        if label(p) in RACES:
            continue
        h = dict(p["headers"])
        groups.setdefault(h.get("Unique-ID", "-") if p["type"].startswith("text/event-") else "-", []).append(p)
    return list(groups.values())


def compare(golden, got):
    """[(severity, text)]: 'bad' fails the case; the second result counts headers (total, missing, differing, variables missing)."""
    faults, count = [], [0, 0, 0, 0, 0]
    for a, b in zip(golden, got):
        pairs, left = [], by_channel(b["packets"])
        for ga in by_channel(a["packets"]):
            la = [label(p) for p in ga]
            gb = max(left, key=lambda g: difflib.SequenceMatcher(None, la, [label(p) for p in g]).ratio(), default=[])
            if gb:
                left = [g for g in left if g is not gb]
            lb = [label(p) for p in gb]
            if la != lb:
                diff = "; ".join(d for d in difflib.ndiff(la, lb) if d[0] in "+-")
                faults.append(f"line {a['line']}: {a['does']}: events differ (- wanted, + came): {diff[:700]}")
            for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, la, lb).get_opcodes():
                if tag == "equal":
                    pairs += zip(ga[i1:i2], gb[j1:j2])
        for g in left:
            faults.append(f"line {a['line']}: {a['does']}: not wanted: " + "; ".join(label(p) for p in g)[:400])
        for pa, pb in pairs:
            for key in ("type", "format"):
                if pa.get(key) != pb.get(key):
                    faults.append(f"line {a['line']}: {key} is {pb.get(key)!r}, wanted {pa.get(key)!r}")
            ha, hb = {k: v for k, v in pa["headers"]}, {k: v for k, v in pb["headers"]}
            for k, v in ha.items():
                var = k.startswith("variable_")
                count[3 if var else 0] += 1
                if k not in hb:
                    count[4 if var else 1] += 1
                    if not FREE_HEADER.match(k):
                        faults.append(f"line {a['line']}: {label(pa)}: header {k} is missing (wanted {v!r})")
                elif hb[k] != v and not FREE_VALUE.match(k) and not mark_only(v, hb[k]):
                    count[2] += 1
                    if not FREE_HEADER.match(k):
                        faults.append(f"line {a['line']}: {label(pa)}: {k} is {hb[k]!r}, wanted {v!r}")
            if (pa["body"] or "").strip() != (pb["body"] or "").strip() and not mark_only(pa["body"], pb["body"]):
                faults.append(f"line {a['line']}: {label(pa)}: body is {(pb['body'] or '')[:160]!r}, wanted {(pa['body'] or '')[:160]!r}")
    if len(golden) != len(got):
        faults.append(f"{len(got)} steps came, {len(golden)} wanted")
    return faults, count


def mark_only(a, b):
    """Two values that differ in nothing but the numbers of their <uuidN> marks."""
    return a is not None and b is not None and re.sub(r"<uuid\d+>", "<uuid>", a) == re.sub(r"<uuid\d+>", "<uuid>", b)
