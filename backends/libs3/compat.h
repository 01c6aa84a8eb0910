/* What differs between libs3 2.x and 4.x. The build finds out which one it has. */
#ifndef AR_LIBS3_COMPAT_H
#define AR_LIBS3_COMPAT_H

#include <libs3.h>

#include <stdbool.h>

#ifdef AR_LIBS3_V4
#define AR_LIBS3_SIGNATURE "Signature Version 4"
#define AR_LIBS3_FLAGS (S3_INIT_ALL | S3_INIT_VERIFY_PEER)
/* What a request is sent in; 4.x also wants a time limit, for which 0 is none. */
#define AR_LIBS3_IN(context) (context), 0
#else
#define AR_LIBS3_SIGNATURE "Signature Version 2"
#define AR_LIBS3_FLAGS S3_INIT_ALL
#define AR_LIBS3_IN(context) (context)
#endif

enum {
#ifdef AR_LIBS3_V4
    AR_LIBS3_HAS_REGION = true,
    AR_LIBS3_VERIFIES_TLS = true,
    AR_LIBS3_KEYS_HAVE_SPACES = true,
    AR_LIBS3_PUT_IS_ANSWERED = true,
#else
    AR_LIBS3_HAS_REGION = false,
    AR_LIBS3_VERIFIES_TLS = false,     /* it switches off the check of certificates */
    AR_LIBS3_KEYS_HAVE_SPACES = false, /* in a path it writes a space as "+", which means "+" */
    AR_LIBS3_PUT_IS_ANSWERED = false,  /* it reads the status of a put before there is one */
#endif
};

#endif
