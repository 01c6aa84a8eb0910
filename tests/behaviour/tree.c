#include "tree.h"

#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

/* ---- make ---- */

static void make_directory(const char *top, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", top, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_file(const char *top, const char *name, mode_t mode, content what) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", top, name);
    unsigned char *data = malloc((size_t)what.size + 1);
    assert_non_null(data);
    content_fill(what.seed, 0, data, (size_t)what.size);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, (size_t)what.size, file), what.size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    free(data);
}

void tree_make(const char *path, bool spaces, bool links) {
    char link[512], name[64];
    assert_int_equal(mkdir(path, 0755), 0);
    make_directory(path, "sub");
    make_directory(path, "sub/deeper");
    make_directory(path, "many");
    make_directory(path, "void");
    make_file(path, "plain.txt", 0644, (content){801, 1234});
    make_file(path, "empty", 0644, (content){0, 0});
    make_file(path, "run.sh", 0755, (content){802, 77});
    make_file(path, "sub/secret", 0600, (content){803, 100000});
    make_file(path, "sub/deeper/0-bytes", 0644, (content){0, 0});
    make_file(path, "sub/large.bin", 0644, (content){804, 7 * MIB});
    make_file(path, "sub/d\xc3\xa9j\xc3\xa0+100%.txt", 0644, (content){805, 10});
    make_file(path, spaces ? "two words.txt" : "two_words.txt", 0644, (content){806, 20});
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "many/%02d", i);
        make_file(path, name, 0644, (content){900 + (uint64_t)i, (int64_t)i * 100});
    }
    snprintf(link, sizeof link, "%s/sub/link", path);
    if (links) {
        assert_int_equal(symlink("../plain.txt", link), 0);
    }
}

/* ---- describe ---- */

static uint64_t hash_of(const char *path) {
    uint64_t hash = 14695981039346656037U;
    unsigned char block[65536];
    FILE *file = fopen(path, "re");
    size_t got = 0;
    while (file != NULL && (got = fread(block, 1, sizeof block, file)) > 0) {
        for (size_t i = 0; i < got; i++) {
            hash = (hash ^ block[i]) * 1099511628211U;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return hash;
}

static void describe_entry(const FTSENT *entry, const char *name, bool files_only, FILE *out) {
    char target[512] = "";
    unsigned mode = entry->fts_statp->st_mode & 07777;
    if (entry->fts_info == FTS_F) {
        fprintf(out, "file %04o %lld %016llx %s\n", files_only ? 0 : mode,
                (long long)entry->fts_statp->st_size,
                (unsigned long long)hash_of(entry->fts_accpath), name);
    } else if (!files_only && entry->fts_info == FTS_D) {
        fprintf(out, "directory %04o %s\n", mode, name);
    } else if (!files_only && (entry->fts_info == FTS_SL || entry->fts_info == FTS_SLNONE)) {
        ssize_t length = readlink(entry->fts_accpath, target, sizeof target - 1);
        fprintf(out, "link %.*s %s\n", (int)(length < 0 ? 0 : length), target, name);
    }
}

static int by_name(const FTSENT **a, const FTSENT **b) {
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

char *tree_describe(const char *path, bool files_only) {
    char *text = NULL;
    size_t size = 0;
    char *paths[] = {(char *)path, NULL};
    FILE *out = open_memstream(&text, &size);
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    assert_non_null(out);
    assert_non_null(tree);
    for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
        describe_entry(entry, entry->fts_path + strlen(path), files_only, out);
    }
    fts_close(tree);
    fclose(out);
    return text;
}

/* ---- remove ---- */

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

void tree_remove(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
