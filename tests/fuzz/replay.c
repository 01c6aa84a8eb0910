/*
 * Runs a fuzz target over inputs that are kept, without libFuzzer, as a unit test:
 *
 *     TARGET FILE|DIRECTORY...
 *
 * Fails when there is none, so that a test that lost its inputs shows.
 */
#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/file.h"
#include "fuzz.h"

enum { LARGEST_INPUT = 4 << 20 };

static size_t count;

static void run_file(const char *path) {
    char *data = NULL;
    size_t size = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (ar_file_read_whole(path, LARGEST_INPUT, &data, &size, &error) != ARTREPO_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    /* Of its very size, so that a sanitizer sees a read behind its end. */
    uint8_t *exact = malloc(size == 0 ? 1 : size);
    fuzz_check(exact != NULL);
    memcpy(exact, data, size);
    free(data);
    fprintf(stderr, "%s\n", path); /* the last one is the one that fails */
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    count++;
}

static void run_directory(const char *path) {
    struct dirent **entries;
    int found = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *name = NULL;
            fuzz_check(asprintf(&name, "%s/%s", path, entries[i]->d_name) > 0);
            run_file(name);
            free(name);
        }
        free(entries[i]);
    }
    if (found >= 0) {
        free(entries);
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct stat status;
        bool there = stat(argv[i], &status) == 0;
        if (there && S_ISDIR(status.st_mode)) {
            run_directory(argv[i]);
        } else if (there || i == 1) { /* not every target has regressions */
            run_file(argv[i]);
        }
    }
    printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
