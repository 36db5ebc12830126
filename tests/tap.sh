# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# TAP from a shell script; "." it first.  "make check" sets the variables that
# tests/Makefile.inc lists; by hand, in the source folder: sh tests/check_man.sh
#
#   ok NAME             the command before succeeded: ok; otherwise not ok
#   pass NAME, fail NAME, skip NAME REASON
#   is NAME GOT WANT    equal strings
#   need PROGRAM NAME   no program: skip all tests of the script (fail if strict)
#   done_testing        last line of each script
#
# $tmp is a folder of the script's own, removed at its end.

top_srcdir=$(cd "${top_srcdir:-.}" && pwd)
: "${top_builddir:=$top_srcdir}" "${CC:=cc}" "${CXX=c++}" "${PKG_CONFIG:=pkg-config}"

tap_n=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' 0
trap 'exit 130' 1 2 15

pass() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
fail() { tap_n=$((tap_n + 1)); echo "not ok $tap_n - $1"; }
ok() { if [ $? -eq 0 ]; then pass "$1"; else fail "$1"; fi; }

# STILE_TEST_STRICT=1: what cannot run is a failure, so nothing hides.
skip()
{
	if [ -n "$STILE_TEST_STRICT" ]; then
		fail "$1: $2"
	else
		tap_n=$((tap_n + 1))
		echo "ok $tap_n - $1 # SKIP $2"
	fi
}

is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		echo "# got:  $2"
		echo "# want: $3"
	fi
}

need()
{
	[ -z "$1" ] || return 0
	skip "$2" "$2 was not found by configure"
	done_testing
	exit 0
}

done_testing() { echo "1..$tap_n"; }
