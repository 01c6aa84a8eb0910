/* The roles of containers and machines, against servers that play their agents. */
#include "s3_roles_fixture.h"

#include "s3/container_role.h"
#include "s3/machine_role.h"

typedef struct fixture {
    scripted_server server;
    artrepo_operation *operation;
    ar_s3_lookup lookup;
    ar_s3_credentials credentials;
    artrepo_error failure;
    char url[64];
} fixture;

static void start(fixture *f, scripted_answer *answer, void *data) {
    memset(f, 0, sizeof *f);
    clean_environment();
    scripted_start(&f->server, answer, data);
    snprintf(f->url, sizeof f->url, "http://%s", f->server.address);
    /* Whoever has a proxy must not send it these requests. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    f->operation = hurried_operation();
    f->lookup = (ar_s3_lookup){.region = "us-east-1", .operation = f->operation};
}

static void stop(fixture *f) {
    ar_s3_credentials_free(&f->credentials);
    scripted_stop(&f->server);
    artrepo_operation_free(f->operation);
}

static artrepo_code ask_container(fixture *f) {
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return ar_s3_container_credentials(&f->lookup, &f->credentials, &f->failure);
}

static artrepo_code ask_machine(fixture *f) {
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return ar_s3_machine_credentials(&f->lookup, &f->credentials, &f->failure);
}

/* ---- containers ---- */

static void container_addresses(void **state) {
    (void)state;
    static const struct {
        const char *relative, *full;
        artrepo_code code;
        const char *text; /* host and path, or words */
    } cases[] = {
        {"/v2/credentials/1-2-3", NULL, ARTREPO_OK, "169.254.170.2/v2/credentials/1-2-3"},
        {"/get?id=1", NULL, ARTREPO_OK, "169.254.170.2/get?id=1"},
        {"/v2/x", "http://localhost/y", ARTREPO_OK, "169.254.170.2/v2/x"},
        {"v2/x", NULL, ARTREPO_INVALID, "is no path that begins with a slash"},
        {"@evil.example/", NULL, ARTREPO_INVALID, "is no path that begins with a slash"},
        {NULL, "http://169.254.170.2/v4/x", ARTREPO_OK, "169.254.170.2/v4/x"},
        {NULL, "http://169.254.170.23/v1/credentials", ARTREPO_OK, "169.254.170.23/v1/credentials"},
        {NULL, "http://[fd00:ec2::23]/v1/", ARTREPO_OK, "[fd00:ec2::23]/v1/"},
        {NULL, "http://[fd00:ec2:0::23]:80/v1", ARTREPO_OK, "[fd00:ec2:0::23]:80/v1"},
        {NULL, "http://127.0.0.1:8080/c", ARTREPO_OK, "127.0.0.1:8080/c"},
        {NULL, "http://127.9.8.7/c", ARTREPO_OK, "127.9.8.7/c"},
        {NULL, "http://[::1]:8080/c", ARTREPO_OK, "[::1]:8080/c"},
        {NULL, "http://localhost/c", ARTREPO_OK, "localhost/c"},
        {NULL, "https://credentials.example.com/c", ARTREPO_OK, "credentials.example.com/c"},
        {NULL, "http://192.0.2.1/c", ARTREPO_REFUSED_UNSAFE, "use https"},
        {NULL, "http://169.254.169.254/c", ARTREPO_REFUSED_UNSAFE, "use https"},
        {NULL, "http://[fd00:ec2::24]/c", ARTREPO_REFUSED_UNSAFE, "use https"},
        {NULL, "http://169.254.170.2.example.invalid/c", ARTREPO_REFUSED_UNSAFE, "use https"},
        {NULL, "http://127.0.0.1@evil.example/c", ARTREPO_INVALID, "is no address"},
        {NULL, "localhost/c", ARTREPO_INVALID, "is no address"},
        {NULL, NULL, ARTREPO_NOT_FOUND, "are not set"},
    };
    clean_environment();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        artrepo_error failure = ARTREPO_ERROR_INIT;
        ar_service_address address;
        char text[2000];
        clean_environment();
        if (cases[i].relative != NULL) {
            setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", cases[i].relative, 1);
        }
        if (cases[i].full != NULL) {
            setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", cases[i].full, 1);
        }
        artrepo_code code = ar_s3_container_address(&address, &failure);
        if (cases[i].code != ARTREPO_OK) {
            assert_failed(code, &failure, cases[i].code, cases[i].text);
            continue;
        }
        assert_int_equal(code, ARTREPO_OK);
        snprintf(text, sizeof text, "%s%s", address.host, address.path);
        assert_string_equal(text, cases[i].text);
    }
}

typedef struct agent_script {
    const char *authorization;
    const char *status, *body; /* STATUS NULL: credentials */
    int failures;              /* before that */
    atomic_int good;
} agent_script;

static void answer_agent(void *data, const scripted_request *request, scripted_reply *reply) {
    agent_script *script = data;
    char value[1024], until[32], body[512];
    if (request->number < script->failures) {
        scripted_say(reply, "500 Internal Server Error", "", "{\"code\":\"X\",\"message\":\"y\"}");
        return;
    }
    script->good +=
        begins(request, "GET /v4/creds/?id=7 HTTP/1.1\r\n") && request->body_size == 0 &&
        strcmp(scripted_header(request->head, "Authorization", value), script->authorization) == 0;
    snprintf(body, sizeof body,
             "{\"RoleArn\":\"arn:aws:iam::1:role/task\",\"AccessKeyId\":\"ASIA3\","
             "\"SecretAccessKey\":\"SECRET3\",\"Token\":\"TOKEN3\",\"Expiration\":\"%s\"}",
             time_from_now(600, until));
    scripted_say(reply, script->status == NULL ? "200 OK" : script->status,
                 "Content-Type: application/json\r\n",
                 script->status == NULL ? body : script->body);
}

static void set_agent(const fixture *f) {
    char url[128];
    snprintf(url, sizeof url, "%s/v4/creds/?id=7", f->url);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
}

static void container_role(void **state) {
    (void)state;
    fixture f;
    agent_script script = {.authorization = "", .failures = 2};
    start(&f, answer_agent, &script);
    set_agent(&f);
    assert_int_equal(ask_container(&f), ARTREPO_OK);
    assert_int_equal(script.good, 1);
    assert_credentials(&f.credentials, "ASIA3", "SECRET3", "TOKEN3");
    assert_ends_in(&f.credentials, 600);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc==", 1);
    script.authorization = "Basic abc==";
    assert_int_equal(ask_container(&f), ARTREPO_OK);
    assert_int_equal(script.good, 2);
    stop(&f);
}

static void container_token_file(void **state) {
    (void)state;
    fixture f;
    agent_script script = {.authorization = "eyJ1"};
    start(&f, answer_agent, &script);
    set_agent(&f);
    char *directory = scratch_directory(), path[128];
    snprintf(path, sizeof path, "%s/token", directory);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path, 1);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "not this one", 1);
    write_file(path, "eyJ1\n", 5, 0600);
    assert_int_equal(ask_container(&f), ARTREPO_OK);
    assert_int_equal(script.good, 1);
    script.authorization = "eyJ2";
    write_file(path, "eyJ2", 4, 0600);
    assert_int_equal(ask_container(&f), ARTREPO_OK);
    assert_int_equal(script.good, 2);
    write_file(path, "geheim\r\nX: y", 12, 0600);
    assert_failed(ask_container(&f), &f.failure, ARTREPO_ACCESS_DENIED,
                  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: there is no token of one line in");
    assert_null(strstr(f.failure.message, "geheim"));
    write_file(path, "\n", 1, 0600);
    assert_failed(ask_container(&f), &f.failure, ARTREPO_ACCESS_DENIED,
                  "there is no token of one line");
    assert_int_equal(unlink(path), 0);
    assert_failed(ask_container(&f), &f.failure, ARTREPO_ACCESS_DENIED,
                  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: cannot open");
    unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\nX: y", 1);
    assert_failed(ask_container(&f), &f.failure, ARTREPO_INVALID, "has more than one line");
    assert_int_equal(f.server.requests, 2);
    remove_scratch(directory);
    stop(&f);
}

static void container_failures(void **state) {
    (void)state;
    static const struct {
        const char *status, *body;
        artrepo_code code;
        const char *words;
        int requests;
    } cases[] = {
        {"400 Bad Request", "{\"code\":\"AccessDeniedException\",\"message\":\"no role\"}",
         ARTREPO_ACCESS_DENIED, "HTTP 400: AccessDeniedException: no role", 1},
        {"404 Not Found", "no such", ARTREPO_ACCESS_DENIED,
         "get the role of the container from http://127.0.0.1", 1},
        {"429 Too Many", "", ARTREPO_TRANSIENT, "gave up after 3 attempts", 3},
        {"200 OK", "<html>", ARTREPO_IO, "it is no JSON object", 1},
        {"200 OK", "{\"AccessKeyId\":\"A\"}", ARTREPO_IO, "there is no SecretAccessKey", 1},
    };
    fixture f;
    agent_script script = {.authorization = ""};
    start(&f, answer_agent, &script);
    set_agent(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        script.status = cases[i].status;
        script.body = cases[i].body;
        f.server.requests = 0;
        assert_failed(ask_container(&f), &f.failure, cases[i].code, cases[i].words);
        assert_int_equal(f.server.requests, cases[i].requests);
    }
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/", 1);
    assert_failed(ask_container(&f), &f.failure, ARTREPO_TRANSIENT, "cannot connect to");
    stop(&f);
}

/* ---- machines ---- */

typedef struct metadata_script {
    const char *token_status, *role_status, *role, *document_status, *document;
    int lifetime;   /* of the credentials */
    int cut_tokens; /* token requests that are answered with half an answer */
    atomic_int tokens, roles, documents, refused;
    int good_token; /* the token that is accepted; tokens count from 1 */
} metadata_script;

static const metadata_script usual_machine = {.token_status = "200 OK",
                                              .role_status = "200 OK",
                                              .role = "web-role_1+=,.@\n",
                                              .document_status = "200 OK",
                                              .lifetime = 21600,
                                              .good_token = 1};

static void answer_token(metadata_script *script, const scripted_request *request,
                         scripted_reply *reply) {
    char value[1024], token[64];
    int number = ++script->tokens;
    assert_string_equal(
        scripted_header(request->head, "X-aws-ec2-metadata-token-ttl-seconds", value), "21600");
    assert_string_equal(scripted_header(request->head, "Content-Length", value), "0");
    if (number <= script->cut_tokens) {
        assert_true(
            ar_buffer_append_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nTO"));
        reply->close = true;
        return;
    }
    snprintf(token, sizeof token, "TOKEN-%d==", number);
    scripted_say(reply, script->token_status, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600\r\n",
                 token);
}

static void answer_metadata(void *data, const scripted_request *request, scripted_reply *reply) {
    metadata_script *script = data;
    char value[1024], token[64], until[32], body[1024];
    if (begins(request, "PUT /latest/api/token HTTP/1.1\r\n")) {
        answer_token(script, request, reply);
        return;
    }
    snprintf(token, sizeof token, "TOKEN-%d==", script->good_token);
    if (strcmp(scripted_header(request->head, "X-aws-ec2-metadata-token", value), token) != 0) {
        script->refused++;
        scripted_say(reply, "401 Unauthorized", "", "");
    } else if (begins(request, "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n")) {
        script->roles++;
        scripted_say(reply, script->role_status, "Content-Type: text/plain\r\n", script->role);
    } else if (begins(request, "GET /latest/meta-data/iam/security-credentials/web-role_1+=,.@ "
                               "HTTP/1.1\r\n")) {
        script->documents++;
        snprintf(body, sizeof body,
                 "{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"2026-04-26T16:39:16Z\",\n"
                 "  \"Type\" : \"AWS-HMAC\",\n  \"AccessKeyId\" : \"ASIA4\",\n"
                 "  \"SecretAccessKey\" : \"SECRET4\",\n  \"Token\" : \"TOKEN4\",\n"
                 "  \"Expiration\" : \"%s\"\n}",
                 time_from_now(script->lifetime, until));
        scripted_say(reply, script->document_status, "Content-Type: text/plain\r\n",
                     script->document == NULL ? body : script->document);
    } else {
        fprintf(stderr, "%s\n", request->head);
        scripted_say(reply, "404 Not Found", "", "");
    }
}

static void start_machine(fixture *f, metadata_script *script) {
    start(f, answer_metadata, script);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f->url, 1);
}

static void machine_role(void **state) {
    (void)state;
    fixture f;
    metadata_script script = usual_machine;
    start_machine(&f, &script);
    assert_int_equal(ask_machine(&f), ARTREPO_OK);
    assert_credentials(&f.credentials, "ASIA4", "SECRET4", "TOKEN4");
    assert_ends_in(&f.credentials, 21600);
    assert_int_equal(script.tokens, 1);
    assert_int_equal(script.roles, 1);
    assert_int_equal(script.documents, 1);
    char url[96];
    snprintf(url, sizeof url, "%s/", f.url);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    script.good_token = 2;
    assert_int_equal(ask_machine(&f), ARTREPO_OK);
    setenv("AWS_EC2_METADATA_DISABLED", "True", 1);
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_NOT_FOUND,
                  "AWS_EC2_METADATA_DISABLED is set");
    stop(&f);
}

static void machine_token_is_renewed_once(void **state) {
    (void)state;
    fixture f;
    metadata_script script = usual_machine;
    script.good_token = 2;
    start_machine(&f, &script);
    assert_int_equal(ask_machine(&f), ARTREPO_OK);
    assert_int_equal(script.tokens, 2);
    assert_int_equal(script.refused, 1);
    script.good_token = -1;
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_ACCESS_DENIED, "HTTP 401");
    assert_int_equal(script.tokens, 4);
    stop(&f);
}

static void machine_without_answer_is_asked_again(void **state) {
    (void)state;
    fixture f;
    metadata_script script = usual_machine;
    script.cut_tokens = 1;
    script.good_token = 2;
    start_machine(&f, &script);
    assert_int_equal(ask_machine(&f), ARTREPO_OK);
    script.cut_tokens = 100;
    script.tokens = 0;
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_NOT_FOUND, "this is no machine of EC2");
    assert_int_equal(script.tokens, 2);
    stop(&f);
}

/* The service is down, and hands out what it last had. */
static void machine_credentials_are_extended(void **state) {
    (void)state;
    fixture f;
    metadata_script script = usual_machine;
    script.lifetime = -60;
    start_machine(&f, &script);
    assert_int_equal(ask_machine(&f), ARTREPO_OK);
    assert_ends_in(&f.credentials, 300);
    stop(&f);
}

static void machine_failures(void **state) {
    (void)state;
    static const struct {
        const char *token_status, *role_status, *role, *document_status, *document;
        artrepo_code code;
        const char *words;
        int tokens;
    } cases[] = {
        {"403 Forbidden", NULL, NULL, NULL, NULL, ARTREPO_NOT_FOUND, "HTTP 403: it gives no token",
         1},
        {"404 Not Found", NULL, NULL, NULL, NULL, ARTREPO_NOT_FOUND, "HTTP 404", 1},
        {"503 Down", NULL, NULL, NULL, NULL, ARTREPO_TRANSIENT, "gave up after 3 attempts", 3},
        {NULL, "404 Not Found", "", NULL, NULL, ARTREPO_NOT_FOUND, "the machine has no role", 1},
        {NULL, "500 Oops", "", NULL, NULL, ARTREPO_TRANSIENT, "it does not name the role (gave", 1},
        {NULL, NULL, "", NULL, NULL, ARTREPO_IO, "no name of a role", 1},
        {NULL, NULL, "..", NULL, NULL, ARTREPO_IO, "no name of a role", 1},
        {NULL, NULL, "../../x", NULL, NULL, ARTREPO_IO, "no name of a role", 1},
        {NULL, NULL, "<html>", NULL, NULL, ARTREPO_IO, "no name of a role", 1},
        {NULL, NULL, NULL, "404 Not Found", "", ARTREPO_ACCESS_DENIED,
         "it does not give the credentials", 1},
        {NULL, NULL, NULL, NULL,
         "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no trust\"}",
         ARTREPO_ACCESS_DENIED, "AssumeRoleUnauthorizedAccess: no trust", 1},
        {NULL, NULL, NULL, NULL, "nothing", ARTREPO_IO, "it is no JSON object", 1},
    };
    fixture f;
    metadata_script script;
    start_machine(&f, &script);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        script = usual_machine;
        script.token_status = cases[i].token_status == NULL ? "200 OK" : cases[i].token_status;
        script.role_status = cases[i].role_status == NULL ? "200 OK" : cases[i].role_status;
        script.role = cases[i].role == NULL ? usual_machine.role : cases[i].role;
        script.document_status =
            cases[i].document_status == NULL ? "200 OK" : cases[i].document_status;
        script.document = cases[i].document;
        artrepo_code code = ask_machine(&f);
        assert_failed(code, &f.failure, cases[i].code, cases[i].words);
        assert_int_equal(script.tokens, cases[i].tokens);
    }
    stop(&f);
}

/* A laptop: nobody listens, or nobody even says no. */
static void machine_fails_fast(void **state) {
    (void)state;
    fixture f;
    start(&f, answer_metadata, NULL);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", 1);
    int64_t before = ar_clock_now_ns();
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_NOT_FOUND,
                  "get the role of the machine from http://127.0.0.1:1: cannot connect");
    assert_true(ar_clock_now_ns() - before < AR_SECOND_NS);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://192.0.2.1", 1); /* for documentation */
    before = ar_clock_now_ns();
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_NOT_FOUND, "this is no machine of EC2");
    assert_true(ar_clock_now_ns() - before < 6 * AR_SECOND_NS);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254", 1);
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_INVALID,
                  "AWS_EC2_METADATA_SERVICE_ENDPOINT '169.254.169.254' is no address");
    stop(&f);
}

/* Something takes the connection and says nothing. */
static void machine_that_is_silent(void **state) {
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    fixture f;
    start(&f, answer_metadata, NULL);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
    int64_t before = ar_clock_now_ns();
    assert_failed(ask_machine(&f), &f.failure, ARTREPO_NOT_FOUND, "its hop limit is 1");
    assert_true(ar_clock_now_ns() - before < 6 * AR_SECOND_NS);
    close(listener);
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container_addresses),
        cmocka_unit_test(container_role),
        cmocka_unit_test(container_token_file),
        cmocka_unit_test(container_failures),
        cmocka_unit_test(machine_role),
        cmocka_unit_test(machine_token_is_renewed_once),
        cmocka_unit_test(machine_without_answer_is_asked_again),
        cmocka_unit_test(machine_credentials_are_extended),
        cmocka_unit_test(machine_failures),
        cmocka_unit_test(machine_fails_fast),
        cmocka_unit_test(machine_that_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
