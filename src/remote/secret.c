#include "remote/secret.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void ar_secret_trim(artrepo_secret *secret) {
    if (secret->data == NULL) {
        return;
    }
    size_t start = 0;
    size_t end = strlen(secret->data);
    while (end > 0 && isspace((unsigned char)secret->data[end - 1])) {
        end--;
    }
    while (start < end && isspace((unsigned char)secret->data[start])) {
        start++;
    }
    memmove(secret->data, secret->data + start, end - start);
    memset(secret->data + (end - start), 0, secret->size - (end - start));
    secret->size = end - start;
}

void ar_secret_wipe_text(char **text) {
    if (*text != NULL) {
        explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
    }
}

void ar_secret_wipe_buffer(ar_buffer *buffer) {
    if (buffer->data != NULL) {
        explicit_bzero(buffer->data, buffer->capacity);
    }
    ar_buffer_free(buffer);
}
