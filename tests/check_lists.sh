#!/bin/sh
# SPDX-License-Identifier: ISC
# Each file is named in its folder's Makefile.inc: one that is forgotten there
# is not built, not tested or not in the tarball, and nothing else would say so.
. "${top_srcdir:=.}/tests/tap.sh"

cd "$top_srcdir" || exit 99

# listed MAKEFILE FILE...
listed()
{
	list=$1 folder=${1%/*} missing=
	shift
	for f; do
		{ [ -f "$f" ] && [ "$f" != "$list" ]; } || continue
		word=${f#"$folder"/}
		case $word in unit/*) word=${word%.c} ;; esac
		awk -v word="%D%/$word" '{ for (i = 1; i <= NF; i++) if ($i == word) found = 1 }
		    END { exit !found }' "$list" || missing="$missing $f"
	done
	is "$list is complete" "$missing" ""
}
listed lib/Makefile.inc lib/stile.h lib/stile/*.h lib/stile/sys/*.h lib/*/*.[ch]
listed apps/Makefile.inc apps/*/*.[ch] apps/*/migrations/*.sql
listed tests/Makefile.inc tests/*.sh tests/*.py tests/*.awk tests/unit/*.[ch] \
    tests/bench/* tests/bench/others/* tests/conf/*.c tests/conf/*.txt \
    tests/e2e/*.py tests/e2e/*.mjs tests/e2e/*.[ch] tests/fuzz/*
listed man/Makefile.inc man/*.[0-9]
listed nginx-conf/Makefile.inc nginx-conf/* nginx-conf/*/*

# EXTRA_DIST takes the folder of the corpora as a whole.
is "each fuzz target has its inputs" \
    "$(cd tests/fuzz/corpus && for d in */; do [ -z "$(ls "$d")" ] || echo "${d%/}"; done)" \
    "$(cd tests/fuzz && for f in fuzz_*.c; do f=${f%.c}; echo "${f#fuzz_}"; done)"
done_testing
