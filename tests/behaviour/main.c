/*
 * Runs the suite on one driver:
 *
 *   behaviour --table FILE NAME [CASES]
 *   behaviour [--plugin-dir DIR] [--facts "WORDS"] 'KIND: {SETTINGS}' [CASES]
 *
 * The first takes a line of drivers.list, which also says what FACTS are, the second any store.
 * CASES is a pattern of the cases to run, such as '*range*'.
 *
 * Exit codes: 0 all passed, 1 not, 2 usage, 77 the store is not there (its variables are not set,
 * or its driver is not built).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "open.h"

enum { FAILED = 1, USAGE = 2, SKIPPED = 77, MOST_CASES = 256 };

#ifdef __SANITIZE_THREAD__
/* What libs3 has others do for it: the C library looks at the time zone under a lock, and libxml2
 * at what it prepared once, in ways that ThreadSanitizer does not see. */
ARTREPO_API const char *__tsan_default_suppressions(void); /* NOLINT: the name is given */
const char *__tsan_default_suppressions(void) {            /* NOLINT */
    return "race:tzset_internal\nrace:parseIso8601Time\nrace:libxml2.so\n";
}
#endif

static const suite_case *const families[] = {
    object_cases, range_cases,  key_cases,   list_cases,     remove_cases,  failure_cases,
    cancel_cases, thread_cases, given_cases, artifact_cases, claimed_cases,
};

static int usage(void) {
    fputs("usage: behaviour --table FILE NAME [CASES]\n"
          "       behaviour [--plugin-dir DIR] [--facts WORDS] 'KIND: {SETTINGS}' [CASES]\n",
          stderr);
    return USAGE;
}

/* ---- arguments ---- */

typedef struct arguments {
    const char *table, *plugins, *facts, *subject, *cases;
} arguments;

static bool parse(int count, char **words, arguments *given) {
    int i = 1;
    for (; i + 1 < count && strncmp(words[i], "--", 2) == 0; i += 2) {
        const char **value = strcmp(words[i], "--table") == 0        ? &given->table
                             : strcmp(words[i], "--plugin-dir") == 0 ? &given->plugins
                             : strcmp(words[i], "--facts") == 0      ? &given->facts
                                                                     : NULL;
        if (value == NULL) {
            return false;
        }
        *value = words[i + 1];
    }
    if (i >= count || i + 2 < count || words[i][0] == '-') {
        return false;
    }
    given->subject = words[i];
    given->cases = words[i + 1];
    return true;
}

static bool describe(const arguments *given, suite_driver *driver) {
    if (given->table != NULL) {
        return driver_from_table(given->table, given->subject, driver);
    }
    if (!driver_from_text("it", given->subject, given->facts == NULL ? "" : given->facts, driver)) {
        return false;
    }
    if (given->plugins != NULL) {
        snprintf(driver->plugin_directory, sizeof driver->plugin_directory, "%s", given->plugins);
    }
    return true;
}

/* ---- cases ---- */

typedef struct case_list {
    struct CMUnitTest tests[MOST_CASES];
    char names[MOST_CASES][96];
    size_t count;
} case_list;

static void add(case_list *list, const suite_case *one, suite *s) {
    if (list->count == MOST_CASES) {
        abort();
    }
    char *name = list->names[list->count];
    snprintf(name, sizeof list->names[0], "%s%s", one->name, s->bare ? " (bare driver)" : "");
    list->tests[list->count++] =
        (struct CMUnitTest){.name = name, .test_func = one->run, .initial_state = s};
}

/* What the driver claims to be able to do is run; that it refuses the rest is a case of its own. */
static void collect(case_list *list, suite *repository, suite *bare) {
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        for (const suite_case *one = families[i]; one->name != NULL; one++) {
            bool given = families[i] == given_cases;
            if (!suite_can(repository, one->needs) || (given && !repository->facts->has_given)) {
                continue;
            }
            if ((one->ways & REPOSITORY) != 0) {
                add(list, one, repository);
            }
            if ((one->ways & BARE_DRIVER) != 0) {
                add(list, one, bare);
            }
        }
    }
}

static int run(const suite_driver *driver, const char *cases) {
    static case_list list;
    suite repository;
    open_result result = suite_open(driver, &repository);
    if (result != OPENED) {
        return result == NOT_HERE ? SKIPPED : FAILED;
    }
    suite bare = repository;
    bare.bare = true;
    collect(&list, &repository, &bare);
    if (cases != NULL) {
        cmocka_set_test_filter(cases);
    }
    int failures = _cmocka_run_group_tests(driver->name, list.tests, list.count, NULL, NULL);
    bool clean = suite_close(&repository);
    return failures == 0 && clean ? 0 : FAILED;
}

int main(int count, char **words) {
    arguments given = {NULL};
    static suite_driver driver;
    if (!parse(count, words, &given)) {
        return usage();
    }
    if (!scratch_make()) {
        return FAILED;
    }
    int code = FAILED;
    if (describe(&given, &driver)) {
        if (driver.missing[0] != '\0') {
            fprintf(stderr, "behaviour: skipped: %s is not set (tests/run.sh starts servers)\n",
                    driver.missing);
            code = SKIPPED;
        } else {
            code = run(&driver, given.cases);
        }
    }
    scratch_remove();
    return code;
}
