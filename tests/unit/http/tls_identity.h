/* A certificate that signs itself, for a server on 127.0.0.1 or for a client, and its key. */
#ifndef TESTS_UNIT_HTTP_TLS_IDENTITY_H
#define TESTS_UNIT_HTTP_TLS_IDENTITY_H

#include "unit/support.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

typedef struct tls_identity {
    EVP_PKEY *private_key;
    X509 *x509;
    char *certificate, *key; /* PEM */
    size_t certificate_size, key_size;
} tls_identity;

/* What was written to BIO, which is freed. */
static inline char *tls_take_pem(BIO *bio, size_t *size) {
    char *pem;
    *size = (size_t)BIO_get_mem_data(bio, &pem);
    char *copy = malloc(*size);
    memcpy(copy, pem, *size);
    BIO_free(bio);
    return copy;
}

static inline tls_identity tls_identity_make(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    assert_non_null(key);
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);

    tls_identity identity = {.private_key = key, .x509 = x509};
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, x509), 1);
    identity.certificate = tls_take_pem(bio, &identity.certificate_size);
    bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    identity.key = tls_take_pem(bio, &identity.key_size);
    return identity;
}

/* Of a server. */
static inline SSL_CTX *tls_identity_context(const tls_identity *identity) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(context, identity->x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, identity->private_key), 1);
    return context;
}

static inline void tls_identity_free(tls_identity *identity) {
    X509_free(identity->x509);
    EVP_PKEY_free(identity->private_key);
    free(identity->certificate);
    free(identity->key);
}

#endif
