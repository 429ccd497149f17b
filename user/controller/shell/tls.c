// SPDX-License-Identifier: GPL-2.0
/*
 * TLS 1.3 with both certificates: signed by an authority of the domain, valid today, and
 * with the name of somebody we know; or there is no link.
 */
#include <openssl/err.h>
#include <string.h>

#include "link_conn.h"

/* Bytes of ashlar://DOMAIN/ */
static size_t domain_len(const char *name)
{
	const char *slash = strchr(name + strlen("ashlar://"), '/');

	return slash ? (size_t)(slash - name) + 1 : strlen(name);
}

static bool is_known(struct link *l, const char *name)
{
	const struct links_config *config = &l->links->config;
	const char *wanted = l->dial ? config->peer[l->dial->who].name : NULL;
	size_t len = domain_len(config->peer[0].name);
	unsigned int i;

	if (strncmp(name, config->peer[0].name, len))
		return words_set(&l->refused, "it is of another domain: %s",
				 name);
	for (i = 0; i < config->peer_nr; i++)
		if (!strcmp(name, config->peer[i].name))
			break;
	if (i == config->peer_nr)
		return words_set(&l->refused, "nobody knows its name: %s", name);
	if (wanted && strcmp(name, wanted))
		return words_set(&l->refused, "it has another name: %s", name);
	l->who = i;
	return true;
}

/* Who is there follows from the certificate: that is checked in any case, its name afterwards. */
static int on_certificate(X509_STORE_CTX *store, void *unused)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
					      SSL_get_ex_data_X509_STORE_CTX_idx());
	struct link *l = SSL_get_app_data(ssl);
	char name[IDENTITY_NAME_MAX];

	(void)unused;
	if (X509_verify_cert(store) != 1) {
		words_set(&l->refused, "%s",
			  identity_error(X509_STORE_CTX_get_error(store)));
		return 0;
	}
	if (identity_name_of(name, X509_STORE_CTX_get0_cert(store),
			     &l->refused) && is_known(l, name))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

/*
 * A peer that sends key updates or tickets without end would never let SSL_read() return.
 * None of ours sends any, and after a few the link is at its end.
 */
static void on_message(int written, int version, int type, const void *bytes,
		       size_t len, SSL *ssl, void *unused)
{
	struct link *l = SSL_get_app_data(ssl);

	(void)version;
	(void)bytes;
	(void)len;
	(void)unused;
	if (written || type != SSL3_RT_HANDSHAKE || l->state != LINK_UP ||
	    ++l->chatter <= LINK_CHATTER_MAX)
		return;
	words_set(&l->refused, "it keeps TLS busy");
	SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
}

void link_tls_words(const struct link *l, struct words *why)
{
	unsigned long error = ERR_get_error();

	if (l->refused.text[0])
		*why = l->refused;
	else if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		words_set(why, "it went away during the handshake");
	else if (ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		words_set(why, "it has no certificate");
	else if (ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET)
		words_set(why, "it refuses us: %s",
			  SSL_alert_desc_string_long(ERR_GET_REASON(error) -
						     SSL_AD_REASON_OFFSET));
	else
		words_set(why, "it does not speak TLS 1.3: %s",
			  ERR_reason_error_string(error));
	ERR_clear_error();
}

SSL_CTX *link_tls_create(const struct identity *self, X509_STORE *authority,
			 struct words *why)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_method());
	bool ok = tls &&
		SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) &&
		SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") &&
		SSL_CTX_use_certificate(tls, self->cert) == 1 &&
		SSL_CTX_use_PrivateKey(tls, self->key) == 1 &&
		SSL_CTX_set_num_tickets(tls, 0);

	if (!ok) {
		ERR_clear_error();
		SSL_CTX_free(tls);
		words_set(why, "OpenSSL refuses our key or certificate");
		return NULL;
	}
	SSL_CTX_set1_cert_store(tls, authority);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(tls, on_certificate, NULL);
	SSL_CTX_set_msg_callback(tls, on_message);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* One read() for many records */
	SSL_CTX_set_read_ahead(tls, 1);
	SSL_CTX_set_default_read_buffer_len(tls, LINK_TLS_BUFFER);
	return tls;
}
