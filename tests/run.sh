#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs make targets one after another and adds up what they count:
#	tests/run.sh TARGET ...
# A target's last line "N passed, N failed" counts; without one the target
# itself counts as one. Output goes to build/test/TARGET.log; of a target
# that failed the complaints and the end are shown. The last line is the sum.
cd "$(dirname "$0")/.." || exit 2

B=${B:-build}
limit=${STEP_SECONDS:-1200}     # so long may one target take
make=${MAKE:-make}
# under a parallel make its job server shares the processors out
case "${MAKEFLAGS-}" in
*jobserver*) jobs= ;;
*)           jobs=-j$(nproc) ;;
esac
passed=0 failed=0
mkdir -p "$B/test"

show() {
	grep -E 'error:|FAIL|FELL SHORT|!! |SSRC|not so:| is .*, not |leaked|ERROR:|Sanitizer|assert' \
		"$1" | head -n 40
	echo "--- end of $1:"
	tail -n 25 "$1"
	echo "---"
}

step() {
	local log="$B/test/$1.log" line rc p f t0=$SECONDS

	timeout -k 10 "$limit" "$make" -s --no-print-directory $jobs "$1" \
		>"$log" 2>&1 </dev/null
	rc=$?
	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
	read -r p _ f _ <<<"${line:-0 passed, 0 failed}"
	if [ -z "$line" ] && [ $rc = 0 ]; then
		p=1
	elif [ $rc != 0 ] && [ "$f" = 0 ]; then
		f=1     # it died before or after counting
	fi
	passed=$((passed + p)) failed=$((failed + f))
	printf '%-8s %6d passed, %d failed  %4d s%s\n' "$1" "$p" "$f" \
		$((SECONDS - t0)) "$([ $rc = 124 ] && echo '  (timed out)')"
	[ "$f" = 0 ] || show "$log"
}

for t; do
	step "$t"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
