#!/bin/sh
# SPDX-License-Identifier: ISC
# Each literal block (.Bd -literal) under EXAMPLES in section 3 is C that
# compiles as it stands after #include <stile.h>.  In section 7, the blocks from
# one that begins with that line to the end of its part (.Sh) are a program.
. "${top_srcdir:=.}/tests/tap.sh"

json=$($PKG_CONFIG --cflags json-c)
cd "$top_srcdir/man" || exit 99
for page in *.3; do
	[ -f "$page" ] || continue
	awk -v out="$tmp/x" -v page="$page" '
		/^\.Sh /                  { examples = ($2 == "EXAMPLES") }
		/^\.Ed/                   { if (f != "") close(f); f = "" }
		f != "" && !/^\.\\"/      {
			gsub(/\\&/, ""); gsub(/\\-/, "-"); gsub(/\\\(aq/, "\047")
			gsub(/\\\(dq/, "\""); gsub(/\\e/, "\\")
			print >f
		}
		examples && /^\.Bd .*-literal/ {
			f = sprintf("%s%02d.c", out, ++n)
			print "#include <stile.h>" >f
			printf "#line %d \"%s\"\n", NR + 1, page >f
		}' "$page"
	i=0
	for c in "$tmp"/x*.c; do
		[ -f "$c" ] || continue
		i=$((i + 1))
		# shellcheck disable=SC2086 # lists of options
		$CC -std=c11 -Wall -Wextra -Werror -c -o "$tmp/x.o" \
		    -I"$top_srcdir/lib" $json "$c" >&2
		ok "$page: example $i"
		rm -f "$c"
	done
	[ $i -gt 0 ] || fail "$page: no example"
done

for page in *.7; do
	awk -v out="$tmp/whole.c" -v page="$page" '
		/^\.Sh /                 { whole = 0 }
		/^\.Bd .*-literal/       { inside = 1; next }
		/^\.Ed/                  { inside = 0 }
		inside && /^#include <stile.h>/ { whole = 1 }
		inside && whole && !/^\.\\"/ {
			if (line != NR)
				printf "#line %d \"%s\"\n", NR, page >out
			line = NR + 1
			gsub(/\\&/, ""); gsub(/\\-/, "-"); gsub(/\\\(aq/, "\047")
			gsub(/\\\(dq/, "\""); gsub(/\\e/, "\\")
			print >out
		}' "$page"
	[ -f "$tmp/whole.c" ] || continue
	# shellcheck disable=SC2086 # lists of options
	$CC -std=c11 -Wall -Wextra -Werror -c -o "$tmp/x.o" \
	    -I"$top_srcdir/lib" $json "$tmp/whole.c" >&2
	ok "$page: its program"
	rm -f "$tmp/whole.c"
done

# The README's program is a whole one.
sed -n '/^```c$/,/^```$/p' "$top_srcdir/README.md" | grep -v '^```' >"$tmp/readme.c"
# shellcheck disable=SC2086 # lists of options
$CC -std=c11 -Wall -Wextra -Werror -c -o "$tmp/x.o" -I"$top_srcdir/lib" \
    $json "$tmp/readme.c" >&2
ok "README.md: its program"
[ "$tap_n" -gt 0 ] || pass "no pages yet"
done_testing
