/* Roles of containers and machines from end to end: the agents answer where AWS has them, in a
 * network of this program's own, and hand out real temporary credentials for MinIO. */
#include "s3_minio_fixture.h"

#include "flipping_proxy.h"
#include "unit/http/scripted_server.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <time.h>

enum { HTTP = 80 };
static const uint32_t container_agent = 0xa9feaa02; /* 169.254.170.2 */
static const uint32_t machine_agent = 0xa9fea9fe;   /* 169.254.169.254 */

static int network_of_minio;
static minio_session session;

/* ---- the network ---- */

static bool give_address(int control, const char *name, uint32_t number) {
    struct ifreq request = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(number)}};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    memcpy(&request.ifr_addr, &address, sizeof address);
    if (ioctl(control, SIOCSIFADDR, &request) != 0) {
        return false;
    }
    request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
    return ioctl(control, SIOCSIFFLAGS, &request) == 0;
}

/* Nothing but a loopback device with the agents' addresses; false without the right to that. */
static bool enter_own_network(void) {
    network_of_minio = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (network_of_minio < 0 || unshare(CLONE_NEWNET) != 0) {
        return false;
    }
    int control = socket(AF_INET, SOCK_DGRAM, 0);
    bool ok = give_address(control, "lo", INADDR_LOOPBACK) &&
              give_address(control, "lo:1", container_agent) &&
              give_address(control, "lo:2", machine_agent);
    close(control);
    return ok;
}

static fixture open_through(const flipping_proxy *proxy) {
    char endpoint[64];
    fixture f = prepare_minio();
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%d", proxy->port);
    set(&f, "endpoint", endpoint);
    ar_value_remove(f.root, "accessKeySecret");
    ar_value_remove(f.root, "secretKeySecret");
    return f;
}

/* ---- the agents ---- */

static void say_credentials(scripted_reply *reply, const char *more) {
    char body[6000], until[32];
    time_t then = time(NULL) + 3600;
    struct tm parts;
    strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&then, &parts));
    snprintf(body, sizeof body,
             "{%s\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\",\"Token\":\"%s\","
             "\"Expiration\":\"%s\"}",
             more, session.access_key, session.secret_key, session.token, until);
    scripted_say(reply, "200 OK", "Content-Type: application/json\r\n", body);
}

static bool asks(const scripted_request *request, const char *start) {
    return strncmp(request->head, start, strlen(start)) == 0;
}

static void answer_container(void *data, const scripted_request *request, scripted_reply *reply) {
    char host[1024], authorization[1024];
    ++*(atomic_int *)data;
    bool right =
        asks(request, "GET /v2/credentials/7f2c-91 HTTP/1.1\r\n") &&
        strcmp(scripted_header(request->head, "Host", host), "169.254.170.2") == 0 &&
        strcmp(scripted_header(request->head, "Authorization", authorization), "Basic abc==") == 0;
    if (right) {
        say_credentials(reply, "\"RoleArn\":\"TASK_ROLE_ARN\",");
    } else {
        scripted_say(reply, "400 Bad Request", "", "{\"code\":\"No\",\"message\":\"other words\"}");
    }
}

static void relative_uri(void **state) {
    (void)state;
    scripted_server agent;
    flipping_proxy proxy;
    atomic_int calls = 0;
    scripted_start_at(&agent, answer_container, &calls, container_agent, HTTP);
    start_proxy_across(&proxy, need_minio("ARTREPO_TEST_MINIO_ENDPOINT"), network_of_minio);
    fixture f = open_through(&proxy);
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/7f2c-91", 1);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc==", 1);
    stream_source source = open_stream(12 * MIB, 2);
    artrepo_object object;
    open_fixture(&f);
    assert_ok(put_stream(&f, "agents/container", &source, &object, error));
    assert_content(&f, "agents/container", source.data, source.size);
    assert_int_equal(calls, 1); /* one fetch serves all requests */
    artrepo_source_close(&source.base);
    close_fixture(&f);
    f = open_through(&proxy);
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/other", 1);
    assert_put_says(&f, ARTREPO_ACCESS_DENIED, "from http://169.254.170.2: HTTP 400: No: other");
    stop_proxy(&proxy);
    scripted_stop(&agent);
}

static void answer_machine(void *data, const scripted_request *request, scripted_reply *reply) {
    char value[1024];
    ++*(atomic_int *)data;
    if (asks(request, "PUT /latest/api/token HTTP/1.1\r\n")) {
        scripted_header(request->head, "X-aws-ec2-metadata-token-ttl-seconds", value);
        scripted_say(reply, "200 OK", "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n",
                     strcmp(value, "21600") == 0 ? "TOKEN==" : "");
    } else if (strcmp(scripted_header(request->head, "X-aws-ec2-metadata-token", value),
                      "TOKEN==") != 0) {
        scripted_say(reply, "401 Unauthorized", "", "");
    } else if (asks(request, "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n")) {
        scripted_say(reply, "200 OK", "", "demo");
    } else if (asks(request, "GET /latest/meta-data/iam/security-credentials/demo HTTP/1.1\r\n")) {
        say_credentials(reply, "\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",");
    } else {
        scripted_say(reply, "404 Not Found", "", "");
    }
}

static void metadata_service(void **state) {
    (void)state;
    scripted_server agent;
    flipping_proxy proxy;
    atomic_int calls = 0;
    scripted_start_at(&agent, answer_machine, &calls, machine_agent, HTTP);
    start_proxy_across(&proxy, need_minio("ARTREPO_TEST_MINIO_ENDPOINT"), network_of_minio);
    fixture f = open_through(&proxy);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    open_fixture(&f);
    assert_ok(put_memory(&f, "agents/machine", "works", 5, NULL, error));
    assert_content(&f, "agents/machine", "works", 5);
    assert_int_equal(calls, 3); /* token, role, credentials */
    close_fixture(&f);
    stop_proxy(&proxy);
    scripted_stop(&agent);
}

/* Before the network is another one. */
static int prepare_session(void **state) {
    int failed = make_minio_secrets(state);
    session = open_minio_session();
    if (failed == 0 && !enter_own_network()) {
        fprintf(stderr, "skipped: only root may make a network of its own\n");
        remove_secrets(state);
        exit(SKIPPED);
    }
    return failed;
}

int main(void) {
    need_minio("ARTREPO_TEST_MINIO_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relative_uri),
        cmocka_unit_test(metadata_service),
    };
    return cmocka_run_group_tests(tests, prepare_session, remove_secrets);
}
