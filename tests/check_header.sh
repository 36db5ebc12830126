#!/bin/sh
# SPDX-License-Identifier: ISC
# Each public header stands alone, in strict C99 and in C++.
. "${top_srcdir:=.}/tests/tap.sh"

cd "$top_srcdir/lib" || exit 99
for h in stile.h stile/*.h stile/sys/*.h; do
	[ -f "$h" ] || continue
	# Twice: the include guard has to work.
	printf '#include <%s>\n#include <%s>\nextern int x;\n' "$h" "$h" \
	    | tee "$tmp/h.c" >"$tmp/h.cc"
	# shellcheck disable=SC2086 # CC may hold options
	$CC -std=c99 -pedantic -Wall -Wextra -Werror -I. -fsyntax-only "$tmp/h.c" >&2
	ok "$h in C99"
	if [ -n "$CXX" ]; then
		$CXX -std=c++11 -Wall -Wextra -Werror -I. -fsyntax-only "$tmp/h.cc" >&2
		ok "$h in C++11"
	else
		skip "$h in C++11" "no C++ compiler"
	fi
done
done_testing
