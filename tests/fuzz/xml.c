/* The reader of XML answers by itself, and texts that are written into XML and read back. */
#include "s3/xml.h"
#include "fuzz.h"

static artrepo_code take_element(void *data, const char *path, const char *text,
                                 artrepo_error *error) {
    size_t *elements = data;
    fuzz_check(path != NULL && strlen(text) <= 64 << 10);
    if (++*elements > 100000) {
        return artrepo_error_set(error, ARTREPO_IO, "enough");
    }
    return ARTREPO_OK;
}

static void check_reading(const uint8_t *data, size_t size) {
    size_t elements = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_s3_xml_read((const char *)data, size, take_element, &elements, &error);
    fuzz_check_error(code, &error);
    /* Neither can there be an element without a tag of its own. */
    fuzz_check(elements <= size / 4);
    fuzz_check(code != ARTREPO_OK || elements > 0);
}

static artrepo_code keep_text(void *data, const char *path, const char *text,
                              artrepo_error *error) {
    (void)error;
    fuzz_check(strcmp(path, "a") == 0);
    *(char **)data = strdup(text);
    return ARTREPO_OK;
}

static void check_round_trip(const char *text) {
    if (!ar_s3_xml_can_carry(text)) {
        return;
    }
    ar_buffer document = AR_BUFFER_INIT;
    char *back = NULL;
    fuzz_check(ar_buffer_append_text(&document, "<a>") && ar_s3_xml_append(&document, text) &&
               ar_buffer_append_text(&document, "</a>"));
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_s3_xml_read(document.data, document.size, keep_text, &back, &error);
    fuzz_check(code == ARTREPO_OK || strlen(text) > 64 << 10);
    fuzz_check(code != ARTREPO_OK || strcmp(back, text) == 0);
    free(back);
    ar_buffer_free(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_reading(data, size);
    char *text = fuzz_text(data, size);
    check_round_trip(text);
    free(text);
    return 0;
}
