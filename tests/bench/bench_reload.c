/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long SIP waits while a configuration with a million prefixes is read
 * again: a client asks by OPTIONS all the time, the slowest answer of each
 * reload counts. Beside it the same with the file read on the loop, as it
 * was before it had a thread.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "gateway/app.h"
#include "gateway/app_conf.h"

enum { PREFIXES = 1000000, ROUNDS = 9, PORT = 27360 };

static const struct clk *const clk = &clk_real;

static double now_ms(void)
{
	return (double)clk->now_us(clk->arg) / 1e3;
}

static void write_files(const char *folder)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "%s/table.csv", folder);
	f = fopen(name, "w");
	if (!f)
		exit(1);
	for (uint32_t i = 0; i < PREFIXES; i++)
		fprintf(f, "%u,peer:p,0.%04u\n",
			(uint32_t)((uint64_t)i * 700001 % PREFIXES) + 1,
			i % 10000);
	fclose(f);
	snprintf(name, sizeof(name), "%s/gateway.yaml", folder);
	f = fopen(name, "w");
	if (!f)
		exit(1);
	fprintf(f, "log: { level: err }\n"
		"sip: { listen: [ { transport: udp, "
		"address: '127.0.0.1:%d' } ] }\n"
		"peers: [ { name: p, uri: 'sip:127.0.0.1:9', ping: 0, "
		"sources: [ 127.0.0.1/32 ] } ]\n"
		"numbering: { plan: jp }\n"
		"tables: [ { name: t, type: carriers, file: table.csv } ]\n"
		"routes: [ { name: r, from: [ known ], table: t } ]\n", PORT);
	fclose(f);
}

/* --- a client ---------------------------------------------------------- */

struct client {
	int           fd;
	struct addr   own;
	atomic_bool   over;
	atomic_uint   answers;
	_Atomic double worst_ms;        /* since it was set to 0 */
};

static void ask(struct client *c, unsigned n)
{
	char text[600];
	int len = snprintf(text, sizeof(text),
		"OPTIONS sip:127.0.0.1:%d SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKb%u\r\n"
		"From: <sip:b@127.0.0.1>;tag=%u\r\n"
		"To: <sip:127.0.0.1>\r\nCall-ID: b%u\r\n"
		"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
		"Content-Length: 0\r\n\r\n", PORT, c->own.port, n, n, n);

	if (send(c->fd, text, (size_t)len, 0) != len)
		exit(1);
}

static void *client_main(void *arg)
{
	const struct timespec pause = { 0, 500000 };
	struct client *c = arg;
	char text[2000];

	for (unsigned n = 0; !atomic_load(&c->over); n++) {
		double began = now_ms(), ms;

		ask(c, n);
		if (recv(c->fd, text, sizeof(text), 0) < 12 ||
		    memcmp(text, "SIP/2.0 200 ", 12))
			exit(1);
		ms = now_ms() - began;
		if (ms > atomic_load(&c->worst_ms))
			atomic_store(&c->worst_ms, ms);
		atomic_fetch_add(&c->answers, 1);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static int dial(struct client *c)
{
	const struct timeval limit = { 10, 0 };
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr to;

	if (addr_parse(&to, STR_LIT("127.0.0.1"), PORT))
		return EINVAL;
	c->fd = socket(AF_INET, SOCK_DGRAM, 0);
	len = addr_to_sa(&to, &ss);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&ss, len))
		return errno;
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	len = sizeof(ss);
	if (getsockname(c->fd, (struct sockaddr *)&ss, &len))
		return errno;
	return addr_from_sa(&c->own, (struct sockaddr *)&ss, len);
}

/* --- the gateway ------------------------------------------------------- */

static struct conf_snapshot *load(const char *path)
{
	struct conf_snapshot *s = NULL;
	struct conf_diag d;

	conf_diag_init(&d);
	if (conf_load(&s, path, app_sections, app_conf_cross, &d)) {
		printf("%s: %u: %s\n", path, d.n ? d.v[0].line : 0,
		       d.n ? d.v[0].text : "?");
		exit(1);
	}
	conf_diag_fini(&d);
	return s;
}

struct bench {
	struct app   *app;
	struct client client;
	const char   *path;
	bool          done;
};

static void on_reloaded(int err, struct str text, void *arg)
{
	if (err) {
		printf("reload: %.*s\n", STR_FMT(text));
		exit(1);
	}
	((struct bench *)arg)->done = true;
}

static void turn_until(struct bench *b, double ms)
{
	while (now_ms() < ms)
		loop_turn(app_loop(b->app), 10);
}

/* Nothing else happens there meanwhile. */
static void read_on_loop(struct bench *b)
{
	obj_unref(load(b->path));
}

static void read_on_thread(struct bench *b)
{
	b->done = false;
	if (app_reload(b->app, false, on_reloaded, b))
		exit(1);
	while (!b->done)
		loop_turn(app_loop(b->app), 10);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void show(const char *what, double v[ROUNDS])
{
	qsort(v, ROUNDS, sizeof(v[0]), by_size);
	printf("%s min=%.2f median=%.2f max=%.2f\n", what, v[0],
	       v[ROUNDS / 2], v[ROUNDS - 1]);
}

static void rounds(struct bench *b, const char *what,
		   void (*reload)(struct bench *b))
{
	double waited[ROUNDS], took[ROUNDS];
	char text[64];

	for (int i = 0; i < ROUNDS; i++) {
		double began;

		turn_until(b, now_ms() + 100);
		atomic_store(&b->client.worst_ms, 0);
		began = now_ms();
		reload(b);
		took[i] = now_ms() - began;
		/* what is left is freed, the last answer comes */
		turn_until(b, now_ms() + 100);
		waited[i] = atomic_load(&b->client.worst_ms);
	}
	snprintf(text, sizeof(text), "%s: sip_waits_ms", what);
	show(text, waited);
	snprintf(text, sizeof(text), "%s: reload_ms", what);
	show(text, took);
}

static void idle(struct bench *b)
{
	turn_until(b, now_ms() + 200);
}

int main(void)
{
	char folder[] = "/tmp/tipring-reload-XXXXXX", path[64], csv[64];
	struct app_params p = { .clk = &clk_real, .net = &udp_os,
				.path = path };
	struct bench b = { .path = path };
	pthread_t thread;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/gateway.yaml", folder);
	snprintf(csv, sizeof(csv), "%s/table.csv", folder);
	write_files(folder);
	p.conf = load(path);
	if (app_new(&b.app, &p) || dial(&b.client) ||
	    pthread_create(&thread, NULL, client_main, &b.client))
		return 1;
	obj_unref(p.conf);
	rounds(&b, "idle", idle);
	rounds(&b, "on the loop", read_on_loop);
	rounds(&b, "on a thread", read_on_thread);
	atomic_store(&b.client.over, true);
	turn_until(&b, now_ms() + 100);
	pthread_join(thread, NULL);
	printf("answers=%u\n", atomic_load(&b.client.answers));
	close(b.client.fd);
	app_free(b.app);
	unlink(csv);
	unlink(path);
	rmdir(folder);
	return 0;
}
