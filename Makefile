# SPDX-License-Identifier: Apache-2.0
# make            the gateway, build/tipring
# make demo       installs what is missing, builds, makes the demo calls
# make test       installs what is missing, builds, runs all tests
# make help       all targets

B       ?= build
CC      ?= gcc
OPT     ?= -O2 -g
SAN     ?=
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wwrite-strings -Wvla -Wno-psabi -Werror
PKGS    := libcares spandsp libsrtp2 yaml-0.1 sndfile openssl
CFLAGS  += -std=c11 -D_GNU_SOURCE -I. $(WARN) $(OPT) $(SAN) -pthread \
	   -fno-math-errno
LDFLAGS += $(SAN) -pthread
LDLIBS  += -lcares -lspandsp -ltiff -lsrtp2 -lyaml -lsndfile -lssl -lcrypto -lm

SRC     := $(wildcard base/*.c conf/*.c dsp/*.c enum/*.c media/*.c \
	   gateway/*.c gateway/*/*.c gateway/*/*/*.c)
MAIN    := gateway/main.c
LIBOBJ  := $(patsubst %.c,$(B)/%.o,$(filter-out $(MAIN),$(SRC)))
# every tests/ROOM/test_X.c defines `const struct test_suite suite_X`
TSRC    := $(sort $(wildcard tests/base/*.c tests/conf/*.c tests/dsp/*.c \
	   tests/enum/*.c tests/media/*.c tests/sip/*.c tests/sdp/*.c \
	   tests/line/*.c tests/route/*.c tests/call/*.c tests/service/*.c \
	   tests/control/*.c tests/gateway/*.c tests/scenario/*.c))
TLIB    := $(wildcard tests/lib/*.c)
TOBJ    := $(patsubst %.c,$(B)/%.o,$(TSRC) $(TLIB)) $(B)/tests/suites.o
SUITES  := $(patsubst test_%,%,$(filter test_%,$(notdir $(basename $(TSRC)))))

.PHONY: all help
all: $(if $(wildcard $(MAIN)),$(B)/tipring) $(B)/libtipring.a

help:
	@sed -n 's/^# make/make/p' Makefile mk/*.mk

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_$(notdir $*)) -MMD -MP -c -o $@ $<

$(B)/libtipring.a: $(LIBOBJ)
	@mkdir -p $(@D); rm -f $@
	$(AR) rcs $@ $^

$(B)/tipring: $(B)/gateway/main.o $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# the table of suites is made from the names of the test files
$(B)/tests/suites.c: $(TSRC)
	@mkdir -p $(@D)
	@{ echo '#include "tests/lib/test.h"'; \
	   for s in $(SUITES); do \
		echo "extern const struct test_suite suite_$$s;"; done; \
	   echo 'const struct test_suite *const test_suites[] = {'; \
	   for s in $(SUITES); do echo "	&suite_$$s,"; done; \
	   echo '	0 };'; } >$@

$(B)/tests/suites.o: $(B)/tests/suites.c
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/unit: $(TOBJ) $(B)/libtipring.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit

-include $(patsubst %.o,%.d,$(LIBOBJ) $(TOBJ) $(B)/gateway/main.d)
include $(wildcard mk/*.mk)
