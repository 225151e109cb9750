# SPDX-License-Identifier: Apache-2.0
"""The set-up of the demo: a name server with an ENUM zone, the gateway with
a telephone and two lines to an exchange, a SIP phone that registers, and a
SIP peer."""
import os
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import rig      # noqa: E402
import sound    # noqa: E402

# What each end says, in seconds from its first packet.
BURSTS_AT, CSS_AT, TONE_AT, END = 2.5, 8.0, 16.5, 60.0
CSS_SECONDS, CSS_DBM0 = 8.2, -12
TONE_DBM0 = -10
ALICE_HZ, BOB_HZ, LINE_HZ = 1000, 440, 600
ECHO_ERL_DB = 10

ZONE = r"""
8.7.6.5.4.3.2.1.0.5.1.8 3600 NAPTR 10 10 "u" "E2U+sip" "!^.*$!sip:bob@127.0.0.1:{bob}!" .
"""

CONF = """
log: {{ level: debug }}
numbering: {{ country: "81", national: "0", international: "010",
             min_digits: 9, max_digits: 10 }}
sip:
  listen:
    - {{ transport: udp, address: "127.0.0.1:{sip}" }}
    - {{ transport: tcp, address: "127.0.0.1:{sip}" }}
  domain: home.test
phones:
  - {{ user: alice, number: "101", display: Alice, digest: md5,
      password: {{ file: "{where}/alice.secret" }} }}
enum:
  servers: [ "127.0.0.1:{dns}" ]
  trees: [ {{ apex: e164.arpa }} ]
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
lines:
  - {{ name: tel, kind: fxs, number: "201", display: Kitchen,
      tone_plan: jp }}
  - name: pstn1                 # with the echo canceller
    kind: fxo
    number: "0355550001"
    tone_plan: jp
    echo_nlp: no                # what is measured is the filter alone
    sim: &exchange
      echo: d4
      erl_db: {erl}
      noise_dbm0: -68
      numbers:
        - {{ digits: "0311112222", after_ms: 500ms }}
        - {{ digits: "0311113333", result: busy }}
        - {{ digits: "110", after_ms: 500ms }}
  - name: pstn2                 # without, for comparison
    kind: fxo
    number: "0355550002"
    tone_plan: jp
    echo_ms: 0
    sim:
      echo: d4
      erl_db: {erl}
      noise_dbm0: -68
      numbers:
        - {{ digits: "0311112222", after_ms: 500ms }}
groups:
  - {{ name: pstn, lines: [ pstn1 ] }}
calls: {{ cdr_file: "{where}/cdr.json", codecs: [ PCMA, PCMU ] }}
emergency: {{ numbers: [ "110", "119" ], to: [ "group:pstn" ] }}
routes:
  - {{ name: local, local: yes }}
  - {{ name: echo-test, prefix: "600", min_digits: 3, max_digits: 3,
      to: [ "service:echo" ] }}
  - {{ name: second-line, prefix: "9", min_digits: 11, max_digits: 11,
      strip: 1, to: [ "line:pstn2" ] }}
  - {{ name: enum, from: [ phones, telephones ], enum: yes }}
  - {{ name: pstn, from: [ phones, telephones ], prefix: "0",
      min_digits: 10, max_digits: 11, to: [ "group:pstn" ] }}
  - {{ name: from-pstn, from: [ trunks ], to: [ "phone:alice" ] }}
"""


def css(seconds, dbm0):
    out = subprocess.run([os.path.join(rig.ROOT, os.environ.get("B", "build"),
                                       "css"), str(dbm0), str(seconds)],
                         check=True, stdout=subprocess.PIPE).stdout
    return list(struct.unpack(f"<{len(out) // 2}h", out))


def sip_speech(hz):
    """Bursts for the delay, speech-like sound for the echo, a tone."""
    s = sound.silence(BURSTS_AT) + sound.bursts(4)
    s += sound.silence(CSS_AT - len(s) / sound.HZ)
    s += css(CSS_SECONDS, CSS_DBM0)
    s += sound.silence(TONE_AT - len(s) / sound.HZ)
    return s + sound.sine(hz, TONE_DBM0, END - TONE_AT)


def line_speech():
    """For the far end of a line: begins when the bursts of the SIP side are
    over, is silent while the echo is measured, then says a tone."""
    s = sound.silence(0.3) + sound.bursts(4)
    s += sound.silence(12.0 - len(s) / sound.HZ)
    return s + sound.sine(LINE_HZ, TONE_DBM0, 40)


class Stage:
    def __init__(self, where):
        self.where = where
        os.makedirs(where, exist_ok=True)
        self.sip = rig.free_ports(1)
        sound.wav_write(f"{where}/alice.wav", sip_speech(ALICE_HZ))
        sound.wav_write(f"{where}/bob.wav", sip_speech(BOB_HZ))
        sound.wav_write(f"{where}/line.wav", line_speech())
        with open(f"{where}/alice.secret", "w", encoding="ascii") as f:
            f.write("demo-secret\n")
        self.programs = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        where = self.where
        self.bob = self._keep(rig.Baresip(f"{where}/bob", f"{where}/bob.wav"))
        self.nsd = self._keep(rig.Nsd(f"{where}/nsd", {
            "e164.arpa": ZONE.format(bob=self.bob.port)}))
        rtp = rig.free_ports(100)
        conf = CONF.format(sip=self.sip, where=where, dns=self.nsd.port,
                           rtp=rtp, rtp_end=rtp + 199, erl=ECHO_ERL_DB)
        self.rtp = range(rtp, rtp + 200)
        self.gw = self._keep(rig.Gateway(where, conf.replace(
            "&exchange", "")))
        self.alice = self._keep(rig.Baresip(f"{where}/alice",
                                            f"{where}/alice.wav"))
        self.bob.account("bob", ";answermode=auto;audio_codecs=PCMA/8000")
        self.alice.register("alice", "home.test", "demo-secret",
                            f"127.0.0.1:{self.sip}",
                            ";answermode=auto;audio_codecs=PCMA/8000")

    def _keep(self, program):
        self.programs.append(program)
        return program

    def stop(self):
        for p in reversed(self.programs):
            p.stop()

    def uri(self, number):
        return f"sip:{number}@home.test"
