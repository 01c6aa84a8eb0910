/* The two secrets that libs3 signs with. */
#include <ctype.h>
#include <string.h>

#include "libs3/store.h"

/* Longer ones libs3 2.x would cut off: they do not fit the header, or the hash's block. */
enum { MAX_ACCESS_KEY = 79, MAX_SECRET_KEY = 64 };

/* Secrets often end in a line feed that is no part of them. */
static void trim(artrepo_secret *secret) {
    size_t start = 0;
    size_t end = strlen(secret->data);
    while (end > 0 && isspace((unsigned char)secret->data[end - 1])) {
        end--;
    }
    while (start < end && isspace((unsigned char)secret->data[start])) {
        start++;
    }
    memmove(secret->data, secret->data + start, end - start);
    memset(secret->data + (end - start), 0, secret->size - (end - start));
}

static bool is_printable(const char *text) {
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

static artrepo_code read_one(const artrepo_driver_settings *settings, const char *name,
                             size_t longest, artrepo_secret *secret, artrepo_error *error) {
    artrepo_code code = artrepo_driver_settings_secret(settings, name, secret, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (secret->data == NULL) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the driver libs3 needs %s: it has no other source of "
                                 "credentials; set it, or use the driver s3",
                                 name);
    }
    trim(secret);
    size_t length = strlen(secret->data);
    if (length == 0 || !is_printable(secret->data)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the secret of %s is empty, or not a line of printable ASCII",
                                 name);
    }
    if (length > longest) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the secret of %s has %zu characters, and libs3 takes %zu; use "
                                 "the driver s3",
                                 name, length, longest);
    }
    return ARTREPO_OK;
}

artrepo_code ar_libs3_read_credentials(const artrepo_driver_settings *settings, ar_libs3 *store,
                                       artrepo_error *error) {
    artrepo_code code =
        read_one(settings, "accessKeySecret", MAX_ACCESS_KEY, &store->access_key, error);
    if (code == ARTREPO_OK) {
        code = read_one(settings, "secretKeySecret", MAX_SECRET_KEY, &store->secret_key, error);
    }
    return code;
}
