/* Directories stored with the none strategy on real servers: many objects at once, what is counted
 * of them, what bounds them, and what becomes of an error among them. */
#include "s3_fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include <artrepo/executor.h>

#include "base/clock.h"

#define MIB ((size_t)1 << 20)

static char root[64];

/* ---- repositories ---- */

/* As the names of the environment's variables have it: VersityGW, and MinIO. */
static const char *const servers[] = {"S3", "MINIO"};
enum { SERVERS = 2 };

static const char *variable(const char *server, const char *name) {
    char text[64];
    snprintf(text, sizeof text, "ARTREPO_TEST_%s_%s", server, name);
    return need(text);
}

static artrepo_repository *open_repository(const char *server) {
    char text[1024];
    artrepo_configuration *configuration = NULL;
    artrepo_repository *repository = NULL;
    write_secret("access", variable(server, "ACCESS_KEY"));
    write_secret("secret", variable(server, "SECRET_KEY"));
    snprintf(text, sizeof text,
             "s3:\n  endpoint: %s\n  bucket: %s\n  region: %s\n  insecure: true\n"
             "  accessKeySecret: {name: test, key: access}\n"
             "  secretKeySecret: {name: test, key: secret}\n",
             variable(server, "ENDPOINT"), variable(server, "BUCKET"), variable(server, "REGION"));
    assert_ok(
        artrepo_configuration_parse(text, strlen(text), "test", NULL, NULL, &configuration, error));
    artrepo_repository_options options = {.secrets_directory = secrets};
    assert_ok(artrepo_repository_open(artrepo_configuration_location(configuration), &options, NULL,
                                      &repository, error));
    artrepo_configuration_free(configuration);
    /* Of an earlier run that was broken off. */
    assert_ok(artrepo_repository_remove(repository, "directory/", NULL, error));
    return repository;
}

static artrepo_artifact *plain_artifact(void) {
    artrepo_artifact *artifact;
    artrepo_archive_strategy none;
    assert_ok(artrepo_artifact_new("a", NULL, &artifact, error));
    assert_ok(artrepo_archive_strategy_parse("none", &none, error));
    artrepo_artifact_set_strategy(artifact, &none);
    return artifact;
}

static void run_in_root(const char *command) {
    char all[2600];
    snprintf(all, sizeof all, "cd '%s' && { %s; }", root, command);
    assert_int_equal(system(all), 0);
}

static artrepo_code count_listed(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(int *)data;
    return ARTREPO_OK;
}

static int count_below(artrepo_repository *repository, const char *prefix) {
    int count = 0;
    assert_ok(artrepo_repository_list(repository, prefix, count_listed, &count, NULL, error));
    return count;
}

static void put_bytes(artrepo_repository *repository, const char *key, const char *text) {
    artrepo_source *source = NULL;
    assert_ok(artrepo_source_open_memory(text, strlen(text), &source, error));
    assert_ok(artrepo_repository_put(repository, key, source, NULL, NULL, NULL, error));
    artrepo_source_close(source);
}

/* ---- counting ---- */

typedef struct seen_progress {
    artrepo_progress last;
    int calls;
} seen_progress;

static void note_progress(void *data, const artrepo_progress *progress) {
    seen_progress *seen = data;
    assert_true(progress->objects_done >= seen->last.objects_done);
    assert_true(progress->bytes_done >= seen->last.bytes_done);
    assert_true(progress->objects_done <= progress->objects_total);
    seen->last = *progress;
    seen->calls++;
}

static void assert_counted(artrepo_operation *operation, const artrepo_transfer *transfer,
                           const seen_progress *seen, int64_t objects, int64_t bytes) {
    artrepo_progress progress = artrepo_operation_progress(operation);
    assert_int_equal(progress.objects_done, objects);
    assert_int_equal(progress.objects_total, objects);
    assert_int_equal(progress.bytes_done, bytes);
    assert_int_equal(progress.bytes_total, bytes);
    assert_int_equal(transfer->objects, objects);
    assert_int_equal(transfer->bytes, bytes);
    assert_true(seen->calls > 0);
}

/* 400 files of 0 to 3,990 bytes, and one that needs several parts. */
static void progress(void **state) {
    (void)state;
    enum { FILES = 400 };
    const int64_t bytes = 10 * (FILES - 1) * FILES / 2 + 11 * (int64_t)MIB;
    char path[96], back[96];
    run_in_root("mkdir tree tree/sub && head -c 4000 /dev/urandom >block && "
                "for i in $(seq 0 399); do head -c $((10 * i)) block >tree/sub/$i; done && "
                "head -c 11534336 /dev/urandom >tree/large");
    snprintf(path, sizeof path, "%s/tree", root);
    artrepo_artifact *artifact = plain_artifact();
    for (int i = 0; i < SERVERS; i++) {
        artrepo_repository *repository = open_repository(servers[i]);
        artrepo_operation *operation = artrepo_operation_new();
        artrepo_transfer transfer;
        seen_progress seen = {.calls = 0};
        artrepo_operation_set_progress(operation, note_progress, &seen);
        assert_ok(artrepo_artifact_save(repository, "directory/progress", artifact, path, &transfer,
                                        operation, error));
        assert_counted(operation, &transfer, &seen, FILES + 1, bytes);
        artrepo_operation_free(operation);
        operation = artrepo_operation_new();
        seen = (seen_progress){.calls = 0};
        artrepo_operation_set_progress(operation, note_progress, &seen);
        snprintf(back, sizeof back, "%s/back-%d", root, i);
        assert_ok(artrepo_artifact_load(repository, "directory/progress", artifact, back, NULL,
                                        &transfer, operation, error));
        assert_counted(operation, &transfer, &seen, FILES + 1, bytes);
        artrepo_operation_free(operation);
        run_in_root(i == 0 ? "diff -r tree back-0" : "diff -r tree back-1");
        assert_ok(artrepo_repository_remove(repository, "directory/progress/", NULL, error));
        assert_int_equal(count_below(repository, "directory/progress/"), 0);
        artrepo_repository_close(repository);
    }
    artrepo_artifact_free(artifact);
}

/* ---- bounds ---- */

typedef struct watch {
    atomic_bool ended;
    int connections, files; /* open at once, at most */
} watch;

static bool is_connection(int descriptor) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    return getsockname(descriptor, (struct sockaddr *)&address, &size) == 0 &&
           address.ss_family == AF_INET;
}

static void count_descriptors(watch *w) {
    char link[64], target[128];
    int connections = 0, files = 0;
    DIR *directory = opendir("/proc/self/fd");
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        snprintf(link, sizeof link, "/proc/self/fd/%.16s", entry->d_name);
        ssize_t length = readlink(link, target, sizeof target - 1);
        if (length > 0) {
            target[length] = '\0';
            connections += is_connection(atoi(entry->d_name));
            files += strncmp(target, root, strlen(root)) == 0;
        }
    }
    closedir(directory);
    w->connections = connections > w->connections ? connections : w->connections;
    w->files = files > w->files ? files : w->files;
}

static void *watch_descriptors(void *data) {
    watch *w = data;
    while (!w->ended) {
        count_descriptors(w);
        ar_clock_sleep_ns(AR_MILLISECOND_NS);
    }
    return NULL;
}

/* With one transfer there are at most 16 small objects under way, and 64 wait. */
static void sockets_and_files(void **state) {
    (void)state;
    enum { MOST = 16, WAITING = 64, FEW = 8 };
    char path[96], back[96];
    run_in_root("mkdir many && for i in $(seq 1500); do echo $i >many/$i; done");
    snprintf(path, sizeof path, "%s/many", root);
    snprintf(back, sizeof back, "%s/many-back", root);
    artrepo_repository *repository = open_repository("S3");
    artrepo_artifact *artifact = plain_artifact();
    for (int loading = 0; loading < 2; loading++) {
        artrepo_operation *operation = artrepo_operation_new();
        artrepo_transfer transfer;
        artrepo_operation_set_transfers(operation, 1);
        watch w = {.connections = 0};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, watch_descriptors, &w), 0);
        artrepo_code code = loading ? artrepo_artifact_load(repository, "directory/many", artifact,
                                                            back, NULL, &transfer, operation, NULL)
                                    : artrepo_artifact_save(repository, "directory/many", artifact,
                                                            path, &transfer, operation, NULL);
        w.ended = true;
        pthread_join(thread, NULL);
        assert_int_equal(code, ARTREPO_OK);
        assert_int_equal(transfer.objects, 1500);
        assert_in_range(w.connections, 2, MOST + FEW);
        assert_in_range(w.files, 1, MOST + WAITING + FEW);
        artrepo_operation_free(operation);
    }
    run_in_root("diff -r many many-back");
    assert_ok(artrepo_repository_remove(repository, "directory/many/", NULL, error));
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
}

/* ---- errors ---- */

/* VersityGW keeps objects in files, so that it refuses for good what would lie below one. That
 * comes first here, and most of what comes behind it is not even tried. */
static void first_permanent_error(void **state) {
    (void)state;
    enum { FILES = 1500 };
    char path[96];
    run_in_root("mkdir -p errors/a && echo x >errors/a/below && "
                "for i in $(seq 1500); do echo $i >errors/z$i; done");
    snprintf(path, sizeof path, "%s/errors", root);
    artrepo_repository *repository = open_repository("S3");
    artrepo_artifact *artifact = plain_artifact();
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_error failure = ARTREPO_ERROR_INIT;
    put_bytes(repository, "directory/errors/a", "in the way");
    artrepo_artifact_save(repository, "directory/errors", artifact, path, NULL, operation,
                          &failure);
    assert_says(&failure, ARTREPO_INVALID, "ObjectParentIsFile (HTTP 409)");
    assert_says(&failure, ARTREPO_INVALID, "/errors/a/below: "); /* its file's path */
    assert_true(count_below(repository, "directory/errors/") < FILES / 2);
    assert_ok(artrepo_repository_remove(repository, "directory/errors/", NULL, error));
    artrepo_operation_free(operation);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
}

/* ---- folder markers ---- */

/* As a console makes them, with "Create folder". */
static void folder_markers(void **state) {
    (void)state;
    char back[96], command[200];
    artrepo_artifact *artifact = plain_artifact();
    for (int i = 0; i < SERVERS; i++) {
        artrepo_repository *repository = open_repository(servers[i]);
        artrepo_transfer transfer;
        put_bytes(repository, "directory/marked/", "");
        put_bytes(repository, "directory/marked/empty/", "");
        put_bytes(repository, "directory/marked/sub/", "");
        put_bytes(repository, "directory/marked/sub/file", "content");
        assert_int_equal(count_below(repository, "directory/marked/"), 4);
        snprintf(back, sizeof back, "%s/marked-%d", root, i);
        assert_ok(artrepo_artifact_load(repository, "directory/marked", artifact, back, NULL,
                                        &transfer, NULL, error));
        assert_int_equal(transfer.objects, 1);
        snprintf(command, sizeof command,
                 "cd marked-%d && test \"$(find . -type f)\" = ./sub/file && "
                 "test \"$(cat sub/file)\" = content",
                 i);
        run_in_root(command);
        assert_ok(artrepo_repository_remove(repository, "directory/marked/", NULL, error));
        assert_int_equal(count_below(repository, "directory/marked/"), 0);
        artrepo_repository_close(repository);
    }
    artrepo_artifact_free(artifact);
}

static int set_up(void **state) {
    int failed = make_secrets(state);
    snprintf(root, sizeof root, "%s", scratch_directory());
    return failed;
}

static int tear_down(void **state) {
    remove_scratch(root);
    return remove_secrets(state);
}

int main(void) {
    need("ARTREPO_TEST_S3_ENDPOINT");
    need("ARTREPO_TEST_MINIO_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress),
        cmocka_unit_test(sockets_and_files),
        cmocka_unit_test(first_permanent_error),
        cmocka_unit_test(folder_markers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
