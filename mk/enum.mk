# SPDX-License-Identifier: Apache-2.0
# helpers of the tests that ask real name servers
$(B)/enum_probe: $(B)/tests/e2e/enum_probe.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(B)/tests/e2e/enum_probe.d
