/* Opens the s3 driver on MinIO, and asks MinIO by curl, which knows nothing of the driver. */
#ifndef TESTS_INTEGRATION_S3_MINIO_FIXTURE_H
#define TESTS_INTEGRATION_S3_MINIO_FIXTURE_H

#include "s3_fixture.h"

#define MIB ((size_t)1 << 20)
#define ROLE "arn:aws:iam::123456789012:role/demo"

static inline const char *need_minio(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "skipped: %s is not set (tests/servers/minio.sh starts a server)\n", name);
        exit(SKIPPED);
    }
    return value;
}

static inline void write_ca_of_minio(void) {
    char *pem = NULL;
    size_t size = 0;
    assert_ok(ar_file_read_whole(need_minio("ARTREPO_TEST_MINIO_CA"), 1 << 20, &pem, &size, error));
    write_secret("ca", pem);
    free(pem);
}

static inline int make_minio_secrets(void **state) {
    (void)state;
    char path[96];
    snprintf(secrets, sizeof secrets, "%s", scratch_directory());
    snprintf(path, sizeof path, "%s/test", secrets);
    assert_int_equal(mkdir(path, 0700), 0);
    write_secret("access", need_minio("ARTREPO_TEST_MINIO_ACCESS_KEY"));
    write_secret("secret", need_minio("ARTREPO_TEST_MINIO_SECRET_KEY"));
    write_secret("wrong", "not-the-secret");
    write_secret("password", "correct horse battery staple");
    write_ca_of_minio();
    return 0;
}

/* Settings for the plain endpoint, not opened yet. */
static inline fixture prepare_minio(void) {
    clear_environment();
    fixture f = {.root = ar_value_new(AR_VALUE_OBJECT, NULL), .operation = artrepo_operation_new()};
    set(&f, "endpoint", need_minio("ARTREPO_TEST_MINIO_ENDPOINT"));
    set(&f, "bucket", need_minio("ARTREPO_TEST_MINIO_BUCKET"));
    set(&f, "region", need_minio("ARTREPO_TEST_MINIO_REGION"));
    set(&f, "insecure", "true");
    set_secret(&f, "accessKeySecret", "access");
    set_secret(&f, "secretKeySecret", "secret");
    hurry(f.operation);
    return f;
}

static inline fixture prepare_minio_tls(void) {
    fixture f = prepare_minio();
    set(&f, "endpoint", need_minio("ARTREPO_TEST_MINIO_TLS_ENDPOINT"));
    set(&f, "region", need_minio("ARTREPO_TEST_MINIO_TLS_REGION"));
    ar_value_remove(f.root, "insecure");
    set_secret(&f, "caSecret", "ca");
    return f;
}

/* ---- curl ---- */

/* The output of COMMAND, in a buffer that the next call uses again. */
static inline const char *output_of(const char *command) {
    static char text[65536];
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(text, 1, sizeof text - 1, pipe);
    text[size] = '\0';
    pclose(pipe);
    return text;
}

/* What MinIO answers to curl with OPTIONS ("-I") for PATH ("bucket/key?name=value"): its status,
 * headers and body. */
static inline const char *curl_minio(bool tls, const char *options, const char *path) {
    char command[2048];
    snprintf(
        command, sizeof command,
        "curl -sS -i --max-time 30 --cacert '%s/test/ca' --aws-sigv4 'aws:amz:%s:s3' "
        "--user '%s:%s' -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' %s '%s://%s/%s' 2>&1",
        secrets, need_minio(tls ? "ARTREPO_TEST_MINIO_TLS_REGION" : "ARTREPO_TEST_MINIO_REGION"),
        need_minio("ARTREPO_TEST_MINIO_ACCESS_KEY"), need_minio("ARTREPO_TEST_MINIO_SECRET_KEY"),
        options, tls ? "https" : "http",
        need_minio(tls ? "ARTREPO_TEST_MINIO_TLS_ENDPOINT" : "ARTREPO_TEST_MINIO_ENDPOINT"), path);
    return output_of(command);
}

/* TEXT has the line or the words, in whatever case. */
static inline void assert_has(const char *text, const char *words) {
    if (strcasestr(text, words) == NULL) {
        fail_msg("there is no \"%s\" in: %s", words, text);
    }
}

static inline void assert_has_not(const char *text, const char *words) {
    if (strcasestr(text, words) != NULL) {
        fail_msg("there is \"%s\" in: %s", words, text);
    }
}

/* Between <NAME> and </NAME>. */
static inline void copy_element(const char *text, const char *name, char *value, size_t size) {
    char tag[64];
    snprintf(tag, sizeof tag, "<%s>", name);
    const char *start = strstr(text, tag);
    if (start == NULL) {
        fail_msg("there is no %s in: %s", tag, text);
        return;
    }
    start += strlen(tag);
    snprintf(value, size, "%.*s", (int)strcspn(start, "<"), start);
}

/* Real temporary credentials, which MinIO's own STS gave curl. */
typedef struct minio_session {
    char access_key[128], secret_key[128], token[4096];
} minio_session;

static inline minio_session open_minio_session(void) {
    minio_session session;
    char command[1024];
    snprintf(command, sizeof command,
             "curl -sS --max-time 30 --aws-sigv4 'aws:amz:%s:sts' --user '%s:%s' "
             "-d 'Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600' 'http://%s/' 2>&1",
             need_minio("ARTREPO_TEST_MINIO_REGION"), need_minio("ARTREPO_TEST_MINIO_ACCESS_KEY"),
             need_minio("ARTREPO_TEST_MINIO_SECRET_KEY"),
             need_minio("ARTREPO_TEST_MINIO_ENDPOINT"));
    const char *answer = output_of(command);
    copy_element(answer, "AccessKeyId", session.access_key, sizeof session.access_key);
    copy_element(answer, "SecretAccessKey", session.secret_key, sizeof session.secret_key);
    copy_element(answer, "SessionToken", session.token, sizeof session.token);
    return session;
}

/* ---- verbs ---- */

static inline void assert_works(fixture *f, const char *key) {
    open_fixture(f);
    assert_ok(put_memory(f, key, "works", 5, NULL, error));
    assert_content(f, key, "works", 5);
    close_fixture(f);
}

static inline void assert_put_says(fixture *f, artrepo_code code, const char *words) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    open_fixture(f);
    put_memory(f, "refused/x", "x", 1, NULL, &failure);
    assert_says(&failure, code, words);
    close_fixture(f);
}

#endif
