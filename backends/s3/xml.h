/* Reads the XML that stores answer with: elements by path, in one pass, with limits. */
#ifndef AR_S3_XML_H
#define AR_S3_XML_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/error.h>

#include "base/buffer.h"

/* At the end of each element. PATH is "ListBucketResult/Contents/Key", without prefixes of
 * namespaces; TEXT is its own text, without white space taken off. */
typedef artrepo_code ar_s3_xml_element(void *data, const char *path, const char *text,
                                       artrepo_error *error);

/* ARTREPO_IO when DATA is no well-formed XML, ARTREPO_REFUSED_UNSAFE for document types (and so
 * for entities of its own), for more depth, and for longer texts than any store sends. */
artrepo_code ar_s3_xml_read(const char *data, size_t size, ar_s3_xml_element *element,
                            void *element_data, artrepo_error *error);

/* Appends TEXT with the characters that mean something to XML escaped. */
bool ar_s3_xml_append(ar_buffer *out, const char *text);
/* Whether XML 1.0 can carry TEXT at all: UTF-8 without control characters. */
bool ar_s3_xml_can_carry(const char *text);

/* Whether TEXT is UTF-8, as S3's keys are. */
bool ar_s3_is_utf8(const char *text);

#endif
