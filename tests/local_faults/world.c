#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FNV_OFFSET 14695981039346656037U
#define FNV_PRIME 1099511628211U
enum { MAX_DESCRIPTORS = 16 };

static char root[200];

void world_die(const char *what) {
    fprintf(stderr, "cannot run this test: %s (%s)\n", what, strerror(errno));
    _exit(99);
}

const char *world_path(const char *name) {
    static char paths[8][400];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

/* ---- making ---- */

void world_write(const char *path, const void *data, size_t size, unsigned mode) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    world_need(file >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t written = write(file, (const char *)data + done, size - done);
        world_need(written > 0);
        done += (size_t)written;
    }
    world_need(fchmod(file, mode) == 0 && close(file) == 0);
}

/* Bytes that do not compress, or that do. */
static void write_made(const char *path, size_t size, bool random, unsigned mode) {
    unsigned char *data = malloc(size + 1);
    world_need(data != NULL);
    uint64_t state = size * 2 + 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        data[i] = random ? (unsigned char)(state >> 56) : (unsigned char)('a' + (state >> 61));
    }
    world_write(path, data, size, mode);
    free(data);
}

static void make_directory(const char *name) {
    world_need(mkdir(world_path(name), 0755) == 0);
}

void world_make(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/artrepo-faults.XXXXXX", parent == NULL ? "/tmp" : parent);
    world_need(mkdtemp(root) != NULL);
    umask(022);
    static const char *const directories[] = {
        "tree", "tree/sub", "tree/sub/empty", "plain", "plain/sub", "out", "secrets", "secrets/s"};
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        make_directory(directories[i]);
    }
    write_made(world_path("tree/random"), 1500000, true, 0644);
    write_made(world_path("tree/text"), 700000, false, 0600);
    write_made(world_path("tree/sub/script"), 300, false, 0755);
    write_made(world_path("tree/sub/nothing"), 0, false, 0644);
    world_need(symlink("sub/script", world_path("tree/link")) == 0);
    write_made(world_path("plain/one"), 200000, true, 0644);
    write_made(world_path("plain/two"), 10, false, 0644);
    write_made(world_path("plain/sub/three"), 70000, false, 0644);
    write_made(world_path("file"), 900000, true, 0644);
    write_made(world_path("other"), 1234, false, 0644);
    write_made(world_path("large"), 11 << 20, true, 0644);
}

/* ---- looking ---- */

static uint64_t add(uint64_t hash, const void *data, size_t size) {
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const unsigned char *)data)[i]) * FNV_PRIME;
    }
    return hash;
}

static uint64_t add_content(uint64_t hash, const char *path) {
    static unsigned char data[1 << 16];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    world_need(file >= 0);
    ssize_t got;
    while ((got = read(file, data, sizeof data)) > 0) {
        hash = add(hash, data, (size_t)got);
    }
    world_need(got == 0);
    close(file);
    return hash;
}

static uint64_t sum;
static size_t entries, base_length;

static int visit(const char *path, const struct stat *status, int flag, struct FTW *place) {
    (void)flag;
    if (place->level > 0) {
        entries++;
    }
    uint64_t hash = add(FNV_OFFSET, path + base_length, strlen(path + base_length));
    mode_t kind = status->st_mode & S_IFMT;
    hash = add(hash, &kind, sizeof kind);
    if (S_ISREG(status->st_mode)) {
        mode_t mode = status->st_mode & 0777;
        hash = add_content(add(hash, &mode, sizeof mode), path);
    } else if (S_ISLNK(status->st_mode)) {
        char target[256];
        ssize_t size = readlink(path, target, sizeof target);
        hash = size < 0 ? hash : add(hash, target, (size_t)size);
    }
    sum += hash;
    return 0;
}

static void look(const char *path) {
    sum = 0;
    entries = 0;
    base_length = strlen(path);
    nftw(path, visit, MAX_DESCRIPTORS, FTW_PHYS);
}

uint64_t world_digest(const char *path) {
    look(path);
    return sum;
}

static int count_entry(const char *path, const struct stat *status, int flag, struct FTW *place) {
    (void)path;
    (void)status;
    (void)flag;
    entries += place->level > 0;
    return 0;
}

size_t world_count(const char *path) {
    entries = 0;
    nftw(path, count_entry, MAX_DESCRIPTORS, FTW_PHYS);
    return entries;
}

static const char *wanted;

static int compare_name(const char *path, const struct stat *status, int flag, struct FTW *place) {
    (void)status;
    (void)flag;
    return strncmp(path + place->base, wanted, strlen(wanted)) == 0;
}

bool world_has(const char *path, const char *prefix) {
    wanted = prefix;
    return nftw(path, compare_name, MAX_DESCRIPTORS, FTW_PHYS) == 1;
}

/* ---- removing ---- */

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *place) {
    (void)status;
    (void)flag;
    (void)place;
    return remove(path);
}

void world_clear(const char *path) {
    nftw(path, remove_entry, MAX_DESCRIPTORS, FTW_PHYS | FTW_DEPTH);
}

void world_remove(void) {
    world_clear(root);
}

const char *world_setting(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "skipped: %s is not set (tests/servers/versitygw.sh starts a server)\n",
                name);
        world_remove();
        _exit(77);
    }
    return value;
}
