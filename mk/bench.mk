# SPDX-License-Identifier: Apache-2.0
# make bench      what things cost, beside the goals and other systems
.PHONY: bench bench-calls soak
bench: all $(B)/bench_media $(B)/bench_echo $(B)/bench_enum \
	$(B)/bench_route $(B)/bench_reload
	@bash tests/deps.sh bench
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/bench.py

# make bench-calls    CPU and memory of signalling, with SIPp
bench-calls: all
	@bash tests/deps.sh demo
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/bench_calls.py

# make bench-kamailio  ENUM lookups in calls, Kamailio's enum module beside
.PHONY: bench-kamailio
bench-kamailio: all
	@bash tests/deps.sh bench
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 \
		python3 tests/bench/bench_enum_kamailio.py

# make soak       10,000 calls: does it keep memory, sockets, ports?
soak: all
	@bash tests/deps.sh demo
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/bench/soak.py
SLOW += soak
