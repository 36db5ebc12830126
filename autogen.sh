#!/bin/sh
# SPDX-License-Identifier: ISC
# Make ./configure; needed once after a checkout.
set -e
cd "$(dirname "$0")"

# Without pkg.m4 autoconf would fail with a message that names neither.
for tool in autoconf automake libtoolize pkg-config; do
	command -v "$tool" >/dev/null 2>&1 || {
		echo "autogen.sh: no $tool; on Debian: apt-get install" \
		    "autoconf automake libtool pkg-config" >&2
		exit 1
	}
done

mkdir -p m4
exec autoreconf --install --force "$@"
