#include "bench_data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_random.h"

enum {
    CHUNK = 64 << 10, /* bytes that are made at once */
    WORDS = 4096,
    LONGEST_WORD = 16,
    LINE = 76, /* columns of text */
    RECORD = 64,
    SMALL_FILES_IN_DIRECTORY = 100
};

/* Numbers of the sequences. */
enum { STREAM_WORDS, STREAM_TEXT, STREAM_BINARY, STREAM_RANDOM, STREAM_SMALL };

const char *const bench_data_names[] = {"text", "binary", "random", "small", NULL};

typedef struct generator {
    bench_random random;
    char words[WORDS][LONGEST_WORD + 1];
    uint32_t serial; /* of the records */
    artrepo_operation *operation;
    char chunk[CHUNK];
} generator;

typedef void filler(generator *made, char *buffer, size_t size);

/* ---- text: words of which few are frequent, and passages that come again ---- */

static void make_words(generator *made) {
    static const char *const syllables[] = {"ar", "be", "con", "de", "er", "fi", "get", "in",
                                            "lo", "ma", "ne",  "or", "pu", "re", "st",  "ti"};
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t count = 1 + bench_random_below(&made->random, 5);
        size_t used = 0;
        for (uint64_t k = 0; k < count; k++) {
            const char *syllable = syllables[bench_random_below(&made->random, 16)];
            used += (size_t)snprintf(made->words[i] + used, sizeof made->words[i] - used, "%s",
                                     syllable);
        }
    }
}

/* The cube of an evenly spread number prefers low ones, about as words of a language do. */
static const char *choose_word(generator *made) {
    uint64_t part = bench_random_below(&made->random, 1 << 16);
    return made->words[(part * part * part * WORDS) >> 48];
}

static size_t put_word(generator *made, char *buffer, size_t used, size_t size, size_t *column) {
    static const char *const ends[] = {" ", " ", " ", " ", " ", ", ", ". ", " = ", "(", "); "};
    const char *parts[] = {choose_word(made), ends[bench_random_below(&made->random, 10)]};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(parts[i]);
        length = length < size - used ? length : size - used;
        memcpy(buffer + used, parts[i], length);
        used += length;
        *column += length;
    }
    if (*column >= LINE) {
        buffer[used - 1] = '\n';
        *column = 0;
    }
    return used;
}

static size_t repeat_passage(generator *made, char *buffer, size_t used, size_t size) {
    size_t length = 16 + bench_random_below(&made->random, 64);
    if (used < length) {
        return used;
    }
    size_t from = bench_random_below(&made->random, used - length + 1);
    length = length < size - used ? length : size - used;
    memcpy(buffer + used, buffer + from, length);
    return used + length;
}

static void fill_text(generator *made, char *buffer, size_t size) {
    size_t column = 0;
    for (size_t used = 0; used < size;) {
        used = bench_random_below(&made->random, 16) == 0
                   ? repeat_passage(made, buffer, used, size)
                   : put_word(made, buffer, used, size, &column);
    }
}

/* ---- binary: records with serial numbers, addresses near each other, noise and zeros ---- */

static void store(char *to, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (char)(value >> (8 * i));
    }
}

static void make_record(generator *made, char *record) {
    bench_random *random = &made->random;
    memset(record, 0, RECORD);
    store(record, made->serial++, 4);
    store(record + 4, bench_random_below(random, 8), 2);
    store(record + 8, UINT64_C(0x7f3a40000000) + 16 * bench_random_below(random, 1 << 20), 8);
    store(record + 16, UINT64_C(0x7f3a40000000) + 16 * bench_random_below(random, 1 << 12), 8);
    store(record + 24, bench_random_below(random, 1000), 4);
    bench_random_bytes(random, record + 32, 12);
    if (bench_random_below(random, 2) == 0) {
        snprintf(record + 44, RECORD - 44, "%s", choose_word(made));
    }
}

static void fill_binary(generator *made, char *buffer, size_t size) {
    char record[RECORD];
    for (size_t used = 0; used < size; used += RECORD) {
        make_record(made, record);
        memcpy(buffer + used, record, size - used < RECORD ? size - used : RECORD);
    }
}

static void fill_random(generator *made, char *buffer, size_t size) {
    bench_random_bytes(&made->random, buffer, size);
}

/* ---- files ---- */

static artrepo_code write_all(int descriptor, const char *path, const char *data, size_t size,
                              artrepo_error *error) {
    while (size > 0) {
        ssize_t count = write(descriptor, data, size);
        if (count < 0 && errno != EINTR) {
            return artrepo_error_set_errno(error, errno, "cannot write %s", path);
        }
        data += count > 0 ? count : 0;
        size -= count > 0 ? (size_t)count : 0;
    }
    return ARTREPO_OK;
}

static artrepo_code write_content(generator *made, int descriptor, const char *path, uint64_t size,
                                  filler *fill, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK && size > 0) {
        size_t count = size < CHUNK ? (size_t)size : CHUNK;
        code = artrepo_operation_check(made->operation, error);
        if (code == ARTREPO_OK) {
            fill(made, made->chunk, count);
            code = write_all(descriptor, path, made->chunk, count, error);
        }
        size -= count;
    }
    return code;
}

static artrepo_code make_file(generator *made, const char *path, uint64_t size, filler *fill,
                              artrepo_error *error) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot create %s", path);
    }
    artrepo_code code = write_content(made, descriptor, path, size, fill, error);
    if (close(descriptor) != 0 && code == ARTREPO_OK) {
        code = artrepo_error_set_errno(error, errno, "cannot write %s", path);
    }
    return code;
}

static artrepo_code make_directory(const char *path, artrepo_error *error) {
    return mkdir(path, 0755) == 0
               ? ARTREPO_OK
               : artrepo_error_set_errno(error, errno, "cannot make the directory %s", path);
}

/* From 256 bytes to 24 KiB, mostly short, 6 KiB on average. */
static uint64_t small_size(generator *made) {
    uint64_t most = UINT64_C(256) << bench_random_below(&made->random, 7);
    return most + bench_random_below(&made->random, most / 2);
}

/* Many files, one of five binary, in directories of a hundred. */
static artrepo_code make_small(generator *made, const char *directory, uint64_t size,
                               artrepo_error *error) {
    char path[4096];
    artrepo_code code = make_directory(directory, error);
    for (unsigned number = 0; code == ARTREPO_OK && size > 0; number++) {
        unsigned in_directory = number % SMALL_FILES_IN_DIRECTORY;
        int length = snprintf(path, sizeof path, "%s/part-%04u", directory,
                              number / SMALL_FILES_IN_DIRECTORY);
        if (length < 0 || (size_t)length + 32 > sizeof path) {
            return artrepo_error_set(error, ARTREPO_INVALID, "the path %s is too long", directory);
        }
        if (in_directory == 0) {
            code = make_directory(path, error);
        }
        bool binary = bench_random_below(&made->random, 5) == 0;
        uint64_t count = small_size(made);
        count = count < size ? count : size;
        snprintf(path + length, sizeof path - (size_t)length, "/file-%02u.%s", in_directory,
                 binary ? "bin" : "txt");
        if (code == ARTREPO_OK) {
            code = make_file(made, path, count, binary ? fill_binary : fill_text, error);
        }
        size -= count;
    }
    return code;
}

/* ---- all of them ---- */

static artrepo_code make_set(generator *made, const char *directory, size_t set, uint64_t size,
                             uint64_t seed, artrepo_error *error) {
    static const struct {
        filler *fill; /* NULL: a directory */
        uint64_t stream;
    } kinds[] = {{fill_text, STREAM_TEXT},
                 {fill_binary, STREAM_BINARY},
                 {fill_random, STREAM_RANDOM},
                 {NULL, STREAM_SMALL}};
    char *path;
    if (asprintf(&path, "%s/%s", directory, bench_data_names[set]) < 0) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the data");
    }
    made->random = bench_random_seed(seed, kinds[set].stream);
    artrepo_code code = kinds[set].fill != NULL
                            ? make_file(made, path, size, kinds[set].fill, error)
                            : make_small(made, path, size, error);
    free(path);
    return code;
}

artrepo_code bench_data_make(const char *directory, uint64_t size, uint64_t seed,
                             artrepo_operation *operation, artrepo_error *error) {
    const uint64_t sets = 4;
    generator *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to make data");
    }
    made->operation = operation;
    made->random = bench_random_seed(seed, STREAM_WORDS);
    make_words(made);
    artrepo_code code = ARTREPO_OK;
    for (size_t set = 0; code == ARTREPO_OK && set < sets; set++) {
        uint64_t part = size / sets + (set == 0 ? size % sets : 0);
        code = make_set(made, directory, set, part, seed, error);
    }
    free(made);
    return code;
}
