/* A cheap guess, from a small sample, whether data is worth compressing. */
#ifndef AR_ARCHIVE_SAMPLE_H
#define AR_ARCHIVE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

/* True only when the bytes are spread as evenly as random ones and hardly anything repeats within
 * deflate's window: then deflate would gain less than one percent. Takes some microseconds. */
bool ar_sample_is_incompressible(const unsigned char *data, size_t size);

#endif
