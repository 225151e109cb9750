/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIP over TLS 1.2 and 1.3 (RFC 3261 section 26.3.1): a layer on the
 * connections of transport_tcp.c. Servers are verified against the CA file
 * and by name as RFC 5922 says. OpenSSL allocates for itself.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/mem.h"
#include "base/metric.h"
#include "gateway/sip/sip_stack.h"
#include "gateway/sip/transport_tcp.h"

/* Shared by the TLS transports of a stack. */
struct tls_ctx {
	SSL_CTX    *server, *client;
	BIO_METHOD *bio;
	unsigned    n_transports;
};

static METRIC_COUNT(handshakes_failed, "tipring_sip_tls_failures_total",
		    "TLS handshakes that failed, certificates included");

/* --- errors ------------------------------------------------------------ */

static const char *why(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *text = e ? ERR_reason_error_string(e) : NULL;

	return text ? text : "connection closed";
}

static int bad_file(const struct log_tag *tag, const char *what,
		    const char *path)
{
	log_err(tag, "TLS file unusable", "%s=%s error=\"%s\"", what,
		path ? path : "", why());
	return EINVAL;
}

/* --- the socket as OpenSSL sees it -------------------------------------
 * Our own, because OpenSSL's socket BIO writes without MSG_NOSIGNAL. */

static int bio_result(BIO *b, ssize_t n)
{
	BIO_clear_retry_flags(b);
	return n < 0 ? -1 : (int)n;
}

static int bio_read(BIO *b, char *p, int n)
{
	struct tcp_conn *c = BIO_get_data(b);
	ssize_t got = recv(c->fd, p, (size_t)n, 0);
	int result = bio_result(b, got);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	return result;
}

static int bio_write(BIO *b, const char *p, int n)
{
	struct tcp_conn *c = BIO_get_data(b);
	ssize_t put = send(c->fd, p, (size_t)n, MSG_NOSIGNAL);
	int result = bio_result(b, put);

	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(b);
	return result;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() |
				     BIO_TYPE_SOURCE_SINK, "tipring");

	if (!m)
		return NULL;
	if (BIO_meth_set_read(m, bio_read) &&
	    BIO_meth_set_write(m, bio_write) &&
	    BIO_meth_set_ctrl(m, bio_ctrl))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* --- contexts ---------------------------------------------------------- */

static void ctx_free(struct tls_ctx *ctx)
{
	if (!ctx)
		return;
	SSL_CTX_free(ctx->server);
	SSL_CTX_free(ctx->client);
	BIO_meth_free(ctx->bio);
	mem_free(ctx);
}

static int load_own(SSL_CTX *c, const struct sip_tls_params *p,
		    const struct log_tag *tag)
{
	if (SSL_CTX_use_certificate_chain_file(c, p->cert_file) != 1)
		return bad_file(tag, "certificate", p->cert_file);
	if (SSL_CTX_use_PrivateKey_file(c, p->key_file,
					SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(c) != 1)
		return bad_file(tag, "key", p->key_file);
	return 0;
}

static int load_ca(SSL_CTX *c, const struct sip_tls_params *p,
		   const struct log_tag *tag)
{
	bool own = p->ca_file && p->ca_file[0];
	int ok = own ? SSL_CTX_load_verify_locations(c, p->ca_file, NULL) :
		       SSL_CTX_set_default_verify_paths(c);

	return ok == 1 ? 0 : bad_file(tag, "ca_file", p->ca_file);
}

static int new_side(SSL_CTX **cp, const SSL_METHOD *method,
		    const struct sip_tls_params *p, const struct log_tag *tag)
{
	SSL_CTX *c = SSL_CTX_new(method);
	int err;

	if (!c)
		return ENOMEM;
	*cp = c;        /* freed with the rest */
	SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
	SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION |
			    SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			 SSL_MODE_RELEASE_BUFFERS);
	err = load_ca(c, p, tag);
	return !err && p->cert_file ? load_own(c, p, tag) : err;
}

static int ctx_new(struct tls_ctx **xp, const struct sip_tls_params *p,
		   const struct log_tag *tag)
{
	struct tls_ctx *x = mem_alloc(sizeof(*x));
	int err;

	if (!x)
		return ENOMEM;
	ERR_clear_error();
	x->bio = bio_method();
	err = x->bio ? 0 : ENOMEM;
	err = err ? err : new_side(&x->server, TLS_server_method(), p, tag);
	err = err ? err : new_side(&x->client, TLS_client_method(), p, tag);
	if (err) {
		ctx_free(x);
		return err;
	}
	SSL_CTX_set_verify(x->server, p->require_client ? SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT :
			   SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_verify(x->client, p->no_verify ? SSL_VERIFY_NONE :
			   SSL_VERIFY_PEER, NULL);
	*xp = x;
	return 0;
}

/* --- whose certificate is it? ------------------------------------------ */

static bool is_ip(const char *name)
{
	struct addr a;

	return !addr_parse_ip(&a, str_z(name));
}

/* RFC 5922 section 7.1: subjectAltName "sip:domain", without user. 1: it is
 * there, 0: there are others, -1: there are none. */
static int match_sip_uri(X509 *cert, const char *name)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
						NULL, NULL);
	int result = -1;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		struct sip_uri u;
		struct str text;

		if (g->type != GEN_URI)
			continue;
		text = str_pl(ASN1_STRING_get0_data(
				g->d.uniformResourceIdentifier),
			      (size_t)ASN1_STRING_length(
				g->d.uniformResourceIdentifier));
		if (!str_istarts(text, "sip:") || sip_uri_parse(&u, text) ||
		    u.has_user)
			continue;
		if (result < 1)
			result = str_ieqz(u.host, name);
	}
	GENERAL_NAMES_free(names);
	return result;
}

/* Section 7.2: wildcards do not match in SIP. */
static bool is_for(X509 *cert, const char *name)
{
	int sip;

	if (is_ip(name))
		return X509_check_ip_asc(cert, name, 0) == 1;
	sip = match_sip_uri(cert, name);
	if (sip >= 0)
		return sip == 1;
	return X509_check_host(cert, name, strlen(name),
			       X509_CHECK_FLAG_NO_WILDCARDS, NULL) == 1;
}

static int check_server(struct tcp_conn *c, SSL *ssl)
{
	const struct sip_tls_params *p = c->flow->tp->stack->p.tls;
	X509 *cert;
	bool ok;

	if (p->no_verify)
		return 0;
	cert = SSL_get1_peer_certificate(ssl);
	ok = cert && is_for(cert, c->name);
	X509_free(cert);
	if (ok)
		return 0;
	log_warn(&c->flow->tag, "certificate is for somebody else",
		 "wanted=%s", c->name);
	return EACCES;
}

/* --- the layer --------------------------------------------------------- */

static int result_of(struct tcp_conn *c, SSL *ssl, int ret)
{
	switch (SSL_get_error(ssl, ret)) {
	case SSL_ERROR_NONE:
		return 0;
	case SSL_ERROR_WANT_READ:
		c->want = IO_READ;
		return EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		c->want = IO_WRITE;
		return EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return EPIPE;
	case SSL_ERROR_SYSCALL:
		c->broken = true;
		return ECONNRESET;
	default:
		c->broken = true;
		return EPROTO;
	}
}

static int open_ssl(struct tcp_conn *c)
{
	struct tls_ctx *x = c->flow->tp->stack->tls_ctx;
	SSL *ssl = SSL_new(c->flow->incoming ? x->server : x->client);
	BIO *bio = ssl ? BIO_new(x->bio) : NULL;

	if (!bio) {
		SSL_free(ssl);
		return ENOMEM;
	}
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	c->priv = ssl;
	if (c->flow->incoming) {
		SSL_set_accept_state(ssl);
		return 0;
	}
	SSL_set_connect_state(ssl);
	if (!is_ip(c->name))
		(void)SSL_set_tlsext_host_name(ssl, c->name);
	return 0;
}

static int tls_start(struct tcp_conn *c)
{
	char peer[ADDR_TEXT_MAX];
	int err = c->priv ? 0 : open_ssl(c);

	if (err)
		return err;
	ERR_clear_error();
	err = result_of(c, c->priv, SSL_do_handshake(c->priv));
	if (!err && !c->flow->incoming)
		err = check_server(c, c->priv);
	if (!err || err == EAGAIN)
		return err;
	metric_add(&handshakes_failed, 1);
	log_warn(&c->flow->tag, "TLS handshake failed",
		 "remote=%s error=\"%s\" verify=\"%s\"",
		 addr_print(peer, &c->flow->remote), why(),
		 X509_verify_cert_error_string(SSL_get_verify_result(
			c->priv)));
	return err;
}

static int tls_read(struct tcp_conn *c, void *p, size_t n, size_t *np)
{
	int err;

	ERR_clear_error();
	err = result_of(c, c->priv, SSL_read_ex(c->priv, p, n, np));
	if (err != EPIPE)
		return err;
	*np = 0;
	return 0;
}

static int tls_write(struct tcp_conn *c, const void *p, size_t n, size_t *np)
{
	ERR_clear_error();
	return result_of(c, c->priv, SSL_write_ex(c->priv, p, n, np));
}

static void tls_stop(struct tcp_conn *c)
{
	if (!c->priv)
		return;
	/* says good-bye if that goes at once; after a failed handshake it
	 * must not */
	ERR_clear_error();
	if (SSL_is_init_finished(c->priv) && !c->broken)
		(void)SSL_shutdown(c->priv);
	SSL_free(c->priv);
	c->priv = NULL;
}

static const struct tcp_layer layer = {
	tls_start, tls_read, tls_write, tls_stop,
};

const struct tcp_layer *tls_layer(void)
{
	return &layer;
}

/* --- the transport ----------------------------------------------------- */

static int tls_listen(struct sip_transport *t)
{
	struct sip_stack *s = t->stack;
	struct tls_ctx *x;
	int err;

	if (!s->p.tls || !s->p.tls->cert_file || !s->p.tls->key_file)
		return EINVAL;
	if (!s->tls_ctx) {
		err = ctx_new(&x, s->p.tls, &s->tag);
		if (err)
			return err;
		s->tls_ctx = x;
	}
	x = s->tls_ctx;
	err = tcp_listen(t);
	if (!err) {
		x->n_transports++;
	} else if (!x->n_transports) {
		ctx_free(x);
		s->tls_ctx = NULL;
	}
	return err;
}

static void tls_close(struct sip_transport *t)
{
	struct tls_ctx *x = t->stack->tls_ctx;

	tcp_close(t);
	if (--x->n_transports == 0) {
		t->stack->tls_ctx = NULL;
		ctx_free(x);
	}
}

static int tls_connect(struct sip_flow *f, const char *name)
{
	char ip[ADDR_TEXT_MAX];

	return tcp_connect_with(f, name ? name :
				addr_print_ip(ip, &f->remote), &layer);
}

const struct sip_transport_ops sip_tls_ops = {
	.name = "TLS", .kind = SIP_TLS, .reliable = true, .secure = true,
	.listen = tls_listen, .connect = tls_connect, .send = tcp_send,
	.close_flow = tcp_close_flow, .close = tls_close,
};
