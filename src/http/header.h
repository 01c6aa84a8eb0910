/* What may go into a header. */
#ifndef AR_HTTP_HEADER_H
#define AR_HTTP_HEADER_H

#include <stdbool.h>

/* False when TEXT has a control character in it, with which it could end the line and begin another
 * one. */
static inline bool ar_http_fits_header(const char *text) {
    while ((unsigned char)*text >= 0x20 && *text != 0x7f) {
        text++;
    }
    return *text == '\0';
}

#endif
