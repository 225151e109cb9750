#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The set-up of the demo, up until it is interrupted."""
import os
import shutil
import signal
import sys
import time

from stage import Stage, rig

OUT = os.path.join(rig.ROOT, os.environ.get("B", "build"), "run")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    stage = Stage(OUT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        print(f"""the gateway is up; end it with control-C

control socket  {stage.gw.sock}
SIP             127.0.0.1:{stage.sip}, UDP and TCP; user alice, password
                demo-secret, domain home.test
a SIP phone is registered as alice (number 101) and answers by itself
lines           tel (a telephone, number 201), pstn1, pstn2 (an exchange)
ENUM knows      050-1234-5678; the exchange knows 03-1111-2222, 03-1111-3333
                (busy), 110
log             {stage.gw.log}
""", flush=True)
        while stage.gw.alive():
            time.sleep(0.5)
        print("the gateway has ended; see its log")
    except KeyboardInterrupt:
        pass
    finally:
        stage.stop()


if __name__ == "__main__":
    sys.exit(main())
