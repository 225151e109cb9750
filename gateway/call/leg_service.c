/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in services: they answer at once, in the next turn of the loop. */
#include "gateway/call/leg_service.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "media/loop_port.h"

enum { SERVICE_HZ = 8000 };

struct leg_service {
	struct leg    leg;
	struct calls *calls;
	char          file[LEG_SERVICE_FILE];   /* "": none */
	struct leg_end end;
	struct tmr    tmr;
	bool          over;
};

static const struct leg_ops ops;

static struct leg_service *self(struct leg *g)
{
	return CONTAINER(g, struct leg_service, leg);
}

static void service_destroy(void *obj)
{
	struct leg_service *g = obj;

	tmr_stop(&g->tmr);
}

int leg_service_new(struct leg **gp, struct calls *cs)
{
	struct leg_service *g = obj_new(sizeof(*g), service_destroy);

	if (!g)
		return ENOMEM;
	g->leg.ops = &ops;
	g->calls = cs;
	*gp = &g->leg;
	return 0;
}

static void leg_service_free(struct leg *l)
{
	obj_unref(self(l));
}

static void released(void *arg)
{
	struct leg_service *g = arg;

	call_on_released(&g->leg, &g->end);
}

static void end(struct leg_service *g, enum q850_cause cause)
{
	if (g->over)
		return;
	g->over = true;
	g->end.cause = cause;
	tmr_start(g->calls->env.loop, &g->tmr, 0, released, g);
}

static void answered(void *arg)
{
	struct leg_service *g = arg;
	struct bridge *b;
	int err = 0;

	if (g->file[0]) {
		err = call_bridge(g->leg.call, &b);
		if (!err)
			err = bridge_play(b, !g->leg.side, g->file, 1);
	}
	if (err) {
		log_warn(call_tag(&g->leg), "announcement unusable",
			 "file=%s error=%s", g->file, strerror(err));
		end(g, CAUSE_DEST_OUT_OF_ORDER);
		return;
	}
	call_on_answer(&g->leg);
}

int leg_service_file(char out[LEG_SERVICE_FILE], const char *folder,
		     const char *name)
{
	int n;

	if (!folder[0] || strchr(name, '/') || name[0] == '.')
		return ENOENT;
	n = snprintf(out, LEG_SERVICE_FILE, "%s/%s", folder, name);
	return n < LEG_SERVICE_FILE ? 0 : ENAMETOOLONG;
}

static int open_port(struct leg_service *g, struct port **pp,
		     const char *service)
{
	int err;

	if (!strcmp(service, "echo"))
		return loop_port_echo(pp, SERVICE_HZ);
	if (!strcmp(service, "milliwatt"))
		return loop_port_tone(pp, SERVICE_HZ, 1004, 0);
	if (strncmp(service, "play:", 5))
		return ENOENT;
	err = leg_service_file(g->file, g->calls->env.conf->announcements,
			       service + 5);
	return err ? err : loop_port_silence(pp, SERVICE_HZ);
}

static int leg_service_start(struct leg *l, const struct route_target *t)
{
	struct leg_service *g = self(l);
	struct port *p;
	int err = open_port(g, &p, t->dest);

	if (err)
		return err;
	err = call_attach(l, p);
	if (err) {
		port_free(p);
		return err;
	}
	tmr_start(g->calls->env.loop, &g->tmr, 0, answered, g);
	return 0;
}

static void leg_service_release(struct leg *l, const struct leg_end *why)
{
	end(self(l), why->cause);
}

static void leg_service_bridge_event(struct leg *l,
				     const struct bridge_event *e)
{
	if (e->ev == BRIDGE_EV_PLAYED)
		end(self(l), CAUSE_NORMAL);
}

static const struct leg_ops ops = {
	.kind = "service",
	.start = leg_service_start,
	.release = leg_service_release,
	.bridge_event = leg_service_bridge_event,
	.free = leg_service_free,
};
