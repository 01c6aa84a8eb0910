#include "http/redact.h"

#include <string.h>
#include <strings.h>

/* Shorter words are in any text, and no secrets. */
enum { LEAST_SECRET = 8 };

/* A name, or with a dash at its end the beginning of some. */
static const char *const harmless[] = {
    "accept", "accept-", "connection", "content-",          "date",       "expect", "host", "if-",
    "range",  "te",      "user-agent", "transfer-encoding", "x-checksum-"};

/* Of a store's own headers all are known, and two kinds are secret. */
static const char *const of_stores[] = {"x-amz-", "x-goog-"};

static size_t name_length(const char *line) {
    return strcspn(line, ":");
}

static bool matches(const char *line, const char *name) {
    size_t length = strlen(name);
    bool is_prefix = name[length - 1] == '-';
    return strncasecmp(line, name, length) == 0 && (is_prefix || name_length(line) == length);
}

static bool holds(const char *line, const char *part) {
    const char *found = strcasestr(line, part);
    return found != NULL && found < line + name_length(line);
}

static bool may_be_secret(const char *line) {
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (matches(line, harmless[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof of_stores / sizeof of_stores[0]; i++) {
        if (matches(line, of_stores[i])) {
            return holds(line, "token") || holds(line, "customer-key") ||
                   holds(line, "encryption-key");
        }
    }
    return true;
}

/* What a signature says openly, and stores talk about: which headers are signed, and by whom. */
static bool is_open(const char *word) {
    static const char *const open[] = {"AWS4-HMAC-SHA256", "Credential=", "SignedHeaders="};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        if (strncmp(word, open[i], strlen(open[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void cover(ar_buffer *body, const char *word, size_t length) {
    char *from = body->data;
    while ((from = memmem(from, body->size - (size_t)(from - body->data), word, length)) != NULL) {
        memset(from, '*', length);
        from += length;
    }
}

/* Each word of a value by itself: what comes after "Bearer ", or "Signature=". */
static void cover_words(ar_buffer *body, const char *value) {
    static const char between[] = " ,";
    while (*(value += strspn(value, between)) != '\0') {
        size_t length = strcspn(value, between);
        if (is_open(value)) {
            value += length;
            continue;
        }
        const char *equals = memchr(value, '=', length);
        size_t skipped = equals == NULL ? 0 : (size_t)(equals - value) + 1;
        /* Not so where it only fills up base64. */
        if (skipped + LEAST_SECRET > length || value[skipped] == '=') {
            skipped = 0;
        }
        if (length - skipped >= LEAST_SECRET) {
            cover(body, value + skipped, length - skipped);
        }
        value += length;
    }
}

void ar_http_redact(const ar_http_request *request, ar_http_response *response) {
    if (response->body.size == 0) {
        return;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        const char *line = request->headers[i];
        size_t name = name_length(line);
        if (line[name] == ':' && may_be_secret(line)) {
            cover_words(&response->body, line + name + 1);
        }
    }
}
