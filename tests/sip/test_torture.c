/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of RFC 4475 and RFC 5118, against the stack: over UDP, then
 * over connections. The manifests beside them says what answer
 * each must get. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

enum { FILE_MAX = 8192 };

/* One line of the manifest. */
struct item {
	char   name[64], expect[64];
	char   data[FILE_MAX];
	size_t len;
};

typedef int item_fn(const struct item *it, void *arg);

static int read_item(struct item *it, const char *dir, const char *line)
{
	char path[200];
	FILE *f;

	if (line[0] == '#' ||
	    sscanf(line, "%63s %*s %*s %63s", it->name, it->expect) != 2)
		return ENOENT;
	snprintf(path, sizeof(path), "%s/%s", dir, it->name);
	f = fopen(path, "rb");
	if (!f)
		return EIO;
	it->len = fread(it->data, 1, sizeof(it->data), f);
	fclose(f);
	return 0;
}

static int each(const char *dir, unsigned *count, item_fn *fn, void *arg)
{
	char path[200], line[300];
	struct item it;
	FILE *f;
	int err = 0;

	snprintf(path, sizeof(path), "%s/MANIFEST.tsv", dir);
	f = fopen(path, "r");
	if (!f)
		return EIO;
	while (!err && fgets(line, sizeof(line), f)) {
		err = read_item(&it, dir, line);
		if (!err) {
			(*count)++;
			err = fn(&it, arg);
		} else if (err == ENOENT) {
			err = 0;
		}
	}
	fclose(f);
	return err;
}

static int each_of_all(item_fn *fn, void *arg)
{
	unsigned n = 0;
	int err = each("tests/data/torture/rfc4475", &n, fn, arg);

	if (!err)
		err = each("tests/data/torture/rfc5118", &n, fn, arg);
	return err ? err : n == 61 ? 0 : ENOENT;
}

/* status 0: no answer. */
static bool is_expected(const struct item *it, uint16_t status)
{
	char text[64], *save, *word;
	bool named = false;

	snprintf(text, sizeof(text), "%s", it->expect);
	for (word = strtok_r(text, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		if (!strcmp(word, "any") ||
		    (!strcmp(word, "none") && status == 0) ||
		    (!strcmp(word, "any-not-400") && status &&
		     status != 400))
			named = true;
		named |= status && (unsigned)strtoul(word, NULL, 10) ==
				   status;
	}
	return named;
}

/* Stand-ins for the rooms above. */
static int on_invite(struct sip_stack *s, struct txn_server *t,
		     const struct sip_msg *m, void *arg)
{
	(void)s;
	(void)m;
	(void)arg;
	txn_server_replyf(t, 486, NULL, "%s", "");
	return 0;
}

static int on_register(struct sip_stack *s, struct txn_server *t,
		       const struct sip_msg *m, void *arg)
{
	(void)s;
	(void)m;
	(void)arg;
	txn_server_replyf(t, 200, NULL, "%s", "");
	return 0;
}

static int serve(struct sip_stack *s)
{
	static const struct sip_method invite = { "INVITE", on_invite };
	static const struct sip_method reg = { "REGISTER", on_register };
	int err = sip_stack_serve(s, &invite, NULL);

	err = err ? err : sip_stack_serve(s, &reg, NULL);
	err = err ? err : sip_stack_allow(s, "CANCEL");
	err = err ? err : sip_stack_allow(s, "ACK");
	return err ? err : sip_stack_allow(s, "BYE");
}

static int over_udp(const struct item *it, void *arg)
{
	struct sip_rig *r = arg;
	uint16_t status = 0;
	int err;

	TRY(sip_rig_send_raw(r, it->data, it->len));
	sip_rig_run(r, 10);
	if (sip_rig_last(r))
		status = sip_rig_last(r)->status;
	if (!is_expected(it, status)) {
		test_say(__FILE__, __LINE__, "%s: %u, not %s", it->name,
			 status, it->expect);
		err = EINVAL;
	}
out:
	sip_rig_clear(r);
	return err;
}

static int test_udp(void)
{
	struct sip_stack_params p = { .force_rport = true };
	struct sip_rig r;
	int err;

	TRY(sip_rig_open(&r, &p));
	TRY(serve(r.stack));
	TRY(each_of_all(over_udp, &r));
	sip_rig_run(&r, 70000);
	CHECK_INT(sip_stack_txns(r.stack), 0);
out:
	sip_rig_close(&r);
	return err;
}

struct tcp_rig {
	struct loop      *loop;
	struct sip_stack *s;
	struct addr       at;
};

/* The message says it is longer: the stack waits for the rest. */
static bool is_unfinished(const struct item *it)
{
	return !strcmp(it->name, "clerr.dat");
}

/* The status of the first answer; a broken stream just ends. */
static int talk(struct tcp_rig *r, const struct item *it, uint16_t *status)
{
	int turns = is_unfinished(it) || is_expected(it, 0) ? 6 : 1000;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sa(&r->at, &ss);
	int fd = socket(AF_INET, SOCK_STREAM, 0), err = 0;
	char out[4096];
	ssize_t got = -1;

	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&ss, len) ||
	    send(fd, it->data, it->len, MSG_NOSIGNAL) < 0)
		err = errno;
	for (int i = 0; !err && i < turns && got < 0; i++) {
		loop_turn(r->loop, 3);
		got = recv(fd, out, sizeof(out), MSG_DONTWAIT);
	}
	close(fd);
	*status = 0;
	if (got > 12 && !memcmp(out, "SIP/2.0 ", 8))
		*status = (uint16_t)strtoul(out + 8, NULL, 10);
	return err;
}

static int over_tcp(const struct item *it, void *arg)
{
	uint16_t status;
	int err;

	TRY(talk(arg, it, &status));
	if (!strcmp(it->name, "inv2543.dat"))
		CHECK_INT(status, 400); /* no Content-Length */
	else if (is_unfinished(it))
		CHECK_INT(status, 0);
	else if (!is_expected(it, status)) {
		test_say(__FILE__, __LINE__, "%s: %u, not %s", it->name,
			 status, it->expect);
		err = EINVAL;
	}
out:
	return err;
}

static int test_tcp(void)
{
	struct sip_stack_params p = { 0 };
	struct tcp_rig r = { 0 };
	int err;

	TRY(loop_new(&r.loop, &clk_real));
	p.loop = r.loop;
	TRY(sip_stack_new(&r.s, &p));
	TRY(addr_parse(&r.at, STR_LIT("127.0.0.1:0"), 0));
	TRY(sip_stack_listen(r.s, SIP_TCP, &r.at, &r.at));
	TRY(serve(r.s));
	TRY(each_of_all(over_tcp, &r));
out:
	sip_stack_free(r.s);
	loop_free(r.loop);
	return err;
}

const struct test_suite suite_torture = {
	"sip/torture", (const struct test[]){
		TEST_WITH(test_udp, TEST_NO_OOM),
		TEST_WITH(test_tcp, TEST_REAL),
		TEST_END } };
