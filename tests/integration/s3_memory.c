/* Many streams that are uploaded at once through one opened store: they share the memory of parts.
 */
#include "s3_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "s3/store.h"

#define MIB ((size_t)1 << 20)
enum { UPLOADS = 24, PART_MIB = 5, BUDGET_MIB = 25 /* four transfers and one more */ };

/* Bytes that nobody has to keep: each is made of its place and of the stream's number. */
typedef struct made_source {
    artrepo_source base;
    size_t size, position;
    unsigned char seed;
} made_source;

static unsigned char made_byte(unsigned char seed, size_t position) {
    return (unsigned char)(seed * 31 + position * 7 + (position >> 13));
}

static artrepo_code made_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                              artrepo_error *error) {
    (void)error;
    made_source *source = (made_source *)base;
    size_t left = source->size - source->position;
    *got = left < capacity ? left : capacity;
    *got = *got > 65536 ? 65536 : *got;
    for (size_t i = 0; i < *got; i++) {
        ((unsigned char *)buffer)[i] = made_byte(source->seed, source->position + i);
    }
    source->position += *got;
    return ARTREPO_OK;
}

static const artrepo_source_functions made_functions = {made_read, NULL, NULL};

typedef struct upload {
    fixture *f;
    int number;
    artrepo_code code;
    artrepo_error failure;
    pthread_t thread;
} upload;

static void key_of(int number, char key[32]) {
    snprintf(key, 32, "memory/%d", number);
}

static size_t size_of(int number) {
    return 16 * MIB + (size_t)number * 1000 + 1;
}

static void *put_made(void *data) {
    upload *u = data;
    char key[32];
    made_source source = {
        {&made_functions, -1, -1}, size_of(u->number), 0, (unsigned char)u->number};
    artrepo_put_options options = {NULL};
    key_of(u->number, key);
    u->code = artrepo_driver_s3.put(u->f->state, key, &source.base, &options, NULL, u->f->operation,
                                    &u->failure);
    return NULL;
}

typedef struct watch {
    ar_s3 *s3;
    atomic_bool ended;
    size_t most; /* bytes of all part buffers */
} watch;

static size_t bytes_of(ar_s3_part_buffers *buffers) {
    pthread_mutex_lock(&buffers->mutex);
    size_t bytes = buffers->used + buffers->idle_bytes;
    pthread_mutex_unlock(&buffers->mutex);
    return bytes;
}

static void *watch_buffers(void *data) {
    watch *w = data;
    while (!w->ended) {
        size_t bytes = bytes_of(&w->s3->part_buffers);
        w->most = bytes > w->most ? bytes : w->most;
        ar_clock_sleep_ns(AR_MILLISECOND_NS / 4);
    }
    return NULL;
}

static void assert_made(fixture *f, int number) {
    char key[32];
    size_t size = size_of(number);
    unsigned char *data = malloc(size);
    for (size_t i = 0; i < size; i++) {
        data[i] = made_byte((unsigned char)number, i);
    }
    key_of(number, key);
    assert_content(f, key, data, size);
    free(data);
}

/* One buffer for each upload at least, and no more than the budget where that is less. */
static void streams_share_a_budget(void **state) {
    (void)state;
    fixture f = open_plain();
    upload uploads[UPLOADS];
    pthread_t watcher;
    watch w = {.s3 = f.state};
    assert_int_equal(pthread_create(&watcher, NULL, watch_buffers, &w), 0);
    for (int i = 0; i < UPLOADS; i++) {
        uploads[i] = (upload){.f = &f, .number = i};
        assert_int_equal(pthread_create(&uploads[i].thread, NULL, put_made, &uploads[i]), 0);
    }
    for (int i = 0; i < UPLOADS; i++) {
        pthread_join(uploads[i].thread, NULL);
    }
    w.ended = true;
    pthread_join(watcher, NULL);
    for (int i = 0; i < UPLOADS; i++) {
        if (uploads[i].code != ARTREPO_OK) {
            fail_msg("%s", uploads[i].failure.message);
        }
        assert_made(&f, i);
    }
    assert_true(w.most >= 2 * PART_MIB * MIB);
    /* Each by itself took 25 MiB. One may have all of its five when the others come for their
     * first. */
    assert_true(w.most <= (UPLOADS + 4) * PART_MIB * MIB);
    assert_int_equal(bytes_of(&w.s3->part_buffers), 0);
    close_fixture(&f);
}

/* Four, as the executor has them at once: no more than one alone would take. */
static void few_take_what_one_takes(void **state) {
    (void)state;
    fixture f = open_plain();
    upload uploads[4];
    pthread_t watcher;
    watch w = {.s3 = f.state};
    assert_int_equal(pthread_create(&watcher, NULL, watch_buffers, &w), 0);
    for (int i = 0; i < 4; i++) {
        uploads[i] = (upload){.f = &f, .number = i};
        assert_int_equal(pthread_create(&uploads[i].thread, NULL, put_made, &uploads[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(uploads[i].thread, NULL);
        assert_int_equal(uploads[i].code, ARTREPO_OK);
    }
    w.ended = true;
    pthread_join(watcher, NULL);
    assert_true(w.most <= BUDGET_MIB * MIB + 3 * PART_MIB * MIB);
    close_fixture(&f);
}

/* ---- uploads that wait for each other ---- */

/* Two pipes that one thread fills in turn: neither upload can go on without the other one. */
typedef struct twin {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    size_t positions[2];
} twin;

typedef struct twin_source {
    artrepo_source base;
    twin *pair;
    int side;
} twin_source;

static artrepo_code twin_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                              artrepo_error *error) {
    (void)error;
    twin_source *source = (twin_source *)base;
    twin *pair = source->pair;
    size_t *mine = &pair->positions[source->side];
    size_t left = 12 * MIB - *mine;
    *got = left < capacity ? left : capacity;
    *got = *got > 65536 ? 65536 : *got;
    memset(buffer, 't', *got);
    pthread_mutex_lock(&pair->mutex);
    *mine += *got;
    pthread_cond_broadcast(&pair->moved);
    while (*got > 0 && *mine > pair->positions[1 - source->side] + 65536) {
        pthread_cond_wait(&pair->moved, &pair->mutex);
    }
    pthread_mutex_unlock(&pair->mutex);
    return ARTREPO_OK;
}

static const artrepo_source_functions twin_functions = {twin_read, NULL, NULL};

typedef struct twin_upload {
    fixture *f;
    twin_source source;
    const char *key;
    artrepo_code code;
    pthread_t thread;
} twin_upload;

static void *put_twin(void *data) {
    twin_upload *u = data;
    artrepo_put_options options = {NULL};
    u->code = artrepo_driver_s3.put(u->f->state, u->key, &u->source.base, &options, NULL,
                                    u->f->operation, NULL);
    return NULL;
}

static void dependent_streams_do_not_wait_for_ever(void **state) {
    (void)state;
    fixture f = open_plain();
    artrepo_operation_set_transfers(f.operation, 1);
    twin pair = {.mutex = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    twin_upload uploads[2];
    for (int i = 0; i < 2; i++) {
        uploads[i] = (twin_upload){.f = &f,
                                   .source = {{&twin_functions, -1, -1}, &pair, i},
                                   .key = i == 0 ? "memory/left" : "memory/right"};
        assert_int_equal(pthread_create(&uploads[i].thread, NULL, put_twin, &uploads[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(uploads[i].thread, NULL);
        assert_int_equal(uploads[i].code, ARTREPO_OK);
    }
    close_fixture(&f);
}

int main(void) {
    need("ARTREPO_TEST_S3_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_share_a_budget),
        cmocka_unit_test(few_take_what_one_takes),
        cmocka_unit_test(dependent_streams_do_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, make_secrets, remove_secrets);
}
