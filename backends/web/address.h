/* Addresses: of a key, for messages, and where a redirect leads. */
#ifndef AR_WEB_ADDRESS_H
#define AR_WEB_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/error.h>

/*
 * *BARE is URL as it can be sent: without user, password and fragment, and with what may not stand
 * in a URL encoded. *USER and *PASSWORD are decoded, and NULL where the URL has none. All three are
 * the caller's, the last two to be wiped. ARTREPO_INVALID names WHERE it comes from.
 */
artrepo_code ar_web_address_take_user(const char *url, char **bare, char **user, char **password,
                                      const char *where, artrepo_error *error);

/* The absolute address of LOCATION, which an answer from URL named. NULL when it is none, or not
 * of http and https. */
char *ar_web_address_resolve(const char *url, const char *location);

/* Without user, password and query: each may hold secrets. */
void ar_web_address_show(const char *url, char *text, size_t size);
/* "HOST" or "HOST:PORT". */
void ar_web_address_server(const char *url, char *text, size_t size);

/* Whether B is on the server of A, which may have gone over from http to https, both at their usual
 * ports. */
bool ar_web_address_is_same_server(const char *a, const char *b);
bool ar_web_address_is_tls(const char *url);

#endif
