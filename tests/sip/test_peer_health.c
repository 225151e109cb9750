/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/peer_health.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/test.h"

static const struct peer_health_bounds bounds = {
	.loss_percent = 5, .delay_ms = 400
};

static int test_bounds(void)
{
	static const struct peer_health_bounds none = { 0, 0 };
	struct peer_health h;
	int err = 0;

	memset(&h, 0, sizeof(h));
	/* one bad report says nothing, nor do two with a good one between */
	CHECK(!peer_health_report(&h, &bounds, 9, 20, 1));
	CHECK(!peer_health_report(&h, &bounds, 0, 20, 2));
	CHECK(!peer_health_report(&h, &bounds, -1, 500, 3));
	CHECK(!h.poor);
	CHECK(peer_health_report(&h, &bounds, 6, 0, 4));
	CHECK(h.poor);
	CHECK_NEAR(h.loss_percent, 6, 0.01);
	CHECK_INT(h.delay_ms, 500);
	/* told once */
	CHECK(!peer_health_report(&h, &bounds, 6, 0, 5));
	/* at a bound is not beyond it */
	memset(&h, 0, sizeof(h));
	for (int i = 0; i < 9; i++)
		CHECK(!peer_health_report(&h, &bounds, 5, 400, 6));
	for (int i = 0; i < 9; i++)
		CHECK(!peer_health_report(&h, &none, 100, 9000, 7));
out:
	return err;
}

static bool worsen(struct peer_health *h, uint64_t now_us)
{
	bool first = peer_health_report(h, &bounds, 50, 0, now_us);

	return !first && peer_health_report(h, &bounds, 50, 0, now_us);
}

static int test_holds(void)
{
	struct peer_health h;
	uint64_t now = 1000;
	uint32_t want = PEER_POOR_MIN_MS;
	int err = 0;

	memset(&h, 0, sizeof(h));
	CHECK(!peer_health_recover(&h, now));
	for (int i = 0; i < 8; i++) {
		CHECK(worsen(&h, now));
		CHECK_INT(h.hold_ms, want);
		CHECK(!peer_health_recover(&h, h.until_us - 1));
		now = h.until_us;
		CHECK(peer_health_recover(&h, now));
		CHECK(!h.poor);
		CHECK(!peer_health_recover(&h, now));
		now += 1000;
		want = want < PEER_POOR_MAX_MS / 2 ? 2 * want
						   : PEER_POOR_MAX_MS;
	}
	CHECK_INT(want, PEER_POOR_MAX_MS);
	/* good for long: forgotten */
	now += 5000ull * PEER_POOR_MAX_MS;
	CHECK(worsen(&h, now));
	CHECK_INT(h.hold_ms, PEER_POOR_MIN_MS);
out:
	return err;
}

const struct test_suite suite_peer_health = {
	"sip/peer_health", (const struct test[]){
		TEST(test_bounds),
		TEST(test_holds),
		TEST_END } };
