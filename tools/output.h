/* Results on standard output: lines for people, or one JSON object each. */
#ifndef ARTCTL_OUTPUT_H
#define ARTCTL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include <artrepo/driver.h>
#include <artrepo/executor.h>
#include <jansson.h>

#include "context.h"

/* TEXT as a JSON string, with U+FFFD where it is not UTF-8. */
json_t *output_text(const char *text);

/* Writes OBJECT as a line, with all control characters escaped. False when OUT fails. */
bool output_write_json(FILE *out, const json_t *object);

/* Writes OBJECT as a line on standard output, and frees it. Returns ARTREPO_IO when standard output
 * fails. */
artrepo_code output_json(json_t *object, artrepo_error *error);

/* Writes TEXT as a line. On a terminal control characters become question marks. */
artrepo_code output_line(const char *text, artrepo_error *error);
/* The same within a line: TEXT, blanks up to WIDTH, and one more. */
void output_column(const char *text, size_t width);

/* What put and get did with KEY; PATH is NULL for put. */
artrepo_code output_transfer(struct context *context, const char *key, const char *path,
                             const artrepo_transfer *transfer);

/* {"key", "size", "modified", "version", "contentType"}, as far as they are known. */
json_t *output_object(const char *key, const artrepo_object *object);

/* The error object of --json. CODE_NAME is "usage" or an artrepo_code_name(). */
void output_error(const char *code_name, const artrepo_error *error);

/* Writes what is still buffered. */
artrepo_code output_finish(artrepo_error *error);

#endif
