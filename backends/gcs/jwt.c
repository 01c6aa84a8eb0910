#include "gcs/jwt.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* ---- base64url ---- */

static bool append_base64url(ar_buffer *text, const void *data, size_t size) {
    size_t room = (size + 2) / 3 * 4 + 1;
    if (size > INT32_MAX / 2 || !ar_buffer_reserve(text, room)) {
        return false;
    }
    char *out = text->data + text->size;
    int length = EVP_EncodeBlock((unsigned char *)out, data, (int)size);
    while (length > 0 && out[length - 1] == '=') {
        length--;
    }
    out[length] = '\0';
    for (int i = 0; i < length; i++) {
        out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
    }
    text->size += (size_t)length;
    return true;
}

static bool append_json(ar_buffer *text, const json_t *value) {
    char *written = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
    bool ok = written != NULL && append_base64url(text, written, strlen(written));
    free(written);
    return ok;
}

/* ---- signing ---- */

static EVP_PKEY *read_key(const char *pem) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    BIO_free(bio);
    return key;
}

static bool append_signature(ar_buffer *text, size_t start, EVP_PKEY *key) {
    unsigned char *signature = NULL;
    size_t size = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const unsigned char *signed_text = (const unsigned char *)text->data + start;
    size_t signed_size = text->size - start;
    bool ok = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, NULL, &size, signed_text, signed_size) == 1 &&
              (signature = malloc(size)) != NULL &&
              EVP_DigestSign(context, signature, &size, signed_text, signed_size) == 1 &&
              ar_buffer_append_char(text, '.') && append_base64url(text, signature, size);
    free(signature);
    EVP_MD_CTX_free(context);
    return ok;
}

artrepo_code ar_gcs_jwt_sign(const ar_gcs_assertion *a, ar_buffer *text, artrepo_error *error) {
    EVP_PKEY *key = read_key(a->private_key);
    if (key == NULL || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "its private_key is no RSA key in PEM; take the file as Google "
                                 "gave it");
    }
    size_t start = text->size;
    json_t *header = json_pack("{s:s, s:s, s:s*}", "alg", "RS256", "typ", "JWT", "kid", a->key_id);
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", a->issuer, "scope", a->scope, "aud",
                  a->audience, "iat", (json_int_t)a->issued_s, "exp", (json_int_t)a->expires_s);
    bool ok = append_json(text, header) && ar_buffer_append_char(text, '.') &&
              append_json(text, claims) && append_signature(text, start, key);
    json_decref(header);
    json_decref(claims);
    EVP_PKEY_free(key);
    return ok ? ARTREPO_OK
              : artrepo_error_set(error, ARTREPO_INTERNAL, "the token request cannot be signed");
}
