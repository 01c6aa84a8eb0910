#include <artrepo/error.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *artrepo_code_name(artrepo_code code) {
    static const char *const names[] = {
        [ARTREPO_OK] = "ok",
        [ARTREPO_NOT_FOUND] = "not-found",
        [ARTREPO_ACCESS_DENIED] = "access-denied",
        [ARTREPO_INVALID] = "invalid",
        [ARTREPO_UNSUPPORTED] = "unsupported",
        [ARTREPO_TRANSIENT] = "transient",
        [ARTREPO_REFUSED_UNSAFE] = "refused-unsafe",
        [ARTREPO_CANCELLED] = "cancelled",
        [ARTREPO_IO] = "io",
        [ARTREPO_INTERNAL] = "internal",
    };
    if ((unsigned)code >= sizeof names / sizeof names[0]) {
        return "unknown";
    }
    return names[code];
}

/* Those of Unicode (U+0080 to U+009F), too: terminals obey them. */
static void replace_control_characters(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f) {
            *c = '?';
        } else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) {
            c[0] = c[1] = '?';
        }
    }
}

static void set_message(artrepo_error *error, artrepo_code code, const char *format,
                        va_list arguments) {
    /* Formatted aside, since an argument may be the error's own text. */
    char message[sizeof error->message];
    vsnprintf(message, sizeof message, format, arguments);
    replace_control_characters(message);
    memset(error, 0, sizeof *error);
    error->code = code;
    memcpy(error->message, message, sizeof message);
}

artrepo_code artrepo_error_set(artrepo_error *error, artrepo_code code, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        set_message(error, code, format, arguments);
        va_end(arguments);
        error->retryable = code == ARTREPO_TRANSIENT;
    }
    return code;
}

static artrepo_code code_of_errno(int errnum) {
    switch (errnum) {
    case ENOENT:
        return ARTREPO_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ARTREPO_ACCESS_DENIED;
    case ENOMEM:
        return ARTREPO_INTERNAL;
    default:
        return ARTREPO_IO;
    }
}

artrepo_code artrepo_error_set_errno(artrepo_error *error, int errnum, const char *format, ...) {
    artrepo_code code = code_of_errno(errnum);
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        set_message(error, code, format, arguments);
        va_end(arguments);
        error->system_errno = errnum;
        char text[128];
        const char *said = strerror_r(errnum, text, sizeof text);
        size_t length = strlen(error->message);
        snprintf(error->message + length, sizeof error->message - length, ": %s", said);
    }
    return code;
}

artrepo_code artrepo_error_prefix(artrepo_error *error, const char *format, ...) {
    if (error == NULL) {
        return ARTREPO_INTERNAL;
    }
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    replace_control_characters(message);
    size_t length = strlen(message);
    snprintf(message + length, sizeof message - length, ": %s", error->message);
    memcpy(error->message, message, sizeof message);
    return error->code;
}
