#pragma once
#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

// libcurl behind typed functions. It is initialised by the first call of ccurl_load(), so that a command that needs no
// network does not pay for it. Every other function here may be called only after ccurl_load() returned NULL.

// Initialises libcurl once per process; safe from any thread. Returns NULL, or the reason for its failure.
const char *ccurl_load(void);

CURL *ccurl_easy_new(void);
void ccurl_easy_free(CURL *easy);
// Forgets every option, keeps live connections and caches.
void ccurl_easy_reset(CURL *easy);
CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *easy, CURLoption option, int64_t value);
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value);
// The bytes are copied.
CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count);
CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *list);

typedef size_t (*ccurl_data_callback)(char *bytes, size_t size, size_t count, void *context);
CURLcode ccurl_set_write(CURL *easy, ccurl_data_callback callback, void *context);
CURLcode ccurl_set_header(CURL *easy, ccurl_data_callback callback, void *context);
CURLcode ccurl_set_read(CURL *easy, ccurl_data_callback callback, void *context);

// At least CURL_ERROR_SIZE bytes, which must live as long as the handle uses them.
CURLcode ccurl_set_error_buffer(CURL *easy, char *buffer);

// The authentication to offer to proxies: a name and a password, but not GSSAPI, which is not part of this program.
static const long ccurl_proxy_authentication = CURLAUTH_BASIC;

CURLcode ccurl_pause(CURL *easy, int mask);
const char *ccurl_error_text(CURLcode code);

struct curl_slist *ccurl_list_append(struct curl_slist *list, const char *text);
void ccurl_list_free(struct curl_slist *list);

CURLM *ccurl_multi_new(void);
// Closes every connection. No easy handle may be left in it.
void ccurl_multi_free(CURLM *multi);
CURLMcode ccurl_multi_add(CURLM *multi, CURL *easy);
CURLMcode ccurl_multi_remove(CURLM *multi, CURL *easy);
CURLMcode ccurl_multi_perform(CURLM *multi, int *running);
CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds);
CURLMcode ccurl_multi_wakeup(CURLM *multi);
// The next finished transfer, or NULL; its result goes to `*code`.
CURL *ccurl_multi_next_finished(CURLM *multi, CURLcode *code);
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);

// Resolves `reference` against `base` (RFC 3986) and leaves every byte of its query as it is.
// Returns a malloc'ed string, or NULL when one of them is no URL.
char *ccurl_url_resolve(const char *base, const char *reference);
// One part of a URL as a malloc'ed string, or NULL when it has none.
char *ccurl_url_part(const char *url, CURLUPart part);
// Percent-encodes everything but unreserved characters. Returns a malloc'ed string.
char *ccurl_escape(const char *text);
// Seconds since 1970 of an HTTP date, or -1.
int64_t ccurl_parse_date(const char *text);

// The number of calls of functions of protocols other than HTTP, which are not part of this program: 0.
int ccurl_foreign_calls(void);
