#!/bin/sh
# SPDX-License-Identifier: ISC
# The manual is complete, well formed, and points at pages that exist.
. "${top_srcdir:=.}/tests/tap.sh"

cd "$top_srcdir/man" || exit 99

# names PAGE: what its NAME section announces
names() { sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([^ ,]*\).*/\1/p' "$1"; }

headers=$(ls ../lib/stile.h ../lib/stile/*.h ../lib/stile/sys/*.h 2>/dev/null)
# shellcheck disable=SC2086 # a list of files
awk -f ../tests/declared.awk $headers | sort -u >"$tmp/declared"

# "name section" of all pages, by file name and by each .Nm
for page in *.[137]; do
	[ -f "$page" ] || continue
	echo "${page%.*} ${page##*.}"
	names "$page" | sed "s/\$/ ${page##*.}/"
done | sort -u >"$tmp/pages"

undocumented=
while read -r f; do
	grep -qx "$f 3" "$tmp/pages" || undocumented="$undocumented $f"
done <"$tmp/declared"
is "every exported function has a page" "$undocumented" ""

twice=$(for page in *.3; do [ -f "$page" ] && names "$page"; done | sort | uniq -d)
is "no function is on two pages" "$twice" ""

# The order mandoc and STYLE want; other titles may stand in sections 1 and 7.
sections='NAME|LIBRARY|SYNOPSIS|DESCRIPTION|IMPLEMENTATION NOTES|RETURN VALUES|ENVIRONMENT|FILES|EXIT STATUS|EXAMPLES|DIAGNOSTICS|ERRORS|SEE ALSO|STANDARDS|HISTORY|CAVEATS|BUGS|SECURITY CONSIDERATIONS'

for page in *.[137]; do
	[ -f "$page" ] || continue
	case $page in
	*.1) required='NAME|SYNOPSIS|DESCRIPTION|EXAMPLES|SEE ALSO' ;;
	*.3) required='NAME|SYNOPSIS|DESCRIPTION|RETURN VALUES|EXAMPLES|SEE ALSO' ;;
	*.7) required='NAME|DESCRIPTION|SEE ALSO' ;;
	esac
	wrong=$(awk -v sections="$sections" -v required="$required" -v sect="${page##*.}" '
		BEGIN {
			n = split(sections, s, "|")
			for (i = 1; i <= n; i++)
				place[s[i]] = i
		}
		/^\.Sh / {
			title = substr($0, 5)
			gsub(/"/, "", title)
			if (title in had)
				print title " comes twice"
			had[title] = 1
			if (!(title in place)) {
				if (sect == 3)
					print title " is not a section for a function"
			} else if (place[title] < last)
				print title " comes too late"
			else
				last = place[title]
		}
		END {
			n = split(required, s, "|")
			for (i = 1; i <= n; i++)
				if (!(s[i] in had))
					print "no " s[i]
		}' "$page")
	is "$page: sections" "$wrong" ""

	wrong=$(awk '/^\.Xr stile/ { print $2, $3 }
	    { while (match($0, / Xr stile[^ ]* [0-9]/)) {
		print substr($0, RSTART + 4, RLENGTH - 4); $0 = substr($0, RSTART + RLENGTH) } }' "$page" |
	    sort -u | grep -vxF -f "$tmp/pages")
	is "$page: references" "$wrong" ""

	# What a page announces, it shows, and the headers have it.
	case $page in *.3)
		wrong=
		for n in $(names "$page"); do
			# shellcheck disable=SC2086 # a list of files
			[ "$n" = "${page%.3}" ] || grep -qw "$n" $headers ||
				wrong="$wrong $n is in no header;"
			! grep -qx "$n" "$tmp/declared" ||
				sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$page" |
				grep -qE "^\.(F[no]|Vt .*) \"?$n\"?( |\$)" ||
				wrong="$wrong $n is not in SYNOPSIS;"
		done
		is "$page: names" "$wrong" "" ;;
	esac

	if [ -n "$MANDOC" ]; then
		is "$page: lint" "$("$MANDOC" -T lint -W warning "$page" 2>&1)" ""
	else
		skip "$page: lint" "no mandoc"
	fi
done
done_testing
