#include "executor/words.h"

#include "base/buffer.h"
#include "base/operation.h"

void ar_log_saving(const artrepo_operation *operation, const char *source,
                   const char *destination) {
    ar_buffer text = AR_BUFFER_INIT;
    if (ar_buffer_printf(&text, "%s -> %s", source, destination)) {
        ar_log(operation, ARTREPO_LOG_INFO, text.data, "argo", "true", NULL);
    }
    ar_buffer_free(&text);
    ar_log(operation, ARTREPO_LOG_INFO, "saving artifact", "src", source, "dst", destination, NULL);
}

void ar_log_archiving(const artrepo_operation *operation, const artrepo_archive_strategy *strategy,
                      const char *source) {
    if (strategy->kind == ARTREPO_ARCHIVE_ZIP) {
        ar_log(operation, ARTREPO_LOG_INFO, "zipping", "source", source, NULL);
        return;
    }
    if (strategy->kind == ARTREPO_ARCHIVE_NONE) {
        return;
    }
    ar_buffer text = AR_BUFFER_INIT;
    if (ar_buffer_printf(&text, "Taring %s", source)) {
        ar_log(operation, ARTREPO_LOG_INFO, text.data, NULL);
    }
    ar_buffer_free(&text);
    ar_log(operation, ARTREPO_LOG_INFO, "tarring", "source", source, NULL);
}
