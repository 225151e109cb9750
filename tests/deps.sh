#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing.
#	tests/deps.sh build|demo|bench|test|check
# build: what the gateway needs to compile; demo: and the real clients;
# bench: and what is measured beside us; test: what the tests need, on top of
# bench; check: and fuzzers, coverage, valgrind.
# Name and SIP servers among them are for the tests, which start their own:
# installed here, none starts now or at boot.
set -eu

build="gcc libc6-dev make git pkg-config libc-ares-dev libspandsp-dev
	libtiff-dev libsrtp2-dev libyaml-dev libsndfile1-dev libssl-dev"
demo="$build nsd baresip-core sip-tester python3 openssl"
bench="$demo kamailio iproute2 util-linux"
test="$bench knot unbound libcunit1-dev procps nftables
	tzdata"
check="$test clang libclang-rt-14-dev gcovr valgrind"
daemons="nsd kamailio knot unbound"

case "${1-}" in
build) want=$build ;;
demo)  want=$demo ;;
bench) want=$bench ;;
test)  want=$test ;;
check) want=$check ;;
*)     sed -n 's/^# \?//p' "$0" >&2; exit 2 ;;
esac

is_installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
		installed ]
}

missing=
for p in $want; do
	is_installed "$p" || missing="$missing $p"
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

# They would start at once and take ports 53 and 5060, and again at every
# boot. Whoever had one of them before keeps it as it was.
new=
for d in $daemons; do
	case " $missing " in
	*" $d "*) new="$new $d" ;;
	esac
done

policy=/usr/sbin/policy-rc.d
saved=$policy.before-tipring
ours=

may_start()
{
	[ -x $policy ] || return 0
	for d in $new; do
		rc=0
		$root $policy "$d" start >/dev/null 2>&1 || rc=$?
		[ $rc = 101 ] || return 0
	done
	return 1
}

restore_policy()
{
	if [ -n "$ours" ]; then
		$root rm -f $policy
	fi
	if [ -e $saved ] || [ -L $saved ]; then
		$root mv -f $saved $policy
	fi
	ours=
}

forbid_starts()
{
	restore_policy		# of a run that was killed
	may_start || return 0
	if [ -e $policy ] || [ -L $policy ]; then
		$root mv $policy $saved
	fi
	ours=yes
	printf '#!/bin/sh\nexit 101\n' | $root tee $policy >/dev/null
	$root chmod 755 $policy
}

# what the installation has enabled
not_at_boot()
{
	for d in $new; do
		is_installed "$d" || continue
		if command -v systemctl >/dev/null; then
			$root systemctl -q disable "$d" >/dev/null 2>&1 || true
		else
			$root update-rc.d "$d" disable >/dev/null 2>&1 || true
		fi
	done
}

# Another apt may run, a mirror fail now and then. Lists that cannot be had
# are no matter if old ones are there.
apt()
{
	$root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
		-o Dpkg::Use-Pty=0 "$@"
}

install()
{
	apt update || echo "apt-get update failed"
	apt install --no-install-recommends $missing
}

log=$(mktemp)
trap 'restore_policy; not_at_boot; rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM
[ -z "$new" ] || forbid_starts
for try in 1 2 3; do
	if install >"$log" 2>&1; then
		echo "installed${new:+; not started, not at boot:$new}"
		exit 0
	fi
	echo "apt-get failed (try $try of 3):" >&2
	grep -E '^(E|W|Err)' "$log" | head -n 10 >&2 || true
	sleep $((10 * try))
	# of an installation that was interrupted
	$root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a \
		>/dev/null 2>&1 </dev/null || true
done
tail -n 20 "$log" >&2
exit 1
