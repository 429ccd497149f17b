// SPDX-License-Identifier: GPL-2.0
/*
 * TLS 1.3 with both certificates, and no authority: a peer's certificate is the
 * pinned one, byte for byte, or there is no link.
 */
#include <openssl/err.h>
#include <string.h>

#include "link_conn.h"

/* Does who is there follow from the certificate, and is it whom we dialed? */
static int on_certificate(X509_STORE_CTX *store, void *arg)
{
	struct links *links = arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
					      SSL_get_ex_data_X509_STORE_CTX_idx());
	struct link *l = SSL_get_app_data(ssl);
	X509 *cert = X509_STORE_CTX_get0_cert(store);
	uint8_t pin[IDENTITY_PIN_LEN];
	unsigned int i;

	identity_pin(pin, cert);
	for (i = 0; i < links->config.peer_nr; i++)
		if (!memcmp(pin, links->config.peer[i].pin, sizeof(pin)))
			break;
	if (i == links->config.peer_nr || (l->dial && l->dial->who != i)) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
		return 0;
	}
	l->who = i;
	return 1;
}

SSL_CTX *link_tls_create(struct links *links, struct words *why)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_method());
	bool ok = tls &&
		SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) &&
		SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256") &&
		SSL_CTX_use_certificate(tls, links->config.self->cert) == 1 &&
		SSL_CTX_use_PrivateKey(tls, links->config.self->key) == 1 &&
		SSL_CTX_set_num_tickets(tls, 0);

	if (!ok) {
		ERR_clear_error();
		SSL_CTX_free(tls);
		words_set(why, "OpenSSL refuses our key or certificate");
		return NULL;
	}
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(tls, on_certificate, links);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* One read() for many records */
	SSL_CTX_set_read_ahead(tls, 1);
	SSL_CTX_set_default_read_buffer_len(tls, LINK_TLS_BUFFER);
	return tls;
}
