#include "base/operation.h"

#include <errno.h>
#include <pthread.h>
#include <regex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { MAX_STAGES = 16, MAX_LOG_FIELDS = 8 };
#define PROGRESS_INTERVAL_NS (100 * AR_MILLISECOND_NS)
#define DEFAULT_PART_SIZE ((size_t)5 << 20)
#define DEFAULT_TRANSFERS 4U
#define DEFAULT_STALL_TIMEOUT_MS INT64_C(60000)

struct ar_stage {
    const char *name;
    _Atomic int64_t busy_ns, input_ns, output_ns, bytes;
};

struct artrepo_operation {
    artrepo_log_level log_level;
    artrepo_log_callback *log;
    void *log_data;

    artrepo_progress_callback *progress;
    void *progress_data;
    pthread_mutex_t progress_mutex;
    _Atomic int64_t progress_next_ns;
    _Atomic int64_t bytes_done, bytes_total, objects_done, objects_total;

    atomic_bool cancelled;
    int64_t deadline_ns; /* 0: none */

    unsigned threads, transfers;
    size_t part_size;
    int64_t stall_timeout_ms; /* 0: the default */
    artrepo_retry_policy retry;
    regex_t transient;
    bool has_transient;

    pthread_mutex_t stages_mutex;
    struct ar_stage stages[MAX_STAGES];
    size_t stage_count;
};

static const artrepo_retry_policy default_retry = {
    .steps = 5, .duration_ms = 1000, .factor = 1.6, .jitter = 0.5};

artrepo_operation *artrepo_operation_new(void) {
    artrepo_operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL) {
        return NULL;
    }
    operation->transfers = DEFAULT_TRANSFERS;
    operation->part_size = DEFAULT_PART_SIZE;
    operation->retry = default_retry;
    atomic_init(&operation->bytes_total, -1);
    atomic_init(&operation->objects_total, -1);
    pthread_mutex_init(&operation->progress_mutex, NULL);
    pthread_mutex_init(&operation->stages_mutex, NULL);
    return operation;
}

void artrepo_operation_free(artrepo_operation *operation) {
    if (operation == NULL) {
        return;
    }
    if (operation->has_transient) {
        regfree(&operation->transient);
    }
    pthread_mutex_destroy(&operation->progress_mutex);
    pthread_mutex_destroy(&operation->stages_mutex);
    free(operation);
}

/* ---- log ---- */

void artrepo_operation_set_log(artrepo_operation *operation, artrepo_log_level level,
                               artrepo_log_callback *callback, void *data) {
    operation->log_level = level;
    operation->log = callback;
    operation->log_data = data;
}

void ar_log(const artrepo_operation *operation, artrepo_log_level level, const char *message, ...) {
    if (operation == NULL || operation->log == NULL || level < operation->log_level) {
        return;
    }
    artrepo_log_field fields[MAX_LOG_FIELDS];
    size_t count = 0;
    va_list arguments;
    va_start(arguments, message);
    const char *name;
    while (count < MAX_LOG_FIELDS && (name = va_arg(arguments, const char *)) != NULL) {
        const char *value = va_arg(arguments, const char *);
        if (value != NULL) {
            fields[count++] = (artrepo_log_field){name, value};
        }
    }
    va_end(arguments);
    artrepo_log_record record = {level, message, fields, count};
    operation->log(operation->log_data, &record);
}

/* ---- progress ---- */

void artrepo_operation_set_progress(artrepo_operation *operation,
                                    artrepo_progress_callback *callback, void *data) {
    operation->progress = callback;
    operation->progress_data = data;
}

artrepo_progress artrepo_operation_progress(const artrepo_operation *operation) {
    if (operation == NULL) {
        return (artrepo_progress){0, -1, 0, -1};
    }
    return (artrepo_progress){operation->bytes_done, operation->bytes_total,
                              operation->objects_done, operation->objects_total};
}

/* Calls back when the interval is over. Whoever finds another thread at it goes on with its work.
 */
static void report_progress(artrepo_operation *operation) {
    if (operation->progress == NULL) {
        return;
    }
    int64_t now = ar_clock_now_ns();
    if (now < operation->progress_next_ns ||
        pthread_mutex_trylock(&operation->progress_mutex) != 0) {
        return;
    }
    if (now >= operation->progress_next_ns) {
        operation->progress_next_ns = now + PROGRESS_INTERVAL_NS;
        artrepo_progress progress = artrepo_operation_progress(operation);
        operation->progress(operation->progress_data, &progress);
    }
    pthread_mutex_unlock(&operation->progress_mutex);
}

void ar_progress_add_bytes(artrepo_operation *operation, int64_t bytes) {
    if (operation != NULL) {
        operation->bytes_done += bytes;
        report_progress(operation);
    }
}

void ar_progress_add_objects(artrepo_operation *operation, int64_t objects) {
    if (operation != NULL) {
        operation->objects_done += objects;
        report_progress(operation);
    }
}

static void add_total(_Atomic int64_t *total, int64_t more) {
    int64_t old = *total;
    int64_t sum;
    do {
        /* Stores may claim any size. */
        if (__builtin_add_overflow(old < 0 ? 0 : old, more, &sum)) {
            sum = INT64_MAX;
        }
    } while (!atomic_compare_exchange_weak(total, &old, sum));
}

void ar_progress_add_total(artrepo_operation *operation, int64_t bytes, int64_t objects) {
    if (operation == NULL) {
        return;
    }
    if (bytes >= 0) {
        add_total(&operation->bytes_total, bytes);
    }
    if (objects >= 0) {
        add_total(&operation->objects_total, objects);
    }
}

void ar_progress_expect_bytes(artrepo_operation *operation, int64_t bytes) {
    int64_t unknown = -1;
    if (operation != NULL && bytes >= 0) {
        atomic_compare_exchange_strong(&operation->bytes_total, &unknown, bytes);
    }
}

/* ---- cancel and deadline ---- */

void artrepo_operation_cancel(artrepo_operation *operation) {
    if (operation != NULL) {
        atomic_store(&operation->cancelled, true);
    }
}

void artrepo_operation_set_deadline(artrepo_operation *operation, int64_t milliseconds) {
    int64_t now = ar_clock_now_ns();
    int64_t longest = (INT64_MAX - now) / AR_MILLISECOND_NS;
    milliseconds = milliseconds < longest ? milliseconds : longest;
    operation->deadline_ns = milliseconds > 0 ? now + milliseconds * AR_MILLISECOND_NS : 0;
}

int64_t ar_operation_remaining_ms(const artrepo_operation *operation) {
    if (operation == NULL || operation->deadline_ns == 0) {
        return INT64_MAX;
    }
    int64_t left = operation->deadline_ns - ar_clock_now_ns();
    return left > 0 ? left / AR_MILLISECOND_NS : 0;
}

bool ar_operation_is_cancelled(const artrepo_operation *operation) {
    return artrepo_operation_check(operation, NULL) != ARTREPO_OK;
}

artrepo_code artrepo_operation_check(const artrepo_operation *operation, artrepo_error *error) {
    if (operation == NULL) {
        return ARTREPO_OK;
    }
    if (atomic_load_explicit(&operation->cancelled, memory_order_relaxed)) {
        return artrepo_error_set(error, ARTREPO_CANCELLED, "cancelled");
    }
    if (operation->deadline_ns != 0 && ar_clock_now_ns() >= operation->deadline_ns) {
        return artrepo_error_set(error, ARTREPO_CANCELLED,
                                 "the deadline has passed; allow more time and try again");
    }
    return ARTREPO_OK;
}

/* ---- limits ---- */

void artrepo_operation_set_threads(artrepo_operation *operation, unsigned threads) {
    operation->threads = threads;
}

unsigned artrepo_operation_threads(const artrepo_operation *operation) {
    if (operation != NULL && operation->threads > 0) {
        return operation->threads;
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (unsigned)processors : 1;
}

void artrepo_operation_set_transfers(artrepo_operation *operation, unsigned transfers) {
    operation->transfers = transfers > 0 ? transfers : DEFAULT_TRANSFERS;
}

unsigned artrepo_operation_transfers(const artrepo_operation *operation) {
    return operation == NULL ? DEFAULT_TRANSFERS : operation->transfers;
}

void artrepo_operation_set_part_size(artrepo_operation *operation, size_t bytes) {
    operation->part_size = bytes > DEFAULT_PART_SIZE ? bytes : DEFAULT_PART_SIZE;
}

size_t artrepo_operation_part_size(const artrepo_operation *operation) {
    return operation == NULL ? DEFAULT_PART_SIZE : operation->part_size;
}

void artrepo_operation_set_retry(artrepo_operation *operation, const artrepo_retry_policy *policy) {
    operation->retry = *policy;
}

artrepo_retry_policy artrepo_operation_retry(const artrepo_operation *operation) {
    return operation == NULL ? default_retry : operation->retry;
}

void artrepo_operation_set_stall_timeout(artrepo_operation *operation, int64_t milliseconds) {
    operation->stall_timeout_ms = milliseconds;
}

int64_t artrepo_operation_stall_timeout(const artrepo_operation *operation) {
    return operation == NULL || operation->stall_timeout_ms <= 0 ? DEFAULT_STALL_TIMEOUT_MS
                                                                 : operation->stall_timeout_ms;
}

bool ar_operation_matches_transient(const artrepo_operation *operation, const char *text) {
    return operation != NULL && operation->has_transient &&
           regexec(&operation->transient, text, 0, NULL, 0) == 0;
}

/* ---- environment ---- */

/* A number in NAME; *VALUE is left alone when the variable is not set. */
static artrepo_code read_number(const char *name, double minimum, double maximum, double *value,
                                artrepo_error *error) {
    const char *text = getenv(name);
    if (text == NULL || text[0] == '\0') {
        return ARTREPO_OK;
    }
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (errno != 0 || *end != '\0' || !(number >= minimum && number <= maximum)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "environment variable %s is '%s'; it must be a number from %g to "
                                 "%g",
                                 name, text, minimum, maximum);
    }
    *value = number;
    return ARTREPO_OK;
}

/* One unit of Go's time.ParseDuration at *TEXT, in milliseconds; 0 when there is none. */
static double duration_unit_ms(const char **text) {
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1},  {"us", 1e-3}, {"\xc2\xb5s", 1e-3}, {"ns", 1e-6},
                 {"s", 1e3}, {"m", 60e3},  {"h", 3600e3}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(*text, units[i].name, length) == 0) {
            *text += length;
            return units[i].ms;
        }
    }
    return 0;
}

/* Go's time.ParseDuration, as "1s" or "1m30s". */
static artrepo_code read_duration(const char *name, int64_t *value_ms, artrepo_error *error) {
    const char *text = getenv(name);
    if (text == NULL || text[0] == '\0') {
        return ARTREPO_OK;
    }
    double sum = 0;
    bool valid = true;
    for (const char *rest = text; valid && *rest != '\0';) {
        char *end;
        double number = strtod(rest, &end);
        valid = end != rest && number >= 0 && number < 1e9;
        rest = end;
        double unit = duration_unit_ms(&rest);
        valid = valid && unit > 0;
        sum += number * unit;
    }
    if (!valid || sum > 24 * 3600e3) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "environment variable %s is '%s'; it must be a duration such as "
                                 "1s or 500ms, of a day at most",
                                 name, text);
    }
    *value_ms = (int64_t)sum;
    return ARTREPO_OK;
}

static artrepo_code read_pattern(artrepo_operation *operation, artrepo_error *error) {
    const char *pattern = getenv("TRANSIENT_ERROR_PATTERN");
    if (pattern == NULL || pattern[0] == '\0') {
        return ARTREPO_OK;
    }
    if (operation->has_transient) {
        regfree(&operation->transient);
        operation->has_transient = false;
    }
    int result = regcomp(&operation->transient, pattern, REG_EXTENDED | REG_NOSUB);
    if (result != 0) {
        char said[128];
        regerror(result, &operation->transient, said, sizeof said);
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "environment variable TRANSIENT_ERROR_PATTERN is not a regular "
                                 "expression: %s",
                                 said);
    }
    operation->has_transient = true;
    return ARTREPO_OK;
}

artrepo_code artrepo_operation_use_environment(artrepo_operation *operation, artrepo_error *error) {
    artrepo_retry_policy retry = operation->retry;
    double steps = retry.steps;
    double transfers = operation->transfers;
    double part_mib = (double)(operation->part_size >> 20);
    int64_t stall_timeout_ms = operation->stall_timeout_ms;
    artrepo_code code = read_number("EXECUTOR_RETRY_BACKOFF_STEPS", 1, 1000, &steps, error);
    if (code == ARTREPO_OK) {
        code = read_duration("EXECUTOR_RETRY_BACKOFF_DURATION", &retry.duration_ms, error);
    }
    if (code == ARTREPO_OK) {
        code = read_number("EXECUTOR_RETRY_BACKOFF_FACTOR", 0, 1000, &retry.factor, error);
    }
    if (code == ARTREPO_OK) {
        code = read_number("EXECUTOR_RETRY_BACKOFF_JITTER", 0, 1000, &retry.jitter, error);
    }
    if (code == ARTREPO_OK) {
        code = read_number("ARTIFACT_S3_UPLOAD_THREADS", 1, 1024, &transfers, error);
    }
    if (code == ARTREPO_OK) {
        code = read_number("ARTIFACT_S3_UPLOAD_PART_SIZE_MIB", 5, 5120, &part_mib, error);
    }
    if (code == ARTREPO_OK) {
        code = read_duration("ARTREPO_STALL_TIMEOUT", &stall_timeout_ms, error);
    }
    if (code == ARTREPO_OK) {
        code = read_pattern(operation, error);
    }
    if (code == ARTREPO_OK) {
        retry.steps = (unsigned)steps;
        operation->retry = retry;
        operation->transfers = (unsigned)transfers;
        operation->part_size = (size_t)part_mib << 20;
        operation->stall_timeout_ms = stall_timeout_ms;
    }
    return code;
}

/* ---- stage profile ---- */

ar_stage *ar_operation_stage(artrepo_operation *operation, const char *name) {
    if (operation == NULL) {
        return NULL;
    }
    struct ar_stage *stage = NULL;
    pthread_mutex_lock(&operation->stages_mutex);
    for (size_t i = 0; i < operation->stage_count && stage == NULL; i++) {
        if (strcmp(operation->stages[i].name, name) == 0) {
            stage = &operation->stages[i];
        }
    }
    if (stage == NULL && operation->stage_count < MAX_STAGES) {
        stage = &operation->stages[operation->stage_count++];
        stage->name = name;
    }
    pthread_mutex_unlock(&operation->stages_mutex);
    return stage;
}

void ar_stage_add_busy(ar_stage *stage, int64_t ns, int64_t bytes) {
    if (stage != NULL) {
        stage->busy_ns += ns;
        stage->bytes += bytes;
    }
}

void ar_stage_add_input_wait(ar_stage *stage, int64_t ns) {
    if (stage != NULL) {
        stage->input_ns += ns;
    }
}

void ar_stage_add_output_wait(ar_stage *stage, int64_t ns) {
    if (stage != NULL) {
        stage->output_ns += ns;
    }
}

size_t artrepo_operation_stages(const artrepo_operation *operation, artrepo_stage *stages,
                                size_t capacity) {
    if (operation == NULL) {
        return 0;
    }
    /* Stages are only ever added; those that were counted here stay as they are. */
    pthread_mutex_t *mutex = (pthread_mutex_t *)&operation->stages_mutex;
    pthread_mutex_lock(mutex);
    size_t count = operation->stage_count;
    pthread_mutex_unlock(mutex);
    for (size_t i = 0; i < count && i < capacity; i++) {
        const struct ar_stage *stage = &operation->stages[i];
        stages[i] = (artrepo_stage){
            .name = stage->name,
            .busy_seconds = (double)stage->busy_ns / (double)AR_SECOND_NS,
            .input_seconds = (double)stage->input_ns / (double)AR_SECOND_NS,
            .output_seconds = (double)stage->output_ns / (double)AR_SECOND_NS,
            .bytes = stage->bytes,
        };
    }
    return count;
}
