#include "web/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what headers say ---- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(const char *text, unsigned char *bytes, size_t size) {
    if (strlen(text) != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

/* TEXT of LENGTH characters of base64. */
static bool read_base64(const char *text, size_t length, unsigned char *bytes, size_t size) {
    unsigned char decoded[EVP_MAX_MD_SIZE + 4];
    size_t padded = (size + 2) / 3 * 4;
    if (length != padded || padded / 4 * 3 > sizeof decoded ||
        EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)length) < (int)size) {
        return false;
    }
    memcpy(bytes, decoded, size);
    return true;
}

/* "sha-256=:BASE64:, ..." and, in the older form, "SHA-256=BASE64,...". */
static bool read_member(const char *list, const char *name, unsigned char *bytes, size_t size) {
    size_t length = strlen(name);
    for (const char *item = list; item != NULL && *item != '\0';) {
        item += strspn(item, " \t,");
        if (strncasecmp(item, name, length) == 0 && item[length] == '=') {
            const char *value = item + length + 1;
            value += value[0] == ':' ? 1 : 0;
            return read_base64(value, strcspn(value, ":, \t;"), bytes, size);
        }
        item = strchr(item, ',');
    }
    return false;
}

typedef enum digest_form { HEX, MEMBER, BASE64 } digest_form;

typedef struct digest_header {
    const char *header;
    digest_form form;
    const char *member;
    const char *name;
    const EVP_MD *(*algorithm)(void);
} digest_header;

/* The strongest first. */
static const digest_header headers[] = {
    {"Repr-Digest", MEMBER, "sha-512", "SHA-512", EVP_sha512},
    {"X-Checksum-Sha256", HEX, NULL, "SHA-256", EVP_sha256},
    {"Repr-Digest", MEMBER, "sha-256", "SHA-256", EVP_sha256},
    {"Digest", MEMBER, "SHA-512", "SHA-512", EVP_sha512},
    {"Digest", MEMBER, "SHA-256", "SHA-256", EVP_sha256},
    {"X-Checksum-Sha1", HEX, NULL, "SHA-1", EVP_sha1},
    {"Digest", MEMBER, "SHA", "SHA-1", EVP_sha1},
    {"X-Checksum-Md5", HEX, NULL, "MD5", EVP_md5},
    {"Digest", MEMBER, "MD5", "MD5", EVP_md5},
    {"Content-MD5", BASE64, NULL, "MD5", EVP_md5},
};

static bool read_header(const ar_http_response *response, const digest_header *from,
                        ar_web_digest *digest) {
    const char *value = ar_http_response_header(response, from->header);
    size_t size = (size_t)EVP_MD_get_size(from->algorithm());
    if (value == NULL) {
        return false;
    }
    switch (from->form) {
    case HEX:
        return read_hex(value, digest->expected, size);
    case MEMBER:
        return read_member(value, from->member, digest->expected, size);
    case BASE64:
        return read_base64(value, strlen(value), digest->expected, size);
    }
    return false;
}

void ar_web_digest_open(const ar_http_response *response, ar_web_digest *digest) {
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (!read_header(response, &headers[i], digest)) {
            continue;
        }
        digest->context = EVP_MD_CTX_new();
        if (digest->context != NULL &&
            EVP_DigestInit_ex(digest->context, headers[i].algorithm(), NULL) == 1) {
            digest->name = headers[i].name;
            digest->size = (size_t)EVP_MD_get_size(headers[i].algorithm());
            return;
        }
        ar_web_digest_free(digest); /* such as MD5 where it is not allowed */
    }
}

/* ---- verifying ---- */

void ar_web_digest_update(const ar_web_digest *digest, const void *data, size_t size) {
    if (digest->context != NULL) {
        EVP_DigestUpdate(digest->context, data, size);
    }
}

bool ar_web_digest_fits(const ar_web_digest *digest) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return digest->context == NULL ||
           (EVP_DigestFinal_ex(digest->context, made, &size) == 1 && size == digest->size &&
            memcmp(made, digest->expected, size) == 0);
}

void ar_web_digest_free(ar_web_digest *digest) {
    EVP_MD_CTX_free(digest->context);
    *digest = (ar_web_digest){0};
}

bool ar_web_sha256_text(EVP_MD_CTX *context, char text[AR_WEB_SHA256_TEXT]) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    text[0] = '\0';
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    bool ok = copy != NULL && EVP_MD_CTX_copy_ex(copy, context) == 1 &&
              EVP_DigestFinal_ex(copy, made, &size) == 1 && 2 * size < AR_WEB_SHA256_TEXT;
    EVP_MD_CTX_free(copy);
    for (size_t i = 0; ok && i < size; i++) {
        snprintf(text + 2 * i, 3, "%02x", (unsigned)made[i]);
    }
    return ok;
}
