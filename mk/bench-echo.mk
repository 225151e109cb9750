# SPDX-License-Identifier: Apache-2.0
# make bench-echo   canceller: time per sample, quality; SpanDSP's beside it
BENCH_ECHO := $(B)/bench_echo $(B)/bench_echo_spandsp

$(BENCH_ECHO): $(B)/%: $(B)/tests/bench/%.o $(B)/tests/dsp/echo_line.o \
		$(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: bench-echo
bench-echo: $(BENCH_ECHO)
	$(B)/bench_echo
	$(B)/bench_echo_spandsp >/dev/null

-include $(BENCH_ECHO:$(B)/%=$(B)/tests/bench/%.d)
