#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls between two real SIP phones through the gateway: transports, codecs
transcoded and passed on, SRTP, both ways measured; SIPp on both sides."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import rig
import sound

A_HZ, B_HZ, DBM0, SECONDS = 1000, 440, -10, 30

CONF = """
log: {{ level: info }}
sip:
  listen:
    - {{ transport: udp, address: "127.0.0.1:{sip}" }}
    - {{ transport: tcp, address: "127.0.0.1:{sip}" }}
    - {{ transport: udp, address: "[::1]:{sip}" }}
  domain: test.invalid
  source_rate: 0
phones:
  - {{ user: alice, number: "101", digest: md5, password: {{ env: SECRET }} }}
  - {{ user: bob, number: "102", digest: md5, password: {{ env: SECRET }} }}
  - {{ user: carol, number: "103", digest: md5, srtp: required,
      password: {{ env: SECRET }} }}
peers:
  - {{ name: sipp, uri: "sip:127.0.0.1:{uas}", sources: [ 127.0.0.9/32 ] }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ {codecs} ] }}
routes:
  - {{ name: echo, prefix: "600", min_digits: 3, max_digits: 3,
      to: [ "service:echo" ] }}
  - {{ name: sipp, from: [ known ], prefix: "7", to: [ "peer:sipp" ] }}
  - {{ name: local, local: yes }}
"""

passed = failed = 0


def check(what, ok, text=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    print(f"{'ok  ' if ok else 'FAIL'} {what} {text}", flush=True)
    return ok


def wav16(path, hz):
    """For G.722: 16 kHz."""
    import math
    import struct
    import wave
    a = sound.amplitude(DBM0)
    n = 16000 * SECONDS
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(16000)
        w.writeframes(struct.pack(f"<{n}h", *(
            round(a * math.sin(2 * math.pi * hz * i / 16000))
            for i in range(n))))


def heard(phone):
    """What the phone recorded, at 8 kHz."""
    import struct
    import wave
    with wave.open(phone.recordings()[-1], "rb") as w:
        rate, n = w.getframerate(), w.getnchannels()
        data = w.readframes(w.getnframes())
    pcm = list(struct.unpack(f"<{len(data) // 2}h", data))[::n]
    return pcm[::rate // 8000]


def tone(what, phone, hz, snr_db=30, tolerance=0.6):
    fits = sound.fit_all(heard(phone)[int(1.5 * 8000):int(3.5 * 8000)], hz)
    if len(fits) < 5:
        return check(what, False, "nothing recorded")
    level = sound.median([f[0] for f in fits])
    snr = sound.median([f[1] for f in fits])
    return check(what, snr >= snr_db and abs(level - DBM0) <= tolerance,
                 f"{hz} Hz {level:.2f} dBm0 SNR {snr:.1f} dB")


class Pair:
    """alice and bob, registered, each with its codec and transport."""

    def __init__(self, where, gw_port, a, b):
        self.phones = []
        for user, hz, how in (("alice", A_HZ, a),
                              (b.get("user", "bob"), B_HZ, b)):
            folder = f"{where}/{user}"
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            wav = f"{folder}/say.wav"
            if "G722" in how.get("codec", ""):
                wav16(wav, hz)
            else:
                sound.wav_write(wav, sound.sine(hz, DBM0, SECONDS))
            p = rig.Baresip(folder, wav)
            self.phones.append(p)
            p.register(user, "test.invalid", "secret",
                       f"127.0.0.1:{gw_port}",
                       f";answermode=auto;audio_codecs={how['codec']}" +
                       how.get("params", ""), how.get("transport", "udp"))
        self.alice, self.bob = self.phones

    def stop(self):
        for p in self.phones:
            p.stop()


CASES = (
    ("PCMA, passed on", {"codec": "PCMA/8000"}, {"codec": "PCMA/8000"}, 33),
    ("PCMU to PCMA", {"codec": "PCMU/8000"}, {"codec": "PCMA/8000"}, 30),
    ("G.722 to PCMA", {"codec": "G722/16000"}, {"codec": "PCMA/8000"}, 30),
    ("TCP to UDP", {"codec": "PCMU/8000", "transport": "tcp"},
     {"codec": "PCMU/8000"}, 33),
    ("SRTP to RTP", {"codec": "PCMA/8000",
                     "params": ";mediaenc=srtp-mand"},
     {"codec": "PCMA/8000"}, 33),
    ("SRTP to SRTP", {"codec": "PCMA/8000",
                      "params": ";mediaenc=srtp-mand"},
     {"codec": "PCMU/8000", "params": ";mediaenc=srtp-mand",
      "user": "carol"}, 30),
)


def one_case(where, gw, port, name, a, b, snr):
    pair = Pair(where, port, a, b)
    try:
        pair.alice.dial("sip:103@test.invalid" if b.get("user")
                        else "sip:102@test.invalid")
        gw.wait_state("connected")
        time.sleep(1)
        m = pair.bob.mark()
        for d in "19*":
            pair.alice.digits(d)
            time.sleep(0.35)
        time.sleep(2.2)
        digits = rig.settled(lambda: pair.bob.heard_digits(m), 3)
        check(f"{name}: digits", digits == "19*", digits)
        pair.alice.hangup()
        gw.wait_idle()
        pair.stop()             # closes the recordings
        tone(f"{name}: bob hears", pair.bob, A_HZ, snr)
        tone(f"{name}: alice hears", pair.alice, B_HZ, snr)
    except (TimeoutError, RuntimeError, IndexError) as e:
        check(name, False, str(e))
        gw.ctl("hangup", "all", check=False)
    finally:
        pair.stop()


def sipp_calls(where, gw, sip, uas):
    """SIPp's own scenarios, 30 calls, at both ends."""
    callee = subprocess.Popen(
        ["sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(uas), "-mp",
         str(rig.free_ports(2)), "-nostdin"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd=where)
    try:
        rig.wait_for("SIPp", lambda: rig.is_bound(uas))
        code = subprocess.call(
            ["timeout", "60", "sipp", "-sn", "uac", "-s", "7000", "-i",
             "127.0.0.9", "-p", str(rig.free_ports(1)), "-mp",
             str(rig.free_ports(2)), "-m", "30", "-r", "10", "-d", "200",
             "-nostdin", "-timeout", "40", "-timeout_error",
             f"127.0.0.1:{sip}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=where)
        check("30 calls from SIPp to SIPp", code == 0, f"exit {code}")
        gw.wait_idle()
        done = [c for c in gw.cdrs() if c["route"] == "sipp"]
        check("their records", len(done) == 30 and
              all(c["answer"] for c in done), f"{len(done)}")
    finally:
        callee.kill()
        callee.wait()


def main():
    where = tempfile.mkdtemp(prefix="tipring-calls-")
    os.environ["SECRET"] = "secret"
    sip, uas, rtp = rig.free_ports(1), rig.free_ports(1), rig.free_ports(100)
    gw = rig.Gateway(where, CONF.format(
        sip=sip, uas=uas, rtp=rtp, rtp_end=rtp + 199, where=where,
        codecs="PCMA, PCMU, G722"))
    try:
        for name, a, b, snr in CASES:
            one_case(where, gw, sip, name, a, b, snr)
        sipp_calls(where, gw, sip, uas)
        # transactions wait 32 s for late messages
        rig.wait_for("sessions to end", lambda: "sip_sessions=0 rtp_ports=0"
                     in gw.ctl("status"), 50, 0.5)
        check("nothing left behind", "calls=0" in gw.ctl("status"))
    finally:
        code = gw.stop()
        check("ends when told", code == 0, f"exit {code}")
        if not failed:
            shutil.rmtree(where, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
