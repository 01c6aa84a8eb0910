/* Paths and names of entries: cleaning, joining, what stays inside. Two texts, split at the first
 * line feed. */
#include "base/path.h"
#include "archive/tree_name.h"
#include "fuzz.h"

static void check_clean(const char *path) {
    char *clean = ar_path_clean(path);
    char *again = ar_path_clean(clean);
    fuzz_check(strcmp(clean, again) == 0);
    size_t length = strlen(clean);
    fuzz_check(length > 0 && (length == 1 || clean[length - 1] != '/'));
    fuzz_check(strstr(clean, "//") == NULL && strstr(clean, "/./") == NULL);
    fuzz_check((clean[0] == '/') == (path[0] == '/'));
    /* ".." is at the beginning of a relative path or nowhere. */
    const char *rest = clean;
    while (strncmp(rest, "../", 3) == 0) {
        rest += 3;
    }
    fuzz_check(strcmp(rest, "..") == 0 || !ar_path_has_dot_dot(rest));
    bool climbs = strcmp(clean, "..") == 0 || strncmp(clean, "../", 3) == 0;
    if (ar_path_is_inside(path)) {
        fuzz_check(!climbs && clean[0] != '/');
    } else {
        fuzz_check(path[0] == '\0' || path[0] == '/' || ar_path_has_dot_dot(path));
    }
    free(again);
    free(clean);
}

static void check_parts(const char *path) {
    char *base = ar_path_base(path);
    char *directory = ar_path_directory(path);
    fuzz_check(base[0] != '\0' && (strcmp(base, "/") == 0 || strchr(base, '/') == NULL));
    char *clean = ar_path_clean(directory);
    fuzz_check(strcmp(clean, directory) == 0);
    free(clean);
    free(directory);
    free(base);
}

static void check_join(const char *first, const char *second) {
    char *joined = ar_path_join(first, second);
    if (first[0] == '\0' && second[0] == '\0') {
        fuzz_check(joined[0] == '\0');
    } else {
        char *clean = ar_path_clean(joined);
        fuzz_check(strcmp(joined, clean) == 0);
        free(clean);
    }
    free(joined);
    char *plain = ar_path_concatenate(first, second);
    fuzz_check(strncmp(plain, first, strlen(first)) == 0);
    fuzz_check(strcmp(plain + strlen(plain) - strlen(second), second) == 0);
    free(plain);
}

/* A name that stays inside when it is joined stays below whatever it is joined to. */
static void check_inside(const char *name) {
    if (ar_path_is_inside(name)) {
        char *joined = ar_path_join("/some/where", name);
        fuzz_check(strcmp(joined, "/some/where") == 0 || strncmp(joined, "/some/where/", 12) == 0);
        free(joined);
    }
}

static void check_entry_name(const char *name, const char *target) {
    char *clean = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_tree_name_clean(name, &clean, &error);
    fuzz_check_error(code, &error);
    if (code != ARTREPO_OK) {
        fuzz_check(code == ARTREPO_REFUSED_UNSAFE && clean == NULL);
        return;
    }
    fuzz_check(clean[0] != '/' && !ar_path_has_dot_dot(clean));
    fuzz_check(strchr(ar_tree_name_base(clean), '/') == NULL);
    if (clean[0] != '\0' && ar_tree_name_judge_link(clean, target) != AR_TREE_LINK_OUTSIDE) {
        /* As long as no other link is in the way, it leads below the root. */
        char *directory = ar_path_directory(clean);
        char *led = ar_path_join(directory, target);
        fuzz_check(led[0] != '/' && strcmp(led, "..") != 0 && strncmp(led, "../", 3) != 0);
        free(led);
        free(directory);
    }
    free(clean);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *first = fuzz_text(data, size);
    char *second = strchr(first, '\n');
    char empty[1] = "";
    if (second != NULL) {
        *second++ = '\0';
    } else {
        second = empty;
    }
    check_clean(first);
    check_parts(first);
    check_inside(first);
    check_join(first, second);
    check_entry_name(first, second);
    free(first);
    return 0;
}
