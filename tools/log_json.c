/* {"time":"2025-06-10T14:58:09Z","level":"info","msg":"saving artifact","src":"/a","dst":"b"} */
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "output.h"

/* What the executor logs as a boolean or a number is one: argo=true, count=2. */
static json_t *value_of(const artrepo_log_field *field) {
    const char *value = field->value != NULL ? field->value : "";
    if (strcmp(field->name, "argo") == 0 && strcmp(value, "true") == 0) {
        return json_true();
    }
    return strcmp(field->name, "count") == 0 ? json_integer(strtoll(value, NULL, 10))
                                             : output_text(value);
}

void log_write_json(FILE *out, const artrepo_log_record *record) {
    json_t *line = json_object();
    json_object_set_new(line, "time", json_string(format_time((int64_t)time(NULL) * 1000).text));
    json_object_set_new(line, "level", json_string(log_level_name(record->level)));
    json_object_set_new(line, "msg", output_text(record->message));
    for (size_t i = 0; i < record->field_count; i++) {
        json_object_set_new(line, record->fields[i].name, value_of(&record->fields[i]));
    }
    if (line != NULL) {
        output_write_json(out, line);
    }
    json_decref(line);
}
