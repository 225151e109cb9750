# SPDX-License-Identifier: Apache-2.0
# the arithmetic of the echo canceller, twice; -std=c11 alone would forbid
# the compiler to join a product and a sum
CFLAGS_echo_filter := -O3 -ffp-contract=fast
CFLAGS_echo_filter_avx2 := $(CFLAGS_echo_filter)
CFLAGS_echo_nlp := $(CFLAGS_echo_filter)
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
CFLAGS_echo_filter_avx2 += -mavx2 -mfma
endif
