/* Servers may send back what they were sent, and what they say ends up in messages. */
#ifndef AR_HTTP_REDACT_H
#define AR_HTTP_REDACT_H

#include "http/client.h"

/* Puts asterisks over what RESPONSE's body holds of REQUEST that may be secret: the values of
 * headers and of a form's fields, all but those that are known not to be, and the signatures,
 * tokens and passwords behind the "?" of its address. */
void ar_http_redact(const ar_http_request *request, ar_http_response *response);

#endif
