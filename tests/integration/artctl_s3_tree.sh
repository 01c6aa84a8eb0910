#!/bin/bash
# A real tree to a real S3 server and back: the same by diff -r, modes and links too, and what lies in
# the store is unpacked by tar alike.
. "$(dirname "$0")/artctl_env.bash"
need_s3

prefix=artctl-tree-$$-$RANDOM
s3_repository repository.yaml
s3() {
    artctl --secrets-dir "$SECRETS_DIR" -r repository.yaml "$@"
}
trap 's3 -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT

# Go's sources where there is a Go, the C library's headers elsewhere; with some links and modes that
# neither has.
source=$(go env GOROOT 2>/dev/null)/src
[ -d "$source/runtime" ] || source=/usr/include
mkdir tree
cp -r "$source" tree/
ln -s "$(basename "$source")" tree/link
ln -s nowhere tree/dangling
mkdir tree/empty
printf x >tree/secret
chmod 600 tree/secret
printf '#!/bin/sh\n' >tree/program
chmod 750 tree/program

run 0 s3 put tree "$prefix/tree.tgz"
run 0 s3 get "$prefix/tree.tgz" back
same_tree tree back
rm -rf back

# The object as the server keeps it, out of its own directory.
mkdir by-tar
check tar xzpf "$ARTREPO_TEST_S3_DATA/$ARTREPO_TEST_S3_BUCKET/$prefix/tree.tgz" -C by-tar
same_tree tree by-tar/tree
rm -rf by-tar

# One object for each file; links and empty directories are left out.
run 0 s3 put --archive none tree "$prefix/plain"
run 0 s3 get "$prefix/plain" back
find tree \( -type l -o -type d -empty \) -delete
check diff -r tree back
check test "$(s3 ls "$prefix/plain" | wc -l)" -eq "$(find tree -type f | wc -l)"

passed
