/*
 * 24 threads of one process save through one repository handle, again and again: all goes well, and
 * descriptors and memory are afterwards what they were after the first time, when libraries had
 * made what they keep.
 *
 *   local_concurrent_saves [ROUNDS]      default 3
 */
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <artrepo/artrepo.h>

#include "world.h"

enum { THREADS = 24, SAVES = 4, SPARE_KIB = 1 << 10, SPARE_BYTES = 1 << 10 };

static artrepo_repository *repository;
static artrepo_operation *operation;

static void check(artrepo_code code, const artrepo_error *error) {
    if (code != ARTREPO_OK) {
        fprintf(stderr, "FAILED: %s\n", error->message);
        world_remove();
        exit(1);
    }
}

/* ---- what is measured ---- */

static int count_descriptors(void) {
    DIR *directory = opendir("/proc/self/fd");
    world_need(directory != NULL);
    int count = 0;
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

static int count_threads(void) {
    DIR *directory = opendir("/proc/self/task");
    world_need(directory != NULL);
    int count = 0;
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

/* What was allocated and not freed, in all arenas. */
static size_t allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static long resident_kib(void) {
    malloc_trim(0);
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    world_need(file != NULL && fscanf(file, "%ld %ld", &pages, &resident) == 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- the work ---- */

static void open_repository(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_configuration *configuration = NULL;
    char text[1024];
    const char *access = world_setting("ARTREPO_TEST_S3_ACCESS_KEY");
    const char *secret = world_setting("ARTREPO_TEST_S3_SECRET_KEY");
    world_write(world_path("secrets/s/access"), access, strlen(access), 0600);
    world_write(world_path("secrets/s/secret"), secret, strlen(secret), 0600);
    snprintf(text, sizeof text,
             "s3: {endpoint: \"%s\", bucket: %s, region: %s, insecure: true,"
             " accessKeySecret: {name: s, key: access}, secretKeySecret: {name: s, key: secret}}",
             world_setting("ARTREPO_TEST_S3_ENDPOINT"), world_setting("ARTREPO_TEST_S3_BUCKET"),
             world_setting("ARTREPO_TEST_S3_REGION"));
    operation = artrepo_operation_new();
    world_need(operation != NULL);
    artrepo_repository_options options = {.secrets_directory = world_path("secrets")};
    check(artrepo_configuration_parse(text, strlen(text), "r", NULL, operation, &configuration,
                                      &error),
          &error);
    check(artrepo_repository_open(artrepo_configuration_location(configuration), &options,
                                  operation, &repository, &error),
          &error);
    artrepo_configuration_free(configuration);
}

static void close_repository(void) {
    artrepo_repository_close(repository);
    artrepo_operation_free(operation);
}

static void make_key(int thread, int save, char key[64]) {
    snprintf(key, 64, "concurrent-%d/%d-%d", (int)getpid(), thread, save);
}

/* Trees, files that need several parts, and directories, in turn. */
static void *save(void *data) {
    static const struct {
        const char *name, *strategy;
    } kinds[] = {{"tree", "tar"}, {"large", "tar:0"}, {"plain", "none"}, {"file", "none"}};
    int thread = (int)(size_t)data;
    for (int i = 0; i < SAVES; i++) {
        char key[64], path[500];
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_artifact *artifact = NULL;
        artrepo_archive_strategy strategy;
        int kind = (thread + i) % 4;
        make_key(thread, i, key);
        snprintf(path, sizeof path, "%s/%s", (const char *)getenv("WORLD"), kinds[kind].name);
        check(artrepo_artifact_new("a", NULL, &artifact, &error), &error);
        check(artrepo_archive_strategy_parse(kinds[kind].strategy, &strategy, &error), &error);
        artrepo_artifact_set_strategy(artifact, &strategy);
        check(artrepo_artifact_save(repository, key, artifact, path, NULL, operation, &error),
              &error);
        artrepo_artifact_free(artifact);
    }
    return NULL;
}

/* One object of each kind, and that the others are there. */
static void verify(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    for (int thread = 0; thread < THREADS; thread++) {
        char key[64];
        bool is_directory = false;
        make_key(thread, 0, key);
        if (thread % 4 == 2) {
            check(
                artrepo_repository_is_directory(repository, key, &is_directory, operation, &error),
                &error);
            world_need(is_directory);
        } else {
            check(artrepo_repository_stat(repository, key, NULL, operation, &error), &error);
        }
    }
    char key[64];
    artrepo_artifact *artifact = NULL;
    make_key(0, 0, key);
    check(artrepo_artifact_new("a", NULL, &artifact, &error), &error);
    check(artrepo_artifact_load(repository, key, artifact, world_path("out/it"), NULL, NULL,
                                operation, &error),
          &error);
    artrepo_artifact_free(artifact);
    world_need(world_digest(world_path("out/it")) == world_digest(world_path("tree")));
    world_clear(world_path("out/it"));
}

static void run_round(void) {
    pthread_t threads[THREADS];
    open_repository();
    for (size_t i = 0; i < THREADS; i++) {
        world_need(pthread_create(&threads[i], NULL, save, (void *)i) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    verify();
    char below[64];
    artrepo_error error = ARTREPO_ERROR_INIT;
    snprintf(below, sizeof below, "concurrent-%d/", (int)getpid());
    check(artrepo_repository_remove(repository, below, operation, &error), &error);
    close_repository();
}

/* What glibc keeps of what was freed, and of stacks of threads that ended, cannot be told from a
 * leak. Without it, the same bytes are allocated after each round. It can only be told before the
 * start. */
static void start_over_without_caches(char **argv) {
    static const char tunables[] =
        "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0:glibc.pthread.stack_cache_size=0";
    const char *now = getenv("GLIBC_TUNABLES");
    if (now == NULL || strcmp(now, tunables) != 0) {
        setenv("GLIBC_TUNABLES", tunables, 1);
        execv("/proc/self/exe", argv);
        perror("FAILED: cannot start over");
        exit(1);
    }
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 3;
    start_over_without_caches(argv);
    world_make();
    setenv("WORLD", world_path("."), 1);
    int descriptors = count_descriptors();
    size_t allocated_before = allocated_bytes();
    run_round(); /* what libraries keep once they have started is there from now on */
    int tasks = count_threads(); /* ThreadSanitizer starts one of its own with the first */
    long first = resident_kib(), last = first;
    size_t allocated = allocated_bytes();
    for (int i = 1; i < rounds; i++) {
        run_round();
        last = resident_kib();
    }
    size_t allocated_after = allocated_bytes();
    int descriptors_after = count_descriptors(), tasks_after = count_threads();
    printf(
        "%d saves from %d threads, %d times: descriptors %d and %d, threads %d and %d, allocated "
        "%zu at the start, %zu and %zu bytes, resident %ld and %ld KiB\n",
        THREADS * SAVES, THREADS, rounds, descriptors, descriptors_after, tasks, tasks_after,
        allocated_before, allocated, allocated_after, first, last);
    world_remove();
    bool same = descriptors == descriptors_after && tasks == tasks_after;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    same = same && last <= first + SPARE_KIB && allocated_after <= allocated + SPARE_BYTES;
#endif
    if (!same) {
        fprintf(stderr, "FAILED: not what it was before\n");
    }
    return same ? 0 : 1;
}
