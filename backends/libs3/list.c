/* Listing, page by page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libs3/object.h"

enum {
    PAGE_KEYS = 1000,
    MAX_PAGE_KEYS = 2 * PAGE_KEYS, /* what a store may send that does not count well */
    /* libs3 calls an answer that breaks off in its middle a success, and shows the keys that came.
     * So a page is never known to be whole: it is asked on behind the last key until this many
     * answers bring nothing. */
    LAST_PAGES = 2
};

typedef struct listed_object {
    char *key;
    int64_t size, modified_ms;
    char version[128];
} listed_object;

typedef struct list_call {
    ar_libs3_call call;
    const char *marker; /* "": from the beginning */
    listed_object *objects;
    size_t count, capacity;
} list_call;

/* ---- one page ---- */

static void clear_page(list_call *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->objects[i].key);
    }
    list->count = 0;
}

static artrepo_code fail(list_call *list, artrepo_code code, const char *why) {
    char what[1400];
    ar_libs3_describe(&list->call, what, sizeof what);
    return artrepo_error_set(&list->call.failure, code, "%s: %s", what, why);
}

static artrepo_code make_room(list_call *list) {
    if (list->count < list->capacity) {
        return ARTREPO_OK;
    }
    if (list->capacity >= MAX_PAGE_KEYS) {
        return fail(list, ARTREPO_IO, "the store sends more keys than it was asked for");
    }
    size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
    listed_object *objects = realloc(list->objects, capacity * sizeof *objects);
    if (objects == NULL) {
        return fail(list, ARTREPO_INTERNAL, "no memory for a page of the listing");
    }
    list->objects = objects;
    list->capacity = capacity;
    return ARTREPO_OK;
}

/* libs3 takes the time, which is UTC, for local time. */
static int64_t modified_of(int64_t seconds) {
    time_t time = (time_t)seconds;
    struct tm fields;
    if (seconds <= 0 || localtime_r(&time, &fields) == NULL) {
        return 0;
    }
    return (int64_t)timegm(&fields) * 1000;
}

static artrepo_code check_listed(list_call *list, const char *key) {
    const char *last = list->count > 0 ? list->objects[list->count - 1].key : list->marker;
    if (!ar_libs3_is_listable(key)) {
        return fail(list, ARTREPO_UNSUPPORTED,
                    "a key in it is longer than libs3 takes, or holds what XML cannot; use the "
                    "driver s3");
    }
    if (strncmp(key, list->call.key, strlen(list->call.key)) != 0 || strcmp(key, last) <= 0) {
        return fail(list, ARTREPO_IO, "the store does not list what it was asked for, in order");
    }
    return ARTREPO_OK;
}

static artrepo_code add_object(list_call *list, const S3ListBucketContent *content) {
    artrepo_code code = make_room(list);
    if (code == ARTREPO_OK) {
        code = check_listed(list, content->key);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    listed_object *object = &list->objects[list->count];
    object->key = strdup(content->key);
    if (object->key == NULL) {
        return fail(list, ARTREPO_INTERNAL, "no memory for a page of the listing");
    }
    object->size = content->size > INT64_MAX ? -1 : (int64_t)content->size;
    object->modified_ms = modified_of(content->lastModified);
    ar_libs3_copy_etag(content->eTag, object->version, sizeof object->version);
    list->count++;
    return ARTREPO_OK;
}

static S3Status list_keys(int is_truncated, const char *next_marker, int count,
                          const S3ListBucketContent *contents, int prefix_count,
                          const char **prefixes, void *data) {
    (void)is_truncated;
    (void)next_marker;
    (void)prefix_count;
    (void)prefixes;
    list_call *list = data;
    if (list->call.failure.code != ARTREPO_OK ||
        artrepo_operation_check(list->call.operation, &list->call.failure) != ARTREPO_OK) {
        return ar_libs3_call_give_up(&list->call);
    }
    for (int i = 0; i < count; i++) {
        if (add_object(list, &contents[i]) != ARTREPO_OK) {
            return ar_libs3_call_give_up(&list->call);
        }
    }
    return S3StatusOK;
}

static void issue_list(ar_libs3_call *call, S3RequestContext *context) {
    static const S3ListBucketHandler handler = {{ar_libs3_call_properties, ar_libs3_call_complete},
                                                list_keys};
    const list_call *list = (const list_call *)call;
    S3_list_bucket(&call->store->bucket, call->key[0] == '\0' ? NULL : call->key,
                   list->marker[0] == '\0' ? NULL : list->marker, NULL, PAGE_KEYS,
                   AR_LIBS3_IN(context), &handler, call);
}

static artrepo_code fetch_page(ar_libs3 *store, const char *prefix, const char *marker,
                               list_call *list, artrepo_operation *operation,
                               artrepo_error *error) {
    clear_page(list);
    list->marker = marker;
    list->call = (ar_libs3_call){
        .store = store, .verb = "list", .key = prefix, .operation = operation, .issue = issue_list};
    artrepo_code code = ar_libs3_call_run(&list->call, error);
    if (code == ARTREPO_OK && !list->call.answered) {
        list->call.status = S3StatusConnectionFailed;
        code = ar_libs3_error_of_call(&list->call, error);
    }
    return code;
}

/* ---- all of them ---- */

static artrepo_code hand_out(const list_call *list, artrepo_list_callback *callback, void *data,
                             artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < list->count; i++) {
        const listed_object *listed = &list->objects[i];
        artrepo_object object = {
            .key = listed->key, .size = listed->size, .modified_ms = listed->modified_ms};
        snprintf(object.version, sizeof object.version, "%s", listed->version);
        code = artrepo_operation_check(operation, error);
        if (code == ARTREPO_OK) {
            code = callback(data, &object, error);
        }
    }
    return code;
}

static artrepo_code check_prefix(const ar_libs3 *store, const char *prefix, artrepo_error *error) {
    if (strlen(prefix) <= AR_LIBS3_MAX_KEY) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                             "cannot list '%s' in bucket '%s' at %s: libs3 takes prefixes of %d "
                             "bytes at the most",
                             prefix, store->bucket_name, store->endpoint, AR_LIBS3_MAX_KEY);
}

artrepo_code ar_libs3_list(void *state, const char *prefix, artrepo_list_callback *callback,
                           void *data, artrepo_operation *operation, artrepo_error *error) {
    char marker[AR_LIBS3_MAX_KEY + 1] = "";
    list_call list = {.objects = NULL};
    artrepo_code code = check_prefix(state, prefix, error);
    for (int empty = 0; code == ARTREPO_OK && empty < LAST_PAGES;) {
        code = fetch_page(state, prefix, marker, &list, operation, error);
        if (code == ARTREPO_OK) {
            code = hand_out(&list, callback, data, operation, error);
        }
        empty = list.count == 0 ? empty + 1 : 0;
        if (list.count > 0) {
            snprintf(marker, sizeof marker, "%s", list.objects[list.count - 1].key);
        }
    }
    clear_page(&list);
    free(list.objects);
    return code;
}
