# SPDX-License-Identifier: Apache-2.0
# make bench      what things cost, beside reference values of others
.PHONY: bench bench-calls
bench: all bench-calls bench-media bench-echo bench-enum

# make bench-calls    CPU and memory of signalling, with SIPp
bench-calls: all
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/bench_calls.py
