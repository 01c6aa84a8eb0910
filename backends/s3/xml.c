#include "s3/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

enum { MAX_DEPTH = 16, MAX_NAME = 256 };
#define MAX_TEXT ((size_t)64 << 10)

typedef struct reader {
    XML_Parser parser;
    ar_s3_xml_element *element;
    void *element_data;
    ar_buffer path;
    ar_buffer text; /* of the elements that are open, one behind the other */
    size_t text_start[MAX_DEPTH];
    size_t path_end[MAX_DEPTH];
    size_t depth;
    artrepo_error failure;
} reader;

static void fail(reader *r, artrepo_code code, const char *what) {
    if (r->failure.code == ARTREPO_OK) {
        artrepo_error_set(&r->failure, code, "the store's XML answer %s", what);
    }
    XML_StopParser(r->parser, XML_FALSE);
}

static void start_element(void *data, const XML_Char *name, const XML_Char **attributes) {
    (void)attributes;
    reader *r = data;
    if (r->failure.code != ARTREPO_OK) {
        return;
    }
    const char *colon = strchr(name, ':');
    name = colon == NULL ? name : colon + 1;
    if (r->depth == MAX_DEPTH || strlen(name) > MAX_NAME) {
        fail(r, ARTREPO_REFUSED_UNSAFE, "is nested deeper, or has longer names, than any store's");
        return;
    }
    r->path_end[r->depth] = r->path.size;
    r->text_start[r->depth] = r->text.size;
    r->depth++;
    if ((r->path.size > 0 && !ar_buffer_append_char(&r->path, '/')) ||
        !ar_buffer_append_text(&r->path, name)) {
        fail(r, ARTREPO_INTERNAL, "does not fit into memory");
    }
}

static void end_element(void *data, const XML_Char *name) {
    (void)name;
    reader *r = data;
    if (r->failure.code != ARTREPO_OK) {
        return;
    }
    size_t start = r->text_start[--r->depth];
    const char *text = r->text.data == NULL ? "" : r->text.data + start;
    artrepo_code code = r->element(r->element_data, r->path.data, text, &r->failure);
    if (code != ARTREPO_OK) {
        r->failure.code = code;
        XML_StopParser(r->parser, XML_FALSE);
        return;
    }
    r->path.size = r->path_end[r->depth];
    r->path.data[r->path.size] = '\0';
    r->text.size = start;
    if (r->text.data != NULL) {
        r->text.data[start] = '\0';
    }
}

static void character_data(void *data, const XML_Char *text, int length) {
    reader *r = data;
    if (r->failure.code != ARTREPO_OK) {
        return;
    }
    if (r->text.size + (size_t)length > MAX_TEXT) {
        fail(r, ARTREPO_REFUSED_UNSAFE, "has a longer text than any store's");
    } else if (!ar_buffer_append(&r->text, text, (size_t)length)) {
        fail(r, ARTREPO_INTERNAL, "does not fit into memory");
    }
}

static void start_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
                          const XML_Char *public_id, int has_internal_subset) {
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    fail(data, ARTREPO_REFUSED_UNSAFE, "declares a document type, which no store's does");
}

artrepo_code ar_s3_xml_read(const char *data, size_t size, ar_s3_xml_element *element,
                            void *element_data, artrepo_error *error) {
    reader r = {.element = element, .element_data = element_data, .failure = ARTREPO_ERROR_INIT};
    if (size > INT_MAX) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "the store's answer is too large");
    }
    r.parser = XML_ParserCreate(NULL);
    if (r.parser == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read the store's answer");
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, start_element, end_element);
    XML_SetCharacterDataHandler(r.parser, character_data);
    XML_SetStartDoctypeDeclHandler(r.parser, start_doctype);
    if (XML_Parse(r.parser, data == NULL ? "" : data, (int)size, XML_TRUE) != XML_STATUS_OK &&
        r.failure.code == ARTREPO_OK) {
        artrepo_error_set(&r.failure, ARTREPO_IO, "the store's answer is no XML: %s at line %lu",
                          XML_ErrorString(XML_GetErrorCode(r.parser)),
                          (unsigned long)XML_GetCurrentLineNumber(r.parser));
    }
    XML_ParserFree(r.parser);
    ar_buffer_free(&r.path);
    ar_buffer_free(&r.text);
    if (r.failure.code != ARTREPO_OK && error != NULL) {
        *error = r.failure;
    }
    return r.failure.code;
}

bool ar_s3_xml_append(ar_buffer *out, const char *text) {
    bool ok = true;
    for (; ok && *text != '\0'; text++) {
        switch (*text) {
        case '&':
            ok = ar_buffer_append_text(out, "&amp;");
            break;
        case '<':
            ok = ar_buffer_append_text(out, "&lt;");
            break;
        case '>':
            ok = ar_buffer_append_text(out, "&gt;");
            break;
        case '"':
            ok = ar_buffer_append_text(out, "&quot;");
            break;
        case '\t':
        case '\n':
        case '\r': /* a parser would make spaces and line feeds of them */
            ok = ar_buffer_printf(out, "&#%d;", *text);
            break;
        default:
            ok = ar_buffer_append_char(out, *text);
        }
    }
    return ok;
}

/* The length of the UTF-8 character at TEXT, and which one it is; 0 when there is none. */
static size_t decode_character(const unsigned char *text, unsigned *value) {
    unsigned char c = text[0];
    size_t length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    *value = length <= 1 ? c : c & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
        *value = *value << 6 | (text[i] & 0x3f);
    }
    bool overlong = (length == 3 && *value < 0x800) || (length == 4 && *value < 0x10000);
    bool surrogate = *value >= 0xd800 && *value < 0xe000;
    return overlong || surrogate || *value > 0x10ffff ? 0 : length;
}

static bool xml_allows(unsigned value) {
    return value >= 0x20 ? value != 0xfffe && value != 0xffff
                         : value == '\t' || value == '\n' || value == '\r';
}

bool ar_s3_is_utf8(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    unsigned value;
    size_t length = 1;
    for (; *c != '\0' && length > 0; c += length) {
        length = decode_character(c, &value);
    }
    return length > 0;
}

bool ar_s3_xml_can_carry(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    unsigned value;
    while (*c != '\0') {
        size_t length = decode_character(c, &value);
        if (length == 0 || !xml_allows(value)) {
            return false;
        }
        c += length;
    }
    return true;
}
