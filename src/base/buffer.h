/* A growable array of bytes, kept zero-terminated so that it can be read as text. */
#ifndef AR_BASE_BUFFER_H
#define AR_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <artrepo/export.h>

typedef struct ar_buffer {
    char *data; /* NULL until the first byte */
    size_t size;
    size_t capacity;
} ar_buffer;

#define AR_BUFFER_INIT                                                                             \
    { NULL, 0, 0 }

/* All return false when there is no memory; the buffer is then as it was. */
bool ar_buffer_reserve(ar_buffer *buffer, size_t more);
bool ar_buffer_append(ar_buffer *buffer, const void *data, size_t size);
bool ar_buffer_append_text(ar_buffer *buffer, const char *text);
bool ar_buffer_append_char(ar_buffer *buffer, char c);
bool ar_buffer_printf(ar_buffer *buffer, const char *format, ...) ARTREPO_PRINTF(2, 3);

void ar_buffer_clear(ar_buffer *buffer); /* size 0, memory kept */
void ar_buffer_free(ar_buffer *buffer);
/* The text, which the caller frees; "" when nothing was appended; NULL when there is no memory.
 * The buffer is empty afterwards. */
char *ar_buffer_steal(ar_buffer *buffer);

#endif
