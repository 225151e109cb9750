# SPDX-License-Identifier: Apache-2.0
# make bench-route  a million prefixes: loading, memory, a decision; how long
#                   SIP waits while they are read again
BENCH_ROUTE := $(B)/bench_route $(B)/bench_reload
$(BENCH_ROUTE): $(B)/bench_%: $(B)/tests/bench/bench_%.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: bench-route
bench-route: $(BENCH_ROUTE)
	$(B)/bench_route
	$(B)/bench_reload

-include $(BENCH_ROUTE:$(B)/%=$(B)/tests/bench/%.d)
