#define _GNU_SOURCE
#include "ccurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                                                                  \
    X(curl_global_init) X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_reset)                     \
    X(curl_easy_setopt) X(curl_easy_pause) X(curl_easy_strerror) X(curl_easy_escape)             \
    X(curl_free) X(curl_slist_append) X(curl_slist_free_all) X(curl_multi_init) X(curl_multi_cleanup)                 \
    X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_perform) X(curl_multi_poll)                     \
    X(curl_multi_wakeup) X(curl_multi_info_read) X(curl_multi_setopt) X(curl_url) X(curl_url_cleanup)                 \
    X(curl_url_set) X(curl_url_get) X(curl_getdate)

// curl.h checks the types of variadic options by macros of the same names.
#undef curl_easy_setopt
#undef curl_multi_setopt

#define DECLARE(name) static __typeof__(&name) p_##name;
FUNCTIONS(DECLARE)

static const char *load_error;

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        load_error = "libcurl.so.4 was not found; install libcurl4";
        return;
    }
#define FIND(name)                                                                                                    \
    p_##name = (__typeof__(&name))dlsym(library, #name);                                                              \
    if (!p_##name) {                                                                                                  \
        load_error = "libcurl.so.4 lacks " #name "; version 7.80 or later is needed";                                 \
        return;                                                                                                       \
    }
    FUNCTIONS(FIND)
    if (p_curl_global_init(CURL_GLOBAL_DEFAULT) != 0) load_error = "libcurl could not be initialised";
}

const char *ccurl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return load_error;
}

void ccurl_load_elsewhere(void) {
    cpu_set_t all, others;
    if (sched_getaffinity(0, sizeof all, &all) != 0) CPU_ZERO(&all);
    others = all;
    CPU_CLR(sched_getcpu(), &others);
    int moves = CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0;
    ccurl_load();
    if (moves) sched_setaffinity(0, sizeof all, &all);
}

CURL *ccurl_easy_new(void) { return p_curl_easy_init(); }
void ccurl_easy_free(CURL *easy) { p_curl_easy_cleanup(easy); }
void ccurl_easy_reset(CURL *easy) { p_curl_easy_reset(easy); }
CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) { return p_curl_easy_setopt(easy, option, value); }
CURLcode ccurl_set_offset(CURL *easy, CURLoption option, int64_t value) {
    return p_curl_easy_setopt(easy, option, (curl_off_t)value);
}
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return p_curl_easy_setopt(easy, option, value);
}
CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return p_curl_easy_setopt(easy, option, &blob);
}
CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
    return p_curl_easy_setopt(easy, option, list);
}

CURLcode ccurl_set_write(CURL *easy, ccurl_data_callback callback, void *context) {
    p_curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    return p_curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}
CURLcode ccurl_set_header(CURL *easy, ccurl_data_callback callback, void *context) {
    p_curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    return p_curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, callback);
}
CURLcode ccurl_set_read(CURL *easy, ccurl_data_callback callback, void *context) {
    p_curl_easy_setopt(easy, CURLOPT_READDATA, context);
    return p_curl_easy_setopt(easy, CURLOPT_READFUNCTION, callback);
}

CURLcode ccurl_set_error_buffer(CURL *easy, char *buffer) {
    return p_curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}

CURLcode ccurl_pause(CURL *easy, int mask) { return p_curl_easy_pause(easy, mask); }
const char *ccurl_error_text(CURLcode code) { return p_curl_easy_strerror(code); }

struct curl_slist *ccurl_list_append(struct curl_slist *list, const char *text) {
    return p_curl_slist_append(list, text);
}
void ccurl_list_free(struct curl_slist *list) { p_curl_slist_free_all(list); }

CURLM *ccurl_multi_new(void) { return p_curl_multi_init(); }
void ccurl_multi_free(CURLM *multi) { p_curl_multi_cleanup(multi); }
CURLMcode ccurl_multi_add(CURLM *multi, CURL *easy) { return p_curl_multi_add_handle(multi, easy); }
CURLMcode ccurl_multi_remove(CURLM *multi, CURL *easy) { return p_curl_multi_remove_handle(multi, easy); }
CURLMcode ccurl_multi_perform(CURLM *multi, int *running) { return p_curl_multi_perform(multi, running); }
CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds) {
    return p_curl_multi_poll(multi, NULL, 0, milliseconds, NULL);
}
CURLMcode ccurl_multi_wakeup(CURLM *multi) { return p_curl_multi_wakeup(multi); }
CURL *ccurl_multi_next_finished(CURLM *multi, CURLcode *code) {
    int left = 0;
    struct CURLMsg *message;
    while ((message = p_curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *code = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return p_curl_multi_setopt(multi, option, value);
}

static char *duplicate(char *text) {
    char *copy = text ? strdup(text) : NULL;
    p_curl_free(text);
    return copy;
}

char *ccurl_url_resolve(const char *base, const char *reference) {
    CURLU *url = p_curl_url();
    char *result = NULL;
    if (p_curl_url_set(url, CURLUPART_URL, base, CURLU_PATH_AS_IS) == CURLUE_OK
        && p_curl_url_set(url, CURLUPART_URL, reference, CURLU_PATH_AS_IS) == CURLUE_OK)
        p_curl_url_get(url, CURLUPART_URL, &result, 0);
    p_curl_url_cleanup(url);
    return duplicate(result);
}

char *ccurl_url_part(const char *text, CURLUPart part) {
    CURLU *url = p_curl_url();
    char *result = NULL;
    if (p_curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK)
        p_curl_url_get(url, part, &result, 0);
    p_curl_url_cleanup(url);
    return duplicate(result);
}

char *ccurl_escape(const char *text) { return duplicate(p_curl_easy_escape(NULL, text, 0)); }

int64_t ccurl_parse_date(const char *text) { return p_curl_getdate(text, NULL); }
