#include "control.h"

size_t control_length(const char *text) {
    unsigned char first = (unsigned char)text[0];
    if (first == 0xc2) { /* U+0080 to U+00BF */
        unsigned char second = (unsigned char)text[1];
        return second >= 0x80 && second < 0xa0 ? 2 : 0;
    }
    return first < 0x20 || first == 0x7f ? 1 : 0;
}
