#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: -t 900 -m 1536
#
# Real software, on the mount and on a native directory: the short form of
# `make test-software`, of what is quick enough.

set -euo pipefail
tarballs=/tmp/tarballs
mkdir -p $tarballs
tests/software/generate.py tar $tarballs/many.tar 2000
exec tests/software/software.sh short $tarballs dpkg sqlite tar
