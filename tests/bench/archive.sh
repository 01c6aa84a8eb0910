#!/usr/bin/env bash
# How fast archives are made and unpacked, beside the reference and other archivers.
#
#   archive.sh [--runs N] [--only REGEX] [--json FILE] [--strict]
#   archive.sh --help
#
# $ARTCTL is the program to measure (default: build-release/tools/artctl). All data lies in memory:
# a directory below ${ARTREPO_BENCH_SCRATCH:-/dev/shm}, which needs 5 GB.
set -u
# shellcheck source=SCRIPTDIR/prepare.sh
. "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

packages python3 tar gzip pigz igzip:isal bsdtar:libarchive-tools zstd diff:diffutils
need_reference
need_artctl
python_tools rapidgzip==0.16.2
temporary_scratch
python3 "$BENCH_DIR/archive.py" "$@"
