/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/sip/sip_conf.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/sip/transport.h"
#include "tests/lib/test.h"

static int load(struct conf_snapshot **sp, struct buf *said, const char *text)
{
	static const struct conf_section *const all[] = {
		&sip_conf_section, &sip_peers_section,
		&sip_registrations_section, NULL,
	};
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = conf_load_text(sp, "t.yaml", str_z(text), all, NULL, &d);
	conf_diag_print(&d, said);
	buf_addc(said, '\0');
	conf_diag_fini(&d);
	return err;
}

static int test_good(void)
{
	const struct sip_conf *c;
	const struct sip_listen_conf *l;
	const struct sip_peer_conf *p;
	const struct sip_registration_conf *r;
	struct conf_snapshot *s = NULL;
	struct buf said;
	int err;

	buf_init(&said, 5000);
	setenv("TEST_SIP_PW", "secret", 1);
	TRY(load(&s, &said,
		 "sip:\n"
		 "  listen:\n"
		 "    - { transport: udp, address: 192.0.2.1 }\n"
		 "    - { transport: tcp, address: '[2001:db8::1]:5070' }\n"
		 "  domain: home.example\n"
		 "  local_nets: [ 10.0.0.0/8 ]\n"
		 "peers:\n"
		 "  - name: trunk\n    uri: sip:trunk.example:5062\n"
		 "    identity: pai\n    trusted: yes\n    ping: 30s\n"
		 "    sources: [ 198.51.100.0/24 ]\n"
		 "registrations:\n"
		 "  - name: isp\n    registrar: sip:isp.example\n"
		 "    aor: sip:+8150@isp.example\n    expires: 10min\n"
		 "    password: { env: TEST_SIP_PW }\n    outbound: yes\n"));
	c = conf_get(s, &sip_conf_section);
	l = c->listen.v;
	CHECK_INT(c->listen.n, 2);
	CHECK_INT(l[0].transport, SIP_UDP);
	CHECK_INT(l[0].address.port, 5060);
	CHECK_INT(l[1].transport, SIP_TCP);
	CHECK_INT(l[1].address.port, 5070);
	CHECK_INT(c->expires_min_ms, 60000);
	p = ((const struct conf_list *)conf_get(s, &sip_peers_section))->v;
	CHECK_INT(p->identity, SIP_IDENTITY_PAI);
	CHECK_INT(p->ping_ms, 30000);
	CHECK_INT(p->sources.n, 1);
	r = ((const struct conf_list *)
	     conf_get(s, &sip_registrations_section))->v;
	CHECK_INT(r->expires_ms, 600000);
	CHECK(r->outbound);
	CHECK_STR(str_z(r->password), "secret");
out:
	obj_unref(s);
	buf_fini(&said);
	return err;
}

/* Each fault is named. */
static int test_wrong(void)
{
	struct conf_snapshot *s = NULL;
	struct buf said;
	int err;

	buf_init(&said, 5000);
	err = load(&s, &said,
		   "sip:\n"
		   "  listen:\n    - { transport: tls, address: 192.0.2.1 }\n"
		   "  external_address: not.an.address\n"
		   "  expires_min: 2h\n  expires_max: 1h\n"
		   "peers:\n  - name: a\n    uri: http://x\n"
		   "    ping: 3ms\n"
		   "registrations:\n  - name: b\n    registrar: sip:x\n"
		   "    aor: mailto:y\n    keepalive: 999ms\n");
	CHECK_INT(err, EINVAL);
	TRY(said.err);
	CHECK(strstr((char *)said.p, "1:1: tls needs certificate"));
	CHECK(strstr((char *)said.p, "4:21: not an IP address"));
	CHECK(strstr((char *)said.p, "5:16: is longer"));
	CHECK(strstr((char *)said.p, "9:10: not a SIP URI"));
	CHECK(strstr((char *)said.p, "10:11: 0, or 1s at least"));
	CHECK(strstr((char *)said.p, "14:10: not a SIP URI"));
	CHECK(strstr((char *)said.p, "15:16: 0, or 1s at least"));
out:
	obj_unref(s);
	buf_fini(&said);
	return err;
}

const struct test_suite suite_sip_conf = {
	"sip/sip_conf", (const struct test[]){
		TEST(test_good),
		TEST(test_wrong),
		TEST_END } };
