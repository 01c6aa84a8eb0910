#include "archive/zip_read_directory.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    END_SIZE = 22,
    LOCATOR64_SIZE = 20,
    END64_SIZE = 56,
    HEADER_SIZE = 46,
    MAX_COMMENT = 16 << 10, /* libarchive looks no farther either */
    MADE_BY_DOS = 0,
    DOS_DIRECTORY = 0x10 /* of the external attributes */
};
/* Larger ones, of about a million entries, are taken as libarchive gives them. */
static const uint64_t max_directory = 64 << 20;

typedef struct zip_entry {
    uint64_t offset; /* of the local header: the order in which libarchive gives them */
    uint64_t size;
    char *name; /* in the directory's bytes; NULL when libarchive gets it right */
    bool without_permissions;
    bool is_file; /* though libarchive takes the backslash at the end of its name for a slash */
} zip_entry;

struct ar_zip_directory {
    unsigned char *bytes;
    zip_entry *entries;
    size_t count;
};

typedef struct zip_end {
    uint64_t offset, size, count; /* of the directory */
} zip_end;

/* ---- reading ---- */

static uint64_t little_endian(const unsigned char *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* Exactly SIZE bytes, or *COMPLETE is false. */
static artrepo_code read_exactly(const artrepo_random_access *zip, uint64_t offset,
                                 unsigned char *bytes, size_t size, bool *complete,
                                 artrepo_error *error) {
    uint64_t whole = (uint64_t)zip->size;
    *complete = offset <= whole && size <= whole - offset;
    for (size_t done = 0; *complete && done < size;) {
        size_t got = 0;
        artrepo_code code = zip->read_at(zip->data, (int64_t)(offset + done), bytes + done,
                                         size - done, &got, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        *complete = got > 0;
        done += got;
    }
    return ARTREPO_OK;
}

static artrepo_code read_end64(const artrepo_random_access *zip, const unsigned char *locator,
                               zip_end *end, bool *found, artrepo_error *error) {
    unsigned char end64[END64_SIZE];
    artrepo_code code =
        read_exactly(zip, little_endian(locator + 8, 8), end64, sizeof end64, found, error);
    *found = *found && memcmp(end64, "PK\6\6", 4) == 0;
    if (*found) {
        *end = (zip_end){.count = little_endian(end64 + 32, 8),
                         .size = little_endian(end64 + 40, 8),
                         .offset = little_endian(end64 + 48, 8)};
    }
    return code;
}

static artrepo_code find_end(const artrepo_random_access *zip, zip_end *end, bool *found,
                             artrepo_error *error) {
    enum { CAPACITY = END_SIZE + LOCATOR64_SIZE + MAX_COMMENT };
    size_t size = zip->size < CAPACITY ? (size_t)zip->size : CAPACITY;
    unsigned char *tail = malloc(CAPACITY);
    if (tail == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read a zip archive");
    }
    artrepo_code code = read_exactly(zip, (uint64_t)zip->size - size, tail, size, found, error);
    size_t i = size < END_SIZE ? 0 : size - END_SIZE + 1;
    bool is_end = false;
    while (*found && !is_end && i > 0) {
        is_end = memcmp(tail + --i, "PK\5\6", 4) == 0;
    }
    *found = *found && is_end;
    if (code == ARTREPO_OK && *found) {
        *end = (zip_end){.count = little_endian(tail + i + 10, 2),
                         .size = little_endian(tail + i + 12, 4),
                         .offset = little_endian(tail + i + 16, 4)};
        if (i >= LOCATOR64_SIZE && memcmp(tail + i - LOCATOR64_SIZE, "PK\6\7", 4) == 0) {
            code = read_end64(zip, tail + i - LOCATOR64_SIZE, end, found, error);
        }
    }
    free(tail);
    return code;
}

/* ---- entries ---- */

static bool is_changed_by_libarchive(const unsigned char *name, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '\\' || name[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

/* The values of the zip64 field stand there for those that do not fit, in this order. */
static void read_zip64(const unsigned char *extra, size_t length, zip_entry *entry,
                       bool has_packed_size) {
    const unsigned char *end = extra + length;
    while (end - extra >= 4) {
        size_t size = little_endian(extra + 2, 2);
        if (size > (size_t)(end - extra - 4)) {
            return;
        }
        const unsigned char *value = extra + 4;
        extra = value + size;
        if (little_endian(value - 4, 2) != 1) {
            continue;
        }
        if (entry->size == UINT32_MAX && extra - value >= 8) {
            entry->size = little_endian(value, 8);
            value += 8;
        }
        ptrdiff_t skipped = has_packed_size ? 8 : 0;
        if (entry->offset == UINT32_MAX && extra - value >= skipped + 8) {
            entry->offset = little_endian(value + skipped, 8);
        }
        return;
    }
}

/* Returns what follows the entry; NULL when it makes no sense. */
static unsigned char *read_entry(unsigned char *header, const unsigned char *end,
                                 zip_entry *entry) {
    if (end - header < HEADER_SIZE || memcmp(header, "PK\1\2", 4) != 0) {
        return NULL;
    }
    size_t name = little_endian(header + 28, 2);
    size_t extra = little_endian(header + 30, 2);
    size_t comment = little_endian(header + 32, 2);
    if (name + extra + comment > (size_t)(end - header - HEADER_SIZE)) {
        return NULL;
    }
    *entry = (zip_entry){.size = little_endian(header + 24, 4),
                         .offset = little_endian(header + 42, 4),
                         .without_permissions = header[5] == MADE_BY_DOS,
                         .is_file = header[5] == MADE_BY_DOS && (header[38] & DOS_DIRECTORY) == 0 &&
                                    name > 0 && header[HEADER_SIZE + name - 1] == '\\'};
    read_zip64(header + HEADER_SIZE + name, extra, entry,
               little_endian(header + 20, 4) == UINT32_MAX);
    if (is_changed_by_libarchive(header + HEADER_SIZE, name) &&
        memchr(header + HEADER_SIZE, '\0', name) == NULL) {
        /* Moved over the header, which was read, to make room for the zero. */
        entry->name = (char *)header;
        memmove(header, header + HEADER_SIZE, name);
        header[name] = '\0';
    }
    return header + HEADER_SIZE + name + extra + comment;
}

static int compare_offsets(const void *first, const void *second) {
    uint64_t a = ((const zip_entry *)first)->offset;
    uint64_t b = ((const zip_entry *)second)->offset;
    return a < b ? -1 : a > b;
}

/* *AMENDS says whether all entries make sense, and one of them has to be amended. */
static artrepo_code read_entries(ar_zip_directory *directory, size_t size, bool *amends,
                                 artrepo_error *error) {
    unsigned char *next = directory->bytes;
    bool amended = false;
    *amends = false;
    for (size_t i = 0; i < directory->count; i++) {
        zip_entry *entry = &directory->entries[i];
        next = read_entry(next, directory->bytes + size, entry);
        if (next == NULL) {
            return ARTREPO_OK;
        }
        if (entry->is_file && entry->size > 0 && entry->name != NULL) {
            return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                     "the zip archive has a file '%s', whose name ends with a "
                                     "backslash: only directories are read by such names; store "
                                     "it by another name",
                                     entry->name);
        }
        amended = amended || entry->name != NULL || entry->without_permissions;
    }
    qsort(directory->entries, directory->count, sizeof directory->entries[0], compare_offsets);
    for (size_t i = 1; i < directory->count; i++) {
        if (directory->entries[i - 1].offset == directory->entries[i].offset) {
            /* Libarchive gives one of them only, and nothing but a bomb says so. */
            return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                     "entries of the zip archive overlap: two of them are at byte "
                                     "%llu",
                                     (unsigned long long)directory->entries[i].offset);
        }
    }
    *amends = amended;
    return ARTREPO_OK;
}

/* ---- the whole ---- */

artrepo_code ar_zip_directory_read(const artrepo_random_access *zip, ar_zip_directory **out,
                                   bool *empty, artrepo_error *error) {
    zip_end end = {0};
    bool found = false;
    *out = NULL;
    *empty = false;
    artrepo_code code = find_end(zip, &end, &found, error);
    if (code != ARTREPO_OK || !found) {
        return code;
    }
    if (end.count == 0 || end.size > max_directory || end.count > end.size / HEADER_SIZE) {
        *empty = end.count == 0 && end.size == 0;
        return ARTREPO_OK;
    }
    ar_zip_directory *directory = calloc(1, sizeof *directory);
    if (directory != NULL) {
        directory->count = end.count;
        directory->bytes = malloc(end.size);
        directory->entries = malloc(end.count * sizeof directory->entries[0]);
    }
    if (directory == NULL || directory->bytes == NULL || directory->entries == NULL) {
        ar_zip_directory_free(directory);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read a zip archive");
    }
    code = read_exactly(zip, end.offset, directory->bytes, end.size, &found, error);
    bool amends = false;
    if (code == ARTREPO_OK && found) {
        code = read_entries(directory, end.size, &amends, error);
    }
    if (amends) {
        *out = directory;
    } else {
        ar_zip_directory_free(directory);
    }
    return code;
}

void ar_zip_directory_free(ar_zip_directory *directory) {
    if (directory != NULL) {
        free(directory->bytes);
        free(directory->entries);
        free(directory);
    }
}

const char *ar_zip_directory_amend(const ar_zip_directory *directory, uint64_t index,
                                   struct archive_entry *entry) {
    if (directory == NULL || index >= directory->count) {
        return NULL;
    }
    const zip_entry *own = &directory->entries[index];
    if (own->is_file && archive_entry_filetype(entry) == AE_IFDIR) { /* an empty one */
        archive_entry_set_filetype(entry, AE_IFREG);
    }
    if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_size_is_set(entry) &&
        (uint64_t)archive_entry_size(entry) != own->size) {
        return NULL; /* not the same after all */
    }
    if (own->without_permissions) {
        archive_entry_set_perm(entry, archive_entry_perm(entry) & 0200 ? 0644 : 0444);
    }
    return own->name;
}
