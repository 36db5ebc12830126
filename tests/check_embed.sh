#!/bin/sh
# SPDX-License-Identifier: ISC
# stile-embed: what it writes compiles and holds the very same bytes.
. "${top_srcdir:=.}/tests/tap.sh"

embed=$top_srcdir/lib/data/stile-embed
cd "$tmp" || exit 99

printf 'a "q" \\ ??/ \303\251 \t7\001\0012 \r\n\nSELECT 1;\n' >0001_one.sql
printf 'x;\n' >0002_two-b.sql
printf 'no newline at the end' >10_ten.sql
sh "$embed" table 0001_one.sql 0002_two-b.sql 10_ten.sql >table.c
ok "accepts numbered files"

cat >main.c <<'END'
#include <stile.h>
#include <stdio.h>
extern const struct stile_migration table[];
int
main(void)
{
	for (const struct stile_migration *m = table; m->version != 0; m++)
		printf("%d %s\n%s", (int)m->version, m->name, m->sql);
	return 0;
}
END
# -std=c11 has trigraphs
$CC -std=c11 -Wall -Wextra -Werror -I"$top_srcdir/lib" -o main main.c table.c >&2
ok "the table compiles"
{
	echo "1 0001_one"; cat 0001_one.sql
	echo "2 0002_two-b"; cat 0002_two-b.sql
	echo "10 10_ten"; cat 10_ten.sql; echo
} >want
./main >got
cmp want got >&2
ok "the bytes are the same"

# refuses WHY STATUS ARG...: says why, writes nothing, gives the status
refuses()
{
	why=$1 want=$2
	shift 2
	sh "$embed" "$@" >out 2>err
	is "refuses: $why" "$? $(wc -c <out | tr -d ' ') $(grep -c "^stile-embed: .*$why" err)" "$want 0 1"
}
: >0003_empty.sql
: >words.sql
echo x >2_twice.sql
printf 'a\0b' >4_nul.sql
refuses 'usage' 64 table
refuses 'not a name in C' 64 9x 0001_one.sql
refuses 'empty' 1 table 0003_empty.sql
refuses 'not called NUMBER' 1 table words.sql
refuses 'comes twice' 1 table 0002_two-b.sql 2_twice.sql
refuses 'comes after' 1 table 10_ten.sql 0001_one.sql
refuses 'cannot be read' 1 table 7_absent.sql
refuses 'NUL byte' 1 table 4_nul.sql
done_testing
