#!/usr/bin/env bash
# How fast archives come to and from an S3 store, beside the reference.
#
#   end_to_end.sh [--runs N] [--only REGEX] [--json FILE] [--strict]
#   end_to_end.sh --help
#
# The store is VersityGW on the same machine, with its data in memory. $ARTCTL is the program to
# measure (default: build-release/tools/artctl).
set -u
# shellcheck source=SCRIPTDIR/prepare.sh
. "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

packages python3 tar curl openssl diff:diffutils
need_reference
need_artctl
temporary_scratch
start_store
python3 "$BENCH_DIR/end_to_end.py" "$@"
