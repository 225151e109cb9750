/* SPDX-License-Identifier: Apache-2.0 */
/* PIDF-LO documents, the headers that name them, bodies of two parts. */
#include "gateway/call/geolocation.h"

#include <stdio.h>

#include "base/rand.h"
#include "gateway/route/place.h"
#include "gateway/sip/msg_build.h"
#include "gateway/sip/session.h"

enum {
	HEADERS_MAX  = 2048,
	DOCUMENT_MAX = 16384,   /* of a caller's phone */
	REFERENCES   = 4,       /* URIs passed on */
};

void geolocation_init(struct geolocation *g)
{
	buf_init(&g->headers, HEADERS_MAX);
	buf_init(&g->document, DOCUMENT_MAX);
	g->id[0] = g->boundary[0] = g->body_type[0] = '\0';
}

void geolocation_fini(struct geolocation *g)
{
	buf_fini(&g->headers);
	buf_fini(&g->document);
}

/* RFC 6442 section 4.4: routing by it is allowed, that is what it is for. */
static void add_routing(struct geolocation *g)
{
	buf_addz(&g->headers, "Geolocation-Routing: yes\r\n");
}

/* The name of the part in the header and in Content-ID (RFC 2392). The
 * boundary must not occur in a part (RFC 2046 section 5.1.1): the caller's
 * document is at hand before it is drawn, and nobody guesses it. */
static void add_cid(struct geolocation *g, struct str domain)
{
	snprintf(g->id, sizeof(g->id), "place@%.*s", STR_FMT(domain));
	buf_addf(&g->headers, "Geolocation: <cid:%s>\r\n", g->id);
	rand_token(g->boundary, sizeof(g->boundary));
	snprintf(g->body_type, sizeof(g->body_type),
		 "multipart/mixed;boundary=%s", g->boundary);
}

static void add_escaped(struct buf *b, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buf_addz(b, "&lt;");
			break;
		case '>':
			buf_addz(b, "&gt;");
			break;
		case '&':
			buf_addz(b, "&amp;");
			break;
		default:
			buf_addc(b, *text);
		}
	}
}

/* RFC 5491 section 5.2. */
static void add_point(struct buf *b, const struct place_conf *p)
{
	if (p->radius_m)
		buf_addf(b, "<gs:Circle srsName=\"urn:ogc:def:crs:EPSG::4326\">"
			 "<gml:pos>%s</gml:pos><gs:radius "
			 "uom=\"urn:ogc:def:uom:EPSG::9001\">%d</gs:radius>"
			 "</gs:Circle>\r\n", p->point, p->radius_m);
	else
		buf_addf(b, "<gml:Point srsName=\"urn:ogc:def:crs:EPSG::4326\">"
			 "<gml:pos>%s</gml:pos></gml:Point>\r\n", p->point);
}

/* RFC 4119 section 2.2.1 and RFC 5139 section 3.1, in their order. */
static void add_civic(struct buf *b, const struct place_conf *p)
{
	const struct { const char *element, *text; } t[] = {
		{ "country", p->country }, { "A1", p->a1 }, { "A2", p->a2 },
		{ "A3", p->a3 }, { "A4", p->a4 }, { "RD", p->road },
		{ "HNO", p->house_number }, { "NAM", p->name },
		{ "PC", p->postal_code }, { "BLD", p->building },
		{ "FLR", p->floor }, { "ROOM", p->room },
	};

	buf_addz(b, "<ca:civicAddress>\r\n");
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (!t[i].text[0])
			continue;
		buf_addf(b, "<ca:%s>", t[i].element);
		add_escaped(b, t[i].text);
		buf_addf(b, "</ca:%s>\r\n", t[i].element);
	}
	buf_addz(b, "</ca:civicAddress>\r\n");
}

static void add_document(struct buf *b, const struct place_conf *p,
			 struct str domain)
{
	buf_addf(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
		 "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"\r\n"
		 " xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\"\r\n"
		 " xmlns:ca=\"urn:ietf:params:xml:ns:pidf:geopriv10:"
		 "civicAddr\"\r\n"
		 " xmlns:gml=\"http://www.opengis.net/gml\"\r\n"
		 " xmlns:gs=\"http://www.opengis.net/pidflo/1.0\"\r\n"
		 " entity=\"pres:anonymous@%.*s\">\r\n"
		 "<tuple id=\"place\"><status><gp:geopriv>\r\n"
		 "<gp:location-info>\r\n", STR_FMT(domain));
	if (p->point[0])
		add_point(b, p);
	else
		add_civic(b, p);
	buf_addz(b, "</gp:location-info>\r\n<gp:usage-rules/>\r\n"
		 "<gp:method>Manual</gp:method>\r\n"
		 "</gp:geopriv></status></tuple>\r\n</presence>\r\n");
}

static int result(const struct geolocation *g)
{
	return g->headers.err ? g->headers.err : g->document.err;
}

int geolocation_of_place(struct geolocation *g, const struct place_conf *p,
			 struct str domain)
{
	if (p->uri[0]) {
		buf_addf(&g->headers, "Geolocation: <%s>\r\n", p->uri);
	} else {
		add_cid(g, domain);
		add_document(&g->document, p, domain);
	}
	add_routing(g);
	return result(g);
}

/* "<https://lis.example/x>;param": fit to stand in a line of ours? */
static bool is_reference(struct str value)
{
	return value.l > 2 && value.l < 512 && value.p[0] == '<' &&
	       str_chr(value, '>') > 0 && !str_istarts(value, "<cid:") &&
	       str_chr(str_sub(value, 1, value.l), '<') < 0;
}

int geolocation_of_invite(struct geolocation *g, const struct sip_msg *m,
			  struct str domain)
{
	struct str doc = sip_session_part(m, "application/pidf+xml");
	const struct sip_hdr *h;

	if (!sip_msg_hdr_name(m, "Geolocation", 0))
		return 0;
	if (doc.l && doc.l <= DOCUMENT_MAX) {
		add_cid(g, domain);
		buf_adds(&g->document, doc);
	}
	for (unsigned i = 0; i < REFERENCES &&
	     (h = sip_msg_hdr_name(m, "Geolocation", i)); i++)
		if (is_reference(h->val))
			buf_addf(&g->headers, "Geolocation: %.*s\r\n",
				 STR_FMT(h->val));
	if (g->headers.len)
		add_routing(g);
	return result(g);
}

void geolocation_body(struct buf *out, struct str sdp,
		      const struct geolocation *g)
{
	buf_addf(out, "--%s\r\nContent-Type: application/sdp\r\n\r\n",
		 g->boundary);
	buf_adds(out, sdp);
	buf_addf(out, "\r\n--%s\r\nContent-Type: application/pidf+xml\r\n"
		 "Content-ID: <%s>\r\nContent-Disposition: by-reference;"
		 "handling=optional\r\n\r\n", g->boundary, g->id);
	buf_adds(out, buf_str(&g->document));
	buf_addf(out, "\r\n--%s--\r\n", g->boundary);
}
