#include "http/trust.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ar_http_trust {
    X509_STORE *store;
};

static pthread_once_t tls_once = PTHREAD_ONCE_INIT;
static bool tls_is_ours;

static void look_at_tls(void) {
    const char *version = curl_version_info(CURLVERSION_NOW)->ssl_version;
    tls_is_ours = version != NULL && strncmp(version, "OpenSSL/3", strlen("OpenSSL/3")) == 0 &&
                  OPENSSL_version_major() == 3;
}

/* Other builds of curl have another library's connections, or another OpenSSL's. */
static bool curl_has_our_tls(void) {
    pthread_once(&tls_once, look_at_tls);
    return tls_is_ours;
}

static bool add_pem(X509_STORE *store, const char *pem, size_t size) {
    BIO *bio = size > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)size);
    STACK_OF(X509_INFO) *found = bio == NULL ? NULL : PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    int count = 0;
    for (int i = 0; found != NULL && i < sk_X509_INFO_num(found); i++) {
        const X509_INFO *info = sk_X509_INFO_value(found, i);
        count += info->x509 != NULL && X509_STORE_add_cert(store, info->x509) == 1;
        if (info->crl != NULL) {
            X509_STORE_add_crl(store, info->crl);
        }
    }
    sk_X509_INFO_pop_free(found, X509_INFO_free);
    BIO_free(bio);
    return count > 0;
}

static char *from_environment(const char *name) {
    char *value = secure_getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* Where the curl of this system looks; SSL_CERT_FILE and SSL_CERT_DIR each say otherwise, as they
 * do for programs in Go. */
static bool add_system(X509_STORE *store) {
    char *file = NULL;
    char *directory = NULL;
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return false;
    }
    curl_easy_getinfo(curl, CURLINFO_CAINFO, &file);
    curl_easy_getinfo(curl, CURLINFO_CAPATH, &directory);
    char *own_file = from_environment("SSL_CERT_FILE");
    char *own_directory = from_environment("SSL_CERT_DIR");
    file = own_file != NULL ? own_file : file;
    directory = own_directory != NULL ? own_directory : directory;
    bool by_file = file != NULL && X509_STORE_load_file(store, file) == 1;
    bool by_directory = directory != NULL && X509_STORE_load_path(store, directory) == 1;
    curl_easy_cleanup(curl);
    return by_file || by_directory;
}

ar_http_trust *ar_http_trust_open(const char *pem, size_t size) {
    if (!curl_has_our_tls()) {
        return NULL;
    }
    ar_http_trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL) {
        return NULL;
    }
    trust->store = X509_STORE_new();
    if (trust->store == NULL ||
        !(pem != NULL ? add_pem(trust->store, pem, size) : add_system(trust->store))) {
        ar_http_trust_close(trust);
        trust = NULL;
    } else {
        /* As curl has it: a certificate in the bundle is trusted, whoever has signed it. */
        X509_STORE_set_flags(trust->store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    }
    ERR_clear_error();
    return trust;
}

void ar_http_trust_close(ar_http_trust *trust) {
    if (trust != NULL) {
        X509_STORE_free(trust->store);
        free(trust);
    }
}

/* ---- reading ahead ---- */

/* Servers that write in small pieces make small records, and each costs two system calls when it is
 * read by itself. */
#define READ_AHEAD_BYTES ((size_t)64 << 10)

ar_http_reading ar_http_trust_reading(CURL *curl) {
    struct curl_tlssessioninfo *session = NULL;
    if (!curl_has_our_tls() || /* or else its sessions are nothing that we know */
        curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL ||
        session->backend != CURLSSLBACKEND_OPENSSL || session->internals == NULL) {
        return AR_HTTP_READ_ALL;
    }
    switch (SSL_want(session->internals)) {
    case SSL_NOTHING:
        return AR_HTTP_READ_SOME;
    case SSL_WRITING:
        return AR_HTTP_READ_UNKNOWN;
    default:
        return AR_HTTP_READ_ALL;
    }
}

/* ---- using it ---- */

static CURLcode set_up(CURL *curl, void *context, void *data) {
    (void)curl;
    const ar_http_trust *trust = data;
    SSL_CTX_set1_cert_store(context, trust->store);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD_BYTES);
    return CURLE_OK;
}

void ar_http_trust_use(ar_http_trust *trust, CURL *curl) {
    if (curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, set_up) == CURLE_OK) {
        curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, trust);
        curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}
