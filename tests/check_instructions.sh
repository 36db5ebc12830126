#!/bin/sh
# SPDX-License-Identifier: ISC
# A request of apps/hello takes about as many instructions as it did: see
# tests/bench/instructions.txt.
. "${top_srcdir:=.}/tests/tap.sh"

need "$VALGRIND" valgrind
kept=$(awk '/^[0-9]/ { print $1 }' "$top_srcdir/tests/bench/instructions.txt")
if count=$(sh "$top_srcdir/tests/bench/count" \
    "$top_builddir/tests/bench/instructions" 2>"$tmp/log"); then
	echo "# $count instructions, kept: $kept"
	[ $((count * 100)) -ge $((kept * 95)) ] &&
	    [ $((count * 100)) -le $((kept * 105)) ]
	ok "a request takes as many instructions as it did"
else
	fail "instructions can be counted"
	sed 's/^/# /' "$tmp/log"
fi
done_testing
