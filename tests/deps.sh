#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing.
#	tests/deps.sh build|demo|test|check
# build: what the gateway needs to compile; demo: and the real clients;
# test: and what the tests need; check: and fuzzers, coverage, valgrind.
set -eu

build="gcc libc6-dev make git pkg-config libc-ares-dev libspandsp-dev
	libtiff-dev libsrtp2-dev libyaml-dev libsndfile1-dev libssl-dev"
demo="$build nsd baresip-core sip-tester python3 openssl"
test="$demo libcunit1-dev util-linux iproute2 procps nftables kamailio"
check="$test clang libclang-rt-14-dev gcovr valgrind"

case "${1-}" in
build) want=$build ;;
demo)  want=$demo ;;
test)  want=$test ;;
check) want=$check ;;
*)     sed -n 's/^# \?//p' "$0" >&2; exit 2 ;;
esac

missing=
for p in $want; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) ||
		status=
	[ "$status" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0

echo "missing packages:$missing"
root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "run as root: apt-get install$missing" >&2
		exit 1
	fi
	root=sudo
fi

# the name server would start at once and take port 53: we start our own
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
	$root chmod 755 $policy
	made=yes
fi
trap '[ -z "$made" ] || $root rm -f $policy' EXIT

log=$(mktemp)
for try in 1 2 3; do
	if { $root apt-get -q update && $root env \
	     DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	     -o Dpkg::Use-Pty=0 install --no-install-recommends $missing; } \
	     >"$log" 2>&1; then
		echo "installed"
		rm -f "$log"
		exit 0
	fi
	echo "apt-get failed (try $try of 3)" >&2
	sleep 5
done
tail -n 20 "$log" >&2
rm -f "$log"
exit 1
