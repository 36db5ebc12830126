#!/bin/sh
# SPDX-License-Identifier: ISC
# What "make install" leaves can be used: pkg-config finds it, a program
# compiles, links and runs with it, and "make uninstall" takes it all away.
. "${top_srcdir:=.}/tests/tap.sh"

# This make is not part of the one that runs the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL
root=$tmp/root

"${MAKE:-make}" -C "$top_builddir" install DESTDIR="$root" >"$tmp/log" 2>&1
ok "make install" || cat "$tmp/log" >&2

# first NAME: the installed file of that name
first() { find "$root" -name "$1" | head -n 1; }

include=$(dirname "$(first stile.h)")
missing=
for h in $(cd "$top_srcdir/lib" && ls stile.h stile/*.h stile/sys/*.h 2>/dev/null); do
	[ -f "$include/$h" ] || missing="$missing $h"
done
is "every public header" "$missing" ""

cat "$include"/stile.h "$include"/stile/*.h |
	awk -f "$top_srcdir/tests/declared.awk" >"$tmp/declared"
missing=
while read -r n; do
	[ -f "$(first "$n.3")" ] || missing="$missing $n.3"
done <"$tmp/declared"
is "man finds every function" "$missing" ""

cat >"$tmp/main.c" <<'END'
#include <stile.h>
#include <stdio.h>

int
main(void)
{
	return printf("%s\n", stile_err_name(STILE_ENOMEM)) < 0;
}
END
# The files were installed below $root, so the paths in stile.pc are too.
PKG_CONFIG_PATH=$(dirname "$(first stile.pc)")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
PKG_CONFIG_SYSROOT_DIR=$root
PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR \
    PKG_CONFIG_ALLOW_SYSTEM_CFLAGS PKG_CONFIG_ALLOW_SYSTEM_LIBS
flags=$($PKG_CONFIG --cflags --libs stile)
ok "pkg-config knows stile"
# shellcheck disable=SC2086 # lists of options
$CC $SAN_CFLAGS -Wall -Wextra -Werror -o "$tmp/main" "$tmp/main.c" $flags >&2
ok "a program compiles and links"
is "it runs" "$(LD_LIBRARY_PATH=$(dirname "$(first libstile.so)") "$tmp/main" 2>&1)" ENOMEM

module=$(first postgresql.so)
if [ -n "$module" ]; then
	dir=${module%/*}
	grep -qF "${dir#"$root"}" "$(first libstile.so)"
	ok "libstile looks for its modules where they are"
	cat >"$tmp/open.c" <<'END'
#include <stile.h>
#include <stdio.h>

int
main(void)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	return printf("%s\n", stile_err_name(stile_db_open(
	    "postgresql:host=/nonexistent", STILE_DB_READWRITE, 0, &db,
	    &e))) < 0;
}
END
	# shellcheck disable=SC2086 # lists of options
	$CC $SAN_CFLAGS -Wall -Wextra -Werror -o "$tmp/open" "$tmp/open.c" \
	    $flags >&2
	is "the installed module is loaded" "$(STILE_MODULES=$dir \
	    LD_LIBRARY_PATH=$(dirname "$(first libstile.so)") "$tmp/open" 2>&1)" \
	    EGONE
else
	skip "the module for PostgreSQL" "it is not built"
fi

module=$(first jwt.so)
if [ -n "$module" ]; then
	cat >"$tmp/jwt.c" <<'END'
#include <stile.h>
#include <stdio.h>

int
main(void)
{
	static const struct stile_app	 app = { .name = "app" };
	const char *const		 settings[] = {
		"jwt_keys=/nonexistent", "jwt_issuer=x", "jwt_audience=x", NULL
	};
	struct stile_error		 e = { 0 };

	return stile_client_new(&app, settings, &e) != NULL ||
	    printf("%s\n", e.detail) < 0;
}
END
	# shellcheck disable=SC2086 # lists of options
	$CC $SAN_CFLAGS -Wall -Wextra -Werror -o "$tmp/jwt" "$tmp/jwt.c" \
	    $flags >&2
	is "the installed module for tokens is loaded" \
	    "$(STILE_MODULES=${module%/*} \
	    LD_LIBRARY_PATH=$(dirname "$(first libstile.so)") "$tmp/jwt" 2>&1)" \
	    "jwt_keys: /nonexistent: No such file or directory"
else
	skip "the module for tokens" "it is not built"
fi

embed=$(first stile-embed)
[ -x "$embed" ]
ok "stile-embed is there"

"${MAKE:-make}" -C "$top_builddir" uninstall DESTDIR="$root" >"$tmp/log" 2>&1
ok "make uninstall" || cat "$tmp/log" >&2
is "nothing is left" "$(find "$root" ! -type d)" ""
done_testing
