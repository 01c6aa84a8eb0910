/* The files of credentials, and what is asked of Google with each. */
#include "gcs_google.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* ---- keys of service accounts ---- */

static EVP_PKEY *key_pair;
static char *key_pem; /* as JSON has it */

static void make_key(void) {
    if (key_pair != NULL) {
        return;
    }
    key_pair = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key_pair, NULL, NULL, 0, NULL, NULL), 1);
    long size = BIO_get_mem_data(bio, &pem);
    ar_buffer text = AR_BUFFER_INIT;
    for (long i = 0; i < size; i++) {
        assert_true(pem[i] == '\n' ? ar_buffer_append_text(&text, "\\n")
                                   : ar_buffer_append_char(&text, pem[i]));
    }
    key_pem = ar_buffer_steal(&text);
    BIO_free(bio);
}

static char *key_file(const char *token_uri) {
    ar_buffer text = AR_BUFFER_INIT;
    make_key();
    assert_true(ar_buffer_printf(&text,
                                 "{\"type\": \"service_account\", \"project_id\": \"p\", "
                                 "\"private_key_id\": \"kid1\", \"private_key\": \"%s\", "
                                 "\"client_email\": \"sa\\u0040p.iam.gserviceaccount.com\", "
                                 "\"token_uri\": \"%s\"}",
                                 key_pem, token_uri));
    return text.data;
}

static size_t decode(const char *text, size_t length, unsigned char *out) {
    char padded[4096];
    size_t n = 0;
    for (; n < length; n++) {
        padded[n] = text[n] == '-' ? '+' : text[n] == '_' ? '/' : text[n];
    }
    while (n % 4 != 0) {
        padded[n++] = '=';
    }
    int size = EVP_DecodeBlock(out, (unsigned char *)padded, (int)n);
    assert_true(size >= 0);
    return length * 3 / 4;
}

static json_t *decode_json(const char *text, size_t length) {
    unsigned char bytes[4096];
    json_t *root = json_loadb((char *)bytes, decode(text, length, bytes), 0, NULL);
    assert_non_null(root);
    return root;
}

/* RFC 7515: the signature is over the first two parts as they stand. */
static void verify_assertion(const char *jwt, const char *audience) {
    unsigned char signature[4096];
    const char *dot = strchr(jwt, '.');
    const char *last = strrchr(jwt, '.');
    assert_true(dot != NULL && last != dot);
    json_t *header = decode_json(jwt, (size_t)(dot - jwt));
    json_t *claims = decode_json(dot + 1, (size_t)(last - dot - 1));
    assert_string_equal(json_string_value(json_object_get(header, "alg")), "RS256");
    assert_string_equal(json_string_value(json_object_get(header, "typ")), "JWT");
    assert_string_equal(json_string_value(json_object_get(header, "kid")), "kid1");
    assert_string_equal(json_string_value(json_object_get(claims, "iss")),
                        "sa@p.iam.gserviceaccount.com");
    assert_string_equal(json_string_value(json_object_get(claims, "aud")), audience);
    assert_string_equal(json_string_value(json_object_get(claims, "scope")),
                        "https://www.googleapis.com/auth/devstorage.read_write");
    json_int_t issued = json_integer_value(json_object_get(claims, "iat"));
    json_int_t expires = json_integer_value(json_object_get(claims, "exp"));
    assert_true(issued <= time(NULL) && issued > time(NULL) - 60 && expires == issued + 3600);
    size_t size = decode(last + 1, strlen(last + 1), signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key_pair), 1);
    assert_int_equal(EVP_DigestVerify(context, signature, size, (const unsigned char *)jwt,
                                      (size_t)(last - jwt)),
                     1);
    EVP_MD_CTX_free(context);
    json_decref(header);
    json_decref(claims);
}

static void service_account(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char value[4096], url[100];
    start(&f, &g);
    char *text = key_file("http://@/token");
    use_file(&f, text);
    assert_stat(&f, "ya29.token-1");
    assert_string_equal(field(&g, "grant_type", value),
                        "urn:ietf:params:oauth:grant-type:jwt-bearer");
    snprintf(url, sizeof url, "http://%s/token", f.server.address);
    verify_assertion(field(&g, "assertion", value), url);
    assert_stat(&f, "ya29.token-1"); /* kept */
    assert_int_equal(g.tokens, 1);
    gcs_stop(&f);
    free(text);
}

static void secret_of_the_settings(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char directory[256];
    start(&f, &g);
    setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/at/all", 1); /* is not asked */
    snprintf(directory, sizeof directory, "%s/secret", scratch);
    mkdir(directory, 0700);
    char *text = key_file("http://@/token");
    write_text(&f, "secret/key", text);
    ar_value *selector = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(selector, "name", "secret");
    ar_value_put_string(selector, "key", "key");
    ar_value_put(f.root, "serviceAccountKeySecret", selector);
    struct artrepo_driver_settings settings = {f.root, "gcs", scratch};
    assert_ok(artrepo_driver_gcs.open(&settings, f.operation, &f.state, error));
    assert_stat(&f, "ya29.token-1");
    artrepo_driver_gcs.close(f.state);
    f.state = NULL;
    /* Another type could make us read files and ask addresses. */
    write_text(&f, "secret/key", "{\"type\": \"authorized_user\"}");
    assert_ok(artrepo_driver_gcs.open(&settings, f.operation, &f.state, error));
    assert_refused(&f, ARTREPO_INVALID, "are no key of a service account");
    artrepo_driver_gcs.close(f.state);
    f.state = NULL;
    write_text(&f, "secret/key", "\n");
    assert_int_equal(artrepo_driver_gcs.open(&settings, f.operation, &f.state, &f.failure),
                     ARTREPO_INVALID);
    assert_string_equal(f.failure.message, "the secret of gcs.serviceAccountKeySecret is empty");
    gcs_stop(&f);
    free(text);
}

/* ---- the other types ---- */

static void authorized_user(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-1");
    assert_string_equal(g.form, "grant_type=refresh_token&client_id=id.apps&client_secret=geheim"
                                "%26&refresh_token=1%2F%2Fgeheim");
    gcs_stop(&f);
}

static void file_of_gcloud(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char path[256];
    start(&f, &g);
    write_text(&f, "application_default_credentials.json", USER);
    setenv("CLOUDSDK_CONFIG", scratch, 1);
    gcs_open(&f);
    assert_stat(&f, "ya29.token-1");
    gcs_stop(&f);
    start(&f, &g);
    snprintf(path, sizeof path, "%s/.config", scratch);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/.config/gcloud", scratch);
    mkdir(path, 0700);
    write_text(&f, ".config/gcloud/application_default_credentials.json", USER);
    setenv("HOME", scratch, 1);
    gcs_open(&f);
    assert_stat(&f, "ya29.token-2");
    gcs_stop(&f);
}

/* "$" stands for the scratch directory. */
static void use_external(gcs_fixture *f, const char *source, const char *more) {
    ar_buffer text = AR_BUFFER_INIT;
    assert_true(ar_buffer_append_text(
        &text, "{\"type\": \"external_account\", \"audience\": \"//iam.googleapis.com/projects/1/"
               "pools/p\", \"subject_token_type\": \"urn:ietf:params:oauth:token-type:jwt\", "
               "\"token_url\": \"http://@/token\", \"credential_source\": "));
    for (; *source != '\0'; source++) {
        assert_true(*source == '$' ? ar_buffer_append_text(&text, scratch)
                                   : ar_buffer_append_char(&text, *source));
    }
    assert_true(ar_buffer_printf(&text, "%s}", more));
    use_file(f, text.data);
    ar_buffer_free(&text);
}

static void external_account(void **state) {
    (void)state;
    static const struct {
        const char *source, *subject;
    } cases[] = {
        {"{\"file\": \"$/subject\"}", "tok&en"},
        {"{\"file\": \"$/subject.json\", \"format\": {\"type\": \"json\", "
         "\"subject_token_field_name\": \"access\"}}",
         "from json"},
        {"{\"url\": \"http://@/subject?a=b\", \"headers\": {\"Metadata\": \"True\"}}",
         "from address"},
        {"{\"url\": \"http://@/subject?a=b\", \"format\": {\"type\": \"text\"}}", "from address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.subject = "from address"};
        char value[4096];
        start(&f, &g);
        write_text(&f, "subject", " \ttok&en\n");
        write_text(&f, "subject.json", "{\"access\": \"from json\"}");
        use_external(&f, cases[i].source, "");
        assert_stat(&f, "ya29.token-1");
        assert_string_equal(field(&g, "subject_token", value), cases[i].subject);
        assert_string_equal(field(&g, "subject_token_type", value),
                            "urn:ietf:params:oauth:token-type:jwt");
        assert_string_equal(field(&g, "audience", value),
                            "//iam.googleapis.com/projects/1/pools/p");
        assert_string_equal(field(&g, "grant_type", value),
                            "urn:ietf:params:oauth:grant-type:token-exchange");
        assert_string_equal(field(&g, "requested_token_type", value),
                            "urn:ietf:params:oauth:token-type:access_token");
        assert_string_equal(field(&g, "scope", value),
                            "https://www.googleapis.com/auth/devstorage.read_write");
        gcs_stop(&f);
    }
}

static void headers_of_external_accounts(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.subject = "{\"t\": \"x\"}"};
    char value[4096], header[1024];
    start(&f, &g);
    write_text(&f, "subject", "x");
    use_external(&f, "{\"file\": \"$/subject\"}",
                 ", \"client_id\": \"id\", \"client_secret\": \"geheim\", "
                 "\"workforce_pool_user_project\": \"p1\"");
    assert_stat(&f, "ya29.token-1");
    assert_string_equal(scripted_header(g.head, "Authorization", header), "Basic aWQ6Z2VoZWlt");
    assert_string_equal(field(&g, "options", value), "");
    gcs_stop(&f);
    start(&f, &g);
    use_external(&f, "{\"file\": \"$/subject\"}", ", \"workforce_pool_user_project\": \"p1\"");
    assert_stat(&f, "ya29.token-2");
    assert_string_equal(scripted_header(g.head, "Authorization", header), "");
    assert_string_equal(field(&g, "options", value), "{\"userProject\":\"p1\"}");
    gcs_stop(&f);
}

static void acting_as_a_service_account(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char header[1024];
    start(&f, &g);
    write_text(&f, "subject", "x");
    use_external(&f, "{\"file\": \"$/subject\"}",
                 ", " IMPERSONATION ", \"service_account_impersonation\": "
                 "{\"token_lifetime_seconds\": 1800}");
    assert_stat(&f, "ya29.impersonated-2");
    assert_string_equal(scripted_header(g.head, "Authorization", header), "Bearer ya29.token-1");
    assert_string_equal(g.form, "{\"scope\":[\"https://www.googleapis.com/auth/devstorage."
                                "read_write\"],\"lifetime\":\"1800s\"}");
    gcs_stop(&f);
    /* The same in a file of gcloud's. */
    start(&f, &g);
    use_file(&f, "{\"type\": \"impersonated_service_account\", " IMPERSONATION
                 ", \"delegates\": [\"d1\"], \"source_credentials\": " USER "}");
    assert_stat(&f, "ya29.impersonated-4");
    assert_string_equal(scripted_header(g.head, "Authorization", header), "Bearer ya29.token-3");
    assert_non_null(strstr(g.form, "\"lifetime\":\"3600s\""));
    assert_non_null(strstr(g.form, "\"delegates\":[\"d1\"]"));
    gcs_stop(&f);
    /* And from the key of a service account. */
    char *key = key_file("http://@/token");
    ar_buffer text = AR_BUFFER_INIT;
    assert_true(ar_buffer_printf(&text,
                                 "{\"type\": \"impersonated_service_account\", " IMPERSONATION
                                 ", \"source_credentials\": %s}",
                                 key));
    start(&f, &g);
    use_file(&f, text.data);
    assert_stat(&f, "ya29.impersonated-6");
    assert_string_equal(scripted_header(g.head, "Authorization", header), "Bearer ya29.token-5");
    gcs_stop(&f);
    ar_buffer_free(&text);
    free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(service_account),
        cmocka_unit_test(secret_of_the_settings),
        cmocka_unit_test(authorized_user),
        cmocka_unit_test(file_of_gcloud),
        cmocka_unit_test(external_account),
        cmocka_unit_test(headers_of_external_accounts),
        cmocka_unit_test(acting_as_a_service_account),
    };
    int failed = cmocka_run_group_tests(tests, make_scratch, drop_scratch);
    EVP_PKEY_free(key_pair);
    free(key_pem);
    return failed;
}
