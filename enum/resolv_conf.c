/* SPDX-License-Identifier: Apache-2.0 */
/* resolv.conf(5), the lines with name servers. */
#include <stdio.h>

#include "base/scan.h"
#include "enum/resolv_conf.h"

enum { DNS_PORT = 53, FILE_MAX = 16384 };

unsigned resolv_conf_parse(struct addr *out, unsigned max, struct str text)
{
	struct scan s = scan_of(text);
	struct str line, word, rest;
	unsigned n = 0;

	while (n < max && !scan_eof(&s) && scan_line(&s, &line)) {
		line = str_trim(line);
		if (!str_starts(line, "nameserver"))
			continue;
		rest = str_sub(line, sizeof("nameserver") - 1, line.l);
		if (rest.l == 0 || (rest.p[0] != ' ' && rest.p[0] != '\t'))
			continue;
		rest = str_trim(rest);
		(void)str_cut(rest, ' ', &word, &rest); /* no blank: all */
		if (addr_parse_ip(&out[n], word))
			continue;
		out[n++].port = DNS_PORT;
	}
	return n;
}

unsigned resolv_conf_read(struct addr *out, unsigned max, const char *path)
{
	char text[FILE_MAX];
	unsigned n = 0;
	FILE *f = fopen(path, "re");

	if (f) {
		n = resolv_conf_parse(out, max, str_pl(text,
			fread(text, 1, sizeof(text), f)));
		fclose(f);
	}
	if (n > 0)
		return n;
	out[0] = (struct addr){ .family = AF_INET, .ip = { 127, 0, 0, 1 },
				.port = DNS_PORT };
	return 1;
}
