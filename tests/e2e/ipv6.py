#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls over IPv6, and between IPv6 and IPv4: signalling and sound each in
the family of the side."""
import os
import re
import shutil
import sys
import tempfile
import time

import calls_sip
import rig
import sound
import ua

CONF = """
log: {{ level: info }}
sip:
  listen:
    - {{ transport: udp, address: "127.0.0.1:{sip}" }}
    - {{ transport: udp, address: "[::1]:{sip}" }}
    - {{ transport: tcp, address: "[::1]:{sip}" }}
  domain: test.invalid
  source_rate: 0
phones:
  - {{ user: four, number: "104", digest: md5, password: {{ env: SECRET }} }}
  - {{ user: six, number: "106", digest: md5, password: {{ env: SECRET }} }}
  - {{ user: sixt, number: "107", digest: md5, password: {{ env: SECRET }} }}
peers:
  - {{ name: u4, uri: "sip:127.0.0.44:{u4}", sources: [ 127.0.0.44/32 ] }}
  - {{ name: u6, uri: "sip:[::1]:{u6}" }}
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ PCMA ] }}
routes:
  - {{ name: local, local: yes }}
  - {{ name: u6, from: [ known ], prefix: "6", to: [ "peer:u6" ] }}
  - {{ name: u4, from: [ known ], prefix: "4", to: [ "peer:u4" ] }}
"""
check = ua.Checks()


class House:
    def __init__(self, where):
        sip, rtp = rig.free_ports(1), rig.free_ports(40)
        self.where, self.sip = where, sip
        self.u4 = ua.Ua("127.0.0.44", ("127.0.0.1", sip), "444", 1000)
        self.u6 = ua.Ua("::1", ("::1", sip), "666", 440)
        self.gw = rig.Gateway(where, CONF.format(
            sip=sip, rtp=rtp, rtp_end=rtp + 79, where=where,
            u4=self.u4.port, u6=self.u6.port))
        self.phones = []

    def phone(self, user, ip, hz, transport="udp"):
        folder = f"{self.where}/{user}{len(self.phones)}"
        os.makedirs(folder)
        sound.wav_write(f"{folder}/say.wav", sound.sine(hz, -10, 20))
        p = rig.Baresip(folder, f"{folder}/say.wav", ip=ip)
        self.phones.append(p)
        p.register(user, "test.invalid", "secret",
                   f"{rig.host(ip)}:{self.sip}",
                   ";answermode=auto;audio_codecs=PCMA/8000", transport)
        return p


def heard(what, phone, hz):
    fits = sound.fit_all(calls_sip.heard(phone)[8000:24000], hz) or \
        [(-96.0, 0.0)]
    level = sound.median([f[0] for f in fits])
    snr = sound.median([f[1] for f in fits])
    check(what, snr > 30 and abs(level + 10) < 0.6,
          f"{hz} Hz {level:.2f} dBm0 SNR {snr:.1f} dB")


def real_phones(h, name, caller, callee, number):
    a, b = h.phone(*caller), h.phone(*callee)
    m = b.mark()
    a.dial(f"sip:{number}@test.invalid")
    h.gw.wait_state("connected")
    time.sleep(3.5)
    for d in "25#":
        a.digits(d)
        time.sleep(0.35)
    digits = rig.settled(lambda: b.heard_digits(m), 3)
    check(f"{name}: digits", digits == "25#", digits)
    a.hangup()
    h.gw.wait_idle()
    for p in a, b:
        p.stop()
    heard(f"{name}: callee hears", b, caller[2])
    heard(f"{name}: caller hears", a, callee[2])


def phones(h):
    four, six = ("four", "127.0.0.1", 1000), ("six", "::1", 440)
    real_phones(h, "IPv6 to IPv6 (TCP)", ("sixt", "::1", 600, "tcp"), six,
                "106")
    real_phones(h, "IPv4 to IPv6", four, six, "106")
    real_phones(h, "IPv6 to IPv4", six, four, "104")


def media_of(msg):
    m = re.search(r"(?m)^c=IN (IP[46]) (\S+)", msg)
    return m.groups() if m else ("", "")


def both_hear(name, caller, callee):
    time.sleep(1.6)
    for who, hz in (caller, callee.hz), (callee, caller.hz):
        level, snr, bad = who.rtp.tone(hz, 1)
        check(f"{name}: {who.user} hears", snr > 30 and not bad,
              f"{hz} Hz {level:.2f} dBm0 SNR {snr:.1f} dB, {bad} lost")


def families(h):
    """The answer is in the family of the offer, the offer in that of the
    way to the target."""
    status, msg, _ = h.u4.call("6000", 10)
    check("IPv4 offer: IPv4 answer", status == 200 and
          media_of(msg)[0] == "IP4", f"{status} {media_of(msg)}")
    _, inv = h.u6.wait("INVITE", 5)
    check("offer over IPv6: IPv6", media_of(inv) == ("IP6", "::1"),
          f"{media_of(inv)}")
    both_hear("IPv4 peer to IPv6 peer", h.u4, h.u6)
    h.u4.hangup()
    mixed = ua.Ua("127.0.0.44", ("127.0.0.1", h.sip), "446", 700,
                  media_ip="::1")
    m = h.u4.mark()
    status, msg, _ = mixed.call("4000", 10)
    check("IPv6 offer over IPv4 signalling: IPv6 answer", status == 200 and
          media_of(msg) == ("IP6", "::1"), f"{status} {media_of(msg)}")
    _, inv = h.u4.wait("INVITE", 5, m)
    check("and IPv4 to the IPv4 peer", media_of(inv)[0] == "IP4",
          f"{media_of(inv)}")
    both_hear("IPv6 sound, IPv4 signalling", mixed, h.u4)
    mixed.hangup()
    mixed.stop()


def main():
    where = tempfile.mkdtemp(prefix="tipring-ipv6-")
    os.environ["SECRET"] = "secret"
    h = House(where)
    try:
        check.at_once(lambda: families(h), lambda: phones(h))
        ua.wait_clean(h.gw, 10, sessions=False)
        check("nothing left behind", True)
    finally:
        for p in h.phones:
            p.stop()
        code = h.gw.stop()
        check("ends when told", code == 0, f"exit {code}")
    if not check.failed:
        shutil.rmtree(where, ignore_errors=True)
    else:
        print(where)
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
