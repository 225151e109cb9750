# SPDX-License-Identifier: Apache-2.0
# make bench-media    CPU of relayed and of line calls, each in its process
$(B)/bench_media: $(B)/tests/bench/bench_media.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: bench-media
bench-media: $(B)/bench_media
	$(B)/bench_media relay 100 10
	$(B)/bench_media xcode 100 10
	$(B)/bench_media line 100 10
	$(B)/bench_media line 200 10

-include $(B)/tests/bench/bench_media.d
