#!/bin/sh
# SPDX-License-Identifier: ISC
# Run a test that is written in Python, if there is one.
if [ -z "$PYTHON3" ]; then
	if [ -n "$STILE_TEST_STRICT" ]; then
		echo "not ok 1 - python3 was not found by configure"
		echo "1..1"
	else
		echo "1..0 # SKIP python3 was not found by configure"
	fi
	exit 0
fi
# -B: no byte code in the source folder.
exec "$PYTHON3" -B "$@"
