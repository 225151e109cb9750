/* SPDX-License-Identifier: Apache-2.0 */
/* Least-squares fit of a sine with unknown frequency: the linear fit of
 * sine, cosine and mean for a frequency, and a search for the frequency
 * that leaves the least. */
#include "tests/lib/sine.h"

#include <math.h>
#include <string.h>

enum { SEARCH_STEPS = 60 };

static const double NOTHING = -96;
static const double FULL_DBM0 = 3.14;

struct fit {
	double a, b, c;         /* a sin + b cos + c */
	double rest;            /* mean square of what is left */
};

/* Solves the 3 by 3 normal equations by Cramer's rule. */
static void solve(double m[3][4], struct fit *f)
{
	double d = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
		   m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
		   m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
	double x[3];

	for (int k = 0; k < 3; k++) {
		double t[3][3];

		for (int i = 0; i < 3; i++)
			for (int j = 0; j < 3; j++)
				t[i][j] = j == k ? m[i][3] : m[i][j];
		x[k] = t[0][0] * (t[1][1] * t[2][2] - t[1][2] * t[2][1]) -
		       t[0][1] * (t[1][0] * t[2][2] - t[1][2] * t[2][0]) +
		       t[0][2] * (t[1][0] * t[2][1] - t[1][1] * t[2][0]);
		x[k] = d != 0 ? x[k] / d : 0;
	}
	f->a = x[0];
	f->b = x[1];
	f->c = x[2];
}

static struct fit fit_at(const int16_t *pcm, size_t n, double w)
{
	double m[3][4] = { { 0 } };
	struct fit f;

	for (size_t i = 0; i < n; i++) {
		double v[3] = { sin(w * (double)i), cos(w * (double)i), 1 };

		for (int r = 0; r < 3; r++) {
			for (int k = 0; k < 3; k++)
				m[r][k] += v[r] * v[k];
			m[r][3] += v[r] * pcm[i];
		}
	}
	solve(m, &f);
	f.rest = 0;
	for (size_t i = 0; i < n; i++) {
		double d = pcm[i] - f.a * sin(w * (double)i) -
			   f.b * cos(w * (double)i) - f.c;

		f.rest += d * d;
	}
	f.rest /= (double)n;
	return f;
}

/* Power at a frequency, by Goertzel's sum. */
static double power_at(const int16_t *pcm, size_t n, double w)
{
	double re = 0, im = 0;

	for (size_t i = 0; i < n; i++) {
		re += pcm[i] * cos(w * (double)i);
		im += pcm[i] * sin(w * (double)i);
	}
	return re * re + im * im;
}

static double strongest(const int16_t *pcm, size_t n, unsigned rate,
			double lo, double hi)
{
	double step = (double)rate / (double)n / 2, best = 0, at = lo;

	for (double hz = lo; hz < hi; hz += step) {
		double p = power_at(pcm, n, 2 * M_PI * hz / rate);

		if (p > best) {
			best = p;
			at = hz;
		}
	}
	return at;
}

/* Golden section between lo and hi. */
static double refine(const int16_t *pcm, size_t n, double lo, double hi)
{
	const double g = (sqrt(5) - 1) / 2;
	double a = hi - g * (hi - lo), b = lo + g * (hi - lo);
	double fa = fit_at(pcm, n, a).rest, fb = fit_at(pcm, n, b).rest;

	for (int i = 0; i < SEARCH_STEPS && hi - lo > 1e-10; i++) {
		if (fa < fb) {
			hi = b;
			b = a;
			fb = fa;
			a = hi - g * (hi - lo);
			fa = fit_at(pcm, n, a).rest;
		} else {
			lo = a;
			a = b;
			fa = fb;
			b = lo + g * (hi - lo);
			fb = fit_at(pcm, n, b).rest;
		}
	}
	return (lo + hi) / 2;
}

void sine_fit(struct sine *s, const int16_t *pcm, size_t n, unsigned rate,
	      double near_hz)
{
	/* within half a bin the remainder has one minimum */
	double bin = (double)rate / (double)n, half = bin * 0.6;
	double amp, mean_square, w;
	struct fit f;

	*s = (struct sine){ .dbm0 = NOTHING, .snr_db = NOTHING };
	if (near_hz <= 0)
		near_hz = strongest(pcm, n, rate, 100, rate * 0.45);
	else
		near_hz = strongest(pcm, n, rate, near_hz * 0.98,
				    near_hz * 1.02);
	w = refine(pcm, n, 2 * M_PI * (near_hz - half) / rate,
		   2 * M_PI * (near_hz + half) / rate);
	f = fit_at(pcm, n, w);
	amp = hypot(f.a, f.b);
	mean_square = amp * amp / 2;
	s->hz = w * rate / (2 * M_PI);
	s->phase = atan2(f.b, f.a);
	s->dc = f.c;
	if (amp < 0.5)
		return;
	s->dbm0 = FULL_DBM0 + 20 * log10(amp / 32767);
	/* quantising alone leaves 1/12 */
	s->snr_db = 10 * log10(mean_square / fmax(f.rest, 1.0 / 12));
}

long sine_delay(const int16_t *a, size_t na, const int16_t *b, size_t nb,
		long max)
{
	double best = -1;
	long at = 0;

	for (long d = 0; d <= max && (size_t)d < nb; d++) {
		size_t n = nb - (size_t)d < na ? nb - (size_t)d : na;
		double ab = 0, aa = 1e-9, bb = 1e-9;

		for (size_t i = 0; i < n; i++) {
			double y = b[i + (size_t)d];

			ab += a[i] * y;
			aa += (double)a[i] * a[i];
			bb += y * y;
		}
		ab = fabs(ab) / sqrt(aa * bb);
		if (ab > best) {
			best = ab;
			at = d;
		}
	}
	return at;
}

void sine_make(int16_t *pcm, size_t n, unsigned rate, double hz, double dbm0,
	       size_t at)
{
	double amp = 32767 * pow(10, (dbm0 - FULL_DBM0) / 20);

	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(amp * sin(2 * M_PI * hz *
						  (double)(at + i) / rate));
}

void sine_noise(int16_t *pcm, size_t n, double dbm0, uint32_t *seed)
{
	/* uniform noise of peak p has the power p^2 / 3, a sine p^2 / 2 */
	double amp = 32767 * pow(10, (dbm0 - FULL_DBM0) / 20) * sqrt(1.5);

	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		pcm[i] = (int16_t)lrint(amp * ((int32_t)*seed / 2147483648.0));
	}
}
