/* The table of drivers, drivers.list: which store to open, and what is known of it. */
#ifndef TESTS_BEHAVIOUR_DRIVERS_H
#define TESTS_BEHAVIOUR_DRIVERS_H

#include <stdbool.h>

/* What a store cannot hold or keep; drivers.list says what the words mean. */
enum {
    LIMIT_SPACES = 1u << 0,
    LIMIT_DOTS = 1u << 1,
    LIMIT_SLASHES = 1u << 2,
    LIMIT_CONTROLS = 1u << 3,
    LIMIT_BYTES = 1u << 4,
    LIMIT_LONG_NAMES = 1u << 5,
    LIMIT_LONG_KEYS = 1u << 6,
    LIMIT_BELOW_OBJECTS = 1u << 7,
    LIMIT_MARKERS = 1u << 8,
    LIMIT_MARKER_DATA = 1u << 9,
    LIMIT_TYPES = 1u << 10,
    LIMIT_VERSIONS = 1u << 11,
    LIMIT_LISTED_BELOW = 1u << 12,
    LIMIT_RIVALS = 1u << 13,
    LIMIT_REASONS = 1u << 14,
    LIMIT_BREAKS = 1u << 15,
    LIMIT_PATHS = 1u << 16,
    LIMIT_TABS = 1u << 17,
    LIMIT_UNLISTED = 1u << 18
};

typedef struct suite_driver {
    char name[64];
    char location[2048]; /* "fs: {root: /x}", with all variables put in */
    unsigned limits;
    char driver[64];            /* "" for the kind's own */
    char plugin_directory[512]; /* "" for none */
    char below[512];            /* what all keys begin with */
    bool has_given;
    char given_key[256], given_text[256];
    char missing[128]; /* a variable that is not set; "" when all are */
} suite_driver;

/* Both print what is wrong, and return false. */

/* The line NAME of the table. */
bool driver_from_table(const char *path, const char *name, suite_driver *driver);
/* From the two columns behind the name. Sets environment variables where FACTS say so. */
bool driver_from_text(const char *name, const char *location, const char *facts,
                      suite_driver *driver);

/* The location with DRIVER (may be "") in place of the kind's own driver; "" when it does not fit.
 */
void driver_location(const suite_driver *facts, const char *driver, char *text, unsigned size);
/* "fs" of "fs: {...}". */
void driver_kind(const suite_driver *facts, char *kind, unsigned size);

#endif
