#!/bin/sh
# The floors of the house include only what is below them, backends know neither archives nor each
# other, and tools use public headers alone.
#
#   layering.sh [SOURCE_DIRECTORY]
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1

# All includes, as lines of: FILE HEADER.
includes() {
    find include src backends tools -name '*.[ch]' -o -name '*.h.in' | LC_ALL=C sort |
        xargs grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]+["<]' |
        sed -E 's/^([^:]+):[^"<]*["<]([^">]+)[">].*/\1 \2/'
}

includes | awk '
function complain(why) { printf "%s includes %s: %s\n", $1, $2, why; bad = 1 }
function may(floor, header_floor) { return index(" " below[floor] " ", " " header_floor " ") > 0 }
BEGIN {
    below["base"] = "base"
    below["stream"] = "base stream"
    below["archive"] = "base stream archive"
    below["http"] = "base stream http"
    below["remote"] = "base stream http remote"
    below["backend"] = "base stream http remote"
    below["repository"] = "base stream archive http repository"
    below["executor"] = "base stream archive http repository executor"
    # The floor that a public header is the face of.
    split("error export operation stream driver version", low)
    for (i in low) public["artrepo/" low[i] ".h"] = "base"
    public["artrepo/archive.h"] = "archive"
    public["artrepo/artifact.h"] = public["artrepo/key.h"] = "repository"
    public["artrepo/repository.h"] = "repository"
    public["artrepo/explain.h"] = "executor"
    public["artrepo/executor.h"] = public["artrepo/template.h"] = "executor"
    # What a test or a user includes to get everything.
    public["artrepo/artrepo.h"] = "executor"
}
{
    count++
    split($1, path, "/")
    split($2, header, "/")
    floor = path[1] == "backends" ? "backend" : path[2]
}
path[1] == "include" {
    if ($2 ~ /\// && !($2 in public)) complain("a public header needs public ones only")
    next
}
path[1] == "tools" {
    if ($2 ~ /^artrepo\// && !($2 in public)) complain("no such public header")
    else if ($2 ~ /\// && $2 !~ /^(artrepo|sys|linux|netinet|arpa|net)\//)
        complain("tools use public headers alone")
    next
}
$2 in public {
    if (!may(floor, public[$2])) complain("that is above " floor)
    next
}
header[2] == "" || $2 ~ /^(sys|linux|netinet|arpa|net|curl|openssl|isa-l|bits)\// { next }
header[1] in below {
    if (!may(floor, header[1])) complain(floor " is below, or beside, " header[1])
    next
}
path[1] == "backends" {
    if (header[1] != path[2]) complain("backends do not know each other")
    next
}
header[2] == "driver.h" {
    # The registry of the built-in drivers.
    if (floor != "repository" && floor != "executor") complain("only the registry names a backend")
    next
}
{ complain("unknown header, or one of the rooms of a backend") }
END {
    if (count < 50) { print "layering.sh sees only " count + 0 " includes: is it run in the source directory?"; bad = 1 }
    if (!bad) print count " includes lead downwards"
    exit bad
}'
