/* Where tokens come from: Google's endpoints, played as they are documented. */
#include "gcs_fixture.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <time.h>

#include "base/clock.h"

/* ---- the endpoints ---- */

/* What the next requests are answered, by path; and what came. */
typedef struct google {
    char form[8192];     /* of the last token request */
    char head[4096];     /* of the last request that was no storage's */
    int tokens;          /* handed out: their number is in them */
    const char *refusal; /* of the token endpoint: its body */
    const char *status;  /* and status; NULL: a token */
    int refusals;        /* so many times; 0: always */
    const char *flavor;  /* of the metadata server; NULL: the right header */
    const char *subject; /* what the address of subject tokens says */
    int rejected;        /* the number of the token that storage refuses */
    int storage;         /* requests to storage */
    char authorization[300];
    int lifetime_s; /* of tokens; 0: an hour */
} google;

static void say_token(google *g, scripted_reply *reply, const char *headers) {
    char body[500];
    snprintf(body, sizeof body,
             "{\"access_token\": \"ya29.token-%d\", \"expires_in\": %d, \"token_type\": "
             "\"Bearer\"}",
             ++g->tokens, g->lifetime_s == 0 ? 3599 : g->lifetime_s);
    scripted_say(reply, "200 OK", headers, body);
}

static void answer_tokens(google *g, scripted_reply *reply) {
    if (g->status == NULL) {
        say_token(g, reply, GCS_JSON);
        return;
    }
    scripted_say(reply, g->status, GCS_JSON, g->refusal);
    if (g->refusals > 0 && --g->refusals == 0) {
        g->status = NULL;
    }
}

static void answer_storage(google *g, const scripted_request *request, scripted_reply *reply) {
    char value[1024], rejected[64];
    g->storage++;
    snprintf(g->authorization, sizeof g->authorization, "%s",
             scripted_header(request->head, "Authorization", value));
    snprintf(rejected, sizeof rejected, "Bearer ya29.token-%d", g->rejected);
    if (strcmp(value, rejected) == 0 || value[0] == '\0') {
        gcs_refuse(reply, "401 Unauthorized", "", "authError", "Invalid Credentials");
    } else {
        gcs_say_object(reply, "k", 5, "1", "AAAAAA==");
    }
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    google *g = f->data;
    char body[500], until[64], value[1024];
    pthread_mutex_lock(&f->mutex);
    if (strstr(request->head, " /storage/") != NULL) {
        answer_storage(g, request, reply);
    } else {
        snprintf(g->head, sizeof g->head, "%s", request->head);
        snprintf(g->form, sizeof g->form, "%.*s", (int)request->body_size, request->body);
        if (gcs_is(request, "POST /token ")) {
            assert_string_equal(scripted_header(request->head, "Content-Type", value),
                                "application/x-www-form-urlencoded");
            answer_tokens(g, reply);
        } else if (gcs_is(request, "GET /computeMetadata/v1/instance/service-accounts/default/"
                                   "token ")) {
            if (g->status != NULL) {
                scripted_say(reply, g->status, "Metadata-Flavor: Google\r\n", g->refusal);
            } else {
                say_token(g, reply, g->flavor == NULL ? "Metadata-Flavor: Google\r\n" : g->flavor);
            }
        } else if (gcs_is(request, "GET /subject?a=b ")) {
            scripted_say(reply, "200 OK", "", g->subject);
        } else if (gcs_is(request,
                          "POST /v1/projects/-/serviceAccounts/sa@p:generateAccessToken")) {
            time_t then = time(NULL) + 3600;
            struct tm parts;
            strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&then, &parts));
            snprintf(body, sizeof body,
                     "{\"accessToken\": \"ya29.impersonated-%d\", \"expireTime\": \"%s\"}",
                     ++g->tokens, until);
            scripted_say(reply, "200 OK", GCS_JSON, body);
        } else {
            scripted_say(reply, "404 Not Found", "", "");
        }
    }
    pthread_mutex_unlock(&f->mutex);
}

/* The endpoint of storage and of tokens is the scripted server; it is no emulator. */
static void start(gcs_fixture *f, google *g) {
    char endpoint[64];
    gcs_prepare(f, answer, g);
    snprintf(endpoint, sizeof endpoint, "http://%s", f->server.address);
    setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", endpoint, 1);
}

static artrepo_code stat_object(gcs_fixture *f) {
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return artrepo_driver_gcs.stat(f->state, "k", &f->object, f->operation, &f->failure);
}

static void assert_stat(gcs_fixture *f, const char *token) {
    google *g = f->data;
    char expected[300];
    if (stat_object(f) != ARTREPO_OK) {
        fail_msg("%s", f->failure.message);
    }
    snprintf(expected, sizeof expected, "Bearer %s", token);
    assert_string_equal(g->authorization, expected);
}

static void assert_refused(gcs_fixture *f, artrepo_code code, const char *words) {
    artrepo_code got = stat_object(f);
    if (got != code || strstr(f->failure.message, words) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", artrepo_code_name(got), words, f->failure.message);
    }
    assert_null(strstr(f->failure.message, "geheim"));
    assert_null(strstr(f->failure.message, "PRIVATE"));
}

/* ---- files ---- */

static char *scratch;

static int make_scratch(void **state) {
    (void)state;
    scratch = scratch_directory();
    return 0;
}

static int drop_scratch(void **state) {
    (void)state;
    remove_scratch(scratch);
    return 0;
}

/* TEXT with "@" for the server's address, in a file NAME of the scratch directory. */
static const char *write_text(const gcs_fixture *f, const char *name, const char *text) {
    static char path[256];
    ar_buffer all = AR_BUFFER_INIT;
    for (; *text != '\0'; text++) {
        assert_true(*text == '@' ? ar_buffer_append_text(&all, f->server.address)
                                 : ar_buffer_append_char(&all, *text));
    }
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    write_file(path, all.data == NULL ? "" : all.data, all.size, 0600);
    ar_buffer_free(&all);
    return path;
}

static void use_file(gcs_fixture *f, const char *text) {
    setenv("GOOGLE_APPLICATION_CREDENTIALS", write_text(f, "adc.json", text), 1);
    gcs_open(f);
}

/* The value of FIELD in the last form, decoded. */
static const char *field(const google *g, const char *name, char value[4096]) {
    char start[64];
    size_t out = 0;
    snprintf(start, sizeof start, "%s=", name);
    const char *found = strncmp(g->form, start, strlen(start)) == 0 ? g->form : NULL;
    if (found == NULL) {
        snprintf(start, sizeof start, "&%s=", name);
        found = strstr(g->form, start);
    }
    value[0] = '\0';
    if (found != NULL) {
        for (found += strlen(start); *found != '\0' && *found != '&' && out < 4095; found++) {
            unsigned byte = (unsigned char)*found;
            if (*found == '%') {
                assert_int_equal(sscanf(found + 1, "%2x", &byte), 1);
                found += 2;
            }
            value[out++] = (char)byte;
        }
        value[out] = '\0';
    }
    return value;
}

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

#define USER                                                                                       \
    "{\"type\": \"authorized_user\", \"client_id\": \"id.apps\", \"client_secret\": \"geheim&\","  \
    " \"refresh_token\": \"1//geheim\", \"token_uri\": \"http://@/token\"}"

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
        write_text(&f, "subject", "tok&en\n");
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

#define IMPERSONATION                                                                              \
    "\"service_account_impersonation_url\": "                                                      \
    "\"http://@/v1/projects/-/serviceAccounts/sa\\u0040p:generateAccessToken\""

static void acting_as_a_service_account(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char value[4096], header[1024];
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
    (void)value;
    gcs_stop(&f);
}

static void machine(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char header[1024];
    start(&f, &g);
    setenv("GCE_METADATA_HOST", f.server.address, 1);
    gcs_open(&f);
    assert_stat(&f, "ya29.token-1");
    assert_string_equal(scripted_header(g.head, "Metadata-Flavor", header), "Google");
    gcs_stop(&f);
    static const struct {
        const char *status, *refusal, *flavor, *words;
    } cases[] = {
        {NULL, NULL, "Metadata-Flavor: Other\r\n", "no metadata server of Google"},
        {NULL, NULL, "", "no metadata server of Google"},
        {"404 Not Found", "", NULL, "the machine has no service account"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        google other = {
            .status = cases[i].status, .refusal = cases[i].refusal, .flavor = cases[i].flavor};
        start(&f, &other);
        setenv("GCE_METADATA_HOST", f.server.address, 1);
        gcs_open(&f);
        assert_refused(&f, ARTREPO_ACCESS_DENIED, cases[i].words);
        assert_non_null(strstr(f.failure.message, "there are no credentials for gcs"));
        assert_non_null(strstr(f.failure.message, "GOOGLE_APPLICATION_CREDENTIALS is not set"));
        gcs_stop(&f);
    }
}

/* ---- renewing ---- */

static void another_token_when_refused(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.rejected = 1};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-2");
    assert_int_equal(g.storage, 2);
    assert_stat(&f, "ya29.token-2");
    assert_int_equal(g.storage, 3);
    /* Once, and not for ever. */
    g.rejected = 2;
    g.status = "400 Bad Request";
    g.refusal = "{\"error\": \"invalid_grant\", \"error_description\": \"Token has been expired "
                "or revoked.\"}";
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "the token is not accepted, and there is no new one");
    assert_non_null(
        strstr(f.failure.message, "HTTP 400: invalid_grant: Token has been expired or revoked."));
    gcs_stop(&f);
}

static void renewed_before_their_end(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.lifetime_s = 2};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-1");
    ar_clock_sleep_ns(1300 * AR_MILLISECOND_NS); /* half of it is over */
    assert_stat(&f, "ya29.token-2");
    gcs_stop(&f);
}

static void token_endpoint_in_trouble(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.status = "503 Service Unavailable", .refusal = "", .refusals = 2};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-1");
    gcs_stop(&f);
    google down = {.status = "503 Service Unavailable", .refusal = ""};
    start(&f, &down);
    use_file(&f, USER);
    assert_refused(&f, ARTREPO_TRANSIENT, "HTTP 503");
    gcs_stop(&f);
}

/* ---- files that make no sense ---- */

static void strange_files(void **state) {
    (void)state;
    static const struct {
        const char *text;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {"", ARTREPO_INVALID, "is no JSON object"},
        {"{\"type\": \"geheim", ARTREPO_INVALID, "is no JSON object"},
        {"{}", ARTREPO_INVALID, "there is no type in it"},
        {"{\"type\": \"gdch_service_account\"}", ARTREPO_UNSUPPORTED, "gdch_service_account"},
        {"{\"type\": \"service_account\"}", ARTREPO_INVALID, "there is no client_email"},
        {"{\"type\": \"service_account\", \"client_email\": \"e\", \"token_uri\": "
         "\"http://@/token\"}",
         ARTREPO_INVALID, "there is no private_key"},
        {"{\"type\": \"service_account\", \"client_email\": \"e\", \"private_key\": "
         "\"PRIVATE geheim\", \"token_uri\": \"http://@/token\"}",
         ARTREPO_INVALID, "its private_key is no RSA key in PEM"},
        {"{\"type\": \"authorized_user\", \"client_id\": \"i\", \"client_secret\": \"geheim\", "
         "\"refresh_token\": \"geheim\", \"token_uri\": \"http://example.com/token\"}",
         ARTREPO_REFUSED_UNSAFE, "secrets are not sent over plain HTTP"},
        {"{\"type\": \"authorized_user\", \"client_id\": \"i\", \"client_secret\": \"geheim\"}",
         ARTREPO_INVALID, "there is no refresh_token"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"environment_id\": \"aws1\", \"url\": \"http://@/\"}}",
         ARTREPO_UNSUPPORTED, "neither a file nor a url"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"executable\": {\"command\": \"/bin/true\"}}}",
         ARTREPO_UNSUPPORTED, "neither a file nor a url"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"file\": \"/nowhere/token\"}}",
         ARTREPO_ACCESS_DENIED, "/nowhere/token"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"url\": \"http://@/subject?a=b\", \"headers\": {\"A\": "
         "\"b\\r\\nC: d\"}}}",
         ARTREPO_INVALID, "make no sense"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"url\": \"http://@/subject?a=b\", \"format\": {\"type\": "
         "\"json\", \"subject_token_field_name\": \"none\"}}}",
         ARTREPO_ACCESS_DENIED, "with a text 'none'"},
        {"{\"type\": \"impersonated_service_account\", " IMPERSONATION "}", ARTREPO_INVALID,
         "there is no type in it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.subject = "{}"};
        start(&f, &g);
        use_file(&f, cases[i].text);
        assert_refused(&f, cases[i].code, cases[i].words);
        assert_int_equal(g.storage, 0);
        gcs_stop(&f);
    }
}

static void strange_answers(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"<html>", "is no JSON object"},
        {"{}", "there is no access_token"},
        {"{\"access_token\": \"a b\"}", "is no token"},
        {"{\"access_token\": \"a\\r\\nX: y\"}", "is no token"},
        {"{\"access_token\": \"a\", \"token_type\": \"mac\"}", "is of type 'mac'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.status = "200 OK", .refusal = cases[i][0]};
        start(&f, &g);
        use_file(&f, USER);
        artrepo_code code = stat_object(&f);
        assert_true(code == ARTREPO_IO || code == ARTREPO_UNSUPPORTED);
        assert_non_null(strstr(f.failure.message, cases[i][1]));
        gcs_stop(&f);
    }
}

static void nobody_to_ask(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    start(&f, &g);
    gcs_open(&f);
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "there are no credentials for gcs");
    assert_non_null(strstr(f.failure.message, "serviceAccountKeySecret is not set"));
    assert_non_null(strstr(f.failure.message, "NO_GCE_CHECK is set"));
    artrepo_driver_gcs.close(f.state);
    setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json", 1);
    gcs_open(&f);
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "/nowhere/key.json");
    assert_int_equal(g.storage, 0);
    gcs_stop(&f);
}

/* ---- endpoints ---- */

static void endpoints(void **state) {
    (void)state;
    static const struct {
        const char *format;
        bool fine;
    } cases[] = {
        {"%s", true},
        {"http://%s", true},
        {"http://%s/", true},
        {"http://%s/storage/v1/", true},
        {"ftp://%s", false},
        {"user@%s", false},
        {"http://", false},
        {"/path", false},
        {"http://%s/?a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.tokens = 0};
        char host[200];
        gcs_prepare(&f, answer, &g);
        snprintf(host, sizeof host, "%s", cases[i].format);
        char *place = strstr(host, "%s");
        if (place != NULL) {
            char rest[100];
            snprintf(rest, sizeof rest, "%s", place + 2);
            snprintf(place, sizeof host - (size_t)(place - host), "%s%s", f.server.address, rest);
        }
        setenv("STORAGE_EMULATOR_HOST", host, 1);
        setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json", 1); /* is not asked */
        struct artrepo_driver_settings settings = {f.root, "gcs", "/nowhere"};
        artrepo_code code = artrepo_driver_gcs.open(&settings, f.operation, &f.state, &f.failure);
        assert_int_equal(code, cases[i].fine ? ARTREPO_OK : ARTREPO_INVALID);
        if (cases[i].fine) {
            /* Without credentials, at the right address. */
            assert_int_equal(stat_object(&f), ARTREPO_ACCESS_DENIED);
            assert_string_equal(g.authorization, "");
            assert_int_equal(g.storage, 1);
        }
        gcs_stop(&f);
    }
}

static void buckets(void **state) {
    (void)state;
    static const char *const names[] = {"", "a/b", "a b", "..", "a?b"};
    gcs_fixture f;
    google g = {.tokens = 0};
    gcs_prepare(&f, answer, &g);
    struct artrepo_driver_settings settings = {f.root, "gcs", "/nowhere"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ar_value_put_string(f.root, "bucket", names[i]);
        assert_int_equal(artrepo_driver_gcs.open(&settings, f.operation, &f.state, &f.failure),
                         ARTREPO_INVALID);
        assert_non_null(strstr(f.failure.message, "gcs.bucket"));
    }
    gcs_stop(&f);
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
        cmocka_unit_test(machine),
        cmocka_unit_test(another_token_when_refused),
        cmocka_unit_test(renewed_before_their_end),
        cmocka_unit_test(token_endpoint_in_trouble),
        cmocka_unit_test(strange_files),
        cmocka_unit_test(strange_answers),
        cmocka_unit_test(nobody_to_ask),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(buckets),
    };
    int failed = cmocka_run_group_tests(tests, make_scratch, drop_scratch);
    EVP_PKEY_free(key_pair);
    free(key_pem);
    return failed;
}
