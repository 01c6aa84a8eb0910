/* Credential processes: how their command is read, and what becomes of their output. */
#include "s3_roles_fixture.h"

#include <signal.h>

#include "s3/process.h"

static void assert_words(const char *command, const char *const *expected) {
    char **words = NULL;
    assert_ok(ar_s3_split_command(command, &words, error));
    size_t i = 0;
    for (; expected[i] != NULL; i++) {
        assert_non_null(words[i]);
        assert_string_equal(words[i], expected[i]);
    }
    assert_null(words[i]);
    free(words);
}

static void commands_are_split(void **state) {
    (void)state;
    assert_words("a", (const char *const[]){"a", NULL});
    assert_words("  a  b\tc ", (const char *const[]){"a", "b", "c", NULL});
    assert_words("\"/opt/my tools/get\" --name 'a \"b\" \\c'",
                 (const char *const[]){"/opt/my tools/get", "--name", "a \"b\" \\c", NULL});
    assert_words("a\\ b \"c\\\"d\\\\e\\f\" ''",
                 (const char *const[]){"a b", "c\"d\\e\\f", "", NULL});
    assert_words("a $HOME ~/x `id` $(id) * ; b | c > d",
                 (const char *const[]){"a", "$HOME", "~/x", "`id`", "$(id)", "*", ";", "b", "|",
                                       "c", ">", "d", NULL});
    assert_words("x'y'\"z\"\\", (const char *const[]){"xyz\\", NULL});
    char **words = NULL;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    assert_failed(ar_s3_split_command("a 'b", &words, &failure), &failure, ARTREPO_INVALID,
                  "a quote that is not closed");
    assert_failed(ar_s3_split_command("  ", &words, &failure), &failure, ARTREPO_INVALID,
                  "names no program");
    assert_failed(ar_s3_split_command("'' a", &words, &failure), &failure, ARTREPO_INVALID,
                  "names no program");
}

static artrepo_code run(const char *command, int64_t limit_ms, ar_s3_credentials *credentials,
                        artrepo_error *failure) {
    *failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return ar_s3_process_credentials(command, limit_ms, NULL, credentials, failure);
}

static void output_is_taken(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    artrepo_error failure;
    char command[512], until[32];
    snprintf(command, sizeof command,
             "printf '{\"Version\":1,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"%%s\","
             "\"SessionToken\":\"T\",\"Expiration\":\"%s\"}' \"$HOME 'x'\"",
             time_from_now(900, until));
    assert_int_equal(run(command, 10000, &credentials, &failure), ARTREPO_OK);
    assert_credentials(&credentials, "AK", "$HOME 'x'", "T"); /* no shell has seen it */
    assert_ends_in(&credentials, 900);
    ar_s3_credentials_free(&credentials);
}

static void failures(void **state) {
    (void)state;
    static const struct {
        const char *command;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {"/no/such/program geheim", ARTREPO_ACCESS_DENIED, "cannot run /no/such/program"},
        {"sh -c 'echo geheim; exit 3'", ARTREPO_ACCESS_DENIED, "sh ended with exit code 3"},
        {"sh -c 'kill -KILL $$'", ARTREPO_ACCESS_DENIED, "sh ended with signal 9"},
        {"echo geheim", ARTREPO_IO, "what echo says: it is no JSON object"},
        {"true", ARTREPO_IO, "what true says: it is no JSON object"},
        {"head -c 100000 /dev/zero", ARTREPO_REFUSED_UNSAFE, "head says more than 65536 bytes"},
        {"cat", ARTREPO_IO, "what cat says: it is no JSON object"}, /* its input is empty */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_s3_credentials credentials = {0};
        artrepo_error failure;
        artrepo_code code = run(cases[i].command, 10000, &credentials, &failure);
        assert_failed(code, &failure, cases[i].code, cases[i].words);
        assert_null(strstr(failure.message, "geheim"));
    }
}

/* Whatever it started ends with it. */
static void slow_ones_are_stopped(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    artrepo_error failure;
    char *directory = scratch_directory(), command[256], path[128];
    snprintf(path, sizeof path, "%s/pid", directory);
    snprintf(command, sizeof command, "sh -c 'sleep 300 & echo $! > %s; wait'", path);
    int64_t start = ar_clock_now_ns();
    assert_failed(run(command, 2000, &credentials, &failure), &failure, ARTREPO_ACCESS_DENIED,
                  "sh did not end in time");
    assert_true(ar_clock_now_ns() - start < 10 * AR_SECOND_NS);
    char *text = NULL;
    size_t size = 0;
    assert_ok(ar_file_read_whole(path, 100, &text, &size, error));
    pid_t pid = (pid_t)atoi(text);
    free(text);
    assert_true(pid > 0);
    char state_path[64], line[256] = "";
    for (int i = 0; i < 200 && kill(pid, 0) == 0; i++) {
        snprintf(state_path, sizeof state_path, "/proc/%d/stat", (int)pid);
        FILE *stat = fopen(state_path, "r"); /* a zombie waits for whoever collects orphans */
        if (stat == NULL || fgets(line, sizeof line, stat) == NULL || strstr(line, ") Z") != NULL) {
            if (stat != NULL) {
                fclose(stat);
            }
            break;
        }
        fclose(stat);
        assert_int_not_equal(i, 199);
        ar_clock_sleep_ns(10 * AR_MILLISECOND_NS);
    }
    remove_scratch(directory);
    /* One that closes its output and goes on. */
    assert_failed(run("sh -c 'exec >&-; sleep 300'", 300, &credentials, &failure), &failure,
                  ARTREPO_ACCESS_DENIED, "sh did not end in time");
}

static void cancelling(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_set_deadline(operation, 200);
    assert_failed(ar_s3_process_credentials("sleep 300", 60000, operation, &credentials, &failure),
                  &failure, ARTREPO_CANCELLED, "");
    artrepo_operation_free(operation);
}

/* Applications that do not care for their children still get the output. */
static void children_may_be_ignored(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    artrepo_error failure;
    signal(SIGCHLD, SIG_IGN);
    assert_int_equal(run("echo '{\"Version\":1,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"SK\"}'",
                         10000, &credentials, &failure),
                     ARTREPO_OK);
    assert_credentials(&credentials, "AK", "SK", NULL);
    ar_s3_credentials_free(&credentials);
    signal(SIGCHLD, SIG_DFL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_split), cmocka_unit_test(output_is_taken),
        cmocka_unit_test(failures),           cmocka_unit_test(slow_ones_are_stopped),
        cmocka_unit_test(cancelling),         cmocka_unit_test(children_may_be_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
