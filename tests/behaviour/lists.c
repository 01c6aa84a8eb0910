/* Listings: pages, prefixes, order, folder markers, and how they end early. */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

enum { NEEDS = ARTREPO_CAN_PUT | ARTREPO_CAN_LIST, MANY = 1105 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void nothing(void **state) {
    const suite *s = *state;
    assert_listed(s, key_of(s, "nothing-here/"), NULL, 0);
    assert_listed(s, key_of(s, "nothing-here"), NULL, 0);
}

/* More than the 1,000 keys that stores put on a page. */
static void pages(void **state) {
    const suite *s = *state;
    put_many(s, "pages", MANY);
    listing all = {.keys = NULL}, some = {.keys = NULL};
    assert_ok(list_keys(s, key_of(s, "pages/"), &all, s->operation, error));
    assert_int_equal(all.count, MANY);
    assert_int_equal(all.bytes, 3 * MANY);
    assert_true(all.in_order);
    assert_true(all.well);
    assert_string_equal(all.keys[0], key_of(s, "pages/0000"));
    assert_string_equal(all.keys[MANY - 1], key_of(s, "pages/%04d", MANY - 1));
    assert_ok(list_keys(s, key_of(s, "pages/09"), &some, s->operation, error));
    assert_int_equal(some.count, 100);
    listing_free(&all);
    listing_free(&some);

    listing stopped = {.stop_at = 1003}, cancelled = {.stop_at = 10};
    assert_fails(ARTREPO_REFUSED_UNSAFE, "enough",
                 list_keys(s, key_of(s, "pages/"), &stopped, s->operation, error));
    assert_int_equal(stopped.count, 1003);
    listing_free(&stopped);
    cancelled.cancel = new_operation();
    assert_fails(ARTREPO_CANCELLED, "",
                 list_keys(s, key_of(s, "pages/"), &cancelled, cancelled.cancel, error));
    assert_true(cancelled.count < MANY);
    artrepo_operation_free(cancelled.cancel);
    listing_free(&cancelled);
    if (suite_can(s, ARTREPO_CAN_REMOVE)) {
        assert_ok(
            artrepo_repository_remove(s->repository, key_of(s, "pages/"), s->operation, error));
    }
}

/* Prefixes are bytes, and end anywhere in a name. */
static void prefixes(void **state) {
    const suite *s = *state;
    const char *const keys[] = {key_of(s, "prefix/a"), key_of(s, "prefix/ab/c"),
                                key_of(s, "prefix/ab/d/e"), key_of(s, "prefix/abc"),
                                key_of(s, "prefix/b")};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        put_content(s, keys[i], (content){i, 10});
    }
    assert_listed(s, key_of(s, "prefix/"), keys, 5);
    assert_listed(s, key_of(s, "pref"), keys, 5);
    assert_listed(s, key_of(s, "prefix/a"), keys, 4);
    assert_listed(s, key_of(s, "prefix/ab"), keys + 1, 3);
    assert_listed(s, key_of(s, "prefix/ab/"), keys + 1, 2);
    assert_listed(s, key_of(s, "prefix/ab/d"), keys + 2, 1);
    assert_listed(s, key_of(s, "prefix/ab/d/e"), keys + 2, 1);
    assert_listed(s, key_of(s, "prefix/ab/d/e/"), NULL, 0);
    assert_listed(s, key_of(s, "prefix/abc"), keys + 3, 1);
    assert_listed(s, key_of(s, "prefix/c"), NULL, 0);
    bool is_directory = false;
    const struct {
        const char *key;
        bool expected;
    } directories[] = {{"prefix", true},     {"prefix/", true},  {"prefix/a", false},
                       {"prefix/ab", true},  {"pref", false},    {"prefix/ab/d", true},
                       {"prefix/b/", false}, {"prefix/c", false}};
    for (size_t i = 0; !s->bare && i < COUNT_OF(directories); i++) {
        assert_ok(artrepo_repository_is_directory(s->repository,
                                                  key_of(s, "%s", directories[i].key),
                                                  &is_directory, s->operation, error));
        assert_int_equal(is_directory, directories[i].expected);
    }
}

/* Not as people, nor as directories sort: by bytes, over all of the key. */
static void order(void **state) {
    const suite *s = *state;
    const char *const names[] = {
        "!",   "+",   "-",  ".x",   "0/z", "01", "A",        "a!",           "a-b",
        "a.b", "a/b", "a0", "aa/b", "aa0", "b",  "\xc3\xa4", "\xe6\x97\xa5", "\xf0\x9f\x98\x80"};
    const char *keys[COUNT_OF(names)];
    for (size_t i = COUNT_OF(names); i-- > 0;) {
        put_content(s, key_of(s, "order/%s", names[i]), (content){i, 5});
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        keys[i] = strdup(key_of(s, "order/%s", names[i]));
    }
    assert_listed(s, key_of(s, "order/"), keys, COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        free((char *)keys[i]);
    }
}

/* Consoles store an empty object "folder/" to show a folder. */
static void folder_markers(void **state) {
    const suite *s = *state;
    const char *const keys[] = {key_of(s, "marked/"), key_of(s, "marked/empty/"),
                                key_of(s, "marked/file")};
    if (!suite_holds(s, LIMIT_MARKERS)) {
        content_source source = content_source_of((content){1, 0});
        assert_refused(s, keys[0],
                       do_put(s, keys[0], &source.base, NULL, NULL, s->operation, error));
        return;
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        put_content(s, keys[i], (content){i, i < 2 ? 0 : 10});
    }
    assert_listed(s, key_of(s, "marked/"), keys, 3);
    assert_listed(s, key_of(s, "marked"), keys, 3);
    assert_missing(s, key_of(s, "marked"));
    artrepo_object object;
    assert_ok(do_stat(s, keys[1], &object, s->operation, error));
    assert_int_equal(object.size, 0);
    assert_holds(s, keys[0], (content){0, 0});
    if (suite_can(s, ARTREPO_CAN_REMOVE) && s->bare) { /* one marker alone */
        assert_ok(do_remove(s, keys[1], s->operation, error));
        const char *const left[] = {keys[0], keys[2]};
        assert_listed(s, key_of(s, "marked/"), left, 2);
    }
}

/* What a callback does with the store while it lists is its own business. */
static artrepo_code read_it(void *data, const artrepo_object *object, artrepo_error *error) {
    const suite *s = data;
    artrepo_object seen;
    return do_stat(s, object->key, &seen, s->operation, error);
}

static void callbacks_may_call(void **state) {
    const suite *s = *state;
    for (int i = 0; i < 5; i++) {
        put_content(s, key_of(s, "calling/%d", i), (content){1, 10});
    }
    assert_ok(do_list(s, key_of(s, "calling/"), read_it, (void *)s, s->operation, error));
}

const suite_case list_cases[] = {
    {"list nothing", nothing, NEEDS, BOTH},
    {"list pages", pages, NEEDS, REPOSITORY},
    {"list prefixes", prefixes, NEEDS, BOTH},
    {"list order", order, NEEDS, BOTH},
    {"folder markers", folder_markers, NEEDS, BOTH},
    {"list and call", callbacks_may_call, NEEDS, BOTH},
    {NULL, NULL, 0, 0},
};
