/* What is asked of a store before a key that reads like a path is put there. */
#include "s3_fixture.h"

#include "s3/odd_keys.h"
#include "s3/url.h"

#define MAX_KEYS 8

typedef enum habit { KEEPS, CLEANS, REFUSES, NO_LISTING } habit;

/* A store of keys alone. */
typedef struct store {
    habit habit;
    char keys[MAX_KEYS][256];
    atomic_int puts, lists, removes;
} store;

/* "a//b" and "a/./b" are "a/b" to it, "/a" is "a". */
static void clean(char *key) {
    char *at;
    while ((at = strstr(key, "//")) != NULL || (at = strstr(key, "/./")) != NULL) {
        size_t skip = at[1] == '/' ? 1 : 2;
        memmove(at, at + skip, strlen(at + skip) + 1);
    }
    if (key[0] == '/') {
        memmove(key, key + 1, strlen(key));
    }
}

static char *slot_of(store *s, const char *key) {
    for (int i = 0; i < MAX_KEYS; i++) {
        if (strcmp(s->keys[i], key) == 0) {
            return s->keys[i];
        }
    }
    return NULL;
}

static void key_of(const store *s, const scripted_request *request, char key[256]) {
    const char *path = strstr(request->head, " /bucket/") + strlen(" /bucket/");
    snprintf(key, 256, "%.*s", (int)strcspn(path, " ?"), path);
    if (s->habit == CLEANS) {
        clean(key);
    }
}

static void say_list(const store *s, const scripted_request *request, scripted_reply *reply) {
    char prefix[256], body[4096] = "<ListBucketResult>";
    const char *text = strstr(request->head, "prefix=") + strlen("prefix=");
    snprintf(prefix, sizeof prefix, "%.*s", (int)strcspn(text, " &"), text);
    ar_s3_url_decode(prefix);
    for (int i = 0; i < MAX_KEYS; i++) {
        if (s->keys[i][0] != '\0' && strncmp(s->keys[i], prefix, strlen(prefix)) == 0) {
            size_t length = strlen(body);
            snprintf(body + length, sizeof body - length,
                     "<Contents><Key>%s</Key><Size>0</Size></Contents>", s->keys[i]);
        }
    }
    strcat(body, "</ListBucketResult>");
    scripted_say(reply, "200 OK", "", body);
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    char key[256];
    if (s3_is(request, "GET /bucket?")) {
        s->lists++;
        if (s->habit == NO_LISTING) {
            scripted_say(reply, "403 Forbidden", "", "<Error><Code>AccessDenied</Code></Error>");
        } else {
            say_list(s, request, reply);
        }
        return;
    }
    key_of(s, request, key);
    char *slot = slot_of(s, key);
    if (s3_is(request, "PUT") && s->habit == REFUSES) {
        s->puts++;
        scripted_say(reply, "400 Bad Request", "", "<Error><Code>InvalidKey</Code></Error>");
    } else if (s3_is(request, "PUT")) {
        s->puts++;
        snprintf(slot == NULL ? slot_of(s, "") : slot, sizeof s->keys[0], "%s", key);
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "");
    } else if (s3_is(request, "DELETE")) {
        s->removes++;
        if (slot != NULL) {
            slot[0] = '\0';
        }
        scripted_say(reply, "204 No Content", "", "");
    } else {
        scripted_say(reply, slot == NULL ? "404 Not Found" : "200 OK", "ETag: \"e\"\r\n", "");
    }
}

static int count_keys(const store *s) {
    int count = 0;
    for (int i = 0; i < MAX_KEYS; i++) {
        count += s->keys[i][0] != '\0';
    }
    return count;
}

static void which_are_odd(void **state) {
    (void)state;
    static const char *const odd[] = {"/a", "a//b", "./a", "a/./b", "a/.", "..", "a/../b", "//"};
    static const char *const plain[] = {"a", "a/b", "a/", "a.b/.c/..d/e.", "...", " /a"};
    ar_s3 s3 = {.config = {.endpoint = {.kind = AR_S3_ENDPOINT_OTHER}}};
    ar_s3 amazon = {.config = {.endpoint = {.kind = AR_S3_ENDPOINT_AWS}}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_true(ar_s3_is_odd_key(&s3, odd[i]));
        assert_false(ar_s3_is_odd_key(&amazon, odd[i]));
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        assert_false(ar_s3_is_odd_key(&s3, plain[i]));
    }
}

static void a_store_that_keeps_them(void **state) {
    (void)state;
    store s = {.habit = KEEPS};
    s3_fixture f;
    s3_start(&f, answer, &s);
    assert_int_equal(s3_put(&f, "a//b", 3), ARTREPO_OK);
    assert_int_equal(s.puts, 2);
    assert_int_equal(s.lists, 1);
    assert_int_equal(s.removes, 1);
    assert_non_null(slot_of(&s, "a//b"));
    assert_int_equal(count_keys(&s), 1);
    assert_int_equal(s3_put(&f, "c//d", 3), ARTREPO_OK); /* it is known */
    assert_int_equal(s.puts, 3);
    assert_int_equal(s3_put(&f, "/x", 3), ARTREPO_OK); /* which says nothing of these */
    assert_int_equal(s.puts, 5);
    assert_int_equal(artrepo_driver_s3.stat(f.state, "a//b", &f.object, f.operation, &f.failure),
                     ARTREPO_OK);
    assert_int_equal(artrepo_driver_s3.remove(f.state, "a//b", f.operation, &f.failure),
                     ARTREPO_OK);
    assert_null(slot_of(&s, "a//b"));
    s3_stop(&f);
}

static void a_store_that_cleans_them(void **state) {
    (void)state;
    static const char *const keys[] = {"a//b", "a/./b", "/a/b", "/a//b"};
    store s = {.habit = CLEANS};
    s3_fixture f;
    s3_start(&f, answer, &s);
    assert_int_equal(s3_put(&f, "a/b", 3), ARTREPO_OK);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_int_equal(s3_put(&f, keys[i], 3), ARTREPO_INVALID);
        assert_non_null(strstr(f.failure.message, "this store takes the key for a path"));
        assert_int_equal(
            artrepo_driver_s3.stat(f.state, keys[i], &f.object, f.operation, &f.failure),
            ARTREPO_NOT_FOUND);
        assert_int_equal(artrepo_driver_s3.remove(f.state, keys[i], f.operation, &f.failure),
                         ARTREPO_OK);
        assert_non_null(slot_of(&s, "a/b"));
        assert_int_equal(count_keys(&s), 1);
    }
    int puts = s.puts;
    assert_int_equal(s3_put(&f, "c//d", 3), ARTREPO_INVALID);
    assert_int_equal(s.puts, puts); /* it is known */
    s3_stop(&f);
}

static void a_store_that_refuses_them(void **state) {
    (void)state;
    store s = {.habit = REFUSES};
    s3_fixture f;
    s3_start(&f, answer, &s);
    assert_int_equal(s3_put(&f, "a//b", 3), ARTREPO_INVALID);
    assert_string_equal(f.failure.store_code, "InvalidKey"); /* in its own words */
    assert_int_equal(s.removes, 0);
    s3_stop(&f);
}

/* It cannot be known, and what cannot be known may not damage anything. */
static void a_store_that_is_not_listed(void **state) {
    (void)state;
    store s = {.habit = NO_LISTING};
    s3_fixture f;
    s3_start(&f, answer, &s);
    assert_int_equal(s3_put(&f, "a//b", 3), ARTREPO_ACCESS_DENIED);
    assert_int_equal(count_keys(&s), 0);
    s3_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_are_odd),
        cmocka_unit_test(a_store_that_keeps_them),
        cmocka_unit_test(a_store_that_cleans_them),
        cmocka_unit_test(a_store_that_refuses_them),
        cmocka_unit_test(a_store_that_is_not_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
