#!/bin/sh
# SPDX-License-Identifier: ISC
# The shared object exports what the public headers declare, and nothing else.
. "${top_srcdir:=.}/tests/tap.sh"

cat "$top_srcdir"/lib/stile.h "$top_srcdir"/lib/stile/*.h \
    "$top_srcdir"/lib/stile/sys/*.h 2>/dev/null |
	awk -f "$top_srcdir/tests/declared.awk" | LC_ALL=C sort -u >"$tmp/declared"

# Type A are version names; __odr_asan.* and the like come with --enable-sanitize.
nm -D --defined-only "$top_builddir/lib/.libs/libstile.so" |
	awk '$2 != "A" && $3 !~ /^__(odr_)?(asan|ubsan|sancov)/ { print $3 }' |
	LC_ALL=C sort -u >"$tmp/exported"

test -s "$tmp/declared" && test -s "$tmp/exported"
ok "the library declares and exports something"
is "only stile_* is exported" "$(grep -v '^stile_[a-z0-9]' "$tmp/exported")" ""
is "all that is declared is exported" \
    "$(LC_ALL=C comm -23 "$tmp/declared" "$tmp/exported")" ""
is "all that is exported is declared" \
    "$(LC_ALL=C comm -13 "$tmp/declared" "$tmp/exported")" ""

needs() { objdump -p "$1" | awk '$1 == "NEEDED" { print $2 }'; }
for lib in pq crypto pcre2 utf8proc crack crypt oath; do
	is "libstile does not load lib$lib" \
	    "$(needs "$top_builddir/lib/.libs/libstile.so" | grep "lib$lib")" ""
done
# module NAME SYMBOL
module()
{
	so=$top_builddir/lib/.libs/$1.so
	if [ -f "$so" ]; then
		is "the module $1 exports $2 alone" \
		    "$(nm -D --defined-only "$so" |
			awk '$3 !~ /^__(odr_)?(asan|ubsan|sancov)/ { print $3 }')" \
		    "$2"
	else
		skip "the module $1" "it is not built"
	fi
}
module postgresql stile_engine
module jwt stile_jwt_module
done_testing
