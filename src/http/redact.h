/* Servers may send back what they were sent, and what they say ends up in messages. */
#ifndef AR_HTTP_REDACT_H
#define AR_HTTP_REDACT_H

#include "http/client.h"

/* Puts asterisks over what RESPONSE's body holds of REQUEST's headers that may be secret: all but
 * those that are known not to be. */
void ar_http_redact(const ar_http_request *request, ar_http_response *response);

#endif
