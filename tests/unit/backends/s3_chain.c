/* The order in which credentials are looked for, and what profiles lead to. */
#include "s3_roles_fixture.h"

#include "s3/chain.h"

#define ROLE "arn:aws:iam::123456789012:role/demo"

/* Plays STS and the agents of containers and machines: each role is called by whom it was assumed
 * with, so that "AK<b<a" is b's role assumed by a's. */
typedef struct fixture {
    scripted_server server;
    artrepo_operation *operation;
    ar_s3_lookup lookup;
    ar_s3_credentials credentials;
    artrepo_error failure;
    char *directory, url[64];
} fixture;

static void field_of(const char *body, const char *name, char value[256]) {
    char field[64];
    snprintf(field, sizeof field, "&%s=", name);
    const char *found = strstr(body, field);
    found = found == NULL ? "&" : found + strlen(field);
    snprintf(value, 256, "%.*s", (int)strcspn(found, "&"), found);
}

static void answer_sts(const scripted_request *request, scripted_reply *reply) {
    char role[256], id[256], name[256], authorization[1024], access_key[600];
    bool signed_by = scripted_header(request->head, "Authorization", authorization)[0] != '\0';
    const char *caller = strstr(authorization, "Credential=");
    caller = caller == NULL ? "" : caller + strlen("Credential=");
    field_of(request->body, "RoleArn", role);
    field_of(request->body, "ExternalId", id);
    field_of(request->body, signed_by ? "RoleSessionName" : "WebIdentityToken", name);
    snprintf(access_key, sizeof access_key, "%s.%s.%s(%.*s", strrchr(role, '%') + 3, name, id,
             (int)strcspn(caller, "/"), caller);
    say_role(reply, "", signed_by ? "AssumeRole" : "AssumeRoleWithWebIdentity", access_key, "S",
             "T", 3600);
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    static const char agent[] = "{\"AccessKeyId\":\"container\",\"SecretAccessKey\":\"S\","
                                "\"Token\":\"T\",\"Expiration\":\"2099-01-01T00:00:00Z\"}";
    static const char hostile[] =
        "{\"AccessKeyId\":\"container\",\"SecretAccessKey\":\"S\","
        "\"Token\":\"T\\r\\nX: y\",\"Expiration\":\"2099-01-01T00:00:00Z\"}";
    static const char machine[] = "{\"Code\":\"Success\",\"AccessKeyId\":\"machine\","
                                  "\"SecretAccessKey\":\"S\",\"Token\":\"T\","
                                  "\"Expiration\":\"2099-01-01T00:00:00Z\"}";
    if (begins(request, "POST / ")) {
        answer_sts(request, reply);
    } else if (begins(request, "GET /hostile-agent ")) {
        scripted_say(reply, "200 OK", "", hostile);
    } else if (begins(request, "GET /agent ")) {
        scripted_say(reply, "200 OK", "", agent);
    } else if (begins(request, "PUT /latest/api/token ")) {
        scripted_say(reply, "200 OK", "", "TOKEN");
    } else if (begins(request, "GET /latest/meta-data/iam/security-credentials/ ")) {
        scripted_say(reply, "200 OK", "", "role");
    } else if (begins(request, "GET /latest/meta-data/iam/security-credentials/role ")) {
        scripted_say(reply, "200 OK", "", machine);
    } else {
        scripted_say(reply, "404 Not Found", "", "");
    }
}

static void set_path(const fixture *f, const char *variable, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    setenv(variable, path, 1);
}

static void write_in(const fixture *f, const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    write_file(path, text, strlen(text), 0600);
}

static void clear(fixture *f) {
    clean_environment();
    setenv("AWS_ENDPOINT_URL_STS", f->url, 1);
    set_path(f, "AWS_CONFIG_FILE", "config");
    set_path(f, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    write_in(f, "config", "");
    write_in(f, "credentials", "");
}

static void start(fixture *f) {
    memset(f, 0, sizeof *f);
    scripted_start(&f->server, answer, NULL);
    snprintf(f->url, sizeof f->url, "http://%s", f->server.address);
    f->directory = scratch_directory();
    f->operation = hurried_operation();
    f->lookup = (ar_s3_lookup){.region = "us-east-1", .operation = f->operation};
    clear(f);
}

static void stop(fixture *f) {
    ar_s3_credentials_free(&f->credentials);
    scripted_stop(&f->server);
    remove_scratch(f->directory);
    artrepo_operation_free(f->operation);
}

static artrepo_code find(fixture *f) {
    ar_s3_credentials_free(&f->credentials);
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return ar_s3_chain_credentials(&f->lookup, &f->credentials, &f->failure);
}

static void assert_finds(fixture *f, const char *access_key) {
    if (find(f) != ARTREPO_OK) {
        fail_msg("%s", f->failure.message);
    }
    assert_string_equal(f->credentials.access_key, access_key);
}

/* All are there; taken away one by one, the next one counts. */
static void order(void **state) {
    (void)state;
    fixture f;
    char agent[96];
    start(&f);
    snprintf(agent, sizeof agent, "%s/agent", f.url);
    setenv("AWS_ACCESS_KEY_ID", "env", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
    set_path(&f, "AWS_WEB_IDENTITY_TOKEN_FILE", "token");
    write_in(&f, "token", "eyJ");
    setenv("AWS_ROLE_ARN", ROLE, 1);
    write_in(&f, "credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=S\n");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent, 1);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f.url, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    assert_finds(&f, "env");
    assert_null(f.credentials.session_token);
    setenv("AWS_SESSION_TOKEN", "T", 1);
    assert_finds(&f, "env");
    assert_string_equal(f.credentials.session_token, "T");
    setenv("AWS_SECRET_ACCESS_KEY", "", 1);
    assert_finds(&f, "demo.eyJ.(");
    unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    assert_finds(&f, "file");
    write_in(&f, "credentials", "");
    assert_finds(&f, "container");
    unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    assert_finds(&f, "machine");
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED, "there are no credentials for s3");
    static const char *const tried[] = {
        "accessKeySecret and secretKeySecret are not set", "AWS_SECRET_ACCESS_KEY is not set",
        "AWS_WEB_IDENTITY_TOKEN_FILE is not set",          "no profile 'default'",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and ",     "AWS_EC2_METADATA_DISABLED is set"};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        assert_non_null(strstr(f.failure.message, tried[i]));
    }
    stop(&f);
}

/* Where the settings do not ask for the SDK's, what the machine or the container is counts more
 * than keys that lie around. */
static void roles_come_first(void **state) {
    (void)state;
    fixture f;
    char agent[96];
    start(&f);
    f.lookup.roles_first = true;
    snprintf(agent, sizeof agent, "%s/agent", f.url);
    setenv("AWS_ACCESS_KEY_ID", "env", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
    set_path(&f, "AWS_WEB_IDENTITY_TOKEN_FILE", "token");
    write_in(&f, "token", "eyJ");
    setenv("AWS_ROLE_ARN", ROLE, 1);
    write_in(&f, "credentials", "[default]\naws_access_key_id=file\naws_secret_access_key=S\n");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent, 1);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f.url, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    assert_finds(&f, "demo.eyJ.(");
    unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    assert_finds(&f, "container");
    unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    assert_finds(&f, "env");
    unsetenv("AWS_ACCESS_KEY_ID");
    assert_finds(&f, "file");
    write_in(&f, "credentials", "");
    assert_finds(&f, "machine");
    stop(&f);
}

/* What is named but does not work ends the search. */
static void named_ones_must_work(void **state) {
    (void)state;
    fixture f;
    start(&f);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f.url, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    set_path(&f, "AWS_WEB_IDENTITY_TOKEN_FILE", "no-token");
    assert_failed(find(&f), &f.failure, ARTREPO_INVALID, "AWS_ROLE_ARN");
    setenv("AWS_ROLE_ARN", ROLE, 1);
    assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED, "no-token");
    unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    setenv("AWS_PROFILE", "absent", 1);
    assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED,
                  "there is no profile 'absent' in the shared files");
    unsetenv("AWS_PROFILE");
    write_in(&f, "credentials", "[default]\naws_access_key_id=file\n");
    assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED,
                  "profile 'default' has no aws_secret_access_key");
    write_in(&f, "credentials", "");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/", 1);
    assert_failed(find(&f), &f.failure, ARTREPO_REFUSED_UNSAFE, "use https");
    stop(&f);
}

/* What goes into a header does not end it. */
static void without_line_breaks(void **state) {
    (void)state;
    static const char says[] = "have a line break or another control character in them";
    fixture f;
    char url[200];
    start(&f);
    setenv("AWS_ACCESS_KEY_ID", "key", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
    setenv("AWS_SESSION_TOKEN", "T\nX: y", 1);
    assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED, says);
    assert_non_null(strstr(f.failure.message, "from the environment"));
    clear(&f);
    snprintf(url, sizeof url, "%s/hostile-agent", f.url);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
    assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED, says);
    assert_non_null(strstr(f.failure.message, "from the role of the container"));
    clear(&f);
    stop(&f);
}

static void profiles(void **state) {
    (void)state;
    fixture f;
    start(&f);
    write_in(&f, "token", "eyJ");
    char config[4096], agent[96];
    snprintf(agent, sizeof agent, "%s/agent", f.url);
    snprintf(config, sizeof config,
             "[profile one]\nrole_arn=arn:aws:iam::1:role/r1\nsource_profile=base\n"
             "role_session_name=s1\nexternal_id=x1\n"
             "[profile two]\nrole_arn=arn:aws:iam::1:role/r2\nsource_profile=one\n"
             "role_session_name=s2\n"
             "[profile self]\nrole_arn=arn:aws:iam::1:role/r3\nsource_profile=self\n"
             "role_session_name=s3\naws_access_key_id=own\naws_secret_access_key=S\n"
             "[profile env]\nrole_arn=arn:aws:iam::1:role/r4\ncredential_source=Environment\n"
             "role_session_name=s4\n"
             "[profile ec2]\nrole_arn=arn:aws:iam::1:role/r5\n"
             "credential_source=Ec2InstanceMetadata\nrole_session_name=s5\n"
             "[profile ecs]\nrole_arn=arn:aws:iam::1:role/r6\ncredential_source=EcsContainer\n"
             "role_session_name=s6\n"
             "[profile web]\nrole_arn=arn:aws:iam::1:role/r7\nweb_identity_token_file=%s/token\n"
             "[profile process]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": "
             "\"printed\", \"SecretAccessKey\": \"S\"}'\n"
             "[profile of-process]\nrole_arn=arn:aws:iam::1:role/r8\nsource_profile=process\n"
             "role_session_name=s8\n",
             f.directory);
    write_in(&f, "config", config);
    write_in(&f, "credentials", "[base]\naws_access_key_id=base\naws_secret_access_key=S\n");
    static const char *const cases[][2] = {{"base", "base"},
                                           {"one", "r1.s1.x1(base"},
                                           {"two", "r2.s2.(r1.s1.x1(base"},
                                           {"self", "r3.s3.(own"},
                                           {"env", "r4.s4.(env"},
                                           {"ec2", "r5.s5.(machine"},
                                           {"ecs", "r6.s6.(container"},
                                           {"web", "r7.eyJ.("},
                                           {"process", "printed"},
                                           {"of-process", "r8.s8.(printed"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool env = strcmp(cases[i][0], "env") == 0;
        setenv("AWS_PROFILE", cases[i][0], 1);
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent, 1);
        setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f.url, 1);
        setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
        if (env) { /* the chain itself must not take them */
            setenv("AWS_ACCESS_KEY_ID", "env", 1);
            assert_failed(find(&f), &f.failure, ARTREPO_ACCESS_DENIED,
                          "profile 'env', credential_source Environment: AWS_SECRET_ACCESS_KEY is "
                          "not set");
            unsetenv("AWS_ACCESS_KEY_ID");
            continue;
        }
        assert_finds(&f, cases[i][1]);
    }
    stop(&f);
}

static void wrong_profiles(void **state) {
    (void)state;
    static const struct {
        const char *config;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {"[profile p]\nrole_arn=r\nsource_profile=q\n"
         "[profile q]\nrole_arn=r\nsource_profile=p\n",
         ARTREPO_INVALID, "profile 'q': its source_profile 'p' leads back to itself"},
        {"[profile p]\nrole_arn=r\nsource_profile=a1\n[profile a1]\nrole_arn=r\nsource_profile=a2\n"
         "[profile a2]\nrole_arn=r\nsource_profile=a3\n[profile "
         "a3]\nrole_arn=r\nsource_profile=a4\n"
         "[profile a4]\nrole_arn=r\nsource_profile=a5\n[profile "
         "a5]\nrole_arn=r\nsource_profile=a6\n"
         "[profile a6]\nrole_arn=r\nsource_profile=a7\n[profile "
         "a7]\nrole_arn=r\nsource_profile=a8\n"
         "[profile a8]\naws_access_key_id=A\naws_secret_access_key=S\n",
         ARTREPO_INVALID, "too long a row of source_profile"},
        {"[profile p]\nrole_arn=r\nsource_profile=gone\n", ARTREPO_ACCESS_DENIED,
         "there is no profile 'gone'"},
        {"[profile p]\nrole_arn=r\nsource_profile=q\n[profile q]\nregion=r\n",
         ARTREPO_ACCESS_DENIED, "profile 'q' has no credentials"},
        {"[profile p]\nrole_arn=r\nsource_profile=p\n", ARTREPO_ACCESS_DENIED,
         "profile 'p' has no aws_access_key_id"},
        {"[profile p]\nrole_arn=r\n", ARTREPO_INVALID, "nothing to assume the role with"},
        {"[profile p]\nrole_arn=r\nsource_profile=q\ncredential_source=Environment\n",
         ARTREPO_INVALID, "both source_profile and credential_source"},
        {"[profile p]\nrole_arn=r\ncredential_source=Moon\n", ARTREPO_INVALID,
         "its credential_source 'Moon' is none of"},
        {"[profile p]\nrole_arn=r\nsource_profile=q\nmfa_serial=m\n", ARTREPO_UNSUPPORTED,
         "MFA device"},
        {"[profile p]\nsso_session=s\n", ARTREPO_UNSUPPORTED, "signs in by SSO"},
        {"[profile p]\ncredential_process=false\n", ARTREPO_ACCESS_DENIED,
         "profile 'p': credential_process: false ended with exit code 1"},
        {"[profile p]\nregion=r\n", ARTREPO_ACCESS_DENIED, "profile 'p' has no credentials"},
        {"[profile p]\nrole_arn=r\nweb_identity_token_file=/nowhere/token\n", ARTREPO_ACCESS_DENIED,
         "/nowhere/token"},
    };
    fixture f;
    start(&f);
    setenv("AWS_PROFILE", "p", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_in(&f, "config", cases[i].config);
        assert_failed(find(&f), &f.failure, cases[i].code, cases[i].words);
    }
    assert_int_equal(f.server.requests, 0);
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),
        cmocka_unit_test(roles_come_first),
        cmocka_unit_test(named_ones_must_work),
        cmocka_unit_test(without_line_breaks),
        cmocka_unit_test(profiles),
        cmocka_unit_test(wrong_profiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
