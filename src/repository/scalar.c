#include "repository/scalar.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 128 };

static const struct {
    const char *text;
    ar_value_kind kind;
    const char *canonical;
} words[] = {
    {"", AR_VALUE_NULL, ""},           {"~", AR_VALUE_NULL, ""},
    {"null", AR_VALUE_NULL, ""},       {"Null", AR_VALUE_NULL, ""},
    {"NULL", AR_VALUE_NULL, ""},       {"y", AR_VALUE_BOOL, "true"},
    {"Y", AR_VALUE_BOOL, "true"},      {"yes", AR_VALUE_BOOL, "true"},
    {"Yes", AR_VALUE_BOOL, "true"},    {"YES", AR_VALUE_BOOL, "true"},
    {"true", AR_VALUE_BOOL, "true"},   {"True", AR_VALUE_BOOL, "true"},
    {"TRUE", AR_VALUE_BOOL, "true"},   {"on", AR_VALUE_BOOL, "true"},
    {"On", AR_VALUE_BOOL, "true"},     {"ON", AR_VALUE_BOOL, "true"},
    {"n", AR_VALUE_BOOL, "false"},     {"N", AR_VALUE_BOOL, "false"},
    {"no", AR_VALUE_BOOL, "false"},    {"No", AR_VALUE_BOOL, "false"},
    {"NO", AR_VALUE_BOOL, "false"},    {"false", AR_VALUE_BOOL, "false"},
    {"False", AR_VALUE_BOOL, "false"}, {"FALSE", AR_VALUE_BOOL, "false"},
    {"off", AR_VALUE_BOOL, "false"},   {"Off", AR_VALUE_BOOL, "false"},
    {"OFF", AR_VALUE_BOOL, "false"},
};

/* Whether each underscore in TEXT is between two digits. */
static bool separates_digits(const char *text) {
    const char *place = text;
    while ((place = strchr(place + 1, '_')) != NULL) {
        if (place[-1] < '0' || place[-1] > '9' || place[1] < '0' || place[1] > '9') {
            return false;
        }
    }
    return true;
}

/* TEXT without its underscores; false when it is no number with them, or too long to be one. */
static bool strip_underscores(const char *text, char *plain) {
    size_t size = 0;
    if (text[0] == '.' && !separates_digits(text)) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text == '_') {
            continue;
        }
        if (size + 1 >= MAX_NUMBER) {
            return false;
        }
        plain[size++] = *text;
    }
    plain[size] = '\0';
    return true;
}

/* Skips the prefix of a base at *DIGITS, and returns the base. */
static int take_base(const char **digits) {
    static const struct {
        const char *prefix;
        int base;
    } bases[] = {{"0x", 16}, {"0X", 16}, {"0o", 8}, {"0O", 8}, {"0b", 2}, {"0B", 2}};
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        if (strncmp(*digits, bases[i].prefix, 2) == 0) {
            *digits += 2;
            return bases[i].base;
        }
    }
    return (*digits)[0] == '0' && (*digits)[1] != '\0' ? 8 : 10;
}

bool ar_scalar_integer(const char *text, int64_t *value) {
    char plain[MAX_NUMBER] = "";
    if (!strip_underscores(text, plain)) {
        return false;
    }
    const char *digits = plain + (plain[0] == '-' || plain[0] == '+' ? 1 : 0);
    int base = take_base(&digits);
    if (digits[0] == '\0' || strspn(digits, "0123456789abcdefABCDEF") != strlen(digits)) {
        return false;
    }
    char *end;
    errno = 0;
    unsigned long long magnitude = strtoull(digits, &end, base);
    unsigned long long limit = (unsigned long long)INT64_MAX + (plain[0] == '-' ? 1 : 0);
    if (errno != 0 || *end != '\0' || magnitude > limit) {
        return false;
    }
    *value = plain[0] == '-' ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ */
static bool looks_real(const char *text) {
    static const char digits[] = "0123456789";
    text += text[0] == '-' || text[0] == '+' ? 1 : 0;
    size_t whole = strspn(text, digits);
    text += whole;
    if (text[0] == '.') {
        size_t fraction = strspn(++text, digits);
        text += fraction;
        if (whole + fraction == 0) {
            return false;
        }
    } else if (whole == 0) {
        return false;
    }
    if (text[0] == 'e' || text[0] == 'E') {
        text++;
        text += text[0] == '-' || text[0] == '+' ? 1 : 0;
        size_t exponent = strspn(text, digits);
        if (exponent == 0) {
            return false;
        }
        text += exponent;
    }
    return text[0] == '\0';
}

bool ar_scalar_real(const char *text, double *value) {
    int64_t integer;
    if (ar_scalar_integer(text, &integer)) {
        *value = (double)integer;
        return true;
    }
    char plain[MAX_NUMBER] = "";
    if (!strip_underscores(text, plain) || !looks_real(plain)) {
        return false;
    }
    /* strtod reads the decimal point of the application's locale; files are written with a dot. */
    char *dot = strchr(plain, '.');
    const char *point = localeconv()->decimal_point;
    if (dot != NULL && point[0] != '\0' && point[1] == '\0') {
        *dot = point[0];
    }
    *value = strtod(plain, NULL);
    return isfinite(*value);
}

ar_value_kind ar_scalar_kind(const char *text, const char **canonical) {
    *canonical = text;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].text, text) == 0) {
            *canonical = words[i].canonical;
            return words[i].kind;
        }
    }
    double number;
    bool may_be_number = strchr("+-.0123456789", text[0]) != NULL;
    return may_be_number && ar_scalar_real(text, &number) ? AR_VALUE_NUMBER : AR_VALUE_STRING;
}
