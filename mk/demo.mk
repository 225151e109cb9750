# SPDX-License-Identifier: Apache-2.0
# make demo       (see above)
$(B)/css: tests/demo/css.c $(B)/libtipring.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: demo run
demo:
	@bash tests/deps.sh demo
	@$(MAKE) -s --no-print-directory B=$(B) all $(B)/css
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/demo/demo.py

# make run        the set-up of the demo, to play with by `tipring ctl`
run:
	@bash tests/deps.sh demo
	@$(MAKE) -s --no-print-directory B=$(B) all $(B)/css
	@B=$(B) PYTHONDONTWRITEBYTECODE=1 python3 tests/demo/run.py
