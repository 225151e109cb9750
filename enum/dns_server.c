/* SPDX-License-Identifier: Apache-2.0 */
/* Health, speed and probes of one DNS server. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/metric.h"
#include "base/rand.h"
#include "enum/dns_msg.h"
#include "enum/dns_server.h"

static METRIC_COUNT(m_packets, "tipring_dns_packets_total",
		    "DNS packets sent, probes included");
static METRIC_COUNT(m_silent, "tipring_dns_silent_total",
		    "DNS attempts without an answer in time");
static METRIC_COUNT(m_forged, "tipring_dns_forged_answers_total",
		    "DNS answers with the wrong id or letters of another "
		    "case");
static METRIC_COUNT(m_downs, "tipring_dns_server_down_total",
		    "DNS servers given up until they answer a probe");
static METRIC_COUNT(m_refusals, "tipring_dns_refusals_total",
		    "Parts of trees left alone at a DNS server that refused "
		    "them again and again");
static METRIC(m_servers, METRIC_GAUGE, "tipring_dns_servers", NULL,
	      "DNS servers in use");
static METRIC(m_down, METRIC_GAUGE, "tipring_dns_servers_down", NULL,
	      "DNS servers that do not answer now");
static struct metric_hist h_answer = {
	.name = "tipring_dns_answer_seconds",
	.help = "Time from a DNS packet to its answer",
	.le = { .0002, .001, .002, .005, .01, .02, .05, .1, .3, 1, 2.5 } };

enum {
	STRIKES_DOWN   = 3,
	SILENCE_US     = 1000000,       /* and no answer for so long */
	PROBE_FIRST_MS = 250,
	PROBE_LAST_MS  = 4000,
	PROBES_MAX     = 3,             /* on their way */
	WINDOW_US      = 50000,         /* what is older is no burst */
	LATE_MIN_US    = 10000,
	MEASURE_US     = 10000000,
	PLAIN_US       = 600000000,
	HEADER         = 12,            /* bytes before the name */
	AD_BYTE        = 3,             /* of it: AD and nothing else */
};

static void probe(void *arg);

static void set_down(struct dns_server *s, bool down)
{
	if (s->down == down)
		return;
	s->down = down;
	metric_add(&m_down, down ? 1 : -1);
}

static void change(struct dns_server *s)
{
	if (!s->closing)
		s->conf.on_change(s, s->conf.arg);
}

/* RFC 6298, 2: the mean and the mean deviation. */
static void measured(struct dns_server *s, uint64_t took_us)
{
	uint32_t t = took_us < 1 ? 1 : took_us > 10000000 ? 10000000 :
		     (uint32_t)took_us;
	uint32_t off = t > s->usual_us ? t - s->usual_us : s->usual_us - t;

	metric_observe(&h_answer, (double)took_us / 1e6);
	s->measured_us = loop_now_us(s->loop);
	if (s->usual_us == 0) {
		s->usual_us = t;
		s->spread_us = t / 2;
		return;
	}
	s->spread_us = (uint32_t)((3ULL * s->spread_us + off) / 4);
	s->usual_us = (uint32_t)((7ULL * s->usual_us + t) / 8);
	if (s->usual_us == 0)
		s->usual_us = 1;
}

uint64_t dns_server_usual_us(const struct dns_server *s)
{
	uint64_t max = s->conf.timeout_ms * 1000ULL;
	uint64_t t = s->usual_us + 4ULL * s->spread_us;

	if (s->usual_us == 0 || t > max)
		return max;
	return t < LATE_MIN_US && LATE_MIN_US < max ? LATE_MIN_US : t;
}

/* It answered: whatever it said, it lives. */
static void heard(struct dns_server *s)
{
	if (s->down)
		log_notice(&s->tag, "dns server is back", "server=%s",
			   s->link->name);
	set_down(s, false);
	s->heard_us = loop_now_us(s->loop);
	s->quiet_us = 0;
	s->strikes = 0;
	s->probe_ms = PROBE_FIRST_MS;
	tmr_stop(&s->probe_tmr);
}

/* Down, once it has failed often and for long enough. hard: it certainly
 * did not get the packet. */
static void give_up(struct dns_server *s, bool hard)
{
	uint64_t now = loop_now_us(s->loop);

	if (s->down || s->strikes < STRIKES_DOWN ||
	    (!hard && now - s->quiet_us < SILENCE_US))
		return;
	set_down(s, true);
	s->stats.downs++;
	metric_add(&m_downs, 1);
	log_warn(&s->tag, "dns server does not answer", "server=%s",
		 s->link->name);
	change(s);
}

/* It failed to answer. */
static void strike(struct dns_server *s, bool hard)
{
	s->strikes++;
	if (!tmr_is_running(&s->probe_tmr) && !s->closing)
		tmr_start(s->loop, &s->probe_tmr, s->probe_ms, probe, s);
	give_up(s, hard);
}

void dns_try_strike(struct dns_try *t)
{
	bool silent = !t->struck && t->server->heard_us <= t->sent_us;

	t->struck = true;
	if (!silent)
		return;
	t->server->stats.silent++;
	metric_add(&m_silent, 1);
	strike(t->server, false);
}

/* Refusals -------------------------------------------------------------- */

void dns_server_good(struct dns_server *s, const char *name, uint16_t type)
{
	s->good_type = type;
	memcpy(s->good_name, name, strlen(name) + 1);
	if (dns_refusals_answered(&s->refusals, name, type))
		log_notice(&s->tag, "dns server answers again",
			   "server=%s name=%s", s->link->name,
			   name);
}

void dns_server_bad(struct dns_server *s, const char *name, uint16_t type,
		    unsigned rcode)
{
	const char *part = dns_refusals_add(&s->refusals, name, type, rcode,
					    loop_now_us(s->loop));

	if (!part)
		return;
	metric_add(&m_refusals, 1);
	log_warn(&s->tag, "dns server refuses", "server=%s name=%s rcode=%s",
		 s->link->name, part, dns_rcode_name((uint16_t)rcode));
}

unsigned dns_server_refuses(const struct dns_server *s, const char *name,
			    uint16_t type)
{
	return dns_refusals_find(&s->refusals, name, type,
				 loop_now_us(s->loop));
}

/* The question of a packet of ours, in text. */
static uint16_t read_question(char name[DNS_NAME_MAX], const uint8_t *p)
{
	size_t at = HEADER, l = 0;

	while (p[at]) {
		memcpy(name + l, p + at + 1, p[at]);
		l += p[at];
		name[l++] = '.';
		at += p[at] + 1u;
	}
	name[l - 1] = '\0';
	return (uint16_t)(p[at + 1] << 8 | p[at + 2]);
}

/* Others were answered, this was not. The attempts of one query count
 * once. */
static void unanswered(struct dns_try *t)
{
	struct dns_server *s = t->server;
	uint64_t now = loop_now_us(s->loop);
	char name[DNS_NAME_MAX];
	uint16_t type = read_question(name, t->packet);
	bool again = now - s->mute_us < SILENCE_US &&
		     !strcasecmp(name, s->mute_name);

	s->mute_us = now;
	memcpy(s->mute_name, name, sizeof(name));
	if (!again)
		dns_server_bad(s, name, type, DNS_SERVFAIL);
}

/* What nobody waits for any more says something of the name all the same. */
static void learn(struct dns_try *t, int err, const uint8_t *p)
{
	struct dns_server *s = t->server;
	char name[DNS_NAME_MAX];
	unsigned rcode;
	uint16_t type;

	if (t->probe || s->closing)
		return;
	if (!p && err == EAGAIN && s->heard_us > t->sent_us)
		unanswered(t);
	if (!p || err || t->owner)
		return;
	rcode = p[3] & 15;
	if (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN)
		return;
	type = read_question(name, t->packet);
	dns_server_bad(s, name, type, rcode);
}

/* The window ------------------------------------------------------------ */

static void no_longer_fresh(struct dns_try *t)
{
	if (!list_is_linked(&t->fresh))
		return;
	list_unlink(&t->fresh);
	t->server->n_fresh--;
}

/* The window keeps bursts from overflowing the socket. What has not been
 * answered for a while is no burst: slow names must not hold up others. */
bool dns_server_has_room(struct dns_server *s)
{
	uint64_t now = loop_now_us(s->loop);

	while (!list_is_empty(&s->fresh)) {
		struct dns_try *t = CONTAINER(list_first(&s->fresh),
					      struct dns_try, fresh);

		if (now - t->sent_us < WINDOW_US)
			break;
		no_longer_fresh(t);
	}
	return !s->down && s->n_fresh < s->conf.window &&
	       s->pending < s->conf.pending_max;
}

/* Packets --------------------------------------------------------------- */

/* Was any letter of the name large? Else its echo says nothing about case;
 * of e164.arpa one random case in 32 is such. */
static bool has_upper(const struct dns_try *t)
{
	for (size_t i = HEADER; i < t->n && t->packet[i]; i++)
		if (t->packet[i] >= 'A' && t->packet[i] <= 'Z')
			return true;    /* lengths of labels are below */
	return false;
}

/* Is this the answer to the very packet? 0, or an error for done. */
static int check(struct dns_try *t, const uint8_t *p, size_t n)
{
	struct dns_server *s = t->server;

	if (t->base.bare)
		return 0;       /* all that an old server can say */
	switch (dns_msg_echo(t->packet, t->n, p, n)) {
	case DNS_ECHO:
		s->keeps_case = s->keeps_case ||
			(!s->folds_case && has_upper(t));
		return 0;
	case DNS_ECHO_FOLDED:
		if (s->keeps_case)
			break;
		s->folds_case = true;
		return EILSEQ;
	default:
		break;
	}
	metric_add(&m_forged, 1);
	return EBADMSG;
}

static void answered(struct dns_try *t)
{
	struct dns_server *s = t->server;

	/* only without EDNS it said anything at all */
	if (s->heard_us == 0 && !t->edns)
		s->plain_until_us = loop_now_us(s->loop) + PLAIN_US;
	s->stats.answers++;
	measured(s, loop_now_us(s->loop) - t->sent_us);
	heard(s);
}

static void on_done(struct dns_attempt *base, int err, const uint8_t *p,
		    size_t n)
{
	struct dns_try *t = CONTAINER(base, struct dns_try, base);
	struct dns_server *s = t->server;

	no_longer_fresh(t);
	s->pending--;
	s->probes -= t->probe;
	if (p) {
		err = check(t, p, n);
		if (err != EBADMSG)
			answered(t);
	} else if (!s->closing && err != ECANCELED && !t->struck &&
		   s->heard_us <= t->sent_us) {
		strike(s, err == ECONNREFUSED);
	}
	learn(t, err, p);
	if (t->done)
		t->done(t, err, err ? NULL : p, err ? 0 : n);
	mem_free(t);
	change(s);
}

static struct dns_try *try_new(struct dns_server *s, const char *name,
			       uint16_t type, bool edns)
{
	uint64_t bits = rand_u64();
	uint8_t packet[DNS_QUERY_MAX];
	struct dns_try *t;
	size_t n;

	n = dns_msg_query(packet, (uint16_t)bits, name, type, edns,
			  s->folds_case ? 0 : bits >> 16);
	if (!edns && s->no_ad)
		packet[AD_BYTE] = 0;
	t = mem_alloc(sizeof(*t) + n);
	if (!t)
		return NULL;
	t->base.done = on_done;
	t->server = s;
	t->sent_us = loop_now_us(s->loop);
	t->late_us = t->sent_us + dns_server_usual_us(s);
	t->silent_us = t->sent_us + s->conf.timeout_ms * 1000ULL;
	t->edns = edns;
	t->n = n;
	memcpy(t->packet, packet, n);
	return t;
}

struct dns_try *dns_try_new(struct dns_server *s, const char *name,
			    uint16_t type, void *owner,
			    void (*done)(struct dns_try *t, int err,
					 const uint8_t *p, size_t n))
{
	struct dns_try *t = try_new(s, name, type,
				    s->plain_until_us <= loop_now_us(s->loop));

	if (!t)
		return NULL;
	t->owner = owner;
	t->done = done;
	dns_refusals_asked(&s->refusals, name, type, loop_now_us(s->loop));
	s->last_type = type;
	memcpy(s->last_name, name, strlen(name) + 1);
	return t;
}

void dns_try_send(struct dns_try *t)
{
	struct dns_server *s = t->server;

	metric_add(&m_packets, 1);
	s->stats.sent++;
	s->pending++;
	if (s->quiet_us == 0)
		s->quiet_us = t->sent_us;
	if (!t->probe) {
		list_append(&s->fresh, &t->fresh);
		s->n_fresh++;
	}
	dns_link_send(s->link, &t->base, t->packet, t->n);
}

/* FORMERR is what a server says that knows no OPT (RFC 6891, 7). NOTIMP says
 * one to which AD is a reserved bit (RFC 1035, 4.1.1), or OPT too new
 * (RFC 2671, 5.3); one that has spoken EDNS means something else. */
bool dns_try_no_edns(struct dns_try *t, uint16_t rcode, bool opt)
{
	struct dns_server *s = t->server;

	s->speaks_edns |= opt;
	if (opt || !t->edns)
		return false;
	if (rcode == DNS_NOTIMP && !s->speaks_edns)
		s->no_ad = true;
	else if (rcode != DNS_FORMERR)
		return false;
	s->plain_until_us = loop_now_us(s->loop) + PLAIN_US;
	return true;
}

/* Probes ---------------------------------------------------------------- */

/* Sends a query that nobody waits for; not always the same name, which may
 * be the very one that this server has no answer to, and not always with
 * EDNS, if it has never said anything. */
static void send_probe(struct dns_server *s)
{
	bool plain = s->plain_until_us > loop_now_us(s->loop) ||
		     (s->heard_us == 0 && s->n_probes % 4 == 3);
	bool good = s->good_name[0] && s->n_probes % 2 == 0;
	struct dns_try *t;

	s->n_probes++;
	t = try_new(s, good ? s->good_name : s->last_name,
		    good ? s->good_type : s->last_type, !plain);
	if (!t)
		return;         /* the next one then */
	t->probe = true;
	t->struck = true;
	s->probes++;
	dns_try_send(t);
}

/* Asks a server that fails whether it is back. */
static void probe(void *arg)
{
	struct dns_server *s = arg;

	s->probe_ms = s->probe_ms * 2 < PROBE_LAST_MS ? s->probe_ms * 2 :
		      PROBE_LAST_MS;
	tmr_start(s->loop, &s->probe_tmr, s->probe_ms, probe, s);
	if (s->probes < PROBES_MAX)
		send_probe(s);
	give_up(s, false);      /* no query has to find that out */
}

void dns_server_measure(struct dns_server *s)
{
	uint64_t now = loop_now_us(s->loop);

	if (now - s->measured_us < MEASURE_US || s->probes > 0 ||
	    !s->last_name[0])
		return;
	s->measured_us = now;
	send_probe(s);
}

/* Life ------------------------------------------------------------------ */

void dns_server_open(struct dns_server *s, struct loop *l,
		     struct dns_link *link,
		     const struct dns_server_conf *conf)
{
	memset(s, 0, sizeof(*s));
	s->link = link;
	s->loop = l;
	s->conf = *conf;
	s->tag = (struct log_tag){ .module = "dns" };
	s->probe_ms = PROBE_FIRST_MS;
	list_init(&s->fresh);
	dns_refusals_init(&s->refusals);
	metric_add(&m_servers, 1);
}

void dns_server_close(struct dns_server *s)
{
	s->closing = true;
	dns_link_close(s->link);
	tmr_stop(&s->probe_tmr);
	dns_refusals_fini(&s->refusals);
	set_down(s, false);
	metric_add(&m_servers, -1);
}

void dns_server_print(const struct dns_server *s, struct buf *out,
		      const char *prefix)
{
	char head[256];

	buf_addf(out, "%sdns_server=%s up=%s failures=%u answer_ms=%.1f "
		 "pending=%u sent=%llu answers=%llu silent=%llu "
		 "downs=%llu\n", prefix, s->link->name,
		 s->down ? "no" : "yes", s->strikes,
		 (double)s->usual_us / 1000, s->pending,
		 (unsigned long long)s->stats.sent,
		 (unsigned long long)s->stats.answers,
		 (unsigned long long)s->stats.silent,
		 (unsigned long long)s->stats.downs);
	snprintf(head, sizeof(head), "%sdns_server=%s ", prefix,
		 s->link->name);
	dns_refusals_print(&s->refusals, out, head, loop_now_us(s->loop));
}
