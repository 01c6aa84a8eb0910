/* What the server's answers mean. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "web/address.h"
#include "web/request.h"

/* ---- words ---- */

static void describe(const ar_web_request *request, const char *url, char *text, size_t size) {
    char where[1100];
    ar_web_address_show(url, where, sizeof where);
    snprintf(text, size, "%s %s", request->verb, where);
}

artrepo_code ar_web_prefix(const ar_web_request *request, const char *url, artrepo_error *error) {
    char what[1200];
    describe(request, url, what, sizeof what);
    return artrepo_error_prefix(error, "%s", what);
}

/* ---- what the server says for itself ---- */

/* Without tags, each stretch of white space as one blank. */
static void strip_markup(const char *body, char *text, size_t size) {
    const char *title = strcasestr(body, "<title>");
    const char *end = title == NULL ? NULL : strcasestr(title, "</title>");
    const char *from = end == NULL ? body : title + strlen("<title>");
    size_t length = 0;
    bool in_tag = false, blank = false;
    for (const char *c = from; *c != '\0' && c != end && length + 2 < size; c++) {
        if (*c == '<' || *c == '>') {
            in_tag = *c == '<';
            blank = true;
        } else if (isspace((unsigned char)*c)) {
            blank = true;
        } else if (!in_tag) {
            if (blank && length > 0) {
                text[length++] = ' ';
            }
            blank = false;
            text[length++] = *c;
        }
    }
    text[length] = '\0';
}

/* Artifactory's {"errors": [{"message": ...}]}, and {"message": ...} or {"error": ...} of others.
 */
static bool read_json(const char *body, char *text, size_t size) {
    json_t *root = json_loads(body, 0, NULL);
    const json_t *first = json_array_get(json_object_get(root, "errors"), 0);
    const char *message = json_string_value(json_object_get(first, "message"));
    message = message != NULL ? message : json_string_value(json_object_get(root, "message"));
    message = message != NULL ? message : json_string_value(json_object_get(root, "error"));
    snprintf(text, size, "%s", message == NULL ? "" : message);
    json_decref(root);
    return message != NULL;
}

static void quote(const ar_http_response *response, char *text, size_t size) {
    const char *body = response->body.data;
    text[0] = '\0';
    if (body != NULL && !read_json(body, text, size)) {
        strip_markup(body, text, size);
    }
    char status[16];
    int length = snprintf(status, sizeof status, "%d ", response->status);
    if (strncmp(text, status, (size_t)length) == 0) { /* it stands in the message already */
        memmove(text, text + length, strlen(text + length) + 1);
    }
}

/* ---- meanings ---- */

typedef struct meaning {
    artrepo_code code;
    bool retryable;
    const char *advice; /* NULL: the server's words are enough */
} meaning;

static bool is_put(const ar_web_request *request) {
    return strcmp(request->method, "PUT") == 0;
}

static const char *advice_on_401(const ar_web *web, const ar_web_asked *asked) {
    const ar_web_config *config = &web->config;
    if (asked->foreign) {
        return "a redirect led here, to another server than the URL's, which is sent no "
               "credentials; name this address in the URL if they are meant for it";
    }
    if (config->oauth.given) {
        return "the token of auth.oauth2 is not accepted; check its scopes and endpointParams";
    }
    if (config->artifactory) {
        return config->authorization == NULL
                   ? "it wants credentials; set usernameSecret and passwordSecret"
                   : "check the user and the password of usernameSecret and passwordSecret";
    }
    if (config->authorization != NULL) {
        return "check the user and the password (auth.basicAuth, or those in the URL)";
    }
    return config->header_count > 0 ? "check the token in the headers, or set auth.basicAuth or "
                                      "auth.oauth2"
                                    : "it wants credentials; set auth.basicAuth, auth.oauth2 or a "
                                      "header with a token";
}

static meaning meaning_of(const ar_web *web, const ar_web_request *request,
                          const ar_web_asked *asked, int status) {
    bool put = is_put(request);
    switch (status) {
    case 401:
        return (meaning){ARTREPO_ACCESS_DENIED, false, advice_on_401(web, asked)};
    case 403:
        return (meaning){ARTREPO_ACCESS_DENIED, false,
                         put ? "check that this account may write there"
                             : "check that this account may read it"};
    case 407:
        return (meaning){ARTREPO_ACCESS_DENIED, false,
                         "the proxy wants a user and a password; set them in https_proxy"};
    case 404:
    case 410:
        return (meaning){ARTREPO_NOT_FOUND, false,
                         put ? "there is no such place to store to; check the path, and that the "
                               "server takes uploads there"
                             : "nothing is at this address; check the URL"};
    case 405:
    case 501:
        return (meaning){ARTREPO_UNSUPPORTED, false,
                         put ? "the server takes no uploads (PUT) there; allow them, or name "
                               "another address"
                             : "the server does not let it be read"};
    case 408:
    case 425:
    case 429:
        return (meaning){ARTREPO_TRANSIENT, true, NULL};
    case 409:
        return (meaning){ARTREPO_INVALID, false,
                         put ? "the directory above it may be missing on the server; create it, or "
                               "let the server do it (nginx: create_full_put_path on)"
                             : NULL};
    case 411:
        return (meaning){ARTREPO_UNSUPPORTED, false, "the server wants to know the length before"};
    case 412:
        return (meaning){ARTREPO_IO, false,
                         "it was replaced while it was read; get it again from the start"};
    case 413:
        return (meaning){ARTREPO_INVALID, false,
                         "it is larger than the server takes; raise its limit (nginx: "
                         "client_max_body_size)"};
    case 507:
        return (meaning){ARTREPO_IO, false, "free some space on the server"};
    default:
        break;
    }
    if (status >= 500) {
        return (meaning){ARTREPO_TRANSIENT, true, NULL};
    }
    if (status >= 300 && status < 400) {
        return (meaning){ARTREPO_INVALID, false,
                         "the server redirects, and does not say where to; name the address that "
                         "has the data"};
    }
    return (meaning){ARTREPO_INVALID, false, NULL};
}

/* What servers say with 400, though it is about TLS. */
static void correct_400(const ar_web *web, const ar_http_response *response, meaning *m) {
    const char *body = response->body.data == NULL ? "" : response->body.data;
    if (strstr(body, "plain HTTP request was sent to HTTPS port") != NULL ||
        strstr(body, "HTTP request to an HTTPS server") != NULL) {
        *m = (meaning){ARTREPO_INVALID, false, "write https:// in the URL"};
    } else if (strstr(body, "No required SSL certificate was sent") != NULL) {
        *m = (meaning){ARTREPO_ACCESS_DENIED, false,
                       "it wants a client certificate; set auth.clientCert"};
    } else if (strstr(body, "The SSL certificate error") != NULL ||
               (web->config.certificate.size > 0 && strstr(body, "SSL certificate") != NULL)) {
        *m = (meaning){ARTREPO_ACCESS_DENIED, false,
                       "it does not accept the client certificate of auth.clientCert; check who "
                       "signed it, and that it has not expired"};
    }
}

/* ---- errors ---- */

artrepo_code ar_web_error_of_answer(const ar_web *web, const ar_web_request *request,
                                    const ar_web_asked *asked, const ar_http_response *response,
                                    artrepo_error *error) {
    char what[1200], said[240];
    describe(request, asked->url, what, sizeof what);
    quote(response, said, sizeof said);
    meaning m = meaning_of(web, request, asked, response->status);
    if (response->status == 400) {
        correct_400(web, response, &m);
    }
    const char *request_id = ar_http_response_header(response, "X-Request-Id");
    artrepo_error_set(error, m.code, "%s: HTTP %d%s%s%s%s%s", what, response->status,
                      said[0] == '\0' ? "" : " (", said, said[0] == '\0' ? "" : ")",
                      m.advice == NULL ? "" : "; ", m.advice == NULL ? "" : m.advice);
    error->retryable = m.retryable;
    error->http_status = response->status;
    error->retry_after_ms = response->retry_after_ms;
    if (request_id != NULL) {
        snprintf(error->request_id, sizeof error->request_id, "%s", request_id);
    }
    return error->code;
}

artrepo_code ar_web_error_of_transport(const ar_web_request *request, const ar_web_asked *asked,
                                       const ar_http_response *response, artrepo_error *error) {
    const char *advice = "";
    switch (response->failure) {
    case AR_HTTP_NOT_TLS:
        advice = "; write http:// in the URL if that is what it should be";
        break;
    case AR_HTTP_NOT_HTTP:
    case AR_HTTP_SILENT:
        advice = ar_web_address_is_tls(asked->url) ? "" : "; write https:// if it wants TLS";
        break;
    case AR_HTTP_CERTIFICATE:
        advice = "; set caSecret, or SSL_CERT_FILE in the environment, to the certificate of its "
                 "CA";
        break;
    case AR_HTTP_IDENTITY:
        advice = "; check auth.clientCert";
        break;
    case AR_HTTP_UNREACHABLE:
        advice = "; check the URL";
        break;
    default:
        break;
    }
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof error->message - length, "%s", advice);
    error->http_status = response->status;
    return ar_web_prefix(request, asked->url, error);
}
