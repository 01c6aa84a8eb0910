#include <stdlib.h>
#include <string.h>

#include "gcs/object.h"
#include "gcs/request.h"
#include "gcs/url.h"
#include "remote/pages.h"

#define PAGE_BYTES ((size_t)16 << 20)
#define FIELDS "nextPageToken,items(name,size,generation,updated,contentType)"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a listing");
}

/* *PAGE is to be given to json_decref(). */
static artrepo_code fetch_page(ar_gcs *gcs, const char *prefix, const char *token, json_t **page,
                               artrepo_operation *operation, artrepo_error *error) {
    ar_buffer url = AR_BUFFER_INIT;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ARTREPO_OK;
    if (!ar_gcs_url_object(gcs, NULL, &url) ||
        !ar_gcs_url_parameter(&url, "prefix", prefix[0] == '\0' ? NULL : prefix) ||
        !ar_gcs_url_parameter(&url, "maxResults", "1000") ||
        !ar_gcs_url_parameter(&url, "fields", FIELDS) ||
        !ar_gcs_url_parameter(&url, "pageToken", token)) {
        code = no_memory(error);
        goto done;
    }
    ar_gcs_request request = {.verb = "list",
                              .method = "GET",
                              .prefix = prefix,
                              .url = url.data,
                              .body_limit = PAGE_BYTES};
    code = ar_gcs_send_retrying(gcs, &request, &response, operation, error);
    if (code == ARTREPO_OK) {
        *page = ar_gcs_resource_of(&response);
        if (*page == NULL) {
            char what[1500];
            ar_gcs_describe(gcs, &request, what, sizeof what);
            code = artrepo_error_set(error, ARTREPO_IO,
                                     "%s: the answer is no listing; check the "
                                     "endpoint",
                                     what);
        }
    }
done:
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
    return code;
}

/* Null is as good as nothing. */
static const json_t *member_of(const json_t *page, const char *name) {
    const json_t *member = json_object_get(page, name);
    return json_is_null(member) ? NULL : member;
}

static artrepo_code makes_no_sense(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO, "the store's listing makes no sense");
}

static artrepo_code hand_out(const json_t *page, const char *prefix,
                             artrepo_list_callback *callback, void *data, artrepo_error *error) {
    size_t prefix_length = strlen(prefix);
    artrepo_code code = ARTREPO_OK;
    const json_t *items = member_of(page, "items");
    size_t i;
    json_t *item;
    if (items != NULL && !json_is_array(items)) {
        return makes_no_sense(error);
    }
    json_array_foreach(items, i, item) {
        artrepo_object object;
        const char *key = ar_json_text(item, "name");
        if (key == NULL) {
            return makes_no_sense(error);
        }
        ar_gcs_object_of_json(item, &object);
        object.key = key;
        if (strncmp(key, prefix, prefix_length) == 0) {
            code = callback(data, &object, error);
        }
        if (code != ARTREPO_OK) {
            break;
        }
    }
    return code;
}

/* The next page's token, NULL when PAGE is the last one; to be freed. */
static artrepo_code next_token(const json_t *page, ar_pages *pages, char **token,
                               artrepo_error *error) {
    const char *next = ar_json_text(page, "nextPageToken");
    char *copy = next == NULL ? NULL : strdup(next);
    artrepo_code code = ARTREPO_OK;
    const json_t *member = member_of(page, "nextPageToken");
    if (member != NULL && !json_is_string(member)) {
        code = makes_no_sense(error);
    } else if (next != NULL && copy == NULL) {
        code = no_memory(error);
    } else if (next != NULL && *token != NULL && strcmp(next, *token) == 0) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "the store says that there is more, but not where");
    } else if (next != NULL) {
        code = ar_pages_turn(pages, next, json_array_size(json_object_get(page, "items")), error);
    }
    free(*token);
    *token = copy;
    return code;
}

static artrepo_code turn_page(const ar_gcs *gcs, const char *prefix, const json_t *page,
                              ar_pages *pages, char **token, artrepo_error *error) {
    artrepo_code code = next_token(page, pages, token, error);
    if (code != ARTREPO_OK) {
        char what[1500];
        ar_gcs_describe(gcs, &(ar_gcs_request){.verb = "list", .prefix = prefix}, what,
                        sizeof what);
        artrepo_error_prefix(error, "%s", what);
    }
    return code;
}

artrepo_code ar_gcs_list(void *state, const char *prefix, artrepo_list_callback *callback,
                         void *data, artrepo_operation *operation, artrepo_error *error) {
    ar_gcs *gcs = state;
    ar_pages pages = {0};
    char *token = NULL;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code;
    do {
        json_t *page = NULL;
        code = fetch_page(gcs, prefix, token, &page, operation, &failure);
        if (code == ARTREPO_OK) {
            code = hand_out(page, prefix, callback, data, &failure);
        }
        if (code == ARTREPO_OK) {
            code = turn_page(gcs, prefix, page, &pages, &token, &failure);
        }
        json_decref(page);
    } while (code == ARTREPO_OK && token != NULL);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    ar_pages_close(&pages);
    free(token);
    return code;
}
