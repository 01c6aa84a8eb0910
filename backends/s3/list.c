#include <stdlib.h>
#include <string.h>

#include "base/operation.h"
#include "remote/pages.h"
#include "s3/object.h"
#include "s3/request.h"
#include "s3/url.h"
#include "s3/xml.h"

#define PAGE_BYTES ((size_t)16 << 20)
enum { MAX_PAGE = 10000 };

/* ---- one page ---- */

typedef struct list_entry {
    artrepo_object object;
    size_t key; /* where it begins in the page's texts */
} list_entry;

typedef struct list_page {
    list_entry *entries;
    size_t count, capacity;
    ar_buffer texts;
    ar_buffer token; /* of the next page */
    bool truncated, encoded;
    list_entry current;
    bool has_key;
} list_page;

static void free_page(list_page *page) {
    free(page->entries);
    ar_buffer_free(&page->texts);
    ar_buffer_free(&page->token);
}

static void clear_page(list_page *page) {
    page->count = 0;
    ar_buffer_clear(&page->texts);
    ar_buffer_clear(&page->token);
    page->truncated = page->encoded = page->has_key = false;
    page->current = (list_entry){.object = {.size = -1}};
}

static bool add_entry(list_page *page) {
    if (page->count == page->capacity) {
        size_t capacity = page->capacity == 0 ? 256 : page->capacity * 2;
        list_entry *entries = realloc(page->entries, capacity * sizeof *entries);
        if (entries == NULL) {
            return false;
        }
        page->entries = entries;
        page->capacity = capacity;
    }
    page->entries[page->count++] = page->current;
    return true;
}

static artrepo_code read_contents(list_page *page, const char *name, const char *text,
                                  artrepo_error *error) {
    artrepo_object *object = &page->current.object;
    bool ok = true;
    if (strcmp(name, "/Key") == 0) {
        page->current.key = page->texts.size;
        page->has_key = true;
        ok = ar_buffer_append(&page->texts, text, strlen(text) + 1);
    } else if (strcmp(name, "/Size") == 0) {
        object->size = ar_s3_size_of_text(text);
    } else if (strcmp(name, "/LastModified") == 0) {
        object->modified_ms = ar_s3_time_of_text(text);
    } else if (strcmp(name, "/ETag") == 0) {
        ar_s3_copy_etag(text, object->version, sizeof object->version);
    } else if (name[0] == '\0') {
        if (!page->has_key || page->count == MAX_PAGE) {
            return artrepo_error_set(error, ARTREPO_IO, "the store's listing makes no sense");
        }
        ok = add_entry(page);
        page->current = (list_entry){.object = {.size = -1}};
        page->has_key = false;
    }
    return ok ? ARTREPO_OK : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a listing");
}

static artrepo_code read_element(void *data, const char *path, const char *text,
                                 artrepo_error *error) {
    static const char root[] = "ListBucketResult/";
    static const char contents[] = "Contents";
    list_page *page = data;
    if (strncmp(path, root, sizeof root - 1) != 0) {
        return strcmp(path, "ListBucketResult") == 0
                   ? ARTREPO_OK
                   : artrepo_error_set(error, ARTREPO_IO, "the store's answer is no listing");
    }
    const char *name = path + sizeof root - 1;
    size_t length = sizeof contents - 1;
    if (strncmp(name, contents, length) == 0 && (name[length] == '/' || name[length] == '\0')) {
        return read_contents(page, name + length, text, error);
    }
    if (strcmp(name, "IsTruncated") == 0) {
        page->truncated = strcmp(text, "true") == 0;
    } else if (strcmp(name, "EncodingType") == 0) {
        page->encoded = strcmp(text, "url") == 0; /* some stores take no notice of it */
    } else if (strcmp(name, "NextContinuationToken") == 0 &&
               !ar_buffer_append_text(&page->token, text)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a listing");
    }
    return ARTREPO_OK;
}

/* ---- all pages ---- */

static artrepo_code fetch_page(ar_s3 *s3, const char *prefix, const char *token, list_page *page,
                               artrepo_operation *operation, artrepo_error *error) {
    ar_s3_request request = {
        .verb = "list", .method = "GET", .prefix = prefix, .body_limit = PAGE_BYTES};
    ar_s3_add_parameter(&request, "list-type", "2");
    ar_s3_add_parameter(&request, "encoding-type", "url");
    ar_s3_add_parameter(&request, "prefix", prefix[0] == '\0' ? NULL : prefix);
    ar_s3_add_parameter(&request, "continuation-token", token);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_s3_send_retrying(s3, &request, &response, operation, error);
    if (code == ARTREPO_OK) {
        clear_page(page);
        code = ar_s3_xml_read(response.body.data, response.body.size, read_element, page, error);
        if (code == ARTREPO_OK && page->truncated &&
            (page->token.size == 0 || (token != NULL && strcmp(token, page->token.data) == 0))) {
            code = artrepo_error_set(error, ARTREPO_IO,
                                     "the store says that there is more, but not where");
        }
        if (code != ARTREPO_OK) {
            char what[1500];
            ar_s3_describe(s3, &request, what, sizeof what);
            artrepo_error_prefix(error, "%s", what);
        }
    }
    ar_http_response_clear(&response);
    return code;
}

static artrepo_code hand_out(list_page *page, const char *prefix, artrepo_list_callback *callback,
                             void *data, artrepo_error *error) {
    size_t prefix_length = strlen(prefix);
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < page->count; i++) {
        char *key = page->texts.data + page->entries[i].key;
        if (page->encoded) {
            ar_s3_url_decode(key);
        }
        page->entries[i].object.key = key;
        if (strncmp(key, prefix, prefix_length) == 0) {
            code = callback(data, &page->entries[i].object, error);
        }
    }
    return code;
}

/* The page's own token becomes *TOKEN, to ask for the next one with. */
static artrepo_code turn_page(const ar_s3 *s3, const char *prefix, list_page *page, ar_pages *pages,
                              char **token, artrepo_error *error) {
    free(*token);
    *token = ar_buffer_steal(&page->token);
    if (*token == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a listing");
    }
    artrepo_code code =
        page->truncated ? ar_pages_turn(pages, *token, page->count, error) : ARTREPO_OK;
    if (code != ARTREPO_OK) {
        char what[1500];
        ar_s3_describe(s3, &(ar_s3_request){.verb = "list", .prefix = prefix}, what, sizeof what);
        artrepo_error_prefix(error, "%s", what);
    }
    return code;
}

artrepo_code ar_s3_list(void *state, const char *prefix, artrepo_list_callback *callback,
                        void *data, artrepo_operation *operation, artrepo_error *error) {
    ar_s3 *s3 = state;
    list_page page = {0};
    ar_pages pages = {0};
    char *token = NULL;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code;
    do {
        code = fetch_page(s3, prefix, token, &page, operation, &failure);
        if (code == ARTREPO_OK) {
            code = hand_out(&page, prefix, callback, data, &failure);
        }
        if (code == ARTREPO_OK) {
            code = turn_page(s3, prefix, &page, &pages, &token, &failure);
        }
    } while (code == ARTREPO_OK && page.truncated);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    free(token);
    ar_pages_close(&pages);
    free_page(&page);
    return code;
}
