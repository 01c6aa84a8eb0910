/* Which keys libs3 can be trusted with. */
#include <string.h>

#include "libs3/store.h"

/* curl, which libs3 sends with, takes "." and ".." out of paths before it sends them. */
static bool has_dot_component(const char *key) {
    for (const char *part = key; part != NULL;) {
        const char *slash = strchr(part, '/');
        size_t length = slash == NULL ? strlen(part) : (size_t)(slash - part);
        if ((length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.')) {
            return true;
        }
        part = slash == NULL ? NULL : slash + 1;
    }
    return false;
}

static artrepo_code refuse(const ar_libs3 *store, const char *verb, const char *key,
                           const char *reason, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                             "cannot %s '%s' in bucket '%s' at %s with the driver libs3: %s; "
                             "choose another key, or use the driver s3",
                             verb, key, store->bucket_name, store->endpoint, reason);
}

artrepo_code ar_libs3_check_key(const ar_libs3 *store, const char *verb, const char *key,
                                artrepo_error *error) {
    if (key[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot %s an object with an empty key; name one", verb);
    }
    if (strlen(key) > AR_LIBS3_MAX_KEY) {
        return refuse(store, verb, key, "it takes keys of 1022 bytes at the most", error);
    }
    if (!AR_LIBS3_KEYS_HAVE_SPACES && strchr(key, ' ') != NULL) {
        return refuse(store, verb, key, "libs3 2.x would make each space of the key a '+'", error);
    }
    if (has_dot_component(key)) {
        return refuse(store, verb, key,
                      "'.' and '..' between slashes would be resolved as in a path", error);
    }
    if (key[0] == '/') { /* MinIO, for one, and would make another object of it */
        return refuse(store, verb, key, "some stores drop a slash at the beginning", error);
    }
    return ARTREPO_OK;
}

/* ---- what an XML document can say ---- */

/* The length of the UTF-8 sequence at TEXT, if it is one character that XML can hold and that is
 * not what servers put in place of others (U+FFFD); otherwise 0. */
static size_t xml_character(const unsigned char *text) {
    unsigned c = text[0];
    if (c < 0x80) {
        return c >= 0x20 && c != 0x7f ? 1 : 0;
    }
    size_t length = c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
    if (length == 0 || c > 0xf4) {
        return 0;
    }
    unsigned long point = c & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (text[i] & 0x3fU);
    }
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool is_character = point >= least[length] && point <= 0x10ffff &&
                        (point < 0xd800 || point > 0xdfff) && (point < 0xfffd || point > 0xffff);
    return is_character ? length : 0;
}

bool ar_libs3_is_listable(const char *key) {
    const unsigned char *text = (const unsigned char *)key;
    while (*text != '\0') {
        size_t length = xml_character(text);
        if (length == 0) {
            return false;
        }
        text += length;
    }
    return text - (const unsigned char *)key <= AR_LIBS3_MAX_KEY;
}

artrepo_code ar_libs3_check_new_key(const ar_libs3 *store, const char *key, artrepo_error *error) {
    artrepo_code code = ar_libs3_check_key(store, "put", key, error);
    if (code == ARTREPO_OK && !ar_libs3_is_listable(key)) {
        code = refuse(store, "put", key,
                      "control characters, and what is not UTF-8, cannot be listed again", error);
    }
    return code;
}
