#include "s3/sign.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
enum { MAX_SIGNED_HEADERS = 32, CANONICAL_BYTES = 1000, AUTHORIZATION_BYTES = 400 };

void ar_s3_hex(const unsigned char *bytes, size_t size, char *text) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *fetched_sha256; /* kept to the end */

static void fetch_sha256(void) {
    fetched_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

const EVP_MD *ar_s3_sha256(void) {
    pthread_once(&sha256_once, fetch_sha256);
    return fetched_sha256 == NULL ? EVP_sha256() : fetched_sha256;
}

bool ar_s3_sha256_hex(const void *data, size_t size, char text[AR_S3_SHA256_HEX]) {
    unsigned char digest[AR_S3_SHA256_BYTES];
    if (EVP_Digest(data, size, digest, NULL, ar_s3_sha256(), NULL) != 1) {
        return false;
    }
    ar_s3_hex(digest, sizeof digest, text);
    return true;
}

void ar_s3_time_text(time_t seconds, char text[AR_S3_TIME_TEXT]) {
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, AR_S3_TIME_TEXT, "%Y%m%dT%H%M%SZ", &parts);
}

/* ---- the canonical request ---- */

static int compare_headers(const void *a, const void *b) {
    return strcmp(((const ar_s3_header *)a)->name, ((const ar_s3_header *)b)->name);
}

/* Without white space at the ends, and runs of spaces inside folded into one. */
static bool append_value(ar_buffer *canonical, const char *value) {
    value += strspn(value, " \t");
    size_t length = strlen(value);
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
        length--;
    }
    if (memmem(value, length, "  ", 2) == NULL) {
        return ar_buffer_append(canonical, value, length);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < length; i++) {
        if (value[i] != ' ' || value[i - 1] != ' ') {
            ok = ar_buffer_append_char(canonical, value[i]);
        }
    }
    return ok;
}

static bool append_names(ar_buffer *text, const ar_s3_header *headers, size_t count) {
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = (i == 0 || ar_buffer_append_char(text, ';')) &&
             ar_buffer_append_text(text, headers[i].name);
    }
    return ok;
}

static bool append_line(ar_buffer *text, const char *line) {
    return ar_buffer_append_text(text, line) && ar_buffer_append_char(text, '\n');
}

static bool append_canonical(const ar_s3_signed_request *request, const ar_s3_header *sorted,
                             ar_buffer *canonical) {
    bool ok = ar_buffer_reserve(canonical, CANONICAL_BYTES) &&
              append_line(canonical, request->method) && append_line(canonical, request->path) &&
              append_line(canonical, request->query);
    for (size_t i = 0; ok && i < request->header_count; i++) {
        ok = ar_buffer_append_text(canonical, sorted[i].name) &&
             ar_buffer_append_char(canonical, ':') && append_value(canonical, sorted[i].value) &&
             ar_buffer_append_char(canonical, '\n');
    }
    return ok && ar_buffer_append_char(canonical, '\n') &&
           append_names(canonical, sorted, request->header_count) &&
           ar_buffer_append_char(canonical, '\n') &&
           ar_buffer_append_text(canonical, request->payload);
}

static bool sort_headers(const ar_s3_signed_request *request, ar_s3_header *sorted) {
    if (request->header_count > MAX_SIGNED_HEADERS) {
        return false;
    }
    memcpy(sorted, request->headers, request->header_count * sizeof *sorted);
    qsort(sorted, request->header_count, sizeof *sorted, compare_headers);
    return true;
}

bool ar_s3_canonical_request(const ar_s3_signed_request *request, ar_buffer *canonical) {
    ar_s3_header sorted[MAX_SIGNED_HEADERS];
    return sort_headers(request, sorted) && append_canonical(request, sorted, canonical);
}

/* ---- the key ---- */

void ar_s3_signer_open(ar_s3_signer *signer) {
    *signer = (ar_s3_signer){0};
    pthread_mutex_init(&signer->mutex, NULL);
}

void ar_s3_signer_close(ar_s3_signer *signer) {
    pthread_mutex_destroy(&signer->mutex);
    EVP_MAC_CTX_free(signer->keyed);
    OPENSSL_cleanse(signer, sizeof *signer);
}

static bool hmac(const void *key, size_t key_size, const void *text, size_t size,
                 unsigned char out[AR_S3_SHA256_BYTES]) {
    return HMAC(EVP_sha256(), key, (int)key_size, text, size, out, NULL) != NULL;
}

static bool derive_key(const ar_s3_signed_request *request, const char *day,
                       unsigned char key[AR_S3_SHA256_BYTES]) {
    ar_buffer secret = AR_BUFFER_INIT;
    size_t size = strlen(request->secret_key) + 4;
    bool ok = ar_buffer_reserve(&secret, size + 1) && ar_buffer_append_text(&secret, "AWS4") &&
              ar_buffer_append_text(&secret, request->secret_key) &&
              hmac(secret.data, secret.size, day, strlen(day), key) &&
              hmac(key, AR_S3_SHA256_BYTES, request->region, strlen(request->region), key) &&
              hmac(key, AR_S3_SHA256_BYTES, request->service, strlen(request->service), key) &&
              hmac(key, AR_S3_SHA256_BYTES, "aws4_request", strlen("aws4_request"), key);
    if (secret.data != NULL) {
        OPENSSL_cleanse(secret.data, secret.size);
    }
    ar_buffer_free(&secret);
    return ok;
}

/* NULL when it cannot be had. */
static EVP_MAC_CTX *make_keyed(const unsigned char key[AR_S3_SHA256_BYTES]) {
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1),
        OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *keyed = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    if (keyed != NULL && EVP_MAC_init(keyed, key, AR_S3_SHA256_BYTES, parameters) != 1) {
        EVP_MAC_CTX_free(keyed);
        keyed = NULL;
    }
    EVP_MAC_free(mac);
    return keyed;
}

/* The signer's mutex is held. */
static bool renew_key(ar_s3_signer *signer, const ar_s3_signed_request *request, const char *day,
                      const unsigned char digest[AR_S3_SHA256_BYTES]) {
    unsigned char key[AR_S3_SHA256_BYTES];
    EVP_MAC_CTX_free(signer->keyed);
    signer->keyed = derive_key(request, day, key) ? make_keyed(key) : NULL;
    OPENSSL_cleanse(key, sizeof key);
    snprintf(signer->day, sizeof signer->day, "%s", day);
    snprintf(signer->region, sizeof signer->region, "%s", request->region);
    memcpy(signer->secret_digest, digest, sizeof signer->secret_digest);
    return signer->keyed != NULL;
}

/* A copy of HMAC with the signing key, which is the caller's. NULL when it cannot be had. */
static EVP_MAC_CTX *take_keyed(ar_s3_signer *signer, const ar_s3_signed_request *request,
                               const char *day) {
    unsigned char digest[AR_S3_SHA256_BYTES];
    if (strlen(request->region) >= sizeof signer->region ||
        EVP_Digest(request->secret_key, strlen(request->secret_key), digest, NULL, ar_s3_sha256(),
                   NULL) != 1) {
        return NULL;
    }
    pthread_mutex_lock(&signer->mutex);
    bool is_ready = signer->keyed != NULL && strcmp(signer->day, day) == 0 &&
                    strcmp(signer->region, request->region) == 0 &&
                    CRYPTO_memcmp(signer->secret_digest, digest, sizeof digest) == 0;
    EVP_MAC_CTX *copy =
        is_ready || renew_key(signer, request, day, digest) ? EVP_MAC_CTX_dup(signer->keyed) : NULL;
    pthread_mutex_unlock(&signer->mutex);
    return copy;
}

/* ---- the signature ---- */

static bool mac_of(ar_s3_signer *signer, const ar_s3_signed_request *request, const char *day,
                   const ar_buffer *text, unsigned char out[AR_S3_SHA256_BYTES]) {
    size_t size = 0;
    EVP_MAC_CTX *keyed = take_keyed(signer, request, day);
    bool ok = keyed != NULL &&
              EVP_MAC_update(keyed, (const unsigned char *)text->data, text->size) == 1 &&
              EVP_MAC_final(keyed, out, &size, AR_S3_SHA256_BYTES) == 1;
    EVP_MAC_CTX_free(keyed);
    return ok;
}

static bool append_authorization(const ar_s3_signed_request *request, const ar_s3_header *sorted,
                                 const char *scope, const char *signature, ar_buffer *value) {
    return ar_buffer_reserve(value, AUTHORIZATION_BYTES) &&
           ar_buffer_append_text(value, ALGORITHM " Credential=") &&
           ar_buffer_append_text(value, request->access_key) && ar_buffer_append_char(value, '/') &&
           ar_buffer_append_text(value, scope) &&
           ar_buffer_append_text(value, ", SignedHeaders=") &&
           append_names(value, sorted, request->header_count) &&
           ar_buffer_append_text(value, ", Signature=") && ar_buffer_append_text(value, signature);
}

bool ar_s3_sign(ar_s3_signer *signer, const ar_s3_signed_request *request, ar_buffer *value) {
    ar_s3_header sorted[MAX_SIGNED_HEADERS];
    ar_buffer text = AR_BUFFER_INIT;
    char day[9], scope[128], hash[AR_S3_SHA256_HEX], signature[AR_S3_SHA256_HEX];
    unsigned char mac[AR_S3_SHA256_BYTES];
    snprintf(day, sizeof day, "%.8s", request->time);
    snprintf(scope, sizeof scope, "%s/%s/%s/aws4_request", day, request->region, request->service);
    bool ok = sort_headers(request, sorted) && append_canonical(request, sorted, &text) &&
              ar_s3_sha256_hex(text.data, text.size, hash);
    ar_buffer_clear(&text);
    ok = ok && append_line(&text, ALGORITHM) && append_line(&text, request->time) &&
         append_line(&text, scope) && ar_buffer_append_text(&text, hash) &&
         mac_of(signer, request, day, &text, mac);
    if (ok) {
        ar_s3_hex(mac, sizeof mac, signature);
        ok = append_authorization(request, sorted, scope, signature, value);
    }
    ar_buffer_free(&text);
    return ok;
}
