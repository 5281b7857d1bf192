#include "ccurl.h"
#include <stdatomic.h>

// Debian's libcurl.a also speaks protocols that no registry uses: it names functions of GSSAPI, LDAP, SSH and RTMP, for
// which there are no static libraries. These functions take their place. All of them fail; none is ever called, because
// requests are limited to HTTP, and proxies to the authentication that HTTP defines.

static atomic_int calls;

int ccurl_foreign_calls(void) { return calls; }

#define FOREIGN(name)                                                                                                  \
    long name(void);                                                                                                   \
    long name(void) {                                                                                                  \
        calls++;                                                                                                       \
        return -1;                                                                                                     \
    }

// The functions that curl_global_init() and curl_version() do call.
int libssh2_init(int flags);
void libssh2_exit(void);
const char *libssh2_version(int required);
int libssh2_init(int flags) { return flags * 0; }
void libssh2_exit(void) {}
const char *libssh2_version(int required) { return required ? 0 : "none"; }

extern const void *GSS_C_NT_HOSTBASED_SERVICE;
const void *GSS_C_NT_HOSTBASED_SERVICE = 0;

FOREIGN(gss_delete_sec_context)
FOREIGN(gss_display_name)
FOREIGN(gss_display_status)
FOREIGN(gss_import_name)
FOREIGN(gss_init_sec_context)
FOREIGN(gss_inquire_context)
FOREIGN(gss_release_buffer)
FOREIGN(gss_release_name)
FOREIGN(gss_unwrap)
FOREIGN(gss_wrap)

FOREIGN(ber_bvfree)
FOREIGN(ber_free)
FOREIGN(ber_memfree)
FOREIGN(ber_memvfree)
FOREIGN(ber_sockbuf_add_io)
FOREIGN(ldap_abandon_ext)
FOREIGN(ldap_err2string)
FOREIGN(ldap_free_urldesc)
FOREIGN(ldap_get_attribute_ber)
FOREIGN(ldap_get_dn_ber)
FOREIGN(ldap_get_option)
FOREIGN(ldap_init_fd)
FOREIGN(ldap_memfree)
FOREIGN(ldap_msgfree)
FOREIGN(ldap_msgtype)
FOREIGN(ldap_parse_result)
FOREIGN(ldap_parse_sasl_bind_result)
FOREIGN(ldap_pvt_url_scheme2proto)
FOREIGN(ldap_result)
FOREIGN(ldap_sasl_bind)
FOREIGN(ldap_search_ext)
FOREIGN(ldap_set_option)
FOREIGN(ldap_start_tls)
FOREIGN(ldap_unbind_ext)
FOREIGN(ldap_url_parse)

FOREIGN(libssh2_agent_connect)
FOREIGN(libssh2_agent_disconnect)
FOREIGN(libssh2_agent_free)
FOREIGN(libssh2_agent_get_identity)
FOREIGN(libssh2_agent_init)
FOREIGN(libssh2_agent_list_identities)
FOREIGN(libssh2_agent_userauth)
FOREIGN(libssh2_channel_free)
FOREIGN(libssh2_channel_read_ex)
FOREIGN(libssh2_channel_send_eof)
FOREIGN(libssh2_channel_wait_closed)
FOREIGN(libssh2_channel_wait_eof)
FOREIGN(libssh2_channel_write_ex)
FOREIGN(libssh2_hostkey_hash)
FOREIGN(libssh2_knownhost_add)
FOREIGN(libssh2_knownhost_checkp)
FOREIGN(libssh2_knownhost_del)
FOREIGN(libssh2_knownhost_free)
FOREIGN(libssh2_knownhost_get)
FOREIGN(libssh2_knownhost_init)
FOREIGN(libssh2_knownhost_readfile)
FOREIGN(libssh2_knownhost_writefile)
FOREIGN(libssh2_scp_recv2)
FOREIGN(libssh2_scp_send64)
FOREIGN(libssh2_session_abstract)
FOREIGN(libssh2_session_block_directions)
FOREIGN(libssh2_session_callback_set)
FOREIGN(libssh2_session_disconnect_ex)
FOREIGN(libssh2_session_flag)
FOREIGN(libssh2_session_free)
FOREIGN(libssh2_session_handshake)
FOREIGN(libssh2_session_hostkey)
FOREIGN(libssh2_session_init_ex)
FOREIGN(libssh2_session_last_errno)
FOREIGN(libssh2_session_last_error)
FOREIGN(libssh2_session_method_pref)
FOREIGN(libssh2_session_set_blocking)
FOREIGN(libssh2_sftp_close_handle)
FOREIGN(libssh2_sftp_init)
FOREIGN(libssh2_sftp_last_error)
FOREIGN(libssh2_sftp_mkdir_ex)
FOREIGN(libssh2_sftp_open_ex)
FOREIGN(libssh2_sftp_read)
FOREIGN(libssh2_sftp_readdir_ex)
FOREIGN(libssh2_sftp_rename_ex)
FOREIGN(libssh2_sftp_rmdir_ex)
FOREIGN(libssh2_sftp_seek64)
FOREIGN(libssh2_sftp_shutdown)
FOREIGN(libssh2_sftp_stat_ex)
FOREIGN(libssh2_sftp_statvfs)
FOREIGN(libssh2_sftp_symlink_ex)
FOREIGN(libssh2_sftp_unlink_ex)
FOREIGN(libssh2_sftp_write)
FOREIGN(libssh2_userauth_authenticated)
FOREIGN(libssh2_userauth_keyboard_interactive_ex)
FOREIGN(libssh2_userauth_list)
FOREIGN(libssh2_userauth_password_ex)
FOREIGN(libssh2_userauth_publickey_fromfile_ex)

FOREIGN(RTMP_Alloc)
FOREIGN(RTMP_Close)
FOREIGN(RTMP_Connect1)
FOREIGN(RTMP_ConnectStream)
FOREIGN(RTMP_Free)
FOREIGN(RTMP_Init)
FOREIGN(RTMP_Read)
FOREIGN(RTMP_SetBufferMS)
FOREIGN(RTMP_SetupURL)
FOREIGN(RTMP_Write)
