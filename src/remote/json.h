/* JSON that holds secrets. */
#ifndef AR_REMOTE_JSON_H
#define AR_REMOTE_JSON_H

#include <jansson.h>

/* Overwrites all texts below ROOT, and frees it; NULL is allowed. */
void ar_json_wipe(json_t *root);
/* The text of member NAME; NULL when it is absent, empty or no text. */
const char *ar_json_text(const json_t *root, const char *name);

#endif
