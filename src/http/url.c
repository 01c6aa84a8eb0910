#include "http/url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* Where the path begins: behind "scheme://authority". */
static const char *path_start(const char *url) {
    const char *authority = strstr(url, "://");
    if (authority == NULL) {
        return url;
    }
    authority += 3;
    return authority + strcspn(authority, "/?#");
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *ar_url_path(const char *url) {
    const char *start = path_start(url);
    size_t size = strcspn(start, "?#");
    char *path = malloc(size + 1);
    if (path == NULL) {
        return NULL;
    }
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char c = start[i];
        if (c == '%' && i + 2 < size && hex_digit(start[i + 1]) >= 0 &&
            hex_digit(start[i + 2]) >= 0 && (start[i + 1] != '0' || start[i + 2] != '0')) {
            c = (char)(hex_digit(start[i + 1]) * 16 + hex_digit(start[i + 2]));
            i += 2;
        }
        path[length++] = c;
    }
    path[length] = '\0';
    return path;
}

static bool append_encoded(ar_buffer *buffer, const char *path) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_.~$&+,/:;=@";
    for (; *path != '\0'; path++) {
        bool done = strchr(plain, *path) != NULL
                        ? ar_buffer_append_char(buffer, *path)
                        : ar_buffer_printf(buffer, "%%%02X", (unsigned)(unsigned char)*path);
        if (!done) {
            return false;
        }
    }
    return true;
}

char *ar_url_with_path(const char *url, const char *path) {
    const char *start = path_start(url);
    const char *rest = start + strcspn(start, "?#");
    ar_buffer result = AR_BUFFER_INIT;
    bool slash = start != url && path[0] != '/' && path[0] != '\0';
    if (!ar_buffer_append(&result, url, (size_t)(start - url)) ||
        (slash && !ar_buffer_append_char(&result, '/')) || !append_encoded(&result, path) ||
        !ar_buffer_append_text(&result, rest)) {
        ar_buffer_free(&result);
        return NULL;
    }
    return ar_buffer_steal(&result);
}
