/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "enum/resolv_conf.h"
#include "tests/lib/test.h"

static int test_parse(void)
{
	struct addr a[3];
	char text[ADDR_TEXT_MAX];
	int err = 0;

	CHECK_INT(resolv_conf_parse(a, 3, STR_LIT("# nameserver 1.1.1.1\n"
		"search example.com\nnameserver 192.0.2.1\n"
		"nameserver\t2001:db8::1  # mine\r\nnameserver gw\n"
		"nameservers 192.0.2.9\nnameserver\n nameserver 192.0.2.2 \n"
		"nameserver 192.0.2.3")), 3);
	CHECK_STR(str_z(addr_print(text, &a[0])), "192.0.2.1:53");
	CHECK_STR(str_z(addr_print(text, &a[1])), "[2001:db8::1]:53");
	CHECK_STR(str_z(addr_print(text, &a[2])), "192.0.2.2:53");
	CHECK_INT(resolv_conf_parse(a, 3, STR_NULL), 0);
out:
	return err;
}

static int test_read(void)
{
	char path[] = "/tmp/resolv.XXXXXX", text[ADDR_TEXT_MAX];
	struct addr a[3];
	int err = 0, fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK(write(fd, "nameserver 192.0.2.7\n", 21) == 21);
	CHECK_INT(resolv_conf_read(a, 3, path), 1);
	CHECK_STR(str_z(addr_print(text, &a[0])), "192.0.2.7:53");
	CHECK_INT(resolv_conf_read(a, 3, "/nonexistent"), 1);
	CHECK_STR(str_z(addr_print(text, &a[0])), "127.0.0.1:53");
out:
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return err;
}

const struct test_suite suite_resolv_conf = {
	"enum/resolv_conf", (const struct test[]){
		TEST(test_parse),
		TEST(test_read),
		TEST_END } };
