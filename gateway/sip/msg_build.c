/* SPDX-License-Identifier: Apache-2.0 */
/* Writes requests and responses (RFC 3261 sections 8.1.1, 8.2.6). Pure but
 * for the random tokens. */
#include "gateway/sip/msg_build.h"

#include "base/rand.h"

struct phrase {
	uint16_t    status;
	const char *text;
};

static const struct phrase phrases[] = {
	{ 100, "Trying" }, { 180, "Ringing" },
	{ 181, "Call Is Being Forwarded" }, { 182, "Queued" },
	{ 183, "Session Progress" }, { 199, "Early Dialog Terminated" },
	{ 200, "OK" }, { 202, "Accepted" }, { 204, "No Notification" },
	{ 300, "Multiple Choices" }, { 301, "Moved Permanently" },
	{ 302, "Moved Temporarily" }, { 305, "Use Proxy" },
	{ 380, "Alternative Service" }, { 400, "Bad Request" },
	{ 401, "Unauthorized" }, { 402, "Payment Required" },
	{ 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" }, { 410, "Gone" },
	{ 412, "Conditional Request Failed" },
	{ 413, "Request Entity Too Large" }, { 414, "Request-URI Too Long" },
	{ 415, "Unsupported Media Type" }, { 416, "Unsupported URI Scheme" },
	{ 417, "Unknown Resource-Priority" }, { 420, "Bad Extension" },
	{ 421, "Extension Required" },
	{ 422, "Session Interval Too Small" },
	{ 423, "Interval Too Brief" }, { 424, "Bad Location Information" },
	{ 428, "Use Identity Header" }, { 429, "Provide Referrer Identity" },
	{ 430, "Flow Failed" }, { 433, "Anonymity Disallowed" },
	{ 436, "Bad Identity Info" }, { 437, "Unsupported Credential" },
	{ 438, "Invalid Identity Header" },
	{ 439, "First Hop Lacks Outbound Support" },
	{ 440, "Max-Breadth Exceeded" }, { 469, "Bad Info Package" },
	{ 470, "Consent Needed" }, { 480, "Temporarily Unavailable" },
	{ 481, "Call/Transaction Does Not Exist" },
	{ 482, "Loop Detected" }, { 483, "Too Many Hops" },
	{ 484, "Address Incomplete" }, { 485, "Ambiguous" },
	{ 486, "Busy Here" }, { 487, "Request Terminated" },
	{ 488, "Not Acceptable Here" }, { 489, "Bad Event" },
	{ 491, "Request Pending" }, { 493, "Undecipherable" },
	{ 494, "Security Agreement Required" },
	{ 500, "Server Internal Error" }, { 501, "Not Implemented" },
	{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
	{ 504, "Server Time-out" }, { 505, "Version Not Supported" },
	{ 513, "Message Too Large" }, { 555, "Push Notification Service "
	  "Not Supported" }, { 580, "Precondition Failure" },
	{ 600, "Busy Everywhere" }, { 603, "Decline" },
	{ 604, "Does Not Exist Anywhere" }, { 606, "Not Acceptable" },
	{ 607, "Unwanted" }, { 608, "Rejected" },
};

const char *sip_reason(uint16_t status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Unknown";
}

void sip_new_branch(char out[SIP_BRANCH_MAX])
{
	static const char cookie[] = "z9hG4bK";
	size_t i;

	for (i = 0; cookie[i]; i++)
		out[i] = cookie[i];
	rand_token(out + i, 20);
}

void sip_new_tag(char out[SIP_TAG_MAX])
{
	rand_token(out, 13);
}

void sip_new_call_id(char out[SIP_CALL_ID_MAX])
{
	rand_token(out, 25);
}

static void add_line(struct buf *b, enum sip_hid id, struct str val)
{
	buf_addz(b, sip_hdr_name(id));
	buf_addz(b, ": ");
	buf_adds(b, val);
	buf_addz(b, "\r\n");
}

/* Content-Length, the empty line and the body. */
static void add_body(struct buf *b, struct str body)
{
	buf_addf(b, "Content-Length: %zu\r\n\r\n", body.l);
	buf_adds(b, body);
}

static void add_request_line(struct buf *b, struct str method,
			     struct str ruri)
{
	buf_adds(b, method);
	buf_addc(b, ' ');
	buf_adds(b, ruri);
	buf_addz(b, " SIP/2.0\r\n");
}

void sip_build_request(struct buf *b, const struct sip_request *r,
		       const char *transport, struct str sent_by)
{
	char branch[SIP_BRANCH_MAX];

	add_request_line(b, r->method, r->ruri);
	buf_addf(b, "Via: SIP/2.0/%s ", transport);
	buf_adds(b, sent_by);
	buf_addz(b, ";branch=");
	if (str_is_empty(r->branch)) {
		sip_new_branch(branch);
		buf_addz(b, branch);
	} else {
		buf_adds(b, r->branch);
	}
	buf_addz(b, ";rport\r\n");
	buf_adds(b, r->headers);
	add_body(b, r->body);
}

/* The parameters of a Via but received and rport. */
static void add_via_params(struct buf *b, struct str params)
{
	struct str name, val;

	while (sip_param_next(&params, &name, &val)) {
		if (str_ieqz(name, "received") || str_ieqz(name, "rport"))
			continue;
		buf_addc(b, ';');
		buf_adds(b, name);
		/* a quoted value keeps its quotes */
		if (val.p && val.p[-1] == '"') {
			buf_addc(b, '=');
			buf_adds(b, str_pl(val.p - 1, val.l + 2));
		} else if (val.p) {
			buf_addc(b, '=');
			buf_adds(b, val);
		}
	}
}

/* RFC 3261 section 18.2.1, RFC 3581 section 4: where the request really
 * came from. */
static void add_top_via(struct buf *b, const struct sip_msg *req)
{
	const struct sip_via *v = &req->via;
	char ip[ADDR_TEXT_MAX];
	struct addr host;
	bool same = !addr_parse_ip(&host, v->host) &&
		    addr_eq_ip(&host, &req->src);

	if (str_is_empty(v->host) || req->src.family == AF_UNSPEC) {
		add_line(b, SIP_HDR_VIA, v->raw);
		return;
	}
	buf_addz(b, "Via: SIP/2.0/");
	buf_adds(b, v->transport);
	buf_addc(b, ' ');
	if (str_chr(v->host, ':') >= 0)
		buf_addf(b, "[%.*s]", STR_FMT(v->host));
	else
		buf_adds(b, v->host);
	if (v->port)
		buf_addf(b, ":%u", v->port);
	add_via_params(b, v->params);
	if (!same || v->has_rport)
		buf_addf(b, ";received=%s", addr_print_ip(ip, &req->src));
	if (v->has_rport)
		buf_addf(b, ";rport=%u", req->src.port);
	buf_addz(b, "\r\n");
}

static void add_to(struct buf *b, const struct sip_msg *req, uint16_t status,
		   struct str tag)
{
	buf_addz(b, "To: ");
	buf_adds(b, req->to.raw);
	if (str_is_empty(req->to.tag) && status > 100 &&
	    !str_is_empty(tag)) {
		buf_addz(b, ";tag=");
		buf_adds(b, tag);
	}
	buf_addz(b, "\r\n");
}

static void add_copies(struct buf *b, const struct sip_msg *req,
		       uint16_t status, struct str tag)
{
	bool top = true, record = status > 100 && status < 300;

	for (unsigned i = 0; i < req->n_hdrs; i++) {
		const struct sip_hdr *h = &req->hdrs[i];

		if (h->id == SIP_HDR_VIA && top) {
			add_top_via(b, req);
			top = false;
		} else if (h->id == SIP_HDR_VIA ||
			   (h->id == SIP_HDR_RECORD_ROUTE && record) ||
			   (h->id == SIP_HDR_TIMESTAMP && status == 100)) {
			add_line(b, h->id, h->val);
		}
	}
	if (req->from.raw.l)
		add_line(b, SIP_HDR_FROM, req->from.raw);
	if (req->to.raw.l)
		add_to(b, req, status, tag);
	if (req->call_id.l)
		add_line(b, SIP_HDR_CALL_ID, req->call_id);
	if (sip_msg_hdr(req, SIP_HDR_CSEQ, 0))
		add_line(b, SIP_HDR_CSEQ, sip_msg_val(req, SIP_HDR_CSEQ));
}

void sip_build_response(struct buf *b, const struct sip_msg *req,
			const struct sip_response *r, struct str tag)
{
	buf_addf(b, "SIP/2.0 %u ", r->status);
	buf_addz(b, r->reason ? r->reason : sip_reason(r->status));
	buf_addz(b, "\r\n");
	add_copies(b, req, r->status, tag);
	buf_adds(b, r->headers);
	add_body(b, r->body);
}

void sip_build_same(struct buf *b, const struct sip_msg *req,
		    const char *method, struct str to, struct str extra)
{
	const struct sip_hdr *h;

	add_request_line(b, str_z(method), req->ruri.raw);
	add_line(b, SIP_HDR_VIA, req->via.raw);
	for (unsigned i = 0; (h = sip_msg_hdr(req, SIP_HDR_ROUTE, i)); i++)
		add_line(b, SIP_HDR_ROUTE, h->val);
	buf_addf(b, "Max-Forwards: 70\r\n");
	add_line(b, SIP_HDR_FROM, req->from.raw);
	add_line(b, SIP_HDR_TO, to);
	add_line(b, SIP_HDR_CALL_ID, req->call_id);
	buf_addf(b, "CSeq: %u %s\r\n", req->cseq.num, method);
	buf_adds(b, extra);
	add_body(b, STR_NULL);
}
