/* Secrets in memory: wiped before they are freed. */
#ifndef AR_REMOTE_SECRET_H
#define AR_REMOTE_SECRET_H

#include <artrepo/driver.h>

#include "base/buffer.h"

/* Takes the white space off both ends, as secrets often end in a newline. */
void ar_secret_trim(artrepo_secret *secret);
/* Zeroes TEXT, frees it and sets it to NULL. */
void ar_secret_wipe_text(char **text);
/* Zeroes all that BUFFER holds, and frees it. What it was copied from while it grew is not known
 * any more: reserve enough before. */
void ar_secret_wipe_buffer(ar_buffer *buffer);

#endif
