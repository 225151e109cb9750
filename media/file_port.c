/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound files. The signalling thread reads a second ahead and writes what
 * has gathered, every 200 ms; the worker only sees a ring of samples with
 * one reader and one writer.
 */
#include "media/file_port.h"

#include <math.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "base/tmr.h"
#include "dsp/resample.h"
#include "media/file_impl.h"

enum {
	REFILL_MS   = 200,
	AHEAD_S     = 1,
	CHUNK       = 1024,     /* frames of a file at once */
	MAX_LOAD_S  = 600,
	MAX_CHANNELS = 8,
	MAX_RATE    = 192000,
	SINC_HALF   = 16,       /* zero crossings on each side */
	SINC_STEPS  = 64,       /* of the table between two of them */
	SINC_RING   = 1024,     /* more than 2 * 16 * 192 / 8 */
};

/* --- ring -------------------------------------------------------------- */

struct ring {
	int16_t     *v;
	size_t       cap;               /* a power of two */
	_Atomic size_t in, out;         /* ever written, ever read */
};

static int ring_init(struct ring *r, size_t at_least)
{
	r->cap = 1;
	while (r->cap < at_least)
		r->cap *= 2;
	r->v = mem_alloc(r->cap * sizeof(r->v[0]));
	return r->v ? 0 : ENOMEM;
}

static size_t ring_used(const struct ring *r)
{
	return atomic_load_explicit(&r->in, memory_order_acquire) -
	       atomic_load_explicit(&r->out, memory_order_acquire);
}

static size_t ring_put(struct ring *r, const int16_t *p, size_t n)
{
	size_t in = atomic_load_explicit(&r->in, memory_order_relaxed);
	size_t room = r->cap - ring_used(r);

	if (n > room)
		n = room;
	for (size_t i = 0; i < n; i++)
		r->v[(in + i) & (r->cap - 1)] = p[i];
	atomic_store_explicit(&r->in, in + n, memory_order_release);
	return n;
}

static size_t ring_get(struct ring *r, int16_t *p, size_t n)
{
	size_t out = atomic_load_explicit(&r->out, memory_order_relaxed);
	size_t used = ring_used(r);

	if (n > used)
		n = used;
	for (size_t i = 0; i < n; i++)
		p[i] = r->v[(out + i) & (r->cap - 1)];
	atomic_store_explicit(&r->out, out + n, memory_order_release);
	return n;
}

/* --- reading, with change of rate -------------------------------------- */

/*
 * An output sample is the sum of the input around its place, weighted by a
 * windowed sinc that is as wide as the lower of both rates demands.
 */
struct reader {
	SNDFILE *f;
	SF_INFO  info;
	double   step;          /* input samples per output sample */
	double   scale;         /* at least 1: width of the sinc */
	double   pos;           /* of the next output sample, in the input */
	int64_t  n_read;        /* input samples in the ring, ever */
	int64_t  n_all;         /* input samples in all, once known; or -1 */
	float    sinc[SINC_HALF * SINC_STEPS + 2];
	float    ring[SINC_RING];
	short    in[CHUNK * MAX_CHANNELS];
	size_t   n_in, at;      /* frames in in[] */
};

/* Half of a sinc under a Blackman window; the cut-off leaves room for the
 * slope before half the rate. */
static void make_sinc(struct reader *r)
{
	const double cut = 0.92;

	for (int i = 0; i <= SINC_HALF * SINC_STEPS; i++) {
		double x = (double)i / SINC_STEPS, w = M_PI * x / SINC_HALF;
		double y = i ? sin(M_PI * cut * x) / (M_PI * x) : cut;

		r->sinc[i] = (float)(y * (0.42 + 0.5 * cos(w) +
					  0.08 * cos(2 * w)));
	}
}

static int errno_of(void)
{
	return errno ? errno : EBADMSG;
}

static int reader_open(struct reader *r, const char *path, unsigned hz)
{
	errno = 0;
	r->f = sf_open(path, SFM_READ, &r->info);
	if (!r->f)
		return errno_of();
	if (r->info.channels < 1 || r->info.channels > MAX_CHANNELS ||
	    r->info.samplerate < 1000 || r->info.samplerate > MAX_RATE) {
		sf_close(r->f);
		r->f = NULL;
		return EBADMSG;
	}
	r->step = (double)r->info.samplerate / hz;
	r->scale = r->step > 1 ? r->step : 1;
	r->n_all = -1;
	make_sinc(r);
	return 0;
}

static void reader_rewind(struct reader *r)
{
	r->n_all = sf_seek(r->f, 0, SEEK_SET) != 0 ? 0 : -1;
	r->n_in = r->at = 0;
	r->n_read = 0;
	r->pos = 0;
}

/* One sample of the file, channels mixed; silence behind its end. */
static float reader_sample(struct reader *r)
{
	size_t channels = (size_t)r->info.channels;
	float sum = 0;

	if (r->n_all >= 0)
		return 0;
	if (r->at == r->n_in) {
		sf_count_t n = sf_readf_short(r->f, r->in, CHUNK);

		r->at = 0;
		r->n_in = n > 0 ? (size_t)n : 0;
		if (!r->n_in) {
			r->n_all = r->n_read;
			return 0;
		}
	}
	for (size_t c = 0; c < channels; c++)
		sum += r->in[r->at * channels + c];
	r->at++;
	return sum / (float)channels;
}

static void reader_until(struct reader *r, int64_t n)
{
	while (r->n_read < n) {
		float x = reader_sample(r);

		r->ring[r->n_read % SINC_RING] = x;
		r->n_read++;
	}
}

static double weigh(const struct reader *r, int64_t lo, int64_t hi)
{
	double sum = 0;

	for (int64_t i = lo < 0 ? 0 : lo; i <= hi; i++) {
		double x = fabs((double)i - r->pos) / r->scale * SINC_STEPS;
		int k = (int)x;
		double h;

		if (k >= SINC_HALF * SINC_STEPS)
			continue;
		h = r->sinc[k] + (r->sinc[k + 1] - r->sinc[k]) * (x - k);
		sum += h * r->ring[i % SINC_RING];
	}
	return sum / r->scale;
}

/* At most n samples at the reader's rate; fewer: the end of the file. */
static size_t reader_run(struct reader *r, int16_t *out, size_t n)
{
	double half = SINC_HALF * r->scale;
	size_t i;

	for (i = 0; i < n; i++) {
		int64_t lo = (int64_t)ceil(r->pos - half);
		int64_t hi = (int64_t)floor(r->pos + half);
		double y;

		reader_until(r, hi + 1);
		if (r->n_all >= 0 && r->pos >= (double)r->n_all)
			break;
		/* the rate is right: the samples themselves */
		y = r->step == 1 ? r->ring[(int64_t)r->pos % SINC_RING]
				 : weigh(r, lo, hi);
		out[i] = (int16_t)lrint(fmax(-32768, fmin(32767, y)));
		r->pos += r->step;
	}
	return i;
}

static void reader_close(struct reader *r)
{
	if (r->f)
		sf_close(r->f);
	r->f = NULL;
}

/* --- a source ---------------------------------------------------------- */

struct file_src {
	struct reader r;
	struct ring   ring;
	struct loop  *sig;
	struct tmr    refill;
	unsigned      left;             /* times; 0: for ever */
	_Atomic bool  done;             /* nothing more will be read */
};

/* The file from its beginning again, if it is to be. */
static bool again(struct file_src *s, bool empty)
{
	if (empty || s->left == 1)
		return false;
	s->left -= s->left > 0;
	reader_rewind(&s->r);
	return true;
}

static void src_fill(void *arg)
{
	struct file_src *s = arg;
	int16_t pcm[CHUNK];
	bool empty = false;

	while (!s->done && s->ring.cap - ring_used(&s->ring) >= CHUNK) {
		size_t n = reader_run(&s->r, pcm, CHUNK);

		ring_put(&s->ring, pcm, n);
		/* a file without a sample must not go round for ever */
		if (n < CHUNK && !again(s, empty && !n))
			atomic_store(&s->done, true);
		empty = !n;
	}
	if (!s->done)
		tmr_start(s->sig, &s->refill, REFILL_MS, src_fill, s);
}

int file_src_new(struct file_src **sp, struct loop *sig, const char *path,
		 unsigned repeat, unsigned hz)
{
	struct file_src *s = mem_alloc(sizeof(*s));
	int err;

	if (!s)
		return ENOMEM;
	s->sig = sig;
	s->left = repeat;
	err = reader_open(&s->r, path, hz);
	if (!err)
		err = ring_init(&s->ring, hz * AHEAD_S);
	if (err) {
		file_src_free(s);
		return err;
	}
	src_fill(s);
	*sp = s;
	return 0;
}

void file_src_free(struct file_src *s)
{
	if (!s)
		return;
	tmr_stop(&s->refill);
	reader_close(&s->r);
	mem_free(s->ring.v);
	mem_free(s);
}

void file_src_get(struct file_src *s, int16_t *pcm, size_t n)
{
	size_t got = ring_get(&s->ring, pcm, n);

	memset(pcm + got, 0, (n - got) * sizeof(*pcm));
}

bool file_src_ended(const struct file_src *s)
{
	/* done first: what was written before it must be seen */
	return atomic_load(&s->done) && !ring_used(&s->ring);
}

/* --- a recording ------------------------------------------------------- */

struct file_rec {
	SNDFILE     *f;
	struct ring  ring;
	struct loop *sig;
	struct tmr   drain;
	struct note  note;
	unsigned     channels;
	struct resample rs[2];
};

struct note *file_rec_note(struct file_rec *r)
{
	return &r->note;
}

static void rec_drain(void *arg)
{
	struct file_rec *r = arg;
	int16_t pcm[CHUNK];
	size_t n;

	while ((n = ring_get(&r->ring, pcm, CHUNK)) > 0)
		if (sf_write_short(r->f, pcm, (sf_count_t)n) < (sf_count_t)n)
			break;          /* disk full: the file ends here */
	tmr_start(r->sig, &r->drain, REFILL_MS, rec_drain, r);
}

static int wav_create(SNDFILE **fp, const char *path, unsigned channels,
		      unsigned hz)
{
	SF_INFO info = { .samplerate = (int)hz, .channels = (int)channels,
			 .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };

	errno = 0;
	*fp = sf_open(path, SFM_WRITE, &info);
	return *fp ? 0 : errno_of();
}

int file_rec_new(struct file_rec **rp, struct loop *sig, const char *path,
		 unsigned channels, unsigned hz)
{
	struct file_rec *r = mem_alloc(sizeof(*r));
	int err;

	if (!r)
		return ENOMEM;
	r->sig = sig;
	r->channels = channels;
	err = ring_init(&r->ring, (size_t)hz * channels * AHEAD_S);
	if (!err)
		err = wav_create(&r->f, path, channels, hz);
	if (err) {
		mem_free(r->ring.v);
		mem_free(r);
		return err;
	}
	tmr_start(sig, &r->drain, REFILL_MS, rec_drain, r);
	*rp = r;
	return 0;
}

void file_rec_free(struct file_rec *r)
{
	if (!r)
		return;
	rec_drain(r);
	tmr_stop(&r->drain);
	sf_close(r->f);
	mem_free(r->ring.v);
	mem_free(r);
}

void file_rec_put(struct file_rec *r, const int16_t *a, const int16_t *b,
		  size_t n)
{
	int16_t pair[2];

	if (!b) {
		ring_put(&r->ring, a, n);
		return;
	}
	/* all or nothing, so that the channels stay together */
	if (r->ring.cap - ring_used(&r->ring) < 2 * n)
		return;
	for (size_t i = 0; i < n; i++) {
		pair[0] = a[i];
		pair[1] = b[i];
		ring_put(&r->ring, pair, 2);
	}
}

static const int16_t *at_8k(struct resample *rs, const struct frame *f,
			    int16_t *room)
{
	if (f->hz == 8000)
		return f->pcm;
	if (rs->from_hz != f->hz)
		resample_init(rs, f->hz, 8000);
	resample_run(rs, f->pcm, f->n, room);
	return room;
}

void file_rec_frames(struct file_rec *r, const struct frame *a,
		     const struct frame *b)
{
	int16_t x[FRAME_MAX], y[FRAME_MAX];

	file_rec_put(r, at_8k(&r->rs[0], a, x), at_8k(&r->rs[1], b, y),
		     8000 / (1000 / PORT_TICK_MS));
}

/* --- a port ------------------------------------------------------------ */

struct file_port {
	struct port      port;
	struct file_src *src;
	struct file_rec *rec;
};

static int file_pull(struct port *port, struct frame *f)
{
	struct file_port *p = (struct file_port *)(void *)port;

	f->hz = port->hz;
	f->n = (uint16_t)port_samples(port);
	if (p->src) {
		file_src_get(p->src, f->pcm, f->n);
		return 0;
	}
	memset(f->pcm, 0, f->n * sizeof(f->pcm[0]));
	return EAGAIN;
}

static int file_push(struct port *port, const struct frame *f)
{
	struct file_port *p = (struct file_port *)(void *)port;

	if (p->rec)
		file_rec_put(p->rec, f->pcm, NULL, f->n);
	return 0;
}

static void file_free(struct port *port)
{
	struct file_port *p = (struct file_port *)(void *)port;

	file_src_free(p->src);
	file_rec_free(p->rec);
	mem_free(p);
}

static const struct port_ops file_ops = {
	.name = "file", .pull = file_pull, .push = file_push,
	.free = file_free, .no_digits = true,
};

int file_port_new(struct port **pp, struct loop *sig, const char *play,
		  unsigned repeat, const char *record, unsigned hz)
{
	struct file_port *p = mem_alloc(sizeof(*p));
	int err = 0;

	if (!p)
		return ENOMEM;
	p->port.ops = &file_ops;
	p->port.hz = (uint16_t)hz;
	if (play)
		err = file_src_new(&p->src, sig, play, repeat, hz);
	if (!err && record)
		err = file_rec_new(&p->rec, sig, record, 1, hz);
	if (err)
		file_free(&p->port);
	else
		*pp = &p->port;
	return err;
}

/* --- whole files ------------------------------------------------------- */

int file_load(int16_t **pcm, size_t *n, const char *path, unsigned hz)
{
	struct reader *r = mem_alloc(sizeof(*r));
	int16_t *v = NULL;
	double cap;
	int err;

	if (!r)
		return ENOMEM;
	err = reader_open(r, path, hz);
	if (err)
		goto out;
	cap = (double)r->info.frames / r->step + CHUNK;
	if (cap > (double)MAX_LOAD_S * hz + CHUNK)
		err = EFBIG;
	else
		v = mem_alloc((size_t)cap * sizeof(*v));
	if (!err && !v)
		err = ENOMEM;
	if (!err) {
		*n = reader_run(r, v, (size_t)cap);
		*pcm = v;
	}
out:
	reader_close(r);
	mem_free(r);
	return err;
}

int file_save(const char *path, const int16_t *pcm, size_t n, unsigned hz)
{
	SNDFILE *f;
	int err = wav_create(&f, path, 1, hz);

	if (err)
		return err;
	if (sf_write_short(f, pcm, (sf_count_t)n) < (sf_count_t)n)
		err = ENOSPC;
	sf_close(f);
	return err;
}
