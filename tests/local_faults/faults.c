/*
 * One fault at a time, at every place where it can happen:
 *
 *   faults allocations|lasting|calls fs|s3 [SCENARIO [PLACE]]
 *
 * allocations   one allocation of a save, a load or the like fails
 * lasting       all allocations from one on fail
 * calls         one system call fails, of each kind with the errors that it can have
 *
 * Each run is a process of its own: it must end in a success with the right content, or in a clean
 * error with nothing left behind; within a time, without a crash, and (under AddressSanitizer)
 * without a leak. Where there are many places, they are sampled evenly, the same ones each time;
 * with ARTREPO_TEST_LONG all of them are tried, with more errors. PLACE is the one to try; to see
 * where it is: a breakpoint on injection_fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "injection.h"
#include "scenarios.h"
#include "store.h"
#include "world.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif
#ifndef SLOW
#define SLOW 0
#endif

#ifndef FAULTS_IN_LIBRARIES
#define FAULTS_IN_LIBRARIES 0
#endif

enum { SECONDS = 60 };
/* Of a run's process. */
enum { ENDED_OK = 0, ENDED_ERROR = 10, ENDED_OK_IN_SPITE = 11, ENDED_WRONG = 12 };

typedef struct fault {
    const char *name;
    injection_kind kind;
    int errnum;
    bool lasting;
    bool rare; /* for long runs: another error of the same calls */
} fault;

static const fault allocations[] = {{"allocation", INJECT_ALLOCATION, ENOMEM, false, false},
                                    {NULL}};
static const fault lasting[] = {{"all allocations", INJECT_ALLOCATION, ENOMEM, true, false},
                                {NULL}};
static const fault calls[] = {{"open: EMFILE", INJECT_OPEN, EMFILE, false, false},
                              {"open: EACCES", INJECT_OPEN, EACCES, false, true},
                              {"read: EIO", INJECT_READ, EIO, false, false},
                              {"write: ENOSPC", INJECT_WRITE, ENOSPC, false, false},
                              {"write: EDQUOT", INJECT_WRITE, EDQUOT, false, true},
                              {"write: EIO", INJECT_WRITE, EIO, false, true},
                              {"close: EDQUOT", INJECT_CLOSE, EDQUOT, false, false},
                              {"close: EIO", INJECT_CLOSE, EIO, false, true},
                              {"rename: EIO", INJECT_RENAME, EIO, false, false},
                              {"rename: ENOSPC", INJECT_RENAME, ENOSPC, false, true},
                              {"mkdir, link: ENOSPC", INJECT_MAKE, ENOSPC, false, false},
                              {"mkdir, link: EROFS", INJECT_MAKE, EROFS, false, true},
                              {"readdir: EIO", INJECT_LIST, EIO, false, false},
                              {"stat: EIO", INJECT_STATUS, EIO, false, false},
                              {"chmod, utime: EPERM", INJECT_MODE, EPERM, false, false},
                              {"thread: EAGAIN", INJECT_THREAD, EAGAIN, false, false},
                              {NULL}};

typedef struct tally {
    long runs, errors, successes, exits, bad;
} tally;

static tally total;
static int report[2]; /* a pipe: how many calls a run had */

/* ---- one run ---- */

_Noreturn static void run_child(const scenario *what, const fault *how, long at) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    bool failed = false;
    alarm(SECONDS);
    if (FAULTS_IN_LIBRARIES) {
        scenarios_warm_up(); /* OpenSSL 3.0 crashes where there is no memory for its own start */
    }
    injection_begin(how->kind, at, how->lasting, how->errnum);
    artrepo_code code = what->run(&error);
    long count = injection_end(&failed);
    world_need(write(report[1], &count, sizeof count) == sizeof count);
    const char *wrong = what->check(code);
    if (wrong == NULL && code != ARTREPO_OK && error.message[0] == '\0') {
        wrong = "the error has no message";
    }
    if (wrong == NULL && code != ARTREPO_OK && !failed) {
        wrong = "it failed without a fault";
    }
    if (wrong != NULL) {
        fprintf(stderr, "%s, %s %ld: %s [%s: %s]\n", what->name, how->name, at, wrong,
                artrepo_code_name(code), error.message);
        _exit(ENDED_WRONG);
    }
    if (getenv("FAULTS_VERBOSE") != NULL && failed) {
        fprintf(stderr, "%s, %s %ld: %s: %s\n", what->name, how->name, at, artrepo_code_name(code),
                error.message);
    }
    what->reset();
    /* Not _exit: leaks are looked for at the end. */
    exit(code != ARTREPO_OK ? ENDED_ERROR : failed ? ENDED_OK_IN_SPITE : ENDED_OK);
}

static int in_child(void (*action)(void)) {
    fflush(NULL);
    pid_t child = fork();
    world_need(child >= 0);
    if (child == 0) {
        action();
        _exit(0);
    }
    int status = -1;
    world_need(waitpid(child, &status, 0) == child);
    return status;
}

/* How the run ended; *COUNT: how many calls it had, where it came that far. */
static int run_once(const scenario *what, const fault *how, long at, long *count) {
    *count = -1;
    fflush(NULL);
    pid_t child = fork();
    world_need(child >= 0);
    if (child == 0) {
        run_child(what, how, at);
    }
    int status = -1;
    world_need(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 99) {
        long got = -1;
        *count = read(report[0], &got, sizeof got) == sizeof got ? got : -1;
    }
    return status;
}

/* libarchive 3.6 writes to where nothing is when it has no memory for a piece of a zip's directory,
 * which is two allocations; our tree needs one piece. */
static bool is_known_crash(const scenario *what, int status) {
    static int seen;
    return FAULTS_IN_LIBRARIES && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV &&
           strcmp(what->name, "save zip") == 0 && ++seen <= 2;
}

/* What a process leaves that could not end as it would. */
static void sweep_up(const scenario *what) {
    store_sweep();
    world_need(WIFEXITED(in_child(what->reset)));
}

static bool note(const scenario *what, const fault *how, long at, int status) {
    total.runs++;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == ENDED_ERROR || code == ENDED_OK || code == ENDED_OK_IN_SPITE) {
        total.errors += code == ENDED_ERROR;
        total.successes += code == ENDED_OK_IN_SPITE;
        return true;
    }
    if ((FAULTS_IN_LIBRARIES && code == EXIT_FAILURE) || is_known_crash(what, status)) {
        /* libarchive ends the process where it has no memory for a name: as good as SIGKILL. */
        total.exits++;
        sweep_up(what);
        return true;
    }
    total.bad++;
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "%s, %s %ld: ended by signal %d%s\n", what->name, how->name, at,
                WTERMSIG(status), WTERMSIG(status) == SIGALRM ? " (it hung)" : "");
    } else if (code != ENDED_WRONG) {
        fprintf(stderr, "%s, %s %ld: exit code %d (a leak, or what is said above)\n", what->name,
                how->name, at, code);
    }
    sweep_up(what);
    return false;
}

/* ---- all places ---- */

static uint64_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static bool is_long(void) {
    return getenv("ARTREPO_TEST_LONG") != NULL;
}

static long sample_size(injection_kind kind) {
    if (is_long()) {
        return LONG_MAX;
    }
    return kind != INJECT_ALLOCATION ? 3 : SLOW ? 8 : 20;
}

static void try_one(const scenario *what, const fault *how, long at) {
    long count;
    world_need(WIFEXITED(in_child(what->reset)));
    note(what, how, at, run_once(what, how, at, &count));
}

static void try_all(const scenario *what, const fault *how) {
    long count;
    tally before = total;
    world_need(WIFEXITED(in_child(what->reset)));
    int status = run_once(what, how, LONG_MAX, &count);
    if (!note(what, how, 0, status) || WEXITSTATUS(status) != ENDED_OK) {
        return;
    }
    long samples = sample_size(how->kind);
    samples = samples < count ? samples : count;
    uint64_t state = 8;
    for (long i = 0; i < samples; i++) {
        long first = (long)((double)count * (double)i / (double)samples);
        long end = (long)((double)count * (double)(i + 1) / (double)samples);
        long at = first + 1 +
                  (end - first > 1 ? (long)(next_random(&state) % (uint64_t)(end - first)) : 0);
        long ignored;
        note(what, how, at, run_once(what, how, at, &ignored));
    }
    printf("%-16s %-22s %6ld places, %5ld tried: %ld errors, %ld successes, %ld bad\n", what->name,
           how->name, count, total.runs - before.runs - 1, total.errors - before.errors,
           total.successes - before.successes, total.bad - before.bad);
    fflush(stdout);
}

int main(int argc, char **argv) {
    const char *mode = argc > 2 ? argv[1] : "";
    const fault *faults = strcmp(mode, "allocations") == 0 ? allocations
                          : strcmp(mode, "lasting") == 0   ? lasting
                          : strcmp(mode, "calls") == 0     ? calls
                                                           : NULL;
    if (faults == NULL) {
        fprintf(stderr, "usage: faults allocations|lasting|calls fs|s3 [SCENARIO [PLACE]]\n");
        return 2;
    }
    world_need(pipe2(report, O_NONBLOCK | O_CLOEXEC) == 0);
    world_make();
    store_open(argv[2]);
    int status = in_child(scenarios_seed);
    total.bad += status != 0;
    for (const fault *how = faults; status == 0 && how->name != NULL; how++) {
        for (const scenario *what = scenarios; what->name != NULL; what++) {
            if ((argc >= 4 && strcmp(argv[3], what->name) != 0) || (how->rare && !is_long())) {
                continue;
            }
            if (argc >= 5) {
                try_one(what, how, strtol(argv[4], NULL, 10));
            } else {
                try_all(what, how);
            }
        }
    }
    store_close();
    world_remove();
    printf(
        "%ld runs: %ld ended in an error, %ld in success in spite of a fault, %ld by a library's "
        "exit or known crash, %ld badly\n",
        total.runs, total.errors, total.successes, total.exits, total.bad);
    return total.bad == 0 ? 0 : 1;
}
