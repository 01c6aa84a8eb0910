#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ar_buffer_reserve(ar_buffer *buffer, size_t more) {
    if (more > SIZE_MAX / 2 - buffer->size - 1) {
        return false;
    }
    size_t needed = buffer->size + more + 1;
    if (needed <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity * 2;
    if (capacity < needed) {
        capacity = needed;
    }
    char *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    buffer->data[buffer->size] = '\0';
    return true;
}

bool ar_buffer_append(ar_buffer *buffer, const void *data, size_t size) {
    if (!ar_buffer_reserve(buffer, size)) {
        return false;
    }
    if (size > 0) {
        memcpy(buffer->data + buffer->size, data, size);
    }
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
    return true;
}

bool ar_buffer_append_text(ar_buffer *buffer, const char *text) {
    return ar_buffer_append(buffer, text, strlen(text));
}

bool ar_buffer_append_char(ar_buffer *buffer, char c) {
    return ar_buffer_append(buffer, &c, 1);
}

bool ar_buffer_printf(ar_buffer *buffer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0 || !ar_buffer_reserve(buffer, (size_t)size)) {
        return false;
    }
    va_start(arguments, format);
    vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)size;
    return true;
}

void ar_buffer_clear(ar_buffer *buffer) {
    buffer->size = 0;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

void ar_buffer_free(ar_buffer *buffer) {
    free(buffer->data);
    *buffer = (ar_buffer)AR_BUFFER_INIT;
}

char *ar_buffer_steal(ar_buffer *buffer) {
    char *text = ar_buffer_reserve(buffer, 0) ? buffer->data : NULL;
    if (text == NULL) {
        free(buffer->data);
    }
    *buffer = (ar_buffer)AR_BUFFER_INIT;
    return text;
}
