#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "fuzz.h"

static char root[64];
static char destination[96], scratch[96];
static int inner = -1; /* the directory that the destination is in */

static void remove_world(void) {
    ar_file_remove_tree(AT_FDCWD, root, NULL);
}

static void make_victim(int directory, const char *name) {
    int victim = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0640);
    fuzz_check(victim >= 0 && write(victim, "untouched", 9) == 9);
    close(victim);
}

const char *fuzz_world_destination(void) {
    if (inner >= 0) {
        return destination;
    }
    umask(022);
    snprintf(root, sizeof root, "%s/artrepo-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    fuzz_check(mkdtemp(root) != NULL);
    atexit(remove_world);
    int world = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fuzz_check(world >= 0);
    make_victim(world, "victim");
    fuzz_check(mkdirat(world, "victims", 0750) == 0 && mkdirat(world, "inner", 0755) == 0);
    fuzz_check(mkdirat(world, "scratch", 0755) == 0);
    int victims = openat(world, "victims", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    make_victim(victims, "victim");
    close(victims);
    inner = openat(world, "inner", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fuzz_check(inner >= 0);
    close(world);
    snprintf(destination, sizeof destination, "%s/inner/destination", root);
    snprintf(scratch, sizeof scratch, "%s/scratch", root);
    return destination;
}

const char *fuzz_world_scratch(void) {
    fuzz_world_destination();
    return scratch;
}

/* ---- outside ---- */

static void check_victim(const char *name) {
    char path[128], text[16] = "";
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", root, name);
    fuzz_check(lstat(path, &status) == 0 && status.st_mode == (S_IFREG | 0640));
    fuzz_check(status.st_nlink == 1 && status.st_size == 9);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    fuzz_check(descriptor >= 0 && read(descriptor, text, sizeof text) == 9);
    fuzz_check(memcmp(text, "untouched", 9) == 0);
    close(descriptor);
}

static size_t count_entries(const char *name) {
    char path[128];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", root, name);
    DIR *directory = opendir(path);
    fuzz_check(directory != NULL);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(directory);
    return count;
}

static void check_outside(void) {
    struct stat status;
    char path[128];
    check_victim("victim");
    check_victim("victims/victim");
    fuzz_check(count_entries("") == 4 && count_entries("victims") == 1);
    fuzz_check(count_entries("scratch") == 0);
    snprintf(path, sizeof path, "%s/victims", root);
    fuzz_check(lstat(path, &status) == 0 && status.st_mode == (S_IFDIR | 0750));
}

/* ---- inside ---- */

/*
 * Links lead nowhere out of the directory around the destination. Out of the destination itself
 * they may lead when the only top entry became the destination, as with the executor.
 */
static void check_link(const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    const char *relative = path + strlen(root) + strlen("/inner/");
    long descriptor;
    do { /* EAGAIN: another process renames something, and the kernel cannot be sure */
        descriptor = syscall(SYS_openat2, inner, relative, &how, sizeof how);
    } while (descriptor < 0 && errno == EAGAIN);
    if (descriptor >= 0) {
        close((int)descriptor);
    } else {
        fuzz_check(errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENOSYS ||
                   errno == ENAMETOOLONG);
    }
}

static uint64_t hash(uint64_t seed, const void *data, size_t size) {
    return crc32_z((uLong)seed, data, size);
}

static uint64_t hash_file(uint64_t seed, const char *path, size_t size) {
    char *data = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (ar_file_read_whole(path, size, &data, &size, &error) != ARTREPO_OK) {
        fuzz_check(error.system_errno == ENAMETOOLONG);
        return seed;
    }
    seed = hash(seed, data, size);
    free(data);
    return seed;
}

static uint64_t hash_entry(const char *path, const struct stat *status) {
    const char *name = path + strlen(destination);
    uint64_t value = hash(0, name, strlen(name));
    value = hash(value, &status->st_mode, sizeof status->st_mode);
    if (S_ISLNK(status->st_mode)) {
        char target[PATH_MAX];
        ssize_t length = readlink(path, target, sizeof target);
        fuzz_check(length > 0);
        return hash(value, target, (size_t)length);
    }
    return S_ISREG(status->st_mode) ? hash_file(value, path, (size_t)status->st_size) : value;
}

static uint64_t seen; /* a sum, since the order of a directory is not said */

static int check_entry(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)type;
    (void)where;
    seen += hash_entry(path, status);
    fuzz_check(S_ISREG(status->st_mode) || S_ISDIR(status->st_mode) || S_ISLNK(status->st_mode));
    if (S_ISLNK(status->st_mode)) {
        check_link(path);
    } else {
        fuzz_check((status->st_mode & 07000) == 0);
        fuzz_check(!S_ISDIR(status->st_mode) || (status->st_mode & 0777) == 0755);
    }
    return 0;
}

uint64_t fuzz_world_check(bool failed) {
    seen = 0;
    check_outside();
    fuzz_check(count_entries("inner") == (failed ? 0 : 1));
    if (!failed) {
        fuzz_check(nftw(destination, check_entry, 16, FTW_PHYS) == 0);
        fuzz_check(ar_file_remove_tree(AT_FDCWD, destination, NULL) == ARTREPO_OK);
    }
    return seen;
}
