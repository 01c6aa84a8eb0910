#include "option_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEBIBYTE (UINT64_C(1) << 20)

static artrepo_code bad_value(const option_spec *spec, const char *text, const char *wanted,
                              artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INVALID, "--%s is '%s'; it must be %s", spec->name,
                             text, wanted);
}

/* Digits alone, up to where *END then points. */
static bool read_digits(const char *text, int base, uint64_t *value, const char **end) {
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *stop;
    errno = 0;
    *value = strtoull(text, &stop, base);
    *end = stop;
    return errno == 0;
}

static artrepo_code read_number(const option_spec *spec, const char *text, uint64_t *value,
                                artrepo_error *error) {
    const char *end;
    char wanted[80];
    if (spec->maximum == 0) {
        snprintf(wanted, sizeof wanted, "a whole number");
    } else {
        snprintf(wanted, sizeof wanted, "a whole number from %llu to %llu",
                 (unsigned long long)spec->minimum, (unsigned long long)spec->maximum);
    }
    if (!read_digits(text, 10, value, &end) || *end != '\0' || *value > INT64_MAX ||
        (spec->maximum != 0 && (*value < spec->minimum || *value > spec->maximum))) {
        return bad_value(spec, text, wanted, error);
    }
    return ARTREPO_OK;
}

static artrepo_code read_size(const option_spec *spec, const char *text, uint64_t *value,
                              artrepo_error *error) {
    static const char units[] = "KMGT";
    const char *end;
    uint64_t factor = 1;
    bool good = read_digits(text, 10, value, &end);
    const char *unit = good && *end != '\0' ? strchr(units, *end) : NULL;
    if (unit != NULL) {
        factor = UINT64_C(1) << (10 * (unit - units + 1));
        end += strcmp(end + 1, "iB") == 0 ? 3 : 1;
    }
    if (!good || *end != '\0' || *value > INT64_MAX / factor) {
        return bad_value(spec, text, "a number of bytes, such as 1048576, 64K, 8M or 1G", error);
    }
    *value *= factor;
    if (spec->maximum != 0 && (*value < spec->minimum || *value > spec->maximum)) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, "from %lluM to %lluM",
                 (unsigned long long)(spec->minimum / MEBIBYTE),
                 (unsigned long long)(spec->maximum / MEBIBYTE));
        return bad_value(spec, text, wanted, error);
    }
    return ARTREPO_OK;
}

static artrepo_code read_duration(const option_spec *spec, const char *text, int64_t *value_ms,
                                  artrepo_error *error) {
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"", 1e3}, {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
    const double longest_ms = 365.0 * 24 * 3600e3;
    char *end = NULL;
    bool is_number = text[0] >= '0' && text[0] <= '9';
    double number = is_number ? strtod(text, &end) : 0;
    for (size_t i = 0; is_number && i < sizeof units / sizeof units[0]; i++) {
        double ms = number * units[i].ms;
        if (strcmp(end, units[i].name) == 0 && ms >= 1 && ms <= longest_ms) {
            *value_ms = (int64_t)ms;
            return ARTREPO_OK;
        }
    }
    return bad_value(spec, text, "a time such as 500ms, 90s, 5m or 1h", error);
}

static artrepo_code read_mode(const option_spec *spec, const char *text, int *mode,
                              artrepo_error *error) {
    uint64_t value;
    const char *end;
    if (!read_digits(text, 8, &value, &end) || *end != '\0' || value > 0777) {
        return bad_value(spec, text, "an octal mode from 0 to 777, such as 644", error);
    }
    *mode = (int)value;
    return ARTREPO_OK;
}

static artrepo_code read_log_format(const option_spec *spec, const char *text, log_format *format,
                                    artrepo_error *error) {
    if (strcmp(text, "logfmt") == 0) {
        *format = LOG_FORMAT_LOGFMT;
    } else if (strcmp(text, "json") == 0) {
        *format = LOG_FORMAT_JSON;
    } else {
        return bad_value(spec, text, "logfmt or json", error);
    }
    return ARTREPO_OK;
}

static artrepo_code append(option_list *list, const char *text, artrepo_error *error) {
    const char **items = reallocarray(list->items, list->count + 1, sizeof *items);
    if (items == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the options");
    }
    items[list->count] = text;
    list->items = items;
    list->count++;
    return ARTREPO_OK;
}

artrepo_code option_store(struct options *options, const option_spec *spec, const char *text,
                          artrepo_error *error) {
    void *field = (char *)options + spec->offset;
    uint64_t number = 0;
    artrepo_code code;
    switch (spec->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return ARTREPO_OK;
    case OPTION_COUNT:
        *(unsigned *)field += 1;
        return ARTREPO_OK;
    case OPTION_TEXT:
        *(const char **)field = text;
        return ARTREPO_OK;
    case OPTION_LIST:
        return append(field, text, error);
    case OPTION_NUMBER:
        return read_number(spec, text, field, error);
    case OPTION_SIGNED:
        code = read_number(spec, text, &number, error);
        *(int64_t *)field = (int64_t)number;
        return code;
    case OPTION_SIZE:
        return read_size(spec, text, field, error);
    case OPTION_DURATION:
        return read_duration(spec, text, field, error);
    case OPTION_MODE:
        return read_mode(spec, text, field, error);
    case OPTION_LOG_FORMAT:
        return read_log_format(spec, text, field, error);
    case OPTION_STRATEGY:
        if (artrepo_archive_strategy_parse(text, field, error) != ARTREPO_OK) {
            return artrepo_error_prefix(error, "--%s", spec->name);
        }
        return ARTREPO_OK;
    }
    return ARTREPO_OK;
}
