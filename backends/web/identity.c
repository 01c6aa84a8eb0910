/* The certificate that is shown to servers, looked at before anything is sent: the transport would
 * ask for a pass phrase at the terminal. */
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "web/config.h"

static int no_pass_phrase(char *buffer, int size, int writing, void *data) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)data;
    return -1;
}

static BIO *open_secret(const artrepo_secret *secret) {
    return secret->data == NULL || secret->size > INT_MAX
               ? NULL
               : BIO_new_mem_buf(secret->data, (int)secret->size);
}

artrepo_code ar_web_check_identity(const artrepo_secret *certificate, const artrepo_secret *key,
                                   artrepo_error *error) {
    BIO *certificate_bio = open_secret(certificate);
    BIO *key_bio = open_secret(key);
    X509 *x509 = certificate_bio == NULL
                     ? NULL
                     : PEM_read_bio_X509(certificate_bio, NULL, no_pass_phrase, NULL);
    EVP_PKEY *private_key =
        key_bio == NULL ? NULL : PEM_read_bio_PrivateKey(key_bio, NULL, no_pass_phrase, NULL);
    artrepo_code code = ARTREPO_OK;
    if (x509 == NULL) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "the secret of http.auth.clientCert.clientCertSecret is no "
                                 "certificate in PEM");
    } else if (private_key == NULL) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "the secret of http.auth.clientCert.clientKeySecret is no private "
                                 "key in PEM, or one with a pass phrase; take the pass phrase off "
                                 "(openssl pkey)");
    } else if (X509_check_private_key(x509, private_key) != 1) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "the key of http.auth.clientCert.clientKeySecret does not belong "
                                 "to the certificate of clientCertSecret");
    }
    X509_free(x509);
    EVP_PKEY_free(private_key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    ERR_clear_error();
    return code;
}
