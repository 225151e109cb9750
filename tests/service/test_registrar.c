/* SPDX-License-Identifier: Apache-2.0 */
/* A phone registers: RFC 3261 section 10.3 as seen from outside. */
#include "gateway/service/registrar.h"

#include <stdio.h>

#include "gateway/sip/sip_stack.h"
#include "tests/lib/sip_rig.h"
#include "tests/lib/test.h"

static const struct phone_conf phones[] = {
	{ .user = "alice", .number = "201", .password = "pa" },
	{ .user = "bob", .number = "202", .password = "pb" },
};
static const struct conf_list list = { (void *)(uintptr_t)phones, 2 };

struct house {
	struct sip_rig     sip;
	struct registrar   reg;
	struct auth_client phone;
	const char        *aor;         /* of To */
	uint32_t           cseq, n_sent;
};

static int house_open(struct house *h)
{
	int err;

	*h = (struct house){ .aor = "alice" };
	h->phone.user = "alice";
	h->phone.password = "pa";
	TRY(sip_rig_open(&h->sip, NULL));
	TRY(auth_server_new(&h->reg.auth, h->sip.loop, "home", 0));
	TRY(location_new(&h->reg.location, h->sip.loop, &list));
	h->reg.min_s = 60;
	h->reg.max_s = h->reg.default_s = 3600;
	TRY(sip_stack_serve(h->sip.stack, &registrar_method, &h->reg));
out:
	return err;
}

static void house_close(struct house *h)
{
	sip_rig_close(&h->sip);
	location_free(h->reg.location);
	auth_server_free(h->reg.auth);
}

/* One REGISTER and its answer. lines: Contact, Expires. */
static int send_once(struct house *h, const char *lines, uint16_t *status)
{
	struct buf b;
	int err;

	sip_rig_clear(&h->sip);
	buf_init(&b, 4000);
	h->cseq++;
	buf_addf(&b, "REGISTER sip:home SIP/2.0\r\nVia: SIP/2.0/UDP "
		 "192.0.2.2:5060;branch=z9hG4bKr%u\r\nFrom: <sip:%s@home>;"
		 "tag=1\r\nTo: <sip:%s@home>\r\nCall-ID: reg\r\n"
		 "CSeq: %u REGISTER\r\n%s", ++h->n_sent, h->aor, h->aor,
		 h->cseq, lines);
	auth_client_add(&h->phone, &b, STR_LIT("REGISTER"),
			STR_LIT("sip:home"));
	buf_addz(&b, "\r\n");
	err = b.err ? b.err : sip_rig_send_raw(&h->sip, b.p, b.len);
	sip_rig_run(&h->sip, 5);
	buf_fini(&b);
	if (!err)
		err = sip_rig_last(&h->sip) ? 0 : ETIMEDOUT;
	if (!err)
		*status = sip_rig_last(&h->sip)->status;
	return err;
}

/* As a phone does it: answers one challenge. */
static int reg(struct house *h, const char *lines, uint16_t *status)
{
	int err = send_once(h, lines, status);

	if (err || *status != 401)
		return err;
	err = auth_client_take(&h->phone, sip_rig_last(&h->sip));
	return err ? err : send_once(h, lines, status);
}

static unsigned n_bindings(const struct house *h)
{
	return location_phone(h->reg.location, STR_LIT("alice"))->n;
}

#define C1 "Contact: <sip:alice@192.0.2.2>;q=0.5\r\n"
#define C2 "Contact: <sip:alice@192.0.2.7:5070;transport=tcp>\r\n"

static int test_register(void)
{
	const struct sip_msg *m;
	const struct binding *b;
	struct house h;
	uint16_t status;
	int err;

	TRY(house_open(&h));
	TRY(reg(&h, C1 C2 "Expires: 600\r\n", &status));
	CHECK_INT(status, 200);
	m = sip_rig_last(&h.sip);
	CHECK_STR(sip_msg_hdr(m, SIP_HDR_CONTACT, 1)->val,
		  "<sip:alice@192.0.2.2>;expires=600");
	CHECK_INT(n_bindings(&h), 2);
	b = location_best(location_number(h.reg.location, "201"));
	CHECK_STR(str_z(b->contact),
		  "sip:alice@192.0.2.7:5070;transport=tcp");
	/* the flow is the one the phone spoke on */
	CHECK(addr_eq(&b->flow->remote, &h.sip.peer_addr));
	/* a question changes nothing */
	TRY(reg(&h, "", &status));
	CHECK_INT(status, 200);
	CHECK(sip_msg_hdr(sip_rig_last(&h.sip), SIP_HDR_CONTACT, 1));
	/* one goes, then all */
	TRY(reg(&h, "Contact: <sip:alice@192.0.2.2>;expires=0\r\n",
		&status));
	CHECK_INT(n_bindings(&h), 1);
	TRY(reg(&h, "Contact: *\r\nExpires: 0\r\n", &status));
	CHECK_INT(status, 200);
	CHECK_INT(n_bindings(&h), 0);
out:
	house_close(&h);
	return err;
}

static int test_credentials(void)
{
	struct house h;
	uint16_t status;
	int err;

	TRY(house_open(&h));
	TRY(send_once(&h, C1, &status));
	CHECK_INT(status, 401);
	CHECK(sip_msg_hdr(sip_rig_last(&h.sip), SIP_HDR_WWW_AUTHENTICATE, 1));
	h.phone.password = "wrong";
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 403);
	h.phone = (struct auth_client){ .user = "mallory", .password = "x" };
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 403);
	/* bob's password is not good for alice's phone */
	h.phone = (struct auth_client){ .user = "bob", .password = "pb" };
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 403);
	h.aor = "nobody";
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 404);
	CHECK_INT(n_bindings(&h), 0);
out:
	house_close(&h);
	return err;
}

static int test_refused(void)
{
	struct house h;
	uint16_t status;
	int err;

	TRY(house_open(&h));
	TRY(reg(&h, C1 "Expires: 30\r\n", &status));
	CHECK_INT(status, 423);
	CHECK_STR(sip_msg_val(sip_rig_last(&h.sip), SIP_HDR_MIN_EXPIRES),
		  "60");
	TRY(reg(&h, "Contact: *\r\n", &status));
	CHECK_INT(status, 400);
	TRY(reg(&h, "Contact: *\r\n" C1 "Expires: 0\r\n", &status));
	CHECK_INT(status, 400);
	TRY(reg(&h, "Contact: <mailto:a@b>\r\n", &status));
	CHECK_INT(status, 400);
	/* an older request than the binding */
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 200);
	sip_rig_run(&h.sip, 33000);
	h.cseq -= 2;
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 500);
	CHECK_INT(n_bindings(&h), 1);
out:
	house_close(&h);
	return err;
}

/* All contacts of a request, or none. */
static int test_too_many(void)
{
	char lines[1500];
	struct house h;
	uint16_t status;
	size_t n = 0;
	int err;

	TRY(house_open(&h));
	for (int i = 0; i <= LOCATION_CONTACTS; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
				      "Contact: <sip:a@192.0.2.%d>\r\n", i);
	TRY(reg(&h, lines, &status));
	CHECK_INT(status, 403);
	CHECK_INT(n_bindings(&h), 0);
	TRY(reg(&h, "Contact: <sip:a@b>;expires=999999\r\n", &status));
	CHECK_STR(sip_msg_val(sip_rig_last(&h.sip), SIP_HDR_CONTACT),
		  "<sip:a@b>;expires=3600");
out:
	house_close(&h);
	return err;
}

/* A phone that comes with a new port each time always gets in: of its old
 * bindings the one that would end first goes. */
static int test_room(void)
{
	char line[80];
	struct house h;
	uint16_t status;
	int err;

	TRY(house_open(&h));
	for (int i = 0; i < 3 * LOCATION_CONTACTS; i++) {
		snprintf(line, sizeof(line),
			 "Contact: <sip:a@192.0.2.2:%d>;expires=%d\r\n",
			 6000 + i, 600 + i);
		TRY(reg(&h, line, &status));
		CHECK_INT(status, 200);
	}
	CHECK_INT(n_bindings(&h), LOCATION_CONTACTS);
	CHECK(location_find(location_phone(h.reg.location, STR_LIT("alice")),
			    STR_LIT("sip:a@192.0.2.2:6023")));
	CHECK(location_find(location_phone(h.reg.location, STR_LIT("alice")),
			    STR_LIT("sip:a@192.0.2.2:6016")));
out:
	house_close(&h);
	return err;
}

/* Name after name from one address, which anybody may have written there:
 * most are not answered any more. Password after password, each with a nonce
 * that was sent to that address: in the end there is no answer at all. */
static int test_scanner(void)
{
	struct sip_block *block = NULL;
	struct house h;
	uint16_t status;
	char name[16];
	int err;

	TRY(house_open(&h));
	TRY(sip_block_new(&block, h.sip.loop, 600000, 10));
	h.sip.stack->p.block = block;
	h.aor = name;
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		TRY(send_once(&h, C1, &status));
		CHECK_INT(status, 401);
	}
	for (int i = 0; i < 3; i++)
		CHECK_INT(send_once(&h, C1, &status), ETIMEDOUT);
	TRY(send_once(&h, C1, &status));
	sip_rig_run(&h.sip, 700000);
	h.aor = "alice";
	h.phone.password = "guess";
	for (int i = 0; i < 7; i++) {
		TRY(reg(&h, C1, &status));
		CHECK_INT(status, 403);
	}
	CHECK_INT(reg(&h, C1, &status), ETIMEDOUT);
	TRY(sip_block_clear(block, NULL));
	h.phone.password = "pa";
	TRY(reg(&h, C1, &status));
	CHECK_INT(status, 200);
out:
	house_close(&h);
	sip_block_free(block);
	return err;
}

const struct test_suite suite_registrar = {
	"service/registrar", (const struct test[]){
		TEST(test_register),
		TEST(test_room),
		TEST(test_credentials),
		TEST(test_refused),
		TEST(test_too_many),
		TEST_WITH(test_scanner, TEST_NO_OOM),
		TEST_END } };
