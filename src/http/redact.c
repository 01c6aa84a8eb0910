#include "http/redact.h"

#include <curl/curl.h>
#include <limits.h>
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

/* The length of WORD, LENGTH bytes of it, where it is found at TEXT; 0 where it is not. JSON may
 * have a backslash before a slash. */
static size_t match(const char *text, const char *end, const char *word, size_t length) {
    const char *c = text;
    for (size_t i = 0; i < length; i++, c++) {
        c += end - c > 1 && c[0] == '\\' && c[1] == '/' && word[i] == '/';
        if (c == end || *c != word[i]) {
            return 0;
        }
    }
    return (size_t)(c - text);
}

static void cover(ar_buffer *body, const char *word, size_t length) {
    char *end = body->data + body->size;
    for (char *from = body->data; from < end; from++) {
        size_t found = *from == word[0] || *from == '\\' ? match(from, end, word, length) : 0;
        memset(from, '*', found);
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

/* ---- forms, and what stands behind the "?" of an address ---- */

static bool is_one_of(const char *name, size_t length, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i]) == length && strncasecmp(name, list[i], length) == 0) {
            return true;
        }
    }
    return false;
}

/* All of a form's fields but those that are known not to be. */
static bool may_be_secret_field(const char *name, size_t length) {
    static const char *const known[] = {"grant_type",
                                        "client_id",
                                        "scope",
                                        "audience",
                                        "resource",
                                        "options",
                                        "Action",
                                        "Version",
                                        "RoleArn",
                                        "RoleSessionName",
                                        "Policy",
                                        "DurationSeconds",
                                        "requested_token_type",
                                        "subject_token_type",
                                        "actor_token_type",
                                        "client_assertion_type"};
    return !is_one_of(name, length, known, sizeof known / sizeof known[0]);
}

/* Of an address only those whose names say so: the others are what messages are about. */
static bool is_secret_parameter(const char *name, size_t length) {
    static const char *const parts[] = {"sig",  "token",  "secret",  "password",
                                        "auth", "apikey", "api_key", "api-key"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t part = strlen(parts[i]);
        for (size_t j = 0; j + part <= length; j++) {
            if (strncasecmp(name + j, parts[i], part) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* As it was sent, and as it was meant. */
static void cover_encoded(ar_buffer *body, const char *value, size_t length) {
    if (length < LEAST_SECRET || length > INT_MAX) {
        return;
    }
    cover(body, value, length);
    int size = 0;
    char *decoded = curl_easy_unescape(NULL, value, (int)length, &size);
    if (decoded == NULL) {
        return;
    }
    if (size >= LEAST_SECRET && (size_t)size < length) {
        cover(body, decoded, (size_t)size);
    }
    explicit_bzero(decoded, (size_t)size);
    curl_free(decoded);
}

/* TEXT is "NAME=VALUE&NAME=VALUE". */
static void cover_pairs(ar_buffer *body, const char *text, const char *end,
                        bool (*is_secret)(const char *name, size_t length)) {
    while (text < end) {
        const char *next = memchr(text, '&', (size_t)(end - text));
        next = next == NULL ? end : next;
        const char *equals = memchr(text, '=', (size_t)(next - text));
        if (equals != NULL && is_secret(text, (size_t)(equals - text))) {
            cover_encoded(body, equals + 1, (size_t)(next - equals - 1));
        }
        text = next + (next < end);
    }
}

static bool is_form(const ar_http_request *request) {
    static const char name[] = "content-type:", value[] = "application/x-www-form-urlencoded";
    for (size_t i = 0; i < request->header_count; i++) {
        const char *line = request->headers[i];
        if (strncasecmp(line, name, sizeof name - 1) == 0) {
            line += sizeof name - 1;
            line += strspn(line, " ");
            return strncasecmp(line, value, sizeof value - 1) == 0;
        }
    }
    return false;
}

static void cover_form(ar_buffer *body, const ar_http_request *request) {
    const ar_http_body *form = request->body;
    if (form != NULL && form->data != NULL && is_form(request)) {
        cover_pairs(body, form->data, (const char *)form->data + form->size, may_be_secret_field);
    }
}

static void cover_address(ar_buffer *body, const char *url) {
    const char *query = url == NULL ? NULL : strchr(url, '?');
    if (query != NULL) {
        cover_pairs(body, query + 1, query + strcspn(query, "#"), is_secret_parameter);
    }
}

void ar_http_redact(const ar_http_request *request, ar_http_response *response) {
    if (response->body.size == 0) {
        return;
    }
    cover_form(&response->body, request);
    cover_address(&response->body, request->url);
    for (size_t i = 0; i < request->header_count; i++) {
        const char *line = request->headers[i];
        size_t name = name_length(line);
        if (line[name] == ':' && may_be_secret(line)) {
            cover_words(&response->body, line + name + 1);
        }
    }
}
