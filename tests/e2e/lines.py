#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What telephones and exchanges do besides plain calls: busy, no answer,
the ways of hanging up, pulses, caller ID between telephones, emergency calls
on the only line, a receiver off the hook at the start, announcements."""
import os
import shutil
import sys
import tempfile
import time

import rig
import sound
import ua

CONF = """
log: {{ level: info }}
sip:
  listen: [ {{ transport: udp, address: "127.0.0.1:{sip}" }} ]
  source_rate: 0
peers:
  - {{ name: one, uri: "sip:127.0.0.31", sources: [ 127.0.0.31/32 ] }}
  - {{ name: two, uri: "sip:127.0.0.32:{two}", sources: [ 127.0.0.32/32 ] }}
  - {{ name: three, uri: "sip:127.0.0.33", sources: [ 127.0.0.33/32 ] }}
  - {{ name: four, uri: "sip:127.0.0.34", sources: [ 127.0.0.34/32 ] }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
lines:
  - {{ name: tel1, kind: fxs, number: "201", display: Kitchen,
      tone_plan: jp }}
  - {{ name: tel2, kind: fxs, number: "202", tone_plan: jp }}
  - {{ name: tel3, kind: fxs, number: "203", tone_plan: us }}
  - {{ name: tel4, kind: fxs, number: "204", tone_plan: us,
      sim: {{ offhook: yes }} }}
  - name: p1
    kind: fxo
    number: "0355550001"
    tone_plan: jp
    sim:
      hangup_tone: no
      numbers:
        - {{ digits: "0311112222", after_ms: 300ms, talk_hz: 600 }}
        - {{ digits: "0311113333", result: busy }}
        - {{ digits: "0311114444", result: ring }}
        - {{ digits: "0311115555", result: unallocated }}
  - name: p2
    kind: fxo
    tone_plan: us
    sim:
      hangup_loop_break: no
      numbers: [ {{ digits: "0322221111", after_ms: 300ms }} ]
  - name: p3
    kind: fxo
    tone_plan: de
    sim:
      numbers:
        - {{ digits: "0333331111", after_ms: 300ms }}
        - {{ digits: "110", after_ms: 300ms, talk_hz: 700 }}
groups:
  - {{ name: tels, lines: [ tel3 ] }}
  - {{ name: only, lines: [ p3 ] }}
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ PCMA ],
         announcements: "{where}" }}
emergency: {{ numbers: [ "110" ], to: [ "group:only" ] }}
routes:
  - {{ name: local, local: yes }}
  - {{ name: tels, from: [ known ], prefix: "250", to: [ "group:tels" ] }}
  - {{ name: word, prefix: "888", min_digits: 3, max_digits: 3,
      to: [ "service:play:word.wav" ] }}
  - {{ name: p1, from: [ known ],
      prefix: "031", min_digits: 10, max_digits: 10,
      to: [ "line:p1" ], answer_timeout: 6s }}
  - {{ name: p2, from: [ known ],
      prefix: "032", min_digits: 10, max_digits: 10,
      to: [ "line:p2" ] }}
  - {{ name: p3, from: [ known ],
      prefix: "033", min_digits: 10, max_digits: 10,
      to: [ "group:only" ] }}
  - {{ name: in, from: [ trunks ], to: [ "peer:two" ] }}
"""
check = ua.Checks()


class House:
    def __init__(self, where):
        sip, rtp = rig.free_ports(1), rig.free_ports(40)
        self.addr = ("127.0.0.1", sip)
        self.two = ua.Ua("127.0.0.32", self.addr, "0312340002")
        sound.wav_write(f"{where}/word.wav", sound.sine(800, -12, 2))
        self.gw = rig.Gateway(where, CONF.format(
            sip=sip, rtp=rtp, rtp_end=rtp + 79, where=where,
            two=self.two.port))
        self.one = ua.Ua("127.0.0.31", self.addr, "0312340001")
        self.three = ua.Ua("127.0.0.33", self.addr, "0312340003")
        self.four = ua.Ua("127.0.0.34", self.addr, "0312340004")

    def cdr(self, **want):
        """The newest record with these values."""
        def find():
            return next((c for c in reversed(self.gw.cdrs()) if all(
                c[k] == v for k, v in want.items())), None)
        return rig.wait_for(f"a record of {want}", find, 40)

    def far(self, line, key, want, seconds=15):
        return rig.wait_for(f"{line} {key}={want}", lambda: self.gw.far(
            line)[key] == want, seconds, 0.05)

    def line(self, name, state, seconds=15):
        return rig.wait_for(f"{name} {state}", lambda: next(
            x for x in self.gw.rows("lines") if x["line"] == name)
            ["state"] == state, seconds, 0.05)


def results(h, who):
    """What the exchange answers, told to a SIP caller."""
    status, msg, took = who.call("0311113333", 20)
    check("busy at the exchange: 486", status == 486, f"{status}")
    check("with its cause", "cause=17" in ua.header(msg, "Reason"),
          ua.header(msg, "Reason"))
    check("in the record", h.cdr(called="0311113333")["cause"] == 17)
    h.line("p1", "idle")
    status, msg, took = who.call("0311115555", 20)
    check("unallocated number: 404", status == 404, f"{status}")
    h.line("p1", "idle")
    status, msg, took = who.call("0311114444", 20)
    check("no answer: ends after its time", status == 480 and
          5.5 < took < 8, f"{status} after {took:.1f} s")
    check("no answer: cause 19",
          h.cdr(called="0311114444")["cause"] == 19)
    h.line("p1", "idle")


def far_end_hangs_up(h, who, line, number, how):
    h.line(line, "idle")
    status, _, _ = who.call(number, 20)
    check(f"{how}: answered", status == 200, f"{status}")
    time.sleep(1)
    m, t0 = who.mark(), time.monotonic()
    h.gw.ctl("far-hangup", line)
    t, bye = who.wait("BYE", 15, m)
    check(f"{how}: BYE", t - t0 < 8, f"after {t - t0:.1f} s")
    check(f"{how}: cause 16", "cause=16" in ua.header(bye, "Reason") and
          h.cdr(called=number, ended_by="called")["cause"] == 16,
          ua.header(bye, "Reason"))


def exchange_one(h):
    results(h, h.one)
    far_end_hangs_up(h, h.one, "p1", "0311112222", "loop break")


def exchange_two(h):
    far_end_hangs_up(h, h.four, "p2", "0322221111", "busy tone")
    status, _, _ = h.four.call("888", 10)
    m = h.four.mark()
    time.sleep(1.6)
    level, snr, _ = h.four.rtp.tone(800, 1)
    check("announcement heard", status == 200 and snr > 30 and
          abs(level + 12) < 0.6, f"{level:.1f} dBm0 SNR {snr:.1f}")
    h.four.wait("BYE", 10, m)
    check("announcement ends the call", True)
    os.unlink(f"{h.gw.where}/word.wav")
    status, _, _ = h.four.call("888", 10)
    check("the announcement is gone: refused", status >= 400, f"{status}")
    t = h.gw.far("tel4")
    check("off-hook at the start: left alone", t["hears"] == "none" and
          float(t["level_dbm0"]) < -60, f"{t['hears']} {t['level_dbm0']}")
    status, _, _ = h.four.call("204", 10)
    check("called meanwhile: busy", status in (486, 503), f"{status}")
    h.gw.ctl("on-hook", "tel4")
    h.line("tel4", "idle")
    h.gw.ctl("off-hook", "tel4")
    h.far("tel4", "hears", "dial")
    check("on-hook and off again: dial tone", True)
    h.gw.ctl("on-hook", "tel4")


def tone_in(path, hz):
    """Of its last second: (level, SNR)."""
    fit = sound.fit_all(sound.wav_read(path)[-8000:], hz) or [(-96.0, 0.0)]
    return (sound.median([f[0] for f in fit]),
            sound.median([f[1] for f in fit]))


def talk(gw, *speakers, apart=0):
    """(who says, hz, who hears); all at once, or seconds apart."""
    for speaker, hz, hearer in speakers:
        gw.ctl("play", speaker, "tone", hz, -10)
        gw.ctl("record", hearer, "start")
        time.sleep(apart)
    time.sleep(2 if apart or len(speakers) == 1 else 4)
    for speaker, hz, hearer in speakers:
        gw.ctl("record", hearer, "stop", f"{gw.where}/{hearer}.wav")
    for speaker, hz, hearer in speakers:
        gw.ctl("play", speaker, "off")
        level, snr = tone_in(f"{gw.where}/{hearer}.wav", hz)
        check(f"{hearer} hears the other", snr > 30 and
              abs(level + 10) < 0.6,
              f"{hz} Hz {level:.2f} dBm0 SNR {snr:.1f} dB")


def telephones(h):
    gw = h.gw
    gw.ctl("off-hook", "tel1")
    h.far("tel1", "hears", "dial")
    gw.ctl("dial", "tel1", "202", "pulse")
    # in Japan the first ring says that caller ID is coming
    rig.wait_for("tel2 to show the caller",
                 lambda: gw.far("tel2")["caller"] != "-", 25)
    rig.wait_for("tel2 to ring", lambda: gw.far("tel2")["ringing"] == "yes")
    gw.ctl("off-hook", "tel2")
    rig.wait_for("the talk", lambda: any(
        c["called"] == "202" and c["state"] == "connected"
        for c in gw.calls()), 10)
    t = gw.far("tel2")
    check("pulse dialling, telephone to telephone", True)
    check("caller ID at the telephone", t["caller"] == "201", t["caller"])
    first, second = ("tel1", 1000, "tel2"), ("tel2", 440, "tel1")
    talk(gw, first)
    talk(gw, second)
    talk(gw, first, second)
    talk(gw, second, first, apart=2)
    gw.ctl("on-hook", "tel1")
    h.far("tel2", "hears", "busy")
    check("the called telephone hears busy tone when the caller has gone",
          True)
    gw.ctl("on-hook", "tel2")
    h.line("tel2", "idle")
    record = h.cdr(called="202")
    check("record of it", record["cause"] == 16 and
          record["ended_by"] == "caller", f"{record['cause']}")


def group_of_telephones(h):
    gw = h.gw
    h.three.begin("250")
    rig.wait_for("tel3 to ring twice",
                 lambda: int(gw.far("tel3")["rings"]) > 1, 20)
    t = gw.far("tel3")
    check("a group of telephones rings with caller ID",
          t["caller"] == "0312340003", t["caller"])
    gw.ctl("off-hook", "tel3")
    status, _, _ = h.three.result(10)
    check("answered", status == 200)
    time.sleep(0.5)
    n = len(h.three.rtp.got)
    h.three.hangup()
    h.far("tel3", "hears", "busy")
    check("it hears busy tone when the SIP caller has gone", n > 10)
    gw.ctl("on-hook", "tel3")
    h.line("tel3", "idle")


def emergency(h, caller, how, preempted=None):
    m = preempted.mark() if preempted else 0
    t0 = time.monotonic()
    status, _, took = caller.call("110", 30)
    check(f"emergency call {how}", status == 200, f"{status} after "
          f"{took:.1f} s")
    if preempted:
        _, bye = preempted.wait("BYE", 5, m)
        check(f"{how}: the other call ends with cause 8",
              "cause=8" in ua.header(bye, "Reason"),
              ua.header(bye, "Reason"))
    time.sleep(1.2)
    level, snr, _ = caller.rtp.tone(700, 0.6)
    check(f"{how}: heard", snr > 20, f"{level:.1f} dBm0 SNR {snr:.1f} dB")
    check(f"{how}: line", h.gw.far("p3")["state"] == "talking",
          f"{time.monotonic() - t0:.1f} s")
    caller.hangup()


def emergencies(h):
    status, _, _ = h.two.call("0333331111", 20)
    check("the only line is taken", status == 200, f"{status}")
    status, _, _ = h.three.call("0333331111", 20)
    check("a plain call finds none: 503", status == 503, f"{status}")
    check("cause 34", h.cdr(status=0, called="0333331111",
                            source="peer:three")["cause"] == 34)
    emergency(h, h.three, "pre-empts", h.two)
    emergency(h, h.three, "during guard time")
    h.line("p3", "idle")
    m = h.two.mark()
    h.gw.ctl("incoming", "p3")
    h.two.wait("INVITE", 15, m)
    h.two.wait("ACK", 15, m)
    time.sleep(0.5)
    emergency(h, h.three, "while the exchange's call holds it", h.two)
    group_of_telephones(h)


def main():
    where = tempfile.mkdtemp(prefix="tipring-lines-")
    h = House(where)
    try:
        check.at_once(lambda: exchange_one(h), lambda: exchange_two(h),
                      lambda: telephones(h), lambda: emergencies(h))
        ua.wait_clean(h.gw, 10, sessions=False)
        check("nothing left behind", True)
    finally:
        code = h.gw.stop()
        check("ends when told", code == 0, f"exit {code}")
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(os.path.join(where, "gateway.log"))
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
