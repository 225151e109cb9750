#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIP over TLS: a real phone at one gateway, a second gateway behind it. The
phone registers and calls over TLS, the gateways register and call over TLS;
the echo of the second one is heard and measured. A gateway whose certificate
is for somebody else is not called."""
import os
import shutil
import sys
import tempfile
import time
import wave

import rig
import sound

TLS = os.path.join(rig.ROOT, "tests", "data", "tls")
CONF = """sip:
  listen:
    - {{ transport: udp, address: 127.0.0.1:{udp} }}
    - {{ transport: tls, address: 127.0.0.1:{tls} }}
  domain: {domain}
  certificate: {dir}/{cert}.pem
  key: {dir}/{cert}.key
  ca_file: {dir}/ca.pem
  source_rate: 0
media: {{ port_min: {rtp}, port_max: {rtp_end} }}
calls: {{ cdr_file: {where}/cdr.json }}
"""
NEAR = """phones:
  - {{ user: alice, number: '201', password: {{ env: TLS_PW }}, digest: md5 }}
  - {{ user: branch, number: '202', password: {{ env: TLS_PW }} }}
peers:
  - {{ name: far, uri: 'sip:127.0.0.1:{far};transport=tls' }}
  - {{ name: stranger, uri: 'sip:127.0.0.1:{stranger};transport=tls' }}
routes:
  - {{ name: far, from: [ known ], prefix: '7', to: [ 'peer:far' ] }}
  - {{ name: stranger, from: [ known ],
      prefix: '8', to: [ 'peer:stranger' ] }}
  - {{ name: local, local: yes }}
"""
FAR = """peers:
  - {{ name: near, uri: 'sip:127.0.0.1:{near};transport=tls',
      sources: [ 127.0.0.1/32 ] }}
registrations:
  - {{ name: near, registrar: 'sip:127.0.0.1:{near};transport=tls',
      aor: 'sip:branch@near.invalid', password: {{ env: TLS_PW }},
      expires: 60s }}
routes:
  - {{ name: echo, prefix: '', to: [ 'service:echo' ] }}
"""
passed = failed = 0


def check(what, ok, text=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    print(f"{'ok  ' if ok else 'FAIL'} {what} {text}", flush=True)


def gateway(where, name, ports, cert, rest):
    rtp = rig.free_ports(20)
    where = f"{where}/{name}"
    conf = CONF.format(udp=ports, tls=ports + 1, domain=f"{name}.invalid",
                       dir=TLS, cert=cert, rtp=rtp, rtp_end=rtp + 39,
                       where=where)
    return rig.Gateway(where, conf + rest)


def recorded(phone):
    """What the phone heard last; nothing until its file is whole."""
    try:
        return sound.wav_read(phone.recordings()[-1])
    except (IndexError, EOFError, wave.Error):
        return None


def echo_of(phone):
    """Level and SNR of the tone in it."""
    pcm = rig.wait_for("a recording", lambda: recorded(phone), 10)
    fits = sound.fit_all(pcm[len(pcm) // 4:], 1000)
    return (sound.median([f[0] for f in fits]),
            sound.median([f[1] for f in fits]))


def call(phone, near, number):
    m = phone.mark()
    phone.dial(f"sip:{number}@near.invalid")
    phone.wait("CALL_ESTABLISHED", 10, m)
    time.sleep(2)
    phone.hangup()
    near.wait_idle()
    return echo_of(phone)


def calls(phone, near):
    for number, what in ("7123", "by the peer"), ("202", "by registration"):
        dbm0, snr = call(phone, near, number)
        check(f"echo over TLS, {what}", snr > 25,
              f"{dbm0:.1f} dBm0, SNR {snr:.1f} dB")
        time.sleep(1.1)         # recordings are named by the second
    m = phone.mark()
    phone.dial("sip:8123@near.invalid")
    e = phone.wait("CALL_CLOSED", 20, m)
    check("a stranger's certificate is refused",
          e.get("param", "")[:1] in "45", e.get("param"))
    near.wait_idle()


def main():
    where = tempfile.mkdtemp(prefix="tipring-tls-")
    os.environ["TLS_PW"] = "secret"
    near_port, far_port, odd_port = (rig.free_ports(1) for _ in range(3))
    programs = []
    try:
        wav = f"{where}/tone.wav"
        sound.wav_write(wav, sound.sine(1000, -10, 30))
        near = gateway(where, "near", near_port, "good", NEAR.format(
            far=far_port + 1, stranger=odd_port + 1))
        programs.append(near)
        far = gateway(where, "far", far_port, "good",
                      FAR.format(near=near_port + 1))
        programs.append(far)
        odd = gateway(where, "odd", odd_port, "stranger", "")
        programs.append(odd)
        rig.wait_for("the registration", lambda: any(
            r.get("phone") == "branch" and r.get("contacts") == "1"
            for r in near.rows("phones")))
        check("one gateway registers at the other over TLS", True)
        phone = rig.Baresip(f"{where}/phone", wav,
                            f"sip_cafile {TLS}/ca.pem")
        programs.append(phone)
        m = phone.mark()
        phone.command("uanew", "<sip:alice@near.invalid>;auth_pass=secret;"
                      f'outbound="sip:127.0.0.1:{near_port + 1};'
                      'transport=tls";regint=60;audio_codecs=PCMA/8000')
        phone.wait("REGISTER_OK", 10, m)
        check("a phone registers over TLS", True)
        calls(phone, near)
    finally:
        codes = [p.stop() for p in reversed(programs)]
    check("all ended well", not any(codes), codes)
    print(f"{passed} passed, {failed} failed")
    if not failed:
        shutil.rmtree(where)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
