/* SPDX-License-Identifier: Apache-2.0 */
#include "media/loop_port.h"
#include "tests/lib/sine.h"
#include "tests/lib/test.h"

static int test_ends(void)
{
	struct port *echo = NULL, *tone = NULL, *none = NULL;
	int16_t pcm[1600];
	struct frame f = { .hz = 8000, .n = 160, .pcm = { 1, 2, 3 } }, g;
	struct sine s;
	int err = 0;

	TRY(loop_port_echo(&echo, 8000));
	TRY(loop_port_tone(&tone, 8000, 1004, 0));
	TRY(loop_port_silence(&none, 16000));
	TRY(echo->ops->push(echo, &f));
	TRY(echo->ops->pull(echo, &g));
	CHECK_INT(g.n, 160);
	CHECK_INT(g.pcm[2], 3);
	for (unsigned i = 0; i < 10; i++) {
		TRY(tone->ops->pull(tone, &g));
		for (unsigned k = 0; k < 160; k++)
			pcm[i * 160 + k] = g.pcm[k];
	}
	sine_fit(&s, pcm, 1600, 8000, 1004);
	CHECK_NEAR(s.hz, 1004, 0.01);
	CHECK_NEAR(s.dbm0, 0, 0.01);
	CHECK(s.snr_db > 60);
	TRY(none->ops->push(none, &f));
	CHECK_INT(none->ops->pull(none, &g), EAGAIN);
	CHECK_INT(g.n, 320);
	CHECK_INT(g.pcm[2], 0);
out:
	port_free(echo);
	port_free(tone);
	port_free(none);
	return err;
}

const struct test_suite suite_loop_port = {
	"media/loop_port", (const struct test[]){
		TEST(test_ends),
		TEST_END } };
