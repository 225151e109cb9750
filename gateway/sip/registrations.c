/* SPDX-License-Identifier: Apache-2.0 */
/* The registrations together: start, stop, state for operators. */
#include "gateway/sip/registrations.h"

#include "base/mem.h"
#include "base/tmr.h"
#include "gateway/sip/uri.h"

struct registrations {
	struct loop          *loop;
	struct tmr            tmr;
	void                (*done)(void *arg);
	void                 *arg;
	const struct sip_registration_conf *conf;       /* of v[0], and on */
	uint64_t              doubt_us;         /* not again before */
	size_t                n;
	struct sip_register  *v[];
};

/* From the loop: the one that ended last is still in its upcall. */
static void on_all_stopped(void *arg)
{
	struct registrations *r = arg;
	void (*done)(void *arg) = r->done;

	r->done = NULL;
	if (done)
		done(r->arg);
}

static void look(struct registrations *r)
{
	struct sip_register_info info;

	if (!r->done)
		return;
	for (size_t i = 0; i < r->n; i++) {
		sip_register_info(r->v[i], &info);
		if (info.state != REGISTER_STOPPED)
			return;
	}
	tmr_start(r->loop, &r->tmr, 0, on_all_stopped, r);
}

static void on_change(struct sip_register *reg, void *arg)
{
	(void)reg;
	look(arg);
}

int registrations_new(struct registrations **rp, struct sip_stack *s,
		      struct sip_locator *l, const struct conf_list *conf)
{
	const struct sip_registration_conf *c = conf->v;
	struct registrations *r = mem_alloc(sizeof(*r) +
					    conf->n * sizeof(r->v[0]));
	int err = 0;

	if (!r)
		return ENOMEM;
	r->loop = sip_stack_loop(s);
	r->conf = c;
	while (!err && r->n < conf->n) {
		const struct sip_register_params p = {
			.stack = s, .locator = l, .conf = &c[r->n],
			.on_change = on_change, .arg = r,
		};

		err = sip_register_new(&r->v[r->n], &p);
		r->n += !err;
	}
	if (err)
		registrations_free(r);
	else
		*rp = r;
	return err;
}

void registrations_stop(struct registrations *r, void (*done)(void *arg),
			void *arg)
{
	r->done = NULL;
	for (size_t i = 0; i < r->n; i++)
		sip_register_stop(r->v[i]);
	r->done = done;
	r->arg = arg;
	look(r);
}

void registrations_free(struct registrations *r)
{
	if (!r)
		return;
	tmr_stop(&r->tmr);
	for (size_t i = 0; i < r->n; i++)
		sip_register_free(r->v[i]);
	mem_free(r);
}

struct sip_register *registrations_at(const struct registrations *r,
				      size_t i)
{
	return i < r->n ? r->v[i] : NULL;
}

/* Do both lead to the same servers by the same transport? */
static bool is_same_hop(struct str a, struct str b)
{
	struct str ta = STR_NULL, tb = STR_NULL;
	struct sip_uri ua, ub;

	if (sip_uri_parse(&ua, a) || sip_uri_parse(&ub, b))
		return false;
	sip_uri_param(&ua, "transport", &ta);
	sip_uri_param(&ub, "transport", &tb);
	return ua.scheme == ub.scheme && str_ieq(ua.host, ub.host) &&
	       ua.port == ub.port && str_ieq(ta, tb);
}

static struct str hop_of(const struct sip_registration_conf *c)
{
	return str_z(c->outbound_proxy[0] ? c->outbound_proxy : c->registrar);
}

struct sip_flow *registrations_flow(const struct registrations *r,
				    struct str hop, struct str user)
{
	struct sip_flow *found = NULL;

	for (size_t i = 0; i < r->n; i++) {
		struct sip_register_info info;
		struct sip_flow *f = sip_register_flow(r->v[i]);
		struct sip_uri aor;

		sip_register_info(r->v[i], &info);
		if (!f || f->down || !info.registered ||
		    !is_same_hop(hop, hop_of(&r->conf[i])))
			continue;
		if (!sip_uri_parse(&aor, str_z(r->conf[i].aor)) &&
		    str_eq(aor.user, user))
			return f;
		if (!found)
			found = f;
	}
	return found;
}

void registrations_doubt(struct registrations *r, struct str hop)
{
	uint64_t now_us = loop_now_us(r->loop);

	if (now_us < r->doubt_us)
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct sip_register_info info;

		sip_register_info(r->v[i], &info);
		if (info.state != REGISTER_ACTIVE ||
		    !is_same_hop(hop, hop_of(&r->conf[i])))
			continue;
		r->doubt_us = now_us + REGISTRATIONS_DOUBT_MS * 1000ull;
		sip_register_now(r->v[i]);
	}
}

void registrations_print(const struct registrations *r, struct buf *out)
{
	for (size_t i = 0; i < r->n; i++) {
		struct sip_register_info info;
		char text[ADDR_TEXT_MAX];

		sip_register_info(r->v[i], &info);
		buf_addf(out, "registration=%s state=%s registered=%s "
			 "left_s=%u next_s=%u status=%u failures=%u "
			 "server=%s contact=%s\n", info.name,
			 info.state_name, info.registered ? "yes" : "no",
			 info.left_s, info.next_s, info.status,
			 info.failures, info.server.family ?
			 addr_print(text, &info.server) : "-",
			 info.contact[0] ? info.contact : "-");
	}
}
