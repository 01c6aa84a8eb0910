#include "listing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* No assertion in here: it would leave the driver by a jump. */
static artrepo_code note(void *data, const artrepo_object *object, artrepo_error *error) {
    listing *list = data;
    if ((list->count & (list->count - 1)) == 0) {
        size_t capacity = list->count == 0 ? 1 : 2 * list->count;
        char **keys = realloc(list->keys, capacity * sizeof *keys);
        if (keys == NULL) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory");
        }
        list->keys = keys;
    }
    list->keys[list->count] = strdup(object->key);
    if (list->count > 0 && strcmp(list->keys[list->count - 1], object->key) >= 0) {
        list->in_order = false;
    }
    list->well = list->well && object->size >= 0 && object->modified_ms > 0;
    list->bytes += object->size;
    list->count++;
    if (list->count == list->stop_at && list->cancel != NULL) {
        artrepo_operation_cancel(list->cancel);
    } else if (list->count == list->stop_at) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "enough");
    }
    return ARTREPO_OK;
}

artrepo_code list_keys(const suite *s, const char *prefix, listing *list,
                       artrepo_operation *operation, artrepo_error *error) {
    list->in_order = list->well = true;
    return do_list(s, prefix, note, list, operation, error);
}

void listing_free(listing *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->keys[i]);
    }
    free(list->keys);
}

void assert_listed(const suite *s, const char *prefix, const char *const *keys, size_t count) {
    listing list = {.keys = NULL};
    assert_ok(list_keys(s, prefix, &list, s->operation, error));
    for (size_t i = 1; i < list.count; i++) {
        if (strcmp(list.keys[i - 1], list.keys[i]) >= 0) {
            fail_msg("'%s' is listed before '%s'", list.keys[i - 1], list.keys[i]);
        }
    }
    assert_true(list.well);
    for (size_t i = 0; i < count || i < list.count; i++) {
        const char *expected = i < count ? keys[i] : "the end";
        const char *listed = i < list.count ? list.keys[i] : "the end";
        if (strcmp(expected, listed) != 0) {
            fail_msg("object %zu of '%s' is '%s' instead of '%s'", i, prefix, listed, expected);
        }
    }
    listing_free(&list);
}

/* ---- many objects ---- */

enum { WRITERS = 4 };

typedef struct writer {
    const suite *s;
    const char *name;
    int first, count;
    artrepo_error error;
} writer;

static void *write_some(void *data) {
    writer *w = data;
    for (int i = w->first; i < w->count && w->error.code == ARTREPO_OK; i += WRITERS) {
        content_source source = content_source_of((content){(uint64_t)i, 3});
        do_put(w->s, key_of(w->s, "%s/%04d", w->name, i), &source.base, NULL, NULL, w->s->operation,
               &w->error);
    }
    return NULL;
}

void put_many(const suite *s, const char *name, int count) {
    writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (writer){s, name, i, count, ARTREPO_ERROR_INIT};
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < WRITERS; i++) {
        if (writers[i].error.code != ARTREPO_OK) {
            fail_msg("%s", writers[i].error.message);
        }
    }
}
