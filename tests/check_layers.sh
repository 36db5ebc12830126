#!/bin/sh
# SPDX-License-Identifier: ISC
# lib/ is built in layers; a file may include its own layer and lower ones.
. "${top_srcdir:=.}/tests/tap.sh"

cd "$top_srcdir" || exit 99
order="base codec schema http data guard app gate"

# includes FILE...: "file header" for every #include, with its quotes or <>
includes() { awk '/^[ \t]*#[ \t]*include/ { sub(/.*include[ \t]*/, ""); sub(/[ \t].*/, ""); print FILENAME, $0 }' "$@" /dev/null; }

seen=
for layer in $order; do
	seen="$seen $layer"
	bad=
	for f in "lib/$layer"/*.[ch]; do
		[ -f "$f" ] || continue
		for to in $(includes "$f" | sed -n 's|.* "\([a-z]*\)/.*|\1|p' | sort -u); do
			case " $seen " in *" $to "*) continue ;; esac
			case " $order " in *" $to "*) bad="$bad $f->$to/" ;; esac
		done
	done
	is "lib/$layer/ includes nothing from above" "$bad" ""
done

# only WHAT REGEX ALLOWED: only files matching ALLOWED include REGEX
only()
{
	is "$1" "$(includes lib/*/*.[ch] lib/stile.h lib/stile/*.h lib/stile/sys/*.h 2>/dev/null |
	    grep -E " $2" | grep -vE "^($3) ")" ""
}
only "libfcgi's functions are called by nobody" \
    '[<"].*fcgi(app|_stdio|_config|misc)\.h' 'nobody'
only "fastcgi.h is included by lib/gate/fcgi_head.h only" \
    '[<"]fastcgi\.h' 'lib/gate/fcgi_head\.h'
only "sqlite3.h is included by its engine only" \
    '[<"].*sqlite3(ext)?\.h' 'lib/data/sqlite(_copy)?\.[ch]'
only "pcre2.h is included by lib/schema/pattern.c only" \
    '[<"]pcre2' 'lib/schema/pattern\.c'
only "crypt.h is included by lib/guard/hash_crypt.c only" \
    '[<"]crypt\.h' 'lib/guard/hash_crypt\.c'
only "utf8proc.h is included by lib/guard/nfc.c only" \
    '[<"]utf8proc' 'lib/guard/nfc\.c'
only "liboath is included by lib/guard/totp.c only" \
    '[<"](liboath/)?oath\.h' 'lib/guard/totp\.c'
only "libpq stays in its module" \
    '[<"](libpq|postgresql/|pg_config|postgres_ext)' 'lib/data/postgresql(_[a-z]*)?\.[ch]'
only "OpenSSL stays in its module" \
    '[<"]openssl/' 'lib/guard/jwt_openssl\.c'
only "json-c stays in codec, schema, http, data, guard and app" \
    '[<"](json-c/|json\.h|json_)' 'lib/(codec|schema|http|data|guard|app)/[a-z_]*\.[ch]'
is "json-c is included as <json-c/json.h>" \
    "$(includes lib/*/*.[ch] | grep -E '[<"](json-c/|json\.h|json_)' | grep -v '<json-c/json.h>$')" ""
only "config.h is included by base/priv.h only" '[<"]config\.h' 'lib/base/priv\.h'
is "public headers include no private ones" \
    "$(includes lib/stile.h lib/stile/*.h lib/stile/sys/*.h 2>/dev/null | grep '"')" ""

bad=
for f in lib/*.[ch] lib/*/*.[ch] lib/stile/sys/*.h apps/*/*.[ch] tests/unit/*.[ch]; do
	[ -f "$f" ] || continue
	[ "$(head -n 1 "$f")" = "/* SPDX-License-Identifier: ISC */" ] || bad="$bad $f"
done
is "each source file starts with its licence" "$bad" ""
done_testing
