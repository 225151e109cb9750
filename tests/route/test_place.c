/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route/place.h"

#include <string.h>

#include "tests/lib/test.h"

static int test_points(void)
{
	static const char *const good[] = {
		"35.681236 139.767125", "-33.9 18.4", "0 0", "90 -180",
	};
	static const char *const bad[] = {
		"", "35.6", "35.6,139.7", "91 0", "0 181", "nan 0", "1e1 2",
		"0x1 2", "35.6 139.7 12", "35.6 139.7 ",
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(place_point_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!place_point_is_valid(bad[i]));
out:
	return err;
}

static int test_find(void)
{
	char lab[1][ROUTE_NAME_MAX] = { "phone:lab" };
	char phones[1][ROUTE_NAME_MAX] = { "phones" };
	struct place_conf v[3];
	struct conf_list places = { v, 2 };
	struct route_source s = { .kind = ROUTE_FROM_PHONE, .name = "lab" };
	int err = 0;

	memset(v, 0, sizeof(v));
	v[0].from = (struct conf_list){ lab, 1 };
	v[1].from = (struct conf_list){ phones, 1 };
	CHECK(place_find(&places, &s) == &v[0]);
	strcpy(s.name, "other");
	CHECK(place_find(&places, &s) == &v[1]);
	s.kind = ROUTE_FROM_TELEPHONE;
	CHECK(!place_find(&places, &s));
	places.n = 3;           /* without from: everybody */
	CHECK(place_find(&places, &s) == &v[2]);
out:
	return err;
}

const struct test_suite suite_place = {
	"route/place", (const struct test[]){
		TEST(test_points), TEST(test_find), TEST_END } };
