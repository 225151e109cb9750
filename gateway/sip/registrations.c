/* SPDX-License-Identifier: Apache-2.0 */
/* The registrations together: start, stop, state for operators. */
#include "gateway/sip/registrations.h"

#include "base/mem.h"
#include "base/tmr.h"

struct registrations {
	struct loop          *loop;
	struct tmr            tmr;
	void                (*done)(void *arg);
	void                 *arg;
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
