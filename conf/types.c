/* SPDX-License-Identifier: Apache-2.0 */
/* The scalar types: text to value, value to text, comparison. */
#include "conf/types.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scan.h"

static int no(char why[CONF_WHY_SIZE], const char *fmt, ...)
	PRINTF_LIKE(2, 3);

static int no(char why[CONF_WHY_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, CONF_WHY_SIZE, fmt, ap);
	va_end(ap);
	return EBADMSG;
}

static bool has_range(const struct conf_key *k)
{
	return k->min || k->max;
}

const char *conf_nearest(struct str text, const char *(*name)(const void *of,
			 size_t i), const void *of)
{
	unsigned limit = text.l > 6 ? 4 : text.l > 2 ? 3 : 2, best = limit;
	const char *found = NULL, *n;
	char z[64];

	if (str_copy(z, sizeof(z), text))
		return NULL;
	for (size_t i = 0; (n = name(of, i)); i++) {
		unsigned d = str_distance(z, n, limit);

		if (d < best) {
			best = d;
			found = n;
		}
	}
	return found;
}

static int parse_bool(bool *out, struct str t, char *why)
{
	static const char *const yes[] = { "yes", "true", "on" };
	static const char *const nay[] = { "no", "false", "off" };

	for (int i = 0; i < 3; i++) {
		if (str_ieqz(t, yes[i]) || str_ieqz(t, nay[i])) {
			*out = str_ieqz(t, yes[i]);
			return 0;
		}
	}
	return no(why, "'%.40s' is neither yes nor no", t.p);
}

static int parse_int(const struct conf_key *k, int *out, struct str t,
		     char *why)
{
	long lo = has_range(k) ? k->min : INT_MIN;
	long hi = has_range(k) ? k->max : INT_MAX;
	bool neg = str_starts(t, "-");
	uint32_t v;
	long n;
	int err = str_u32(&v, str_sub(t, neg, t.l), INT_MAX);

	if (err == EBADMSG)
		return no(why, "'%.40s' is not a whole number", t.p);
	n = neg ? -(long)v : (long)v;
	if (err || n < lo || n > hi)
		return no(why, "%.40s is not in %ld to %ld", t.p, lo, hi);
	*out = (int)n;
	return 0;
}

static bool names_ms(const struct conf_key *k)
{
	struct str name = str_z(k->name);

	return name.l > 3 && str_eqz(str_sub(name, name.l - 3, 3), "_ms");
}

/* Milliseconds of a unit; 0: unknown. */
static uint32_t unit_ms(struct str u)
{
	static const struct { const char *name; uint32_t ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "min", 60000 },
		{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_eqz(u, units[i].name))
			return units[i].ms;
	return 0;
}

/* At most three digits behind the point count. */
static bool scan_fraction(struct scan *s, uint32_t *thousandths)
{
	uint32_t scale = 100;
	int digits = 0;

	*thousandths = 0;
	if (!scan_opt(s, '.'))
		return true;
	for (; scan_peek(s) >= '0' && scan_peek(s) <= '9'; digits++) {
		*thousandths += (uint32_t)(scan_peek(s) - '0') * scale;
		scale /= 10;
		scan_skip(s, 1);
	}
	return digits > 0;
}

static int parse_ms(const struct conf_key *k, uint32_t *out, struct str t,
		    char *why)
{
	struct scan s = scan_of(t);
	uint32_t n = 0, frac = 0, unit = 0;
	uint64_t ms;

	if (scan_u32(&s, UINT32_MAX, &n) && scan_fraction(&s, &frac)) {
		scan_blanks(&s);
		/* 30 of what? */
		unit = scan_rest(&s).l ? unit_ms(scan_rest(&s))
		       : names_ms(k) || !(n || frac);
	}
	if (!unit || (frac && unit == 1))
		return no(why, "'%.40s' is not a duration; write 800ms, 2s, "
			  "1.5s, 5min or 1h", t.p);
	ms = (uint64_t)n * unit + (uint64_t)frac * unit / 1000;
	if (ms > UINT32_MAX)
		return no(why, "%.40s is too long", t.p);
	if (has_range(k) && (ms < (uint64_t)k->min || ms > (uint64_t)k->max))
		return no(why, "%.40s is not in %ld to %ld ms", t.p, k->min,
			  k->max);
	*out = (uint32_t)ms;
	return 0;
}

static int parse_db(const struct conf_key *k, float *out, struct str t,
		    char *why)
{
	char num[24], *end;
	struct str digits = t;
	double v;

	if (t.l > 2 && str_ieqz(str_sub(t, t.l - 2, 2), "db"))
		digits = str_trim(str_sub(t, 0, t.l - 2));
	if (str_copy(num, sizeof(num), digits) || !num[0] ||
	    num[strspn(num, "+-.0123456789")])
		return no(why, "'%.40s' is not a level in dB", t.p);
	v = strtod(num, &end);
	if (*end)
		return no(why, "'%.40s' is not a level in dB", t.p);
	if (has_range(k) && (v < (double)k->min || v > (double)k->max))
		return no(why, "%.40s is not in %ld to %ld dB", t.p, k->min,
			  k->max);
	*out = (float)v;
	return 0;
}

/* Longest text a member holds. */
static size_t text_max(const struct conf_key *k)
{
	if (k->size && (!k->max || (size_t)k->max > k->size - 1))
		return k->size - 1;
	return (size_t)k->max;
}

static int parse_str(const struct conf_key *k, char *out, struct str t,
		     char *why)
{
	size_t max = text_max(k);

	if (t.l > max)
		return no(why, "longer than %zu characters", max);
	if (t.l < (size_t)k->min)
		return no(why, t.l ? "shorter than %ld characters" :
			  "empty; it needs %ld characters or more", k->min);
	return str_copy(out, max + 1, t) ? no(why, "holds a NUL") : 0;
}

static const char *name_at(const void *of, size_t i)
{
	return ((const char *const *)of)[i];
}

static int parse_name(const struct conf_key *k, int *out, struct str t,
		      char *why)
{
	const char *near;
	size_t n;

	for (int i = 0; k->names[i]; i++) {
		if (str_eqz(t, k->names[i])) {
			*out = i;
			return 0;
		}
	}
	near = conf_nearest(t, name_at, k->names);
	if (near)
		return no(why, "unknown value '%.40s', did you mean '%s'?",
			  t.p, near);
	n = (size_t)snprintf(why, CONF_WHY_SIZE, "'%.40s' is none of", t.p);
	for (int i = 0; k->names[i] && n < CONF_WHY_SIZE; i++)
		n += (size_t)snprintf(why + n, CONF_WHY_SIZE - n, "%s %s",
				      i ? "," : "", k->names[i]);
	return EBADMSG;
}

static int parse_addr(const struct conf_key *k, struct addr *out,
		      struct str t, char *why)
{
	struct addr a;

	if (addr_parse(&a, t, (uint16_t)k->min))
		return no(why, "'%.60s' is not an IP address, with or without "
			  "a port", t.p);
	*out = a;
	return 0;
}

static int parse_e164(char *out, struct str t, char *why)
{
	char digits[CONF_E164_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < t.l; i++) {
		char c = t.p[i];

		if (memchr(" -.()", c, 5) && i)
			continue;
		if (n == sizeof(digits) - 1 ||
		    (i == 0 ? c != '+' : c < '0' || c > '9'))
			goto refuse;
		digits[n++] = c;
	}
	/* RFC 3966 global number: a country code never begins with 0 */
	if (n < 3 || digits[1] == '0')
		goto refuse;
	memcpy(out, digits, n);
	out[n] = '\0';
	return 0;
refuse:
	return no(why, "'%.40s' is not an international number, as in "
		  "+81312345678", t.p);
}

static int parse_file(const struct conf_key *k, char *out, struct str t,
		      const char *dir, char *why)
{
	char path[1024];
	int n;

	if (!t.l)
		return no(why, "empty; it needs a path");
	if (str_chr(t, '\0') >= 0)
		return no(why, "holds a NUL");
	if (t.p[0] == '/' || !dir[0])
		n = snprintf(path, sizeof(path), "%.*s", STR_FMT(t));
	else
		n = snprintf(path, sizeof(path), "%s/%.*s", dir, STR_FMT(t));
	if (n < 0 || (size_t)n > text_max(k) || (size_t)n >= sizeof(path))
		return no(why, "path longer than %zu characters",
			  text_max(k));
	if (k->flags & CONF_READABLE) {
		struct stat st;

		if (access(path, R_OK) < 0 || stat(path, &st) < 0)
			return no(why, "cannot read %.90s: %s", path,
				  strerror(errno));
		/* a pipe would hold us up, a device has no end */
		if (!S_ISREG(st.st_mode))
			return no(why, "%.90s is not a regular file", path);
	}
	memcpy(out, path, (size_t)n + 1);
	return 0;
}

int conf_scalar_parse(const struct conf_key *k, void *out, struct str text,
		      const char *dir, char why[CONF_WHY_SIZE])
{
	/* messages print with %.40s: they want a terminated text */
	char z[128];

	str_clip(z, sizeof(z), text);
	if (text.l < sizeof(z))
		text.p = z;
	switch (k->type) {
	case CONF_BOOL:
		return parse_bool(out, text, why);
	case CONF_INT:
		return parse_int(k, out, text, why);
	case CONF_MS:
		return parse_ms(k, out, text, why);
	case CONF_DB:
		return parse_db(k, out, text, why);
	case CONF_STR:
		return parse_str(k, out, text, why);
	case CONF_NAME:
		return parse_name(k, out, text, why);
	case CONF_ADDR:
		return parse_addr(k, out, text, why);
	case CONF_CIDR:
		return !cidr_parse(out, text) ? 0 :
			no(why, "'%.60s' is not a network, as in "
			   "192.0.2.0/24", text.p);
	case CONF_E164:
		return parse_e164(out, text, why);
	case CONF_FILE:
		return parse_file(k, out, text, dir, why);
	default:
		return no(why, "not a single value");
	}
}

size_t conf_type_size(const struct conf_key *k)
{
	switch (k->type) {
	case CONF_BOOL:
		return sizeof(bool);
	case CONF_INT:
	case CONF_NAME:
		return sizeof(int);
	case CONF_MS:
		return sizeof(uint32_t);
	case CONF_DB:
		return sizeof(float);
	case CONF_ADDR:
		return sizeof(struct addr);
	case CONF_CIDR:
		return sizeof(struct cidr);
	case CONF_E164:
		return CONF_E164_SIZE;
	case CONF_LIST:
		return sizeof(struct conf_list);
	case CONF_MAP:
		return k->sub->size;
	default:
		return 0;
	}
}

size_t conf_item_size(const struct conf_key *item)
{
	size_t n = conf_type_size(item);

	return n ? n : (size_t)item->max + 1;
}

const char *conf_type_name(enum conf_type t)
{
	static const char *const names[] = {
		[CONF_NONE] = "", [CONF_BOOL] = "yes or no",
		[CONF_INT] = "whole number", [CONF_MS] = "duration",
		[CONF_DB] = "dB", [CONF_STR] = "text", [CONF_NAME] = "word",
		[CONF_ADDR] = "address", [CONF_CIDR] = "network",
		[CONF_E164] = "E.164 number", [CONF_FILE] = "path",
		[CONF_SECRET] = "secret", [CONF_LIST] = "list",
		[CONF_MAP] = "section",
	};

	return names[t];
}

bool conf_scalar_eq(const struct conf_key *k, const void *a, const void *b)
{
	const struct cidr *x = a, *y = b;

	switch (k->type) {
	case CONF_ADDR:
		return addr_eq(a, b);
	case CONF_CIDR:
		return x->bits == y->bits && addr_eq(&x->net, &y->net);
	case CONF_STR:
	case CONF_FILE:
	case CONF_SECRET:
	case CONF_E164:
		return !strcmp(a, b);
	default:
		return !memcmp(a, b, conf_type_size(k));
	}
}

bool conf_scalar_is_unset(const struct conf_key *k, const void *v)
{
	static const char zero[sizeof(struct cidr)];

	switch (k->type) {
	case CONF_STR:
	case CONF_FILE:
	case CONF_SECRET:
	case CONF_E164:
		return !*(const char *)v;
	case CONF_ADDR:
	case CONF_CIDR:         /* its address is its first member */
		return ((const struct addr *)v)->family == AF_UNSPEC;
	default:
		return !memcmp(v, zero, conf_type_size(k));
	}
}

static void print_ms(uint32_t ms, struct buf *out)
{
	if (ms && ms % 3600000 == 0)
		buf_addf(out, "%uh", ms / 3600000);
	else if (ms && ms % 60000 == 0)
		buf_addf(out, "%umin", ms / 60000);
	else if (ms && ms % 1000 == 0)
		buf_addf(out, "%us", ms / 1000);
	else
		buf_addf(out, "%ums", ms);
}

static void print_text(const char *p, struct buf *out)
{
	buf_addc(out, '"');
	for (; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c < 32 || c == 127)
			buf_addf(out, "\\x%02x", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, '"');
}

void conf_scalar_print(const struct conf_key *k, const void *v,
		       struct buf *out)
{
	char text[ADDR_TEXT_MAX];
	const struct cidr *net = v;

	switch (k->type) {
	case CONF_BOOL:
		buf_addz(out, *(const bool *)v ? "yes" : "no");
		break;
	case CONF_INT:
		buf_addf(out, "%d", *(const int *)v);
		break;
	case CONF_MS:
		print_ms(*(const uint32_t *)v, out);
		break;
	case CONF_DB:
		buf_addf(out, "%gdB", (double)*(const float *)v);
		break;
	case CONF_NAME:
		buf_addz(out, k->names[*(const int *)v]);
		break;
	case CONF_ADDR:
		buf_addf(out, "\"%s\"", addr_print(text, v));
		break;
	case CONF_CIDR:
		buf_addf(out, "\"%s/%u\"", addr_print_ip(text, &net->net),
			 net->bits);
		break;
	case CONF_SECRET:
		buf_addz(out, "\"***\"");
		break;
	default:
		print_text(v, out);
		break;
	}
}
