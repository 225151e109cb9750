# SPDX-License-Identifier: Apache-2.0
# make docs       docs/config.md, from the tables of keys
.PHONY: docs install
docs: $(B)/tipring
	$(B)/tipring doc >docs/config.md

# make install    PREFIX=/usr DESTDIR=
PREFIX ?= /usr/local
install: $(B)/tipring
	install -D $(B)/tipring $(DESTDIR)$(PREFIX)/bin/tipring
	install -D -m 644 docs/man/tipring.8 \
		$(DESTDIR)$(PREFIX)/share/man/man8/tipring.8
	install -D -m 644 conf/gateway.yaml \
		$(DESTDIR)$(PREFIX)/share/doc/tipring/gateway.yaml
	install -d $(DESTDIR)$(PREFIX)/share/tipring/plans
	install -m 644 conf/plans/*.yaml \
		$(DESTDIR)$(PREFIX)/share/tipring/plans
