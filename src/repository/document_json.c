#include "repository/document_json.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "repository/document.h"

enum { MAX_NAME = 160 }; /* bytes, of which each may become the six characters of an escape */

static bool is_json(const char *text, size_t size) {
    size_t blank = 0;
    while (blank < size && strchr(" \t\r\n", text[blank]) != NULL) {
        blank++;
    }
    if (blank == size || (text[blank] != '{' && text[blank] != '[')) {
        return false;
    }
    json_t *json = json_loadb(text, size, 0, NULL);
    json_decref(json);
    return json != NULL;
}

/* The four hexadecimal digits after "\u" at TEXT; false when there are none. */
static bool read_unit(const char *text, const char *end, uint32_t *unit) {
    if (end - text < 6 || text[0] != '\\' || text[1] != 'u') {
        return false;
    }
    *unit = 0;
    for (int i = 2; i < 6; i++) {
        char c = text[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit > 15) {
            return false;
        }
        *unit = *unit << 4 | digit;
    }
    return true;
}

/* The character of the pair at TEXT; 0 when there is no pair. */
static uint32_t read_pair(const char *text, const char *end) {
    uint32_t high, low;
    if (!read_unit(text, end, &high) || (high & 0xfc00) != 0xd800 ||
        !read_unit(text + 6, end, &low) || (low & 0xfc00) != 0xdc00) {
        return 0;
    }
    return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

static bool append_character(ar_buffer *buffer, uint32_t c) {
    char utf8[4] = {(char)(0xf0 | (c >> 18)), (char)(0x80 | ((c >> 12) & 0x3f)),
                    (char)(0x80 | ((c >> 6) & 0x3f)), (char)(0x80 | (c & 0x3f))};
    return ar_buffer_append(buffer, utf8, sizeof utf8);
}

/* The character at TEXT when it stands for itself in JSON and not in YAML, else 0. All of them are
 * below U+10000. */
static uint32_t read_odd(const char *text, const char *end, size_t *length) {
    const unsigned char *c = (const unsigned char *)text;
    size_t left = (size_t)(end - text);
    if (c[0] == 0x7f) {
        *length = 1;
        return c[0];
    }
    if (left >= 2 && c[0] == 0xc2 && c[1] < 0xa0) {
        *length = 2;
        return c[1];
    }
    if (left < 3 || (c[0] & 0xf0) != 0xe0) {
        return 0;
    }
    uint32_t value = (uint32_t)(c[0] & 0x0f) << 12 | (uint32_t)(c[1] & 0x3f) << 6 | (c[2] & 0x3f);
    *length = 3;
    bool odd = value == 0x2028 || value == 0x2029 || value == 0xfeff || value >= 0xfffe;
    return odd ? value : 0;
}

/* Whether the string at TEXT is a name that YAML may not take as it is: one that is written there
 * with over 1024 characters, or has its colon on another line. */
static bool is_wide_name(const char *text, const char *end) {
    const char *c = text + 1;
    while (c < end && *c != '"') {
        c += *c == '\\' ? 2 : 1;
    }
    bool one_line = true;
    for (c++; c < end && strchr(" \t\r\n", *c) != NULL; c++) {
        one_line = one_line && *c != '\r' && *c != '\n';
    }
    return c < end && *c == ':' && (!one_line || c - text > MAX_NAME);
}

typedef struct json_text {
    const char *next, *end;
    bool in_string;
} json_text;

/* One character, or what stands for it; *TAKEN of JSON's. It is another one: *OTHER. */
static bool append_next(const json_text *json, ar_buffer *plain, size_t *taken, bool *other) {
    const char *text = json->next;
    uint32_t pair = read_pair(text, json->end);
    *other = true;
    if (pair != 0) {
        *taken = 12;
        return append_character(plain, pair);
    }
    uint32_t odd = read_odd(text, json->end, taken);
    if (odd != 0) {
        return ar_buffer_printf(plain, "\\u%04x", (unsigned)odd);
    }
    *taken = 1;
    if (text[0] == '\t') { /* which YAML refuses in some places; between JSON's values alone */
        return ar_buffer_append_char(plain, ' ');
    }
    if (text[0] == '"' && !json->in_string && is_wide_name(text, json->end)) {
        return ar_buffer_append_text(plain, "? \"");
    }
    /* An escaped backslash must not lend its second half to what follows, nor a quotation mark. */
    *taken = text[0] == '\\' && json->end - text > 1 ? 2 : 1;
    *other = false;
    return ar_buffer_append(plain, text, *taken);
}

bool ar_json_for_yaml(const char *text, size_t size, ar_buffer *plain, bool *found) {
    *found = false;
    if (!is_json(text, size)) {
        return true;
    }
    json_text json = {text, text + size, false};
    while (json.next < json.end) {
        size_t taken = 0;
        bool other = false;
        if (!append_next(&json, plain, &taken, &other)) {
            return false;
        }
        *found = *found || other;
        json.in_string = json.in_string != (json.next[0] == '"');
        json.next += taken;
    }
    return true;
}
