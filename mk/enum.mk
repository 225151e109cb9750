# SPDX-License-Identifier: Apache-2.0
# helpers of the tests that ask real name servers
$(B)/enum_probe: $(B)/tests/e2e/enum_probe.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(B)/tests/e2e/enum_probe.d

$(B)/bench_enum: $(B)/tests/bench/bench_enum.o \
		$(B)/tests/lib/fake_resolver.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(B)/tests/bench/bench_enum.d

# make bench-enum  what a lookup costs, cached and from NSD
.PHONY: bench-enum
bench-enum: $(B)/bench_enum
	@B=$(B) python3 tests/bench/bench_enum.py
