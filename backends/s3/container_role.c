#include "s3/container_role.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remote/environment.h"
#include "remote/secret.h"
#include "s3/document.h"

#define RELATIVE_URI "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL_URI "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE TOKEN "_FILE"
#define ECS_AGENT "http://169.254.170.2"
#define CONNECT_TIMEOUT_MS 2000
#define TIMEOUT_MS 5000

/* ---- where the agent is ---- */

static bool is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* Whatever the name stands for must be this machine. */
static bool leads_to_this_machine(const char *name) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    if (getaddrinfo(name, NULL, &hints, &list) != 0) {
        return false;
    }
    bool ok = list != NULL;
    for (const struct addrinfo *entry = list; ok && entry != NULL; entry = entry->ai_next) {
        ok = is_loopback(entry->ai_addr);
    }
    freeaddrinfo(list);
    return ok;
}

/* ECS's agent, and EKS's by IPv4 and IPv6. */
static bool is_agent(const char *name) {
    struct in6_addr eks, address;
    return strcmp(name, "169.254.170.2") == 0 || strcmp(name, "169.254.170.23") == 0 ||
           (inet_pton(AF_INET6, "fd00:ec2::23", &eks) == 1 &&
            inet_pton(AF_INET6, name, &address) == 1 && memcmp(&eks, &address, sizeof eks) == 0);
}

artrepo_code ar_s3_container_address(ar_service_address *address, artrepo_error *error) {
    const char *relative = ar_environment(RELATIVE_URI);
    const char *full = ar_environment(FULL_URI);
    char url[1200];
    if (relative == NULL && full == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 RELATIVE_URI " and " FULL_URI " are not set");
    }
    if (relative == NULL) {
        artrepo_code code = ar_service_address_of(full, FULL_URI, address, error);
        if (code == ARTREPO_OK && !address->tls && !is_agent(address->name) &&
            !leads_to_this_machine(address->name)) {
            code = artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                     FULL_URI " '%s': over plain HTTP credentials are only taken "
                                              "from this machine and from the agents of ECS and "
                                              "EKS; use https",
                                     full);
        }
        return code;
    }
    if (relative[0] != '/' ||
        snprintf(url, sizeof url, ECS_AGENT "%s", relative) >= (int)sizeof url) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 RELATIVE_URI " '%.200s' is no path that begins with a slash",
                                 relative);
    }
    return ar_service_address_of(url, RELATIVE_URI, address, error);
}

/* ---- who asks ---- */

/* Kubernetes renews the file. */
static artrepo_code read_token(artrepo_secret *token, artrepo_error *error) {
    const char *path = ar_environment(TOKEN_FILE);
    const char *given = ar_environment(TOKEN);
    *token = (artrepo_secret){NULL, 0};
    if (path != NULL) {
        return ar_service_token(path, TOKEN_FILE, token, error);
    }
    if (given == NULL) {
        return ARTREPO_OK;
    }
    if (strpbrk(given, "\r\n") != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID, TOKEN " has more than one line");
    }
    *token = (artrepo_secret){strdup(given), strlen(given)};
    return token->data == NULL
               ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials")
               : ARTREPO_OK;
}

/* "Authorization: TOKEN", or NULL when there is none. */
static artrepo_code build_authorization(char **header, artrepo_error *error) {
    artrepo_secret token;
    *header = NULL;
    artrepo_code code = read_token(&token, error);
    if (code == ARTREPO_OK && token.data != NULL) {
        size_t size = token.size + sizeof "Authorization: ";
        *header = malloc(size);
        if (*header == NULL) {
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
        } else {
            snprintf(*header, size, "Authorization: %s", token.data);
        }
    }
    artrepo_secret_clear(&token);
    return code;
}

/* ---- asking ---- */

typedef struct container_call {
    const ar_s3_lookup *lookup;
    ar_service_address address;
    char url[1400];
    char what[500];
    ar_http_client *client;
    ar_s3_credentials *credentials;
} container_call;

static artrepo_code read_answer(container_call *call, const ar_http_response *response,
                                artrepo_error *error) {
    static const ar_s3_document_format format = {.token = "Token"};
    char words[700];
    if (response->status != 200) {
        ar_s3_document_refusal(response->body.data, response->body.size, words, sizeof words);
        return ar_service_refused(call->what, response, words, error);
    }
    artrepo_code code = ar_s3_document_read(response->body.data, response->body.size, &format,
                                            call->credentials, error);
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "%s", call->what);
    }
    call->credentials->expiry_ms = ar_service_expiry(response, call->credentials->expiry_ms);
    call->credentials->origin = "the role of the container";
    return ARTREPO_OK;
}

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    container_call *call = data;
    char *authorization = NULL;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = build_authorization(&authorization, error);
    if (code == ARTREPO_OK) {
        const char *headers[] = {"Accept: application/json", authorization};
        ar_http_request request = {
            .method = "GET",
            .url = call->url,
            .headers = headers,
            .header_count = authorization == NULL ? 1 : 2,
            .timeout_ms = TIMEOUT_MS,
        };
        code = ar_service_send(call->client, call->what, &request, &response,
                               call->lookup->operation, error);
    }
    if (code == ARTREPO_OK) {
        code = read_answer(call, &response, error);
    }
    ar_service_clear(&response);
    ar_secret_wipe_text(&authorization);
    return code;
}

artrepo_code ar_s3_container_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                         artrepo_error *error) {
    container_call call = {.lookup = lookup, .credentials = credentials};
    artrepo_code code = ar_s3_container_address(&call.address, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    const char *scheme = call.address.tls ? "https" : "http";
    snprintf(call.url, sizeof call.url, "%s://%s%s", scheme, call.address.host, call.address.path);
    snprintf(call.what, sizeof call.what, "get the role of the container from %s://%s", scheme,
             call.address.host);
    ar_http_options options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                               .direct = !call.address.tls};
    code = ar_http_client_open(&options, &call.client, error);
    if (code == ARTREPO_OK) {
        code = ar_service_retrying(attempt_call, &call, "get the role of the container",
                                   lookup->operation, error);
    }
    ar_http_client_close(call.client);
    return code;
}
