#!/bin/sh
# Runs one step of an Argo workflow without Kubernetes, by artctl: brings the template's input
# artifacts to ROOT, runs COMMAND there, stores the output artifacts, and prints them as Argo reports
# them.
#
#   runner.sh REPOSITORY TEMPLATE ROOT COMMAND [ARGUMENT...]
#
# Exit code: the command's, or artctl's when artifacts could not be moved. $ARTCTL is the program;
# without it, artctl is looked up in PATH.
set -u
if [ $# -lt 4 ]; then
    echo "usage: $0 REPOSITORY TEMPLATE ROOT COMMAND [ARGUMENT...]" >&2
    exit 2
fi
repository=$1 template=$2 root=$3
shift 3

artifacts() {
    "${ARTCTL:-artctl}" "$1" -r "$repository" --workflow "${WORKFLOW:-example}" \
        --template "$template" --root "$root"
}

artifacts load || exit

(cd "$root" && exec "$@")
status=$?

# As Argo's wait container: the outputs are stored whatever the command's exit code was.
artifacts save || { [ "$status" -ne 0 ] || status=1; }
exit "$status"
