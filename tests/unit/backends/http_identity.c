/* Client certificates, before anything is sent. */
#include "unit/support.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "web/config.h"

static artrepo_secret secret_of(BIO *bio) {
    char *data;
    long size = BIO_get_mem_data(bio, &data);
    artrepo_secret secret = {malloc((size_t)size + 1), (size_t)size};
    memcpy(secret.data, data, (size_t)size);
    secret.data[size] = '\0';
    BIO_free(bio);
    return secret;
}

static artrepo_secret key_pem(EVP_PKEY *key, const char *pass_phrase) {
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = pass_phrase == NULL ? NULL : EVP_aes_128_cbc();
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
                         bio, key, cipher, pass_phrase,
                         pass_phrase == NULL ? 0 : (int)strlen(pass_phrase), NULL, NULL),
                     1);
    return secret_of(bio);
}

static artrepo_secret certificate_pem(EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *x509 = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(bio, x509), 1);
    X509_free(x509);
    return secret_of(bio);
}

static void expect(const artrepo_secret *certificate, const artrepo_secret *key, const char *says) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_web_check_identity(certificate, key, &error);
    if (says == NULL) {
        assert_int_equal(code, ARTREPO_OK);
        return;
    }
    assert_int_equal(code, ARTREPO_INVALID);
    if (strstr(error.message, says) == NULL) {
        fail_msg("'%s' is not in: %s", says, error.message);
    }
}

static void certificates_and_keys(void **state) {
    (void)state;
    char words[] = "no PEM at all";
    artrepo_secret garbage = {words, sizeof words - 1}, nothing = {NULL, 0};
    EVP_PKEY *one = EVP_EC_gen("P-256"), *two = EVP_EC_gen("P-256");
    artrepo_secret certificate = certificate_pem(one), key = key_pem(one, NULL),
                   other = key_pem(two, NULL), locked = key_pem(one, "pass phrase");
    expect(&certificate, &key, NULL);
    expect(&certificate, &other, "does not belong to the certificate");
    expect(&certificate, &locked, "take the pass phrase off");
    expect(&certificate, &garbage, "no private key in PEM");
    expect(&garbage, &key, "no certificate in PEM");
    expect(&key, &certificate, "no certificate in PEM");
    expect(&nothing, &key, "no certificate in PEM");
    expect(&certificate, &nothing, "no private key in PEM");
    free(certificate.data);
    free(key.data);
    free(other.data);
    free(locked.data);
    EVP_PKEY_free(one);
    EVP_PKEY_free(two);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(certificates_and_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
