#include "remote/percent.h"

static bool is_unreserved(unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

bool ar_percent_encode(ar_buffer *out, const char *text, bool keep_slashes) {
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool ok;
        if (is_unreserved(c) || (keep_slashes && c == '/')) {
            ok = ar_buffer_append_char(out, (char)c);
        } else {
            char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
            ok = ar_buffer_append(out, escape, sizeof escape);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}
