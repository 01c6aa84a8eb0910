/* Lines of an answer's head, and the readers of what stands in them: dates, times, addresses. */
#include <time.h>

#include "fuzz.h"
#include "http/response.h"
#include "http/url.h"
#include "remote/percent.h"
#include "remote/time_text.h"
#include "s3/object.h"
#include "s3/url.h"

static void add_lines(ar_http_response *response, const char *data, size_t size) {
    const char *end = data + size;
    while (data < end) {
        const char *feed = memchr(data, '\n', (size_t)(end - data));
        size_t length = (size_t)((feed == NULL ? end : feed + 1) - data);
        if (!ar_http_response_add_line(response, data, length)) {
            break;
        }
        data += length;
    }
    ar_http_response_add_line(response, "\r\n", 2);
}

static void check_response(const uint8_t *data, size_t size) {
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    add_lines(&response, (const char *)data, size);
    fuzz_check(response.content_length >= -1 && response.retry_after_ms >= 0);
    fuzz_check(response.retry_after_ms <= INT64_C(3600) * 1000);
    static const char *const names[] = {"ETag", "content-range", "x-goog-hash", "Location"};
    for (size_t i = 0; i < 4; i++) {
        const char *value = ar_http_response_header(&response, names[i]);
        fuzz_check(value == NULL || (value > response.headers.data &&
                                     value <= response.headers.data + response.headers.size));
    }
    artrepo_object object;
    char checksum[AR_CHECKSUM_TEXT];
    ar_s3_object_of_headers("key", &response, &object);
    ar_s3_checksum_of_headers(&response, checksum);
    ar_http_response_clear(&response);
}

/* A path that is put into an address is read out of it again, whatever is in it. */
static void check_url(const char *text) {
    char *path = ar_url_path(text);
    fuzz_check(path != NULL && strlen(path) <= strlen(text));
    free(path);
    char *absolute = NULL;
    fuzz_check(asprintf(&absolute, "/%s", text) > 0);
    char *url = ar_url_with_path("http://host/there?query", absolute);
    fuzz_check(strncmp(url, "http://host/", 12) == 0 && strpbrk(url, " \r\n#") == NULL);
    path = ar_url_path(url);
    fuzz_check(strcmp(path, absolute) == 0);
    free(path);
    free(url);
    free(absolute);
}

static void check_percent(const char *text) {
    ar_buffer encoded = AR_BUFFER_INIT;
    fuzz_check(ar_percent_encode(&encoded, text, false));
    char *decoded = ar_buffer_steal(&encoded);
    fuzz_check(decoded == NULL || strpbrk(decoded, " /?#\r\n") == NULL);
    if (decoded != NULL) {
        ar_s3_url_decode(decoded);
        fuzz_check(strcmp(decoded, text) == 0);
    }
    free(decoded);
    char *copy = strdup(text);
    ar_s3_url_decode(copy);
    fuzz_check(strlen(copy) <= strlen(text));
    free(copy);
}

static void check_time(const char *text) {
    int64_t ms = 0;
    char version[128];
    if (ar_time_of_text(text, &ms)) {
        fuzz_check(ms < INT64_C(4000000000000000) && ms > INT64_C(-4000000000000000));
    }
    ms = ar_s3_time_of_text(text);
    fuzz_check(ms < INT64_C(4000000000000000) && ms > INT64_C(-4000000000000000));
    ar_s3_copy_etag(text, version, sizeof version);
    fuzz_check(strlen(version) < sizeof version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    check_response(data, size);
    check_url(text);
    check_percent(text);
    check_time(text);
    free(text);
    return 0;
}
