#include "drivers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ---- */

/* Puts the variables of TEXT in; the first that is not set becomes MISSING. */
static bool expand(const char *text, char *out, size_t size, char *missing, size_t missing_size) {
    size_t used = 0;
    while (*text != '\0' && used + 1 < size) {
        if (*text != '$') {
            out[used++] = *text++;
            continue;
        }
        const char *name = text + 1 + (text[1] == '{');
        size_t length = 0;
        while (isalnum((unsigned char)name[length]) || name[length] == '_') {
            length++;
        }
        char variable[128];
        snprintf(variable, sizeof variable, "%.*s", (int)length, name);
        const char *value = getenv(variable);
        if ((value == NULL || value[0] == '\0') && missing[0] == '\0') {
            snprintf(missing, missing_size, "%s", variable);
        }
        int written = snprintf(out + used, size - used, "%s", value == NULL ? "" : value);
        used = (size_t)written >= size - used ? size : used + (size_t)written;
        text = name + length + (text[1] == '{');
    }
    out[used < size ? used : size - 1] = '\0';
    if (*text != '\0' || used >= size) {
        fprintf(stderr, "behaviour: too long: %s\n", out);
        return false;
    }
    return true;
}

/* ---- facts ---- */

static unsigned limit_of(const char *word) {
    static const struct {
        const char *word;
        unsigned limit;
    } limits[] = {
        {"spaces", LIMIT_SPACES},
        {"dots", LIMIT_DOTS},
        {"slashes", LIMIT_SLASHES},
        {"controls", LIMIT_CONTROLS},
        {"breaks", LIMIT_BREAKS},
        {"tabs", LIMIT_TABS},
        {"unlisted", LIMIT_UNLISTED},
        {"bytes", LIMIT_BYTES},
        {"paths", LIMIT_PATHS},
        {"long-names", LIMIT_LONG_NAMES},
        {"long-keys", LIMIT_LONG_KEYS},
        {"below-objects", LIMIT_BELOW_OBJECTS},
        {"markers", LIMIT_MARKERS},
        {"marker-data", LIMIT_MARKER_DATA},
        {"types", LIMIT_TYPES},
        {"versions", LIMIT_VERSIONS},
        {"listed-below", LIMIT_LISTED_BELOW},
        {"rivals", LIMIT_RIVALS},
        {"reasons", LIMIT_REASONS},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(limits[i].word, word) == 0) {
            return limits[i].limit;
        }
    }
    return 0;
}

/* What follows NAME in WORD; NULL when it does not begin with it. */
static const char *value_after(const char *word, const char *name) {
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 ? word + length : NULL;
}

/* "A=B" to two texts. */
static bool split(const char *text, char *first, size_t first_size, char *second,
                  size_t second_size) {
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
        return false;
    }
    snprintf(first, first_size, "%.*s", (int)(equals - text), text);
    snprintf(second, second_size, "%s", equals + 1);
    return true;
}

static bool take_fact(const char *word, suite_driver *driver) {
    char variable[64], value[512];
    const char *text;
    driver->limits |= limit_of(word);
    if (limit_of(word) != 0) {
        return true;
    }
    if ((text = value_after(word, "driver=")) != NULL) {
        snprintf(driver->driver, sizeof driver->driver, "%s", text);
        return true;
    }
    if ((text = value_after(word, "plugins=")) != NULL) {
        snprintf(driver->plugin_directory, sizeof driver->plugin_directory, "%s", text);
        return true;
    }
    if ((text = value_after(word, "below=")) != NULL) {
        snprintf(driver->below, sizeof driver->below, "%s", text);
        return true;
    }
    if ((text = value_after(word, "given=")) != NULL) {
        driver->has_given = true;
        return split(text, driver->given_key, sizeof driver->given_key, driver->given_text,
                     sizeof driver->given_text);
    }
    text = value_after(word, "set:");
    return text != NULL && split(text, variable, sizeof variable, value, sizeof value) &&
           setenv(variable, value, 1) == 0;
}

bool driver_from_text(const char *name, const char *location, const char *facts,
                      suite_driver *driver) {
    *driver = (suite_driver){.limits = 0};
    char words[2048];
    snprintf(driver->name, sizeof driver->name, "%s", name);
    if (!expand(location, driver->location, sizeof driver->location, driver->missing,
                sizeof driver->missing) ||
        !expand(facts, words, sizeof words, driver->missing, sizeof driver->missing)) {
        return false;
    }
    char *rest = words;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        if (word[0] != '\0' && driver->missing[0] == '\0' && !take_fact(word, driver)) {
            fprintf(stderr, "behaviour: unknown fact '%s' (drivers.list tells them)\n", word);
            return false;
        }
    }
    return true;
}

/* ---- the table ---- */

static char *trim(char *text) {
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        text[--length] = '\0';
    }
    return text;
}

/* The next of the columns that REST still has. */
static char *column(char **rest) {
    char *end = strstr(*rest, " |");
    char *text = *rest;
    if (end == NULL) {
        *rest += strlen(*rest);
    } else {
        *end = '\0';
        *rest = end + 2;
    }
    return trim(text);
}

bool driver_from_table(const char *path, const char *name, suite_driver *driver) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "behaviour: cannot read %s\n", path);
        return false;
    }
    char line[8192];
    bool found = false, good = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        char *rest = line;
        const char *first = column(&rest);
        if (line[0] != '#' && strcmp(first, name) == 0) {
            found = true;
            const char *location = column(&rest);
            good = driver_from_text(name, location, column(&rest), driver);
        }
    }
    fclose(file);
    if (!found) {
        fprintf(stderr, "behaviour: no driver '%s' in %s\n", name, path);
    }
    return good;
}

/* ---- the location ---- */

void driver_kind(const suite_driver *facts, char *kind, unsigned size) {
    snprintf(kind, size, "%.*s", (int)strcspn(facts->location, ":"), facts->location);
}

void driver_location(const suite_driver *facts, const char *driver, char *text, unsigned size) {
    const char *brace = strchr(facts->location, '{');
    text[0] = '\0';
    if (brace == NULL) {
        return;
    }
    int length = driver[0] == '\0'
                     ? snprintf(text, size, "%s", facts->location)
                     : snprintf(text, size, "%.*s{driver: %s, %s", (int)(brace - facts->location),
                                facts->location, driver, brace + 1);
    if (length < 0 || (unsigned)length >= size) {
        text[0] = '\0';
    }
}
