# SPDX-License-Identifier: Apache-2.0
# make lint       who includes whom, sizes, habits; the rules are tests/lint
.PHONY: lint
lint:
	@PYTHONDONTWRITEBYTECODE=1 python3 tests/lint/run.py
