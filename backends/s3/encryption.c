#include "s3/encryption.h"

#include <gcrypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

enum { KEY_BYTES = 32, PASSES = 1, MEMORY_KIB = 64 << 10, LANES = 4 };

static pthread_once_t gcrypt_once = PTHREAD_ONCE_INIT;
/* One at a time, in the whole process: many objects at once would take 64 MiB each. */
static pthread_mutex_t deriving = PTHREAD_MUTEX_INITIALIZER;

/* An application that uses libgcrypt itself has initialised it already. */
static void open_gcrypt(void) {
    if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
        gcry_check_version(NULL);
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
}

/* Argon2id. The salt is as short as the names of bucket and key are, which libargon2 refuses. */
static artrepo_code derive(const ar_s3 *s3, const ar_buffer *salt, unsigned char derived[KEY_BYTES],
                           artrepo_error *error) {
    static const unsigned long parameters[] = {KEY_BYTES, PASSES, MEMORY_KIB, LANES};
    const artrepo_secret *password = &s3->config.customer_password;
    gcry_kdf_hd_t kdf = NULL;
    pthread_once(&gcrypt_once, open_gcrypt);
    gcry_error_t result =
        gcry_kdf_open(&kdf, GCRY_KDF_ARGON2, GCRY_KDF_ARGON2ID, parameters, LANES, password->data,
                      password->size, salt->data, salt->size, NULL, 0, NULL, 0);
    if (result == 0) {
        result = gcry_kdf_compute(kdf, NULL);
    }
    if (result == 0) {
        result = gcry_kdf_final(kdf, KEY_BYTES, derived);
    }
    if (kdf != NULL) {
        gcry_kdf_close(kdf);
    }
    return result == 0
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "cannot derive the customer's key: %s",
                                   gcry_strerror(result));
}

artrepo_code ar_s3_customer_key_derive(const ar_s3 *s3, const char *key, ar_s3_customer_key *out,
                                       artrepo_error *error) {
    *out = (ar_s3_customer_key){"", ""};
    if (s3->config.encryption != AR_S3_ENCRYPTION_CUSTOMER) {
        return ARTREPO_OK;
    }
    ar_buffer salt = AR_BUFFER_INIT;
    unsigned char derived[KEY_BYTES], digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    artrepo_code code;
    if (!ar_buffer_append_text(&salt, s3->config.bucket) || !ar_buffer_append_text(&salt, key)) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the customer's key");
    } else {
        pthread_mutex_lock(&deriving);
        code = derive(s3, &salt, derived, error);
        pthread_mutex_unlock(&deriving);
    }
    if (code == ARTREPO_OK &&
        EVP_Digest(derived, sizeof derived, digest, &digest_size, EVP_md5(), NULL) != 1) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "the customer's key: MD5 is not there");
    }
    if (code == ARTREPO_OK) {
        EVP_EncodeBlock((unsigned char *)out->key, derived, sizeof derived);
        EVP_EncodeBlock((unsigned char *)out->md5, digest, (int)digest_size);
    }
    OPENSSL_cleanse(derived, sizeof derived);
    ar_buffer_free(&salt);
    return code;
}

void ar_s3_customer_key_wipe(ar_s3_customer_key *customer) {
    OPENSSL_cleanse(customer, sizeof *customer);
}

void ar_s3_add_customer_key(const ar_s3_customer_key *customer, ar_s3_request *request) {
    if (customer->key[0] != '\0') {
        ar_s3_add_header(request, "x-amz-server-side-encryption-customer-algorithm", "AES256");
        ar_s3_add_header(request, "x-amz-server-side-encryption-customer-key", customer->key);
        ar_s3_add_header(request, "x-amz-server-side-encryption-customer-key-md5", customer->md5);
    }
}

void ar_s3_add_encryption(const ar_s3 *s3, const ar_s3_customer_key *customer,
                          ar_s3_request *request) {
    switch (s3->config.encryption) {
    case AR_S3_ENCRYPTION_NONE:
        break;
    case AR_S3_ENCRYPTION_S3:
        ar_s3_add_header(request, "x-amz-server-side-encryption", "AES256");
        break;
    case AR_S3_ENCRYPTION_KMS:
        ar_s3_add_header(request, "x-amz-server-side-encryption", "aws:kms");
        ar_s3_add_header(request, "x-amz-server-side-encryption-aws-kms-key-id",
                         s3->config.kms_key_id);
        ar_s3_add_header(request, "x-amz-server-side-encryption-context", s3->config.kms_context);
        break;
    case AR_S3_ENCRYPTION_CUSTOMER:
        ar_s3_add_customer_key(customer, request);
        break;
    }
}
