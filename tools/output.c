#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "format.h"

/* ---- JSON ---- */

/* The length of the UTF-8 sequence that TEXT begins with; 0 when it is none. jansson is the judge
 * of what it takes. */
static size_t sequence_length(const char *text, size_t size) {
    for (size_t length = 1; length <= 4 && length <= size; length++) {
        json_t *one = json_stringn(text, length);
        if (one != NULL) {
            json_decref(one);
            return length;
        }
    }
    return 0;
}

static json_t *repaired_text(const char *text) {
    static const char replacement[] = "\xef\xbf\xbd";
    size_t size = strlen(text), used = 0;
    char *copy = malloc(3 * size + 1);
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < size;) {
        size_t length = sequence_length(text + i, size - i);
        const char *from = length > 0 ? text + i : replacement;
        size_t count = length > 0 ? length : sizeof replacement - 1;
        memcpy(copy + used, from, count);
        used += count;
        i += length > 0 ? length : 1;
    }
    json_t *result = json_stringn(copy, used);
    free(copy);
    return result;
}

json_t *output_text(const char *text) {
    json_t *result = json_string(text);
    return result != NULL ? result : repaired_text(text);
}

static artrepo_code output_failed(artrepo_error *error) {
    return artrepo_error_set_errno(error, errno, "cannot write to standard output");
}

/* A run of characters as they are, of which jansson escapes ASCII's control characters alone. */
static int write_part(const char *part, size_t size, void *data) {
    FILE *out = data;
    size_t plain = 0; /* from here on */
    for (size_t i = 0; i < size; i++) {
        size_t control = control_length(part + i);
        if (control > 0) {
            fwrite(part + plain, 1, i - plain, out);
            i += control - 1;
            fprintf(out, "\\u%04x", (unsigned char)part[i]);
            plain = i + 1;
        }
    }
    fwrite(part + plain, 1, size - plain, out);
    return ferror(out) ? -1 : 0;
}

bool output_write_json(FILE *out, const json_t *object) {
    return json_dump_callback(object, write_part, out, JSON_COMPACT) == 0 &&
           fputc('\n', out) != EOF;
}

artrepo_code output_json(json_t *object, artrepo_error *error) {
    if (object == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the result as JSON");
    }
    bool written = output_write_json(stdout, object);
    json_decref(object);
    return written ? ARTREPO_OK : output_failed(error);
}

json_t *output_object(const char *key, const artrepo_object *object) {
    json_t *json = json_object();
    json_object_set_new(json, "key", output_text(key));
    if (object->size >= 0) {
        json_object_set_new(json, "size", json_integer(object->size));
    }
    if (object->modified_ms != 0) {
        json_object_set_new(json, "modified", json_string(format_time(object->modified_ms).text));
    }
    if (object->version[0] != '\0') {
        json_object_set_new(json, "version", output_text(object->version));
    }
    if (object->content_type[0] != '\0') {
        json_object_set_new(json, "contentType", output_text(object->content_type));
    }
    return json;
}

static json_t *transfer_json(const char *key, const char *path, const artrepo_transfer *transfer) {
    json_t *json = json_object();
    json_object_set_new(json, "key", output_text(key));
    if (path != NULL) {
        json_object_set_new(json, "path", output_text(path));
    }
    json_object_set_new(json, "objects", json_integer(transfer->objects));
    json_object_set_new(json, "bytes", json_integer(transfer->bytes));
    json_object_set_new(json, "directory", json_boolean(transfer->directory));
    json_object_set_new(json, "skipped", json_boolean(transfer->skipped));
    return json;
}

void output_error(const char *code_name, const artrepo_error *error) {
    json_t *json = json_object();
    json_object_set_new(json, "code", output_text(code_name));
    json_object_set_new(json, "message", output_text(error->message));
    json_object_set_new(json, "retryable", json_boolean(error->retryable));
    if (error->http_status != 0) {
        json_object_set_new(json, "httpStatus", json_integer(error->http_status));
    }
    if (error->store_code[0] != '\0') {
        json_object_set_new(json, "storeCode", output_text(error->store_code));
    }
    if (error->request_id[0] != '\0') {
        json_object_set_new(json, "requestId", output_text(error->request_id));
    }
    json_t *outer = json_object();
    json_object_set_new(outer, "error", json);
    output_json(outer, NULL);
}

/* ---- text ---- */

/* Returns how many bytes that made. */
static size_t put_text(const char *text) {
    bool terminal = isatty(STDOUT_FILENO);
    size_t count = 0;
    for (size_t control; *text != '\0'; text += control > 0 ? control : 1, count++) {
        control = terminal ? control_length(text) : 0;
        putchar(control > 0 ? '?' : (unsigned char)*text);
    }
    return count;
}

artrepo_code output_line(const char *text, artrepo_error *error) {
    put_text(text);
    return putchar('\n') == EOF || ferror(stdout) ? output_failed(error) : ARTREPO_OK;
}

void output_column(const char *text, size_t width) {
    size_t count = put_text(text);
    do {
        putchar(' ');
    } while (count++ < width);
}

artrepo_code output_transfer(struct context *context, const char *key, const char *path,
                             const artrepo_transfer *transfer) {
    if (context->options.json) {
        return output_json(transfer_json(key, path, transfer), &context->error);
    }
    bool is_put = path == NULL;
    return is_put && !transfer->skipped ? output_line(key, &context->error) : ARTREPO_OK;
}

artrepo_code output_finish(artrepo_error *error) {
    return fflush(stdout) != 0 || ferror(stdout) ? output_failed(error) : ARTREPO_OK;
}
