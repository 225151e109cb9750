# SPDX-License-Identifier: Apache-2.0
# make unit       unit and scenario tests only; T=filter picks some
.PHONY: unit
unit: $(B)/unit
	$(B)/unit $(T)

# make oom        the same with the n-th allocation failing
.PHONY: oom
oom: $(B)/unit
	$(B)/unit -o $(T)
