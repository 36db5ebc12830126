#!/bin/sh
# SPDX-License-Identifier: ISC
# Run one Criterion program, print TAP.
#
# Criterion runs each test in a child and does not look at how that child ends:
# a leak or a valgrind error alone would pass.  So every report goes to a file,
# and a file with a report in it becomes a failed test of its own.
#
# STILE_VALGRIND=1 runs it under valgrind (for a build without sanitizers).

dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' 0
trap 'exit 130' 1 2 15
prog=$1
name=$(basename "$prog")

ASAN_OPTIONS=detect_stack_use_after_return=1:${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$dir/san
UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$dir/san
export ASAN_OPTIONS UBSAN_OPTIONS

if [ -n "$STILE_VALGRIND" ]; then
	if [ -z "$VALGRIND" ]; then
		[ -z "$STILE_TEST_STRICT" ] || exit 99
		echo "1..0 # SKIP valgrind was not found by configure"
		exit 0
	fi
	# Criterion loads libgit2, for the differences it prints, and with that
	# Kerberos, SSH and TLS: a third of the time, for each test anew.
	git=$(ldd "$prog" | awk '$1 ~ /^libgit2\.so/ { print $1 }')
	if [ -n "$git" ]; then
		for f in git_diff_buffers git_libgit2_init git_libgit2_shutdown
		do
			echo "int $f(void) { return -1; }"
		done | ${CC:-cc} -shared -fPIC -x c -o "$dir/$git" - &&
			export LD_LIBRARY_PATH="$dir"
	fi
	# The children are the tests.  What they exec from the system is not ours.
	# Nobody debugs them: each would leave pipes in /tmp for that.
	set -- "$VALGRIND" --trace-children=yes --log-file="$dir/vg.%p" \
	    --vgdb=no --read-inline-info=no \
	    --trace-children-skip='/bin/*,/sbin/*,/usr/*' \
	    --leak-check=full --show-leak-kinds=definite,indirect \
	    --errors-for-leak-kinds=definite --num-callers=30 "$@"
fi

# TAP into a file: what tests print must not be mistaken for it.
"$@" --jobs 2 --tap="$dir/tap" >"$dir/out" 2>&1
status=$?
cat "$dir/out" >&2

for f in "$dir"/san.*; do
	[ -f "$f" ] && cat "$f" >&2 && echo "a sanitizer report" >>"$dir/bad"
done
# Beside ASan, UBSan has no log_path of its own.
grep -q 'runtime error: ' "$dir/out" && echo "a sanitizer report" >>"$dir/bad"

for f in "$dir"/vg.*; do
	[ -f "$f" ] || continue
	if grep -qE 'ERROR SUMMARY: [1-9]|definitely lost: [1-9]' "$f"; then
		cat "$f" >&2
		echo "a valgrind error" >>"$dir/bad"
	fi
done

[ -f "$dir/tap" ] || : >"$dir/tap"
awk -v name="$name" -v status="$status" -v bad="$dir/bad" '
	function fail(why) { n++; failed = 1; print "not ok - " name ": " why }
	/^1\.\.[0-9]+/ { plan = substr($0, 4) + 0; next }
	/^(not )?ok / {
		n++
		if (/^not/)
			failed = 1
		sub(/ *\([0-9.]+s\)$/, "")	# the time is no part of the name
	}
	{ print }
	END {
		if (n < plan || n == 0)
			fail("ran " n + 0 " of " plan + 0 " tests")
		if ((getline line <bad) > 0)
			fail(line " (see the log)")
		if (status != 0 && !failed)
			fail("exit status " status)
		print "1.." n
	}' "$dir/tap"
