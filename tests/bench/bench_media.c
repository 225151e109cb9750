/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sound costs: CPU of this process (signalling and worker) per second
 * of a call, with the load in a process of its own.
 *
 *	bench_media relay [CALLS [SECONDS]]   RTP to RTP, forwarded
 *	bench_media xcode [CALLS [SECONDS]]   RTP to RTP, A-law to mu-law
 *	bench_media line  [CALLS [SECONDS]]   RTP to a line that echoes, with
 *	                                      a canceller of 128 ms
 *
 * BENCH_ORDINARY in the environment: without real-time priority.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "dsp/dsp.h"
#include "media/bridge.h"
#include "media/loop_port.h"
#include "media/rtp_pkt.h"
#include "tests/lib/test.h"

enum { MAX_CALLS = 500, MAX_LEGS = 2 * MAX_CALLS, PAYLOAD = 160,
       MAX_DELAYS = 1 << 20 };

enum { TICK_US = 20000, IDLE_US = 2000 };

enum mode { RELAY, XCODE, LINE, MODES };

struct leg {
	int         fd;                 /* the load's socket */
	struct addr to;                 /* the gateway's port */
	uint16_t    seq;
	uint64_t    next_us;
	bool        rx_any;             /* the next that should come: */
	uint16_t    rx_seq;
	uint32_t    rx_ts;
};

struct bench {
	enum mode            mode;
	unsigned             calls, n_legs, seconds;
	struct leg           leg[MAX_LEGS];
	struct loop         *loop;
	struct media_engine *engine;
	struct rtp_ports    *ports;
	struct media_conf    conf;
	struct bridge       *bridge[MAX_CALLS];
	unsigned             closed, relaying;
	struct bridge_stats  sum;
	unsigned             n_stats;
	double               rss_kb;    /* before the calls */
	pthread_t            idle;
	_Atomic bool         idle_stop;
	unsigned             idle_wakes, idle_late;
};

static uint64_t now_us(void)
{
	return clk_real.now_us(NULL);
}

/* --- the load ---------------------------------------------------------- */

static void load_send(struct leg *g, uint64_t t)
{
	struct rtp_pkt k = { .pt = 8, .seq = g->seq, .ts = g->seq * 160u,
			     .ssrc = (uint32_t)g->fd + 1000 };
	uint8_t data[RTP_HDR + PAYLOAD];
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(&g->to, &ss);

	g->seq++;
	rtp_pkt_head(data, &k);
	memset(data + RTP_HDR, 0xd5, PAYLOAD);
	memcpy(data + RTP_HDR, &t, sizeof(t));
	if (sendto(g->fd, data, sizeof(data), 0, (struct sockaddr *)&ss,
		   len) < 0)
		perror("load: sendto");
}

struct counts {
	uint64_t  sent, got;
	uint64_t  missing, again;       /* by number and timestamp */
	uint32_t *delay;
	size_t    n_delay;
};

/* Is each packet the next one, with the next samples? */
static void check_order(struct leg *g, const uint8_t *data, struct counts *c)
{
	uint16_t seq = (uint16_t)(data[2] << 8 | data[3]);
	uint32_t ts = (uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 |
		      (uint32_t)data[6] << 8 | data[7];
	int32_t ahead = (int32_t)(ts - g->rx_ts) / PAYLOAD;

	if (g->rx_any && (seq != g->rx_seq || ts != g->rx_ts)) {
		c->missing += ahead > 0 ? (uint64_t)ahead : 0;
		c->again += ahead <= 0;
	}
	g->rx_any = true;
	g->rx_seq = (uint16_t)(seq + 1);
	g->rx_ts = ts + PAYLOAD;
}

static void load_recv(struct leg *g, struct counts *c)
{
	uint8_t data[2000];
	uint64_t then, t = now_us();

	while (recv(g->fd, data, sizeof(data), MSG_DONTWAIT) >=
	       RTP_HDR + PAYLOAD) {
		c->got++;
		check_order(g, data, c);
		memcpy(&then, data + RTP_HDR, sizeof(then));
		if (c->n_delay < MAX_DELAYS && t - then < 10000000)
			c->delay[c->n_delay++] = (uint32_t)(t - then);
	}
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static volatile sig_atomic_t load_stop;

static void on_term(int sig)
{
	(void)sig;
	load_stop = 1;
}

static void load_report(const struct bench *b, struct counts *c)
{
	printf("  load: missing %llu, repeated %llu\n",
	       (unsigned long long)c->missing, (unsigned long long)c->again);
	if (!c->n_delay || b->mode == LINE || b->mode == XCODE) {
		printf("  load: sent %llu, got %llu\n",
		       (unsigned long long)c->sent,
		       (unsigned long long)c->got);
		return;
	}
	qsort(c->delay, c->n_delay, sizeof(c->delay[0]), by_size);
	printf("  load: sent %llu, got %llu; delay median %u us, 99 %% "
	       "%u us\n", (unsigned long long)c->sent,
	       (unsigned long long)c->got, c->delay[c->n_delay / 2],
	       c->delay[c->n_delay * 99 / 100]);
}

/* Where it may: with the priority of the workers, so that a busy machine
 * does not make the load late and the gateway's jitter buffer longer. */
static void go_before_others(const struct bench *b)
{
	const struct sched_param prio = { .sched_priority = 10 };

	if (b->conf.realtime)
		(void)pthread_setschedparam(pthread_self(), SCHED_RR, &prio);
}

static void load_run(struct bench *b)
{
	struct counts c = { .delay = malloc(MAX_DELAYS * sizeof(uint32_t)) };
	struct epoll_event ev[64];
	int ep = epoll_create1(0);
	uint64_t t = now_us();

	go_before_others(b);
	prctl(PR_SET_TIMERSLACK, 50000);
	signal(SIGTERM, on_term);
	for (unsigned i = 0; i < b->n_legs; i++) {
		struct epoll_event e = { EPOLLIN, { .u32 = i } };

		epoll_ctl(ep, EPOLL_CTL_ADD, b->leg[i].fd, &e);
		b->leg[i].next_us = t + 20000u * i / b->n_legs;
	}
	while (!load_stop) {
		struct timespec ts = { 0, 500000 };
		int n;

		t = now_us();
		for (unsigned i = 0; i < b->n_legs; i++) {
			struct leg *g = &b->leg[i];

			if (g->next_us > t)
				continue;
			load_send(g, t);
			c.sent++;
			g->next_us += 20000;
		}
		do {
			n = epoll_wait(ep, ev, 64, 0);
			for (int i = 0; i < n; i++)
				load_recv(&b->leg[ev[i].data.u32], &c);
		} while (n == 64);
		nanosleep(&ts, NULL);
	}
	load_report(b, &c);
	fflush(stdout);
	_exit(0);
}

/* --- the gateway ------------------------------------------------------- */

static void on_event(struct bridge *br, const struct bridge_event *e,
		     void *arg)
{
	struct bench *b = arg;

	(void)br;
	if (e->ev == BRIDGE_EV_CLOSED)
		b->closed++;
	if (e->ev != BRIDGE_EV_STATS)
		return;
	b->n_stats++;
	b->relaying += e->stats->relaying;
	for (unsigned i = 0; i < 2; i++) {
		const struct rtp_stats *s = &e->stats->side[i].rtp;

		b->sum.side[0].rtp.concealed_ms += s->concealed_ms;
		b->sum.side[0].rtp.late += s->late;
		b->sum.side[0].rtp.lost += s->lost;
		b->sum.side[0].rtp.grown += s->grown;
		b->sum.side[0].rtp.shrunk += s->shrunk;
		b->sum.side[0].rtp.rx_packets += s->rx_packets;
	}
}

static int load_socket(struct leg *g)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int big = 1 << 20;

	g->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(g->fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	return g->fd < 0 || bind(g->fd, (struct sockaddr *)&a, sizeof(a))
		? errno : 0;
}

static int add_rtp(struct bench *b, struct bridge *br, enum bridge_side s,
		   struct leg *g)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct rtp_params p = { .symmetric = true, .send = true,
		.recv = true, .n_fmt = 1, .ptime_ms = 20,
		.event_tx_pt = RTP_NO_PT, .event_rx_pt = RTP_NO_PT };
	struct addr ip;
	struct port *port;
	int err = addr_parse_ip(&ip, STR_LIT("127.0.0.1"));

	if (!err)
		err = load_socket(g);
	if (!err)
		err = rtp_port_open(&port, b->ports, &ip, &b->conf);
	if (err)
		return err;
	rtp_port_local(port, &g->to);
	getsockname(g->fd, (struct sockaddr *)&ss, &len);
	err = addr_from_sa(&p.remote, (struct sockaddr *)&ss, len);
	p.fmt[0] = (struct rtp_format){ .codec = codec_by_pt(8), .tx_pt = 8,
					.rx_pt = 8 };
	if (b->mode == XCODE && s == BRIDGE_B)
		p.fmt[0].codec = codec_by_pt(0);
	if (!err)
		err = rtp_port_set(port, &p);
	if (!err)
		err = bridge_attach(br, s, port);
	return err;
}

static int add_call(struct bench *b, unsigned i)
{
	struct port *line = NULL;
	int err = bridge_open(&b->bridge[i], b->engine, on_event, b);

	if (!err)
		err = add_rtp(b, b->bridge[i], BRIDGE_A,
			      &b->leg[b->n_legs++]);
	if (!err && b->mode != LINE)
		return add_rtp(b, b->bridge[i], BRIDGE_B,
			       &b->leg[b->n_legs++]);
	if (!err)
		err = loop_port_echo(&line, 8000);
	if (!err)
		err = bridge_attach(b->bridge[i], BRIDGE_B, line);
	if (!err)
		err = bridge_echo(b->bridge[i], BRIDGE_B, 128, 0);
	if (!err)
		err = bridge_listen(b->bridge[i], BRIDGE_B,
				    BRIDGE_LISTEN_DTMF, NULL, 0);
	return err;
}

/* --- what the machine does to a thread without work --------------------- */

/* Wakes up as often as a worker may, with its priority; counts as the worker
 * does. */
static void *idle_main(void *arg)
{
	struct bench *b = arg;
	uint64_t next = now_us();

	go_before_others(b);
	while (!b->idle_stop) {
		struct timespec ts = { 0, 0 };
		uint64_t t;

		next += IDLE_US;
		ts.tv_sec = (time_t)(next / 1000000);
		ts.tv_nsec = (long)(next % 1000000) * 1000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		t = now_us();
		b->idle_wakes++;
		b->idle_late += t > next + TICK_US;
	}
	return NULL;
}

static double thread_ms(pthread_t th)
{
	struct timespec ts = { 0, 0 };
	clockid_t id;

	if (pthread_getcpuclockid(th, &id) || clock_gettime(id, &ts))
		return 0;
	return (double)ts.tv_sec * 1000 + (double)ts.tv_nsec / 1e6;
}

/* --- measuring --------------------------------------------------------- */

static double rss_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long all = 0, resident = 0;

	if (f && fscanf(f, "%lu %lu", &all, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static void run_s(struct bench *b, double s)
{
	loop_run_until(b->loop, now_us() + (uint64_t)(s * 1e6));
}

static void report(struct bench *b, double ms, double s)
{
	static const char *const what[] = {
		"relayed call, G.711", "transcoded call, A-law to mu-law",
		"line call, canceller 128 ms" };
	static const char *const ref[] = {
		"Asterisk 3.45 native, rtpengine 2.35; goal under 1.6",
		"Asterisk 4.5, rtpengine 3.6",
		"Asterisk 2.5 without a canceller; goal under 1.2" };
	struct engine_stats e;
	struct rtp_stats *r = &b->sum.side[0].rtp;

	media_engine_stats(b->engine, &e);
	printf("%s: %u calls, %.1f s: %.3f ms CPU per call and second (%s)\n",
	       what[b->mode], b->calls, s, ms / s / b->calls, ref[b->mode]);
	printf("  ticks %llu, late %llu, slow phases %llu; relaying %u of "
	       "%u\n", (unsigned long long)e.ticks,
	       (unsigned long long)e.late_ticks,
	       (unsigned long long)e.slow_phases, b->relaying, b->calls);
	printf("  received %llu, lost %llu, late %llu, concealed %llu ms, "
	       "grown %llu, shrunk %llu\n",
	       (unsigned long long)r->rx_packets,
	       (unsigned long long)r->lost, (unsigned long long)r->late,
	       (unsigned long long)r->concealed_ms,
	       (unsigned long long)r->grown,
	       (unsigned long long)r->shrunk);
	printf("  late ticks %.4f %%; of an idle thread's in this run %.4f %% "
	       "(%u of %u)\n",
	       e.ticks ? 100.0 * (double)e.late_ticks / (double)e.ticks : 0,
	       100.0 * b->idle_late / b->idle_wakes, b->idle_late,
	       b->idle_wakes);
	printf("  memory per call %.1f kB\n",
	       (rss_kb() - b->rss_kb) / b->calls);
	fflush(stdout);
}

static int measure(struct bench *b)
{
	double ms, s;
	uint64_t t;
	pid_t load = fork();
	int err = 0;

	if (load < 0)
		return errno;
	if (!load)
		load_run(b);
	for (unsigned i = 0; i < b->n_legs; i++)
		close(b->leg[i].fd);
	err = pthread_create(&b->idle, NULL, idle_main, b);
	if (err)
		goto out;
	run_s(b, 1);
	t = now_us();
	ms = cpu_ms() - thread_ms(b->idle);
	run_s(b, b->seconds);
	ms = cpu_ms() - thread_ms(b->idle) - ms;
	b->idle_stop = true;
	pthread_join(b->idle, NULL);
	s = (double)(now_us() - t) / 1e6;
	for (unsigned i = 0; i < b->calls && !err; i++)
		err = bridge_stats(b->bridge[i]);
	run_s(b, 0.1);
	report(b, ms, s);
out:
	kill(load, SIGTERM);
	waitpid(load, NULL, 0);
	return err;
}

static int run(struct bench *b)
{
	struct clk clk = clk_real;
	int err = dsp_global_init();

	b->conf = media_conf_default;
	b->conf.workers = 1;
	b->conf.realtime = !getenv("BENCH_ORDINARY");
	if (!err)
		err = loop_new(&b->loop, &clk);
	if (!err)
		err = media_engine_new(&b->engine, b->loop, &b->conf);
	if (!err)
		err = rtp_ports_new(&b->ports, &udp_os, 20000, 23999);
	b->rss_kb = rss_kb();
	for (unsigned i = 0; i < b->calls && !err; i++)
		err = add_call(b, i);
	if (!err)
		err = measure(b);
	for (unsigned i = 0; i < b->calls; i++)
		if (b->bridge[i])
			bridge_close(b->bridge[i]);
	run_s(b, 0.2);
	media_engine_free(b->engine);
	rtp_ports_free(b->ports);
	loop_free(b->loop);
	return err;
}

int main(int argc, char **argv)
{
	static const char *const modes[] = { "relay", "xcode", "line" };
	struct bench *b = calloc(1, sizeof(*b));
	unsigned m;
	int err;

	for (m = 0; m < MODES; m++)
		if (argc > 1 && !strcmp(argv[1], modes[m]))
			break;
	if (!b || m == MODES) {
		fprintf(stderr, "usage: bench_media relay|xcode|line "
			"[CALLS [SECONDS]]\n");
		return 2;
	}
	b->mode = (enum mode)m;
	b->calls = argc > 2 ? (unsigned)atoi(argv[2]) : 100;
	b->seconds = argc > 3 ? (unsigned)atoi(argv[3]) : 10;
	if (b->calls < 1 || b->calls > MAX_CALLS) {
		fprintf(stderr, "bench_media: 1 to %d calls\n", MAX_CALLS);
		return 2;
	}
	err = run(b);
	if (err)
		fprintf(stderr, "bench_media: %s\n", strerror(err));
	free(b);
	return err != 0;
}
