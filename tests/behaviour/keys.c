/* Keys are bytes: each names one object, or is refused clearly; none ever names another's. */
#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEEDS = ARTREPO_CAN_PUT };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef struct hard_key {
    const char *name;
    unsigned limits;       /* of stores that cannot hold it */
    const char *neighbour; /* what it would be, were it changed on the way; NULL: none */
} hard_key;

/* Those that differ by one way of changing are side by side: all are there at once. */
static const hard_key hard_keys[] = {
    {"two words", LIMIT_SPACES, NULL},
    {"two+words", 0, NULL},
    {"two%20words", 0, NULL},
    {"two%2Bwords", 0, NULL},
    {" leading and trailing ", LIMIT_SPACES, NULL},
    {"100%", 0, NULL},
    {"%", 0, NULL},
    {"%2", 0, NULL},
    {"%zz", 0, NULL},
    {"%2e%2e", 0, NULL},
    {"%2Fslash", 0, NULL},
    {"%00", 0, NULL},
    {"question?versionId=x", 0, "question"},
    {"hash#fragment", 0, "hash"},
    {"a&b=c;d", 0, NULL},
    {"'quoted\"<tag>&amp;", 0, NULL},
    {"]]>", 0, NULL},
    {"back\\slash", 0, NULL},
    {"~tilde(!*)@:,$", 0, NULL},
    {"[brackets]{braces}|^`", 0, NULL},
    {"...", 0, NULL},
    {"..a/.b/c..", 0, NULL},
    {"\xc3\xa4\xc3\xb6\xc3\xbc", 0, NULL},
    {"a\xcc\x88 decomposed", LIMIT_SPACES, NULL},
    {"\xe6\x97\xa5\xe6\x9c\xac/\xe8\xaa\x9e", 0, NULL},
    {"\xf0\x9f\x98\x80", 0, NULL},
    {"UPPER/lower", 0, NULL},
    {"upper/LOWER", 0, NULL},
    {".", LIMIT_DOTS, NULL},
    {"dot/./x", LIMIT_DOTS, "dot/x"},
    {"./dot-first", LIMIT_DOTS, "dot-first"},
    {"dot-last/.", LIMIT_DOTS, "dot-last"},
    {"up/../x", LIMIT_DOTS, "x"},
    {"up/up/../../y", LIMIT_DOTS, "y"},
    {"up/..", LIMIT_DOTS, NULL},
    {"double//slash", LIMIT_SLASHES, "double/slash"},
    {"triple///slash", LIMIT_SLASHES, "triple/slash"},
    {"/leading", LIMIT_SLASHES, "leading"},
    {"tab\tin", LIMIT_TABS, NULL},
    {"line\nbreak", LIMIT_BREAKS, NULL},
    {"return\r", LIMIT_BREAKS, NULL},
    {"bell\x07\x01\x1f", LIMIT_CONTROLS, NULL},
    {"delete\x7f", LIMIT_TABS, NULL},
    {"\xff\xfe", LIMIT_BYTES, NULL},
    {"latin-\xe4", LIMIT_BYTES, NULL},
    {"sur\xed\xa0\x80rogate", LIMIT_BYTES, NULL},
};

enum { HARD_KEYS = COUNT_OF(hard_keys) };

/* Where keys are paths, such keys are others' by what the store is, and are not looked at. */
static bool is_apart(const suite *s, unsigned limits) {
    return (limits & (LIMIT_SLASHES | LIMIT_DOTS)) == 0 || suite_holds(s, LIMIT_PATHS);
}

static bool is_kept(const suite *s, size_t i) {
    return suite_holds(s, hard_keys[i].limits) && is_apart(s, hard_keys[i].limits);
}

/* Whether listings name it as it is. */
static bool is_listed(const suite *s, size_t i) {
    bool plain = (hard_keys[i].limits & (LIMIT_CONTROLS | LIMIT_BYTES)) == 0;
    return is_kept(s, i) && (plain || suite_holds(s, LIMIT_UNLISTED));
}

static content content_of(size_t i) {
    return (content){300 + i, 10 + (int64_t)i};
}

/* A key with FORMAT that is longer than one can be held is checked like a limited one. */
static void assert_key_refused(const suite *s, const char *key) {
    content_source source = content_source_of((content){1, 10});
    content_sink sink = content_sink_of(1, 0);
    artrepo_object object;
    assert_refused(s, key, do_put(s, key, &source.base, NULL, &object, s->operation, error));
    /* It can be looked for: then it is not there, or refused likewise. */
    assert_int_not_equal(do_stat(s, key, &object, s->operation, NULL), ARTREPO_OK);
    assert_int_not_equal(
        do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, &object, s->operation, NULL),
        ARTREPO_OK);
}

static void put_neighbours(const suite *s) {
    for (size_t i = 0; i < HARD_KEYS; i++) {
        if (hard_keys[i].neighbour != NULL) {
            put_content(s, key_of(s, "keys/%s", hard_keys[i].neighbour), (content){400 + i, 33});
        }
    }
}

static void assert_neighbours(const suite *s) {
    for (size_t i = 0; i < HARD_KEYS; i++) {
        if (hard_keys[i].neighbour != NULL) {
            assert_holds(s, key_of(s, "keys/%s", hard_keys[i].neighbour), (content){400 + i, 33});
        }
    }
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_all_listed(const suite *s) {
    char *keys[2 * HARD_KEYS];
    size_t count = 0;
    for (size_t i = 0; i < HARD_KEYS; i++) {
        if (is_listed(s, i)) {
            keys[count++] = strdup(key_of(s, "keys/%s", hard_keys[i].name));
        }
        if (hard_keys[i].neighbour != NULL) {
            keys[count++] = strdup(key_of(s, "keys/%s", hard_keys[i].neighbour));
        }
    }
    qsort(keys, count, sizeof keys[0], by_bytes);
    assert_listed(s, key_of(s, "keys/"), (const char *const *)keys, count);
    for (size_t i = 0; i < count; i++) {
        free(keys[i]);
    }
}

/* Those that are in listings, or those that are not. */
static void remove_hard_keys(const suite *s, bool listed) {
    for (size_t i = 0; i < HARD_KEYS; i++) {
        const char *key = key_of(s, "keys/%s", hard_keys[i].name);
        if (is_kept(s, i) && is_listed(s, i) == listed) {
            assert_ok(do_remove(s, key, s->operation, error));
            assert_missing(s, key);
        }
    }
}

static void hard(void **state) {
    const suite *s = *state;
    put_neighbours(s);
    for (size_t i = 0; i < HARD_KEYS; i++) {
        const char *key = key_of(s, "keys/%s", hard_keys[i].name);
        if (!is_kept(s, i) && is_apart(s, hard_keys[i].limits)) {
            assert_key_refused(s, key);
        } else if (is_kept(s, i)) {
            put_content(s, key, content_of(i));
        }
    }
    for (size_t i = 0; i < HARD_KEYS; i++) {
        const char *key = key_of(s, "keys/%s", hard_keys[i].name);
        artrepo_object object;
        if (is_kept(s, i)) {
            assert_holds(s, key, content_of(i));
            assert_ok(do_stat(s, key, &object, s->operation, error));
            assert_int_equal(object.size, content_of(i).size);
        }
    }
    assert_neighbours(s);
    if (suite_can(s, ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE)) {
        remove_hard_keys(s, false);
        assert_all_listed(s);
        remove_hard_keys(s, true);
    }
    assert_neighbours(s);
}

/* ---- where the key begins with what others end in ---- */

/* Outside of the run's prefix: a slash, or the way up, at the very beginning. */
static void odd_beginnings(void **state) {
    const suite *s = *state;
    char name[600];
    snprintf(name, sizeof name, "%.*s", (int)strlen(s->prefix) - 1, s->prefix);
    for (char *slash = name; (slash = strchr(slash, '/')) != NULL;) {
        *slash = '-';
    }
    const struct {
        const char *before;
        unsigned limits;
    } beginnings[] = {{"/", LIMIT_SLASHES},
                      {"//", LIMIT_SLASHES},
                      {"../", LIMIT_DOTS},
                      {"./", LIMIT_DOTS},
                      {"../../../../../../tmp/", LIMIT_DOTS}};
    for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
        char key[700];
        if (!is_apart(s, beginnings[i].limits)) {
            continue;
        }
        snprintf(key, sizeof key, "%s%s", beginnings[i].before, name);
        if (!suite_holds(s, beginnings[i].limits)) {
            assert_key_refused(s, key);
            continue;
        }
        put_content(s, key, (content){350, 10 + (int64_t)i});
        assert_holds(s, key, (content){350, 10 + (int64_t)i});
        if (s->facts->below[0] == '\0') {
            assert_missing(s, name);
        }
        if (suite_can(s, ARTREPO_CAN_LIST)) {
            const char *const keys[] = {key};
            assert_listed(s, key, keys, 1);
        }
        if (suite_can(s, ARTREPO_CAN_REMOVE)) {
            assert_ok(do_remove(s, key, s->operation, error));
            assert_missing(s, key);
        }
    }
}

/* ---- length ---- */

/* A key of LENGTH bytes, with names of at most NAME_LENGTH bytes. */
static void make_long_key(const suite *s, char *key, size_t length, size_t name_length) {
    size_t start = (size_t)snprintf(key, length + 1, "%s", key_of(s, "long/"));
    for (size_t i = start; i < length; i++) {
        bool slash = (i - start) % (name_length + 1) == name_length && i + 1 < length;
        key[i] = slash ? '/' : (char)('a' + (int)(i % 26));
    }
    key[length] = '\0';
}

static void assert_long_key(const suite *s, size_t length, size_t name_length, unsigned limits) {
    char key[2048];
    make_long_key(s, key, length, name_length);
    if (!suite_holds(s, limits)) {
        assert_key_refused(s, key);
        return;
    }
    content what = {360, (int64_t)length};
    put_content(s, key, what);
    assert_holds(s, key, what);
    if (suite_can(s, ARTREPO_CAN_LIST)) {
        const char *const keys[] = {key};
        assert_listed(s, key_of(s, "long/"), keys, 1);
    }
    if (suite_can(s, ARTREPO_CAN_REMOVE)) {
        assert_ok(do_remove(s, key, s->operation, error));
        assert_missing(s, key);
    }
}

static void long_keys(void **state) {
    const suite *s = *state;
    assert_long_key(s, 900, 200, 0);
    assert_long_key(s, 600, 255, 0);
    assert_long_key(s, 600, 256, LIMIT_LONG_NAMES);
    assert_long_key(s, 1024, 200, LIMIT_LONG_KEYS);
    assert_long_key(s, 1024, 1000, LIMIT_LONG_KEYS | LIMIT_LONG_NAMES);
}

/* ---- what else is no object, or two ---- */

static void empty_key(void **state) {
    const suite *s = *state;
    content_source source = content_source_of((content){1, 10});
    artrepo_object object;
    assert_refused(s, "", do_put(s, "", &source.base, NULL, &object, s->operation, error));
    assert_int_not_equal(do_stat(s, "", &object, s->operation, NULL), ARTREPO_OK);
}

/* An object and a "directory" of the same name, whichever comes first. */
static void below_objects(void **state) {
    const suite *s = *state;
    for (int first = 0; first < 2; first++) {
        content_source source = content_source_of((content){371, 20});
        const char *object = key_of(s, "both-%d", first);
        const char *below = key_of(s, "both-%d/x/y", first);
        put_content(s, first ? below : object, (content){370, 10});
        if (!suite_holds(s, LIMIT_BELOW_OBJECTS)) {
            const char *second = first ? object : below;
            assert_refused(s, second,
                           do_put(s, second, &source.base, NULL, NULL, s->operation, error));
            artrepo_object there;
            assert_int_not_equal(do_stat(s, second, &there, s->operation, NULL), ARTREPO_OK);
            assert_holds(s, first ? below : object, (content){370, 10});
            continue;
        }
        put_content(s, first ? object : below, (content){371, 20});
        assert_holds(s, first ? below : object, (content){370, 10});
        assert_holds(s, first ? object : below, (content){371, 20});
        if (suite_can(s, ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE)) {
            const char *const keys[] = {object, below};
            assert_listed(s, object, keys, suite_holds(s, LIMIT_LISTED_BELOW) ? 2 : 1);
            assert_ok(do_remove(s, object, s->operation, error));
            assert_listed(s, object, keys + 1, 1);
        }
    }
}

/* A key that ends in a slash is a key, also with data. */
static void data_in_markers(void **state) {
    const suite *s = *state;
    const char *key = key_of(s, "marker-data/x/");
    if (!suite_holds(s, LIMIT_MARKERS | LIMIT_MARKER_DATA)) {
        assert_key_refused(s, key);
        return;
    }
    put_content(s, key, (content){380, 100});
    assert_holds(s, key, (content){380, 100});
    assert_missing(s, key_of(s, "marker-data/x"));
    put_content(s, key_of(s, "marker-data/x/z"), (content){381, 100});
    assert_holds(s, key, (content){380, 100});
}

const suite_case key_cases[] = {
    {"hard keys", hard, NEEDS, BOTH},
    {"odd beginnings of keys", odd_beginnings, NEEDS, BARE_DRIVER},
    {"long keys", long_keys, NEEDS, BOTH},
    {"empty key", empty_key, NEEDS, REPOSITORY},
    {"objects below objects", below_objects, NEEDS, BOTH},
    {"data in folder markers", data_in_markers, NEEDS, BOTH},
    {NULL, NULL, 0, 0},
};
