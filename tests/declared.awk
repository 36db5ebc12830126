# SPDX-License-Identifier: ISC
# The names of all functions and objects that headers declare as STILE_API.
{
	# comments, also over several lines
	line = ""
	rest = $0
	while (rest != "") {
		if (comment) {
			if ((at = index(rest, "*/")) == 0)
				break
			comment = 0
		} else {
			if ((at = index(rest, "/*")) == 0) {
				line = line rest
				break
			}
			line = line substr(rest, 1, at - 1) " "
			comment = 1
		}
		rest = substr(rest, at + 2)
	}
}

# preprocessor lines, also continued ones
directive || line ~ /^[ \t]*#/ { directive = (line ~ /\\$/); next }

# statements
{
	text = text " " line
	while (match(text, /[;{}]/)) {
		s = substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + 1)
		statement(s)
	}
}

function statement(s)
{
	if (s !~ /(^|[ \t])STILE_API[ \t]/)
		return
	if (match(s, /stile_[a-z0-9_]+[ \t]*\(/)) {
		s = substr(s, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", s)
	} else {
		sub(/[ \t]*(\[.*)?$/, "", s)
		sub(/.*[ \t*]/, "", s)
	}
	print s
}
