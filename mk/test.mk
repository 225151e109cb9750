# SPDX-License-Identifier: Apache-2.0
# no warnings here: what gcc guesses about ranges depends on the options
INSTRUMENTED := OPT="-O1 -g" WARN=
ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

# in under ten minutes, installation included
.PHONY: test
test:
	@bash tests/deps.sh test
	+@MAKE=$(MAKE) B=$(B) bash tests/run.sh unit oom asan e2e

# make unit       unit and scenario tests only; T=filter picks some
.PHONY: unit
unit: $(B)/unit
	$(B)/unit $(T)

# make oom        the same with the n-th allocation failing
.PHONY: oom
oom: $(B)/unit
	$(B)/unit -o $(T)

# make asan       unit tests under AddressSanitizer and UBSan
.PHONY: asan
asan:
	$(MAKE) B=$(B)/asan SAN="$(ASAN)" $(INSTRUMENTED) $(B)/asan/unit
	ASAN_OPTIONS=detect_stack_use_after_return=1 $(B)/asan/unit $(T)

# make tsan       the tests with threads under ThreadSanitizer
# its shadow wants a fixed address space, where the kernel lets us have one
TSAN_T ?= base/mailbox base/work base/loop base/udp base/log route/guard_file media/ scenario/
.PHONY: tsan
tsan:
	$(MAKE) B=$(B)/tsan SAN=-fsanitize=thread $(INSTRUMENTED) $(B)/tsan/unit
	fixed=$$(setarch -R true 2>/dev/null && echo setarch -R); \
	TSAN_OPTIONS=halt_on_error=1 $$fixed $(B)/tsan/unit $(TSAN_T)

# make e2e        the gateway with real clients and a real name server
.PHONY: e2e
e2e: all
	@B=$(B) python3 tests/e2e/run.py $(T)

# make e2e-asan   the same with a gateway under AddressSanitizer and UBSan
.PHONY: e2e-asan
e2e-asan:
	@$(MAKE) B=$(B)/asan SAN="$(ASAN)" $(INSTRUMENTED) all \
		$(B)/asan/enum_probe
	@B=$(B)/asan python3 tests/e2e/run.py $(T)

# make fuzz       each fuzz target, FUZZ_SECONDS=60 each, FUZZ=filter;
#                 FUZZ_RUNS=N: or so many executions
FUZZ_SECONDS ?= 60
FUZZ_RUNS ?=
FUZZ_SAN := -fno-sanitize-recover=all -fsanitize=address,undefined
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(B)/%,$(FUZZ_SRC))
.PHONY: fuzz fuzz-build
fuzz:
	@bash tests/deps.sh check
	@$(MAKE) B=$(B)/fuzz CC=clang WARN= OPT="-O1 -g" \
		SAN="$(FUZZ_SAN),fuzzer-no-link" fuzz-build
	@B=$(B)/fuzz FUZZ_RUNS=$(FUZZ_RUNS) \
		python3 tests/fuzz/run.py $(FUZZ_SECONDS) $(FUZZ)

fuzz-build: $(FUZZ_BIN)

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(B)/libtipring.a
	$(CC) $(CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< \
		$(B)/libtipring.a $(LDLIBS)

-include $(FUZZ_BIN:=.d)

# make cov        line coverage of the unit, scenario and end-to-end tests
#                 (each passed once: what only a failing allocation reaches
#                 is not counted); fails below COV_FLOOR
COV_FLOOR ?= 85
.PHONY: cov
cov:
	@bash tests/deps.sh check
	@$(MAKE) B=$(B)/cov SAN=--coverage WARN= OPT="-O0 -g" \
		all $(B)/cov/unit $(B)/cov/enum_probe
	@find $(B)/cov -name '*.gcda' -delete
	@$(B)/cov/unit $(T) >$(B)/cov/unit.log 2>&1; tail -n 1 $(B)/cov/unit.log
	@B=$(B)/cov python3 tests/e2e/run.py $(T) >$(B)/cov/e2e.log 2>&1; \
		tail -n 1 $(B)/cov/e2e.log
	@gcovr -r . --object-directory $(B)/cov -e 'tests/' -e '$(B)/' \
		--txt $(B)/cov/report.txt --json-summary $(B)/cov/report.json \
		--html-details $(B)/cov/index.html
	@python3 tests/cov.py $(B)/cov/report.json $(COV_FLOOR)

# make check-slow valgrind, coverage, end to end under sanitizers, ten million
#                 executions of each fuzz target (an hour at most), 10,000
#                 real calls
.PHONY: check-slow valgrind fuzz-long
check-slow:
	@bash tests/deps.sh check
	+@MAKE=$(MAKE) B=$(B) STEP_SECONDS=86400 bash tests/run.sh \
		valgrind cov e2e-asan fuzz-long $(SLOW)

# other parts of mk/ may add their own slow targets: SLOW += soak
SLOW ?=

# Debian's valgrind does not know epoll_pwait2 and says so each time; the
# loop then waits by epoll_wait. Its own complaints go to a file.
valgrind: $(B)/unit
	@rc=0; valgrind -q --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite --num-callers=30 \
		--log-file=$(B)/valgrind.log $(B)/unit $(T) || rc=$$?; \
	grep -v '^--' $(B)/valgrind.log; exit $$rc

fuzz-long:
	@$(MAKE) fuzz FUZZ_RUNS=10000000 FUZZ_SECONDS=3600
