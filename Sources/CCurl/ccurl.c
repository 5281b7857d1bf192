#define _GNU_SOURCE
#include "ccurl.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// curl.h checks the types of variadic options by macros of the same names.
#undef curl_easy_setopt
#undef curl_multi_setopt

static const char *load_error;

static void load(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) load_error = "libcurl could not be initialised";
}

const char *ccurl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return load_error;
}

CURL *ccurl_easy_new(void) { return curl_easy_init(); }
void ccurl_easy_free(CURL *easy) { curl_easy_cleanup(easy); }
void ccurl_easy_reset(CURL *easy) { curl_easy_reset(easy); }
CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) { return curl_easy_setopt(easy, option, value); }
CURLcode ccurl_set_offset(CURL *easy, CURLoption option, int64_t value) {
    return curl_easy_setopt(easy, option, (curl_off_t)value);
}
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}
CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(easy, option, list);
}

CURLcode ccurl_set_write(CURL *easy, ccurl_data_callback callback, void *context) {
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}
CURLcode ccurl_set_header(CURL *easy, ccurl_data_callback callback, void *context) {
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, callback);
}
CURLcode ccurl_set_read(CURL *easy, ccurl_data_callback callback, void *context) {
    curl_easy_setopt(easy, CURLOPT_READDATA, context);
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, callback);
}

CURLcode ccurl_set_error_buffer(CURL *easy, char *buffer) {
    return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}

CURLcode ccurl_pause(CURL *easy, int mask) { return curl_easy_pause(easy, mask); }
const char *ccurl_error_text(CURLcode code) { return curl_easy_strerror(code); }

struct curl_slist *ccurl_list_append(struct curl_slist *list, const char *text) {
    return curl_slist_append(list, text);
}
void ccurl_list_free(struct curl_slist *list) { curl_slist_free_all(list); }

CURLM *ccurl_multi_new(void) { return curl_multi_init(); }
void ccurl_multi_free(CURLM *multi) { curl_multi_cleanup(multi); }
CURLMcode ccurl_multi_add(CURLM *multi, CURL *easy) { return curl_multi_add_handle(multi, easy); }
CURLMcode ccurl_multi_remove(CURLM *multi, CURL *easy) { return curl_multi_remove_handle(multi, easy); }
CURLMcode ccurl_multi_perform(CURLM *multi, int *running) { return curl_multi_perform(multi, running); }
CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds) {
    return curl_multi_poll(multi, NULL, 0, milliseconds, NULL);
}
CURLMcode ccurl_multi_wakeup(CURLM *multi) { return curl_multi_wakeup(multi); }
CURL *ccurl_multi_next_finished(CURLM *multi, CURLcode *code) {
    int left = 0;
    struct CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *code = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static char *duplicate(char *text) {
    char *copy = text ? strdup(text) : NULL;
    curl_free(text);
    return copy;
}

char *ccurl_url_resolve(const char *base, const char *reference) {
    CURLU *url = curl_url();
    char *result = NULL;
    if (curl_url_set(url, CURLUPART_URL, base, CURLU_PATH_AS_IS) == CURLUE_OK
        && curl_url_set(url, CURLUPART_URL, reference, CURLU_PATH_AS_IS) == CURLUE_OK)
        curl_url_get(url, CURLUPART_URL, &result, 0);
    curl_url_cleanup(url);
    return duplicate(result);
}

char *ccurl_url_part(const char *text, CURLUPart part) {
    CURLU *url = curl_url();
    char *result = NULL;
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK)
        curl_url_get(url, part, &result, 0);
    curl_url_cleanup(url);
    return duplicate(result);
}

char *ccurl_escape(const char *text) { return duplicate(curl_easy_escape(NULL, text, 0)); }

int64_t ccurl_parse_date(const char *text) { return curl_getdate(text, NULL); }
