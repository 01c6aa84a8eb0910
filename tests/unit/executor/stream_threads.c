/*
 * Streams of the application's own (stream.h, archive.h): the library uses each by one thread at a
 * time, whichever it is, so that they need no locks. ThreadSanitizer sees when it does not.
 */
#include "unit/executor/threads_fixture.h"

#include <stdatomic.h>

typedef struct watched {
    atomic_flag inside;
    bool crowded;
    int64_t calls, bytes; /* no atomics */
} watched;

static void enter(watched *one, size_t size) {
    one->crowded =
        one->crowded || atomic_flag_test_and_set_explicit(&one->inside, memory_order_relaxed);
    one->calls++;
    one->bytes += (int64_t)size;
}

static void leave(watched *one) {
    atomic_flag_clear_explicit(&one->inside, memory_order_relaxed);
}

typedef struct watched_source {
    artrepo_source base;
    artrepo_source *below;
    watched watch;
} watched_source;

static artrepo_code read_watched(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                 artrepo_error *error) {
    watched_source *source = (watched_source *)base;
    enter(&source->watch, 0);
    artrepo_code code = artrepo_source_read(source->below, buffer, capacity, got, error);
    source->watch.bytes += (int64_t)*got;
    leave(&source->watch);
    return code;
}

static const artrepo_source_functions watched_source_functions = {read_watched, NULL, NULL};

typedef struct watched_sink {
    artrepo_sink base;
    artrepo_sink *below;
    watched watch;
} watched_sink;

static artrepo_code write_watched(artrepo_sink *base, const void *data, size_t size,
                                  artrepo_error *error) {
    watched_sink *sink = (watched_sink *)base;
    enter(&sink->watch, size);
    artrepo_code code = artrepo_sink_write(sink->below, data, size, error);
    leave(&sink->watch);
    return code;
}

static const artrepo_sink_functions watched_sink_functions = {write_watched, NULL, NULL};

typedef struct watched_file {
    FILE *file;
    watched watch;
} watched_file;

static artrepo_code read_watched_at(void *data, int64_t offset, void *buffer, size_t capacity,
                                    size_t *got, artrepo_error *error) {
    watched_file *file = data;
    enter(&file->watch, 0);
    bool found = fseek(file->file, (long)offset, SEEK_SET) == 0;
    *got = found ? fread(buffer, 1, capacity, file->file) : 0;
    file->watch.bytes += (int64_t)*got;
    leave(&file->watch);
    return found ? ARTREPO_OK : artrepo_error_set(error, ARTREPO_IO, "cannot seek");
}

static void assert_alone(const watched *one) {
    assert_false(one->crowded);
    assert_true(one->calls > 0);
    assert_true(one->bytes > 0);
}

static artrepo_archive_strategy parse_strategy(const char *text) {
    artrepo_archive_strategy strategy;
    assert_ok(artrepo_archive_strategy_parse(text, &strategy, error));
    return strategy;
}

/* Packed by the library's threads, through a source and a sink of ours, and back. */
static void pass_through(const floor_work *all, const char *strategy_text) {
    artrepo_archive_strategy strategy = parse_strategy(strategy_text);
    watched_source source = {.base = {&watched_source_functions, -1, -1},
                             .watch = {.inside = ATOMIC_FLAG_INIT}};
    watched_sink sink = {.base = {&watched_sink_functions, -1},
                         .watch = {.inside = ATOMIC_FLAG_INIT}};
    char tree[200], out[200];
    snprintf(tree, sizeof tree, "%s/tree", all->root);
    snprintf(out, sizeof out, "%s/passed", all->root);
    assert_ok(artrepo_archive_pack(tree, NULL, &strategy, all->operation, &source.below, error));
    assert_ok(artrepo_artifact_save_stream(all->repository, "passed", &source.base, NULL,
                                           all->operation, error));
    artrepo_source_close(source.below);
    assert_alone(&source.watch);
    assert_ok(artrepo_archive_unpack(out, &strategy, NULL, all->operation, &sink.below, error));
    assert_ok(artrepo_repository_get(all->repository, "passed", NULL, &sink.base, NULL,
                                     all->operation, error));
    assert_ok(artrepo_sink_commit(sink.below, error));
    artrepo_sink_close(sink.below);
    assert_alone(&sink.watch);
    assert_true(is_tree(out));
    remove_scratch(out);
}

static void sources_and_sinks_are_used_by_one_thread_at_a_time(void **state) {
    pass_through(*state, "tar");
    pass_through(*state, "tar:0");
    pass_through(*state, "zstd");
}

static void random_access_is_by_one_thread_at_a_time(void **state) {
    const floor_work *all = *state;
    artrepo_archive_strategy strategy = parse_strategy("zip");
    watched_file file = {.watch = {.inside = ATOMIC_FLAG_INIT}};
    struct stat status;
    char path[200];
    save_tree(all, "it.zip", "zip");
    snprintf(path, sizeof path, "%s/store/it.zip", all->root);
    file.file = fopen(path, "r");
    assert_non_null(file.file);
    assert_int_equal(fstat(fileno(file.file), &status), 0);
    artrepo_random_access archive = {&file, status.st_size, read_watched_at};
    snprintf(path, sizeof path, "%s/unzipped", all->root);
    assert_ok(
        artrepo_archive_unpack_random(path, &strategy, &archive, NULL, all->operation, error));
    assert_alone(&file.watch);
    assert_true(is_tree(path));
    fclose(file.file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sources_and_sinks_are_used_by_one_thread_at_a_time),
        TEST(random_access_is_by_one_thread_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
