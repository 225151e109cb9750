/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of several parts, RFC 2046 section 5.1.1. */
#include "gateway/sip/multipart.h"

#include "base/scan.h"
#include "gateway/sip/hdr.h"

enum { BOUNDARY_MAX = 70 };

/* Is the line "--boundary", or with "--" behind it the last one? */
static bool is_delimiter(struct str line, struct str boundary, bool *last)
{
	struct str rest;

	if (line.l < boundary.l + 2 || line.p[0] != '-' ||
	    line.p[1] != '-' ||
	    !str_eq(str_sub(line, 2, boundary.l), boundary))
		return false;
	rest = str_sub(line, boundary.l + 2, line.l);
	*last = str_starts(rest, "--");
	return *last || str_trim(rest).l == 0;
}

/* Reads the header of a part. False: it is not wanted, or encoded. */
static bool read_header(struct scan *in, const char *type)
{
	struct str line, name, value;
	bool       wanted = false, plain = true;

	while (!scan_eof(in) && scan_line(in, &line) && line.l) {
		if (!str_cut(line, ':', &name, &value))
			continue;
		name = str_trim(name);
		value = str_trim(value);
		if (str_ieqz(name, "Content-Type"))
			wanted = sip_type_is(value, type);
		else if (str_ieqz(name, "Content-Transfer-Encoding"))
			plain = str_ieqz(value, "7bit") ||
				str_ieqz(value, "8bit") ||
				str_ieqz(value, "binary");
	}
	return wanted && plain;
}

/* From the read position up to the next delimiter. False: there is none,
 * the body was cut. */
static bool read_part(struct scan *in, struct str boundary, struct str *part,
		      bool *last)
{
	const char *begin = in->p, *end = in->p;
	struct str  line;

	while (!scan_eof(in) && scan_line(in, &line)) {
		if (is_delimiter(line, boundary, last)) {
			*part = str_pl(begin, (size_t)(end - begin));
			return true;
		}
		/* the line end before a delimiter belongs to it */
		end = line.p + line.l;
	}
	return false;
}

static struct str find_part(struct str body, struct str boundary,
			    const char *type)
{
	struct scan in = scan_of(body);
	struct str  part;
	bool        last = false;

	if (!read_part(&in, boundary, &part, &last))    /* the preamble */
		return STR_NULL;
	for (int i = 0; i < MULTIPART_MAX_PARTS && !last; i++) {
		bool wanted = read_header(&in, type);

		if (!read_part(&in, boundary, &part, &last))
			break;
		if (wanted)
			return part;
	}
	return STR_NULL;
}

struct str multipart_find(struct str content_type, struct str body,
			  const char *type)
{
	struct str name, params, boundary;

	if (!body.l)
		return STR_NULL;
	if (sip_type_is(content_type, type))
		return body;
	(void)str_cut(content_type, ';', &name, &params); /* NULL: none */
	if (!str_istarts(name, "multipart/") ||
	    !sip_param(params, "boundary", &boundary) || !boundary.l ||
	    boundary.l > BOUNDARY_MAX)
		return STR_NULL;
	return find_part(body, boundary, type);
}
