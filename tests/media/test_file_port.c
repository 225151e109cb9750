/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clk.h"
#include "media/file_port.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

enum { N = 8000 };

/* A name in /tmp that nobody has. */
static int temp(char *name)
{
	int fd = mkstemp(name);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int test_save_and_load(void)
{
	char name[] = "/tmp/tipring-file-XXXXXX";
	int16_t pcm[N], *got = NULL;
	struct sine s;
	size_t n;
	int err = 0;

	sine_make(pcm, N, 8000, 1000.5, -10, 0);
	TRY(temp(name));
	TRY(file_save(name, pcm, N, 8000));
	TRY(file_load(&got, &n, name, 8000));
	CHECK_INT(n, N);
	for (unsigned i = 0; i < N; i++)
		CHECK_INT(got[i], pcm[i]);
	got = mem_free(got);
	/* at other rates it is the same sound */
	TRY(file_load(&got, &n, name, 16000));
	CHECK_NEAR((double)n, 2 * N, 16);
	sine_fit(&s, got + 3200, 3200, 16000, 1000);
	CHECK_NEAR(s.hz, 1000.5, 0.1);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	CHECK(s.snr_db > 40);
	got = mem_free(got);
	sine_make(pcm, N, 44100, 1000.5, -10, 0);
	TRY(file_save(name, pcm, N, 44100));
	TRY(file_load(&got, &n, name, 8000));
	CHECK_NEAR((double)n, N * 8000.0 / 44100, 16);
	sine_fit(&s, got + 200, 1000, 8000, 1000);
	CHECK_NEAR(s.dbm0, -10, 0.2);
	CHECK(s.snr_db > 40);
out:
	mem_free(got);
	unlink(name);
	return err;
}

/* What lies above half the new rate must not come back as an alias. */
static int test_no_alias(void)
{
	char name[] = "/tmp/tipring-file-XXXXXX";
	int16_t pcm[4 * N], *got = NULL;
	struct sine s;
	size_t n;
	int err = 0;

	sine_make(pcm, 4 * N, 48000, 6000, -6, 0);
	TRY(temp(name));
	TRY(file_save(name, pcm, 4 * N, 48000));
	TRY(file_load(&got, &n, name, 8000));
	sine_fit(&s, got + 400, 1600, 8000, 2000);
	CHECK(s.dbm0 < -50);
out:
	mem_free(got);
	unlink(name);
	return err;
}

static int test_port(void)
{
	char name[] = "/tmp/tipring-file-XXXXXX";
	char copy[] = "/tmp/tipring-file-XXXXXX";
	static int16_t pcm[3 * N];
	struct port *p = NULL;
	struct clk_virtual clk;
	struct loop *loop = NULL;
	int16_t *got = NULL;
	unsigned loud = 0;
	size_t n;
	int err = 0;

	clk_virtual_init(&clk);
	sine_make(pcm, 3 * N, 8000, 400, -10, 0);
	TRY(temp(name));
	TRY(temp(copy));
	TRY(file_save(name, pcm, 3 * N, 8000));
	TRY(loop_new(&loop, &clk.clk));
	TRY(file_port_new(&p, loop, name, 2, copy, 8000));
	for (unsigned i = 0; i < 400; i++) {
		struct frame f;

		TRY(p->ops->pull(p, &f));
		TRY(p->ops->push(p, &f));
		loud += f.pcm[5] != 0;
		loop_run_until(loop, clk.t_us + 20000);
	}
	port_free(p);
	p = NULL;
	CHECK_INT(loud, 300);                   /* 6 s of 8 */
	TRY(file_load(&got, &n, copy, 8000));
	CHECK_INT(n, 400 * 160);
	for (unsigned i = 0; i < 6 * N; i++)
		CHECK_INT(got[i], pcm[i % (3 * N)]);
out:
	mem_free(got);
	port_free(p);
	loop_free(loop);
	unlink(name);
	unlink(copy);
	return err;
}

static int test_broken(void)
{
	char name[] = "/tmp/tipring-file-XXXXXX";
	struct port *p = NULL;
	struct loop *loop = NULL;
	int16_t *got;
	size_t n;
	int err = 0;

	TRY(temp(name));
	TRY(loop_new(&loop, &clk_real));
	CHECK(file_load(&got, &n, name, 8000) != 0);    /* empty */
	CHECK(file_load(&got, &n, "/tmp/no/such", 8000) != 0);
	CHECK(file_port_new(&p, loop, "/tmp/no/such", 1, NULL, 8000) != 0);
	CHECK(file_port_new(&p, loop, NULL, 1, "/tmp/no/such", 8000) != 0);
	TRY(file_save(name, NULL, 0, 8000));
	/* no sample at all, for ever: it ends */
	TRY(file_port_new(&p, loop, name, 0, NULL, 8000));
out:
	port_free(p);
	loop_free(loop);
	unlink(name);
	return err;
}

const struct test_suite suite_file_port = {
	"media/file_port", (const struct test[]){
		TEST(test_save_and_load),
		TEST(test_no_alias),
		TEST(test_port),
		TEST(test_broken),
		TEST_END } };
