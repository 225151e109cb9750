# SPDX-License-Identifier: Apache-2.0
# make bench-route  a million prefixes: loading, memory, a decision
$(B)/bench_route: $(B)/tests/bench/bench_route.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: bench-route
bench-route: $(B)/bench_route
	$(B)/bench_route

-include $(B)/tests/bench/bench_route.d
