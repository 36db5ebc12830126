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

# What belongs to a migration may stand anywhere among the files.
mkdir more
printf 'CREATE TABLE t ();\n' >more/0001_t.sql
printf 'CREATE TABLE t (); -- "pg"\n' >more/0001_t.pgsql.sql
printf 'DROP TABLE t;\n' >more/0001_t.down.sql
printf 'DROP TABLE t CASCADE;\n' >more/0001_t.pgsql.down.sql
printf 'SELECT 2;\n' >more/0002_u.sql
printf 'SELECT -2;\n' >more/0002_u.down.sql
printf 'SELECT 3;\n' >more/0003_v.sql
sh "$embed" table more/*.sql >table.c
cat >members.c <<'END'
#include <stile.h>
#include <stdio.h>
extern const struct stile_migration table[];
static const char *
text(const char *s)
{
	return s != NULL ? s : "-\n";
}
int
main(void)
{
	for (const struct stile_migration *m = table; m->version != 0; m++)
		printf("%d %s\n%s%s%s%s", m->version, m->name, text(m->sql),
		    text(m->pgsql), text(m->down), text(m->pgsql_down));
	return 0;
}
END
$CC -std=c11 -Wall -Wextra -Werror -I"$top_srcdir/lib" -o members members.c table.c >&2
cat >want <<'END'
1 0001_t
CREATE TABLE t ();
CREATE TABLE t (); -- "pg"
DROP TABLE t;
DROP TABLE t CASCADE;
2 0002_u
SELECT 2;
-
SELECT -2;
-
3 0003_v
SELECT 3;
-
-
-
END
./members >got
cmp want got >&2
ok "texts for PostgreSQL and the way back are members of their migration"

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
echo x >0002_other.down.sql
echo x >0002_two-b.down.sql
echo x >0002_two-b.sqlite.sql
mkdir again
echo x >again/0002_two-b.down.sql
: >0001_one.pgsql.sql
refuses 'there is no 0002_other.sql beside it' 1 table 0001_one.sql 0002_other.down.sql 0002_two-b.sql
refuses 'comes twice' 1 table 0002_two-b.sql 0002_two-b.down.sql again/0002_two-b.down.sql
refuses 'only letters' 1 table 0002_two-b.sql 0002_two-b.sqlite.sql
refuses 'empty' 1 table 0001_one.pgsql.sql 0001_one.sql
done_testing
