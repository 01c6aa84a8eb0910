/* Removing: one, none, many, and all below a prefix. */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

enum { NEEDS = ARTREPO_CAN_PUT | ARTREPO_CAN_REMOVE, MANY = 1012 };

static void remove_one(void **state) {
    const suite *s = *state;
    const char *const names[] = {"one", "one2", "on", "one-/x", "other/one"};
    for (int i = 0; i < 5; i++) {
        put_content(s, key_of(s, "remove/%s", names[i]), (content){200, 10});
    }
    assert_ok(do_remove(s, key_of(s, "remove/one"), s->operation, error));
    assert_missing(s, key_of(s, "remove/one"));
    for (int i = 1; i < 5; i++) {
        assert_holds(s, key_of(s, "remove/%s", names[i]), (content){200, 10});
    }
    put_content(s, key_of(s, "remove/one"), (content){201, 20}); /* and there again */
    assert_holds(s, key_of(s, "remove/one"), (content){201, 20});
}

static void remove_missing(void **state) {
    const suite *s = *state;
    assert_ok(do_remove(s, key_of(s, "removed/never-there"), s->operation, error));
    put_content(s, key_of(s, "removed/twice"), (content){202, 10});
    assert_ok(do_remove(s, key_of(s, "removed/twice"), s->operation, error));
    assert_ok(do_remove(s, key_of(s, "removed/twice"), s->operation, error));
    assert_ok(do_remove(s, key_of(s, "removed/twice/below"), s->operation, error));
    assert_missing(s, key_of(s, "removed/twice"));
}

/* More than the 1,000 that stores take in one request, some of which are not there. */
static void remove_many(void **state) {
    const suite *s = *state;
    put_many(s, "many", MANY);
    put_content(s, key_of(s, "many-other"), (content){203, 10});
    char **keys = calloc(MANY + 5, sizeof *keys);
    assert_non_null(keys);
    for (int i = 0; i < MANY + 5; i++) {
        keys[i] = strdup(key_of(s, "many/%04d", i));
    }
    assert_ok(
        s->driver->remove_many(s->state, (const char *const *)keys, MANY + 5, s->operation, error));
    assert_missing(s, keys[0]);
    assert_missing(s, keys[MANY - 1]);
    if (suite_can(s, ARTREPO_CAN_LIST)) {
        assert_listed(s, key_of(s, "many/"), NULL, 0);
    }
    assert_holds(s, key_of(s, "many-other"), (content){203, 10});
    assert_ok(s->driver->remove_many(s->state, (const char *const *)keys, 1, s->operation, error));
    artrepo_operation *cancelled = new_operation();
    artrepo_operation_cancel(cancelled);
    assert_fails(ARTREPO_CANCELLED, "",
                 s->driver->remove_many(s->state, (const char *const *)keys, 5, cancelled, error));
    artrepo_operation_free(cancelled);
    for (int i = 0; i < MANY + 5; i++) {
        free(keys[i]);
    }
    free(keys);
}

/* A key that ends in "/" stands for all below it, and for nothing else. */
static void remove_below(void **state) {
    const suite *s = *state;
    put_content(s, key_of(s, "below/dirx"), (content){204, 10});
    put_content(s, key_of(s, "below/di"), (content){204, 10});
    for (int i = 0; i < 30; i++) {
        put_content(s, key_of(s, "below/dir/%d/x", i), (content){204, 10});
        put_content(s, key_of(s, "below/dir/%d-y", i), (content){204, 10});
    }
    if (suite_holds(s, LIMIT_MARKERS)) {
        put_content(s, key_of(s, "below/dir/marked/"), (content){204, 0});
    }
    assert_ok(
        artrepo_repository_remove(s->repository, key_of(s, "below/dir/"), s->operation, error));
    const char *const left[] = {key_of(s, "below/di"), key_of(s, "below/dirx")};
    assert_listed(s, key_of(s, "below/"), left, 2);
    assert_ok(
        artrepo_repository_remove(s->repository, key_of(s, "below/dir/"), s->operation, error));
    assert_ok(artrepo_repository_remove(s->repository, key_of(s, "below/"), s->operation, error));
    assert_listed(s, key_of(s, "below"), NULL, 0);
}

const suite_case remove_cases[] = {
    {"remove one", remove_one, NEEDS, BOTH},
    {"remove missing", remove_missing, NEEDS, BOTH},
    {"remove many", remove_many, NEEDS | CAN_REMOVE_MANY, BARE_DRIVER},
    {"remove below", remove_below, NEEDS | ARTREPO_CAN_LIST, REPOSITORY},
    {NULL, NULL, 0, 0},
};
