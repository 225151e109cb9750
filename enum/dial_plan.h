/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How numbers are dialled in a country, from a data file (conf/plans/): what
 * digits mean, whether they are complete, of what kind a number is, how an
 * E.164 number is dialled and shown there. A plan is constant once made, and
 * counted: obj_ref, obj_unref.
 *
 *	dialled  [code to withhold or show] [carrier] number
 *	number   emergency or short code
 *	         international prefix, country code, number
 *	         national prefix, national number
 *	         national number, where the plan allows it (bare)
 *	         local number, where the area is known
 */
#ifndef ENUM_DIAL_PLAN_H
#define ENUM_DIAL_PLAN_H

#include "conf/conf.h"
#include "enum/e164.h"

enum dial_kind {
	DIAL_UNKNOWN, DIAL_GEOGRAPHIC, DIAL_MOBILE,
	DIAL_IP,                /* of no place: telephony over IP */
	DIAL_PERSONAL, DIAL_PAGER,
	DIAL_FREEPHONE, DIAL_SHARED, DIAL_PREMIUM,
	DIAL_SERVICE,           /* other national services and networks */
	DIAL_SHORT, DIAL_EMERGENCY,
	DIAL_INTERNATIONAL,     /* of another country */
};

/* What digits are so far. */
enum dial_state {
	DIAL_NONE,              /* nothing the plan knows begins so */
	DIAL_MORE,              /* not complete */
	DIAL_MAYBE,             /* complete unless more come */
	DIAL_COMPLETE,          /* no more can come */
};

enum dial_privacy { DIAL_AS_USUAL, DIAL_WITHHOLD, DIAL_SHOW };

struct dial_number {
	enum dial_state   state;
	enum dial_state   e164_state;   /* the same, as far as it leads to an
					 * E.164 number */
	enum dial_kind    kind;         /* once it may be complete */
	enum dial_privacy privacy;
	unsigned          code;         /* digits of the privacy code in
					 * front */
	bool              begins_code;  /* they may become such a code */
	char              e164[E164_MAX];       /* "": none (yet) */
};

enum dial_form {
	DIAL_FORM_AS_IS,
	DIAL_FORM_DIALLED,      /* "+..." as national; others as they are */
	DIAL_FORM_NATIONAL,     /* with prefix; foreign: international */
	DIAL_FORM_BARE,         /* without prefix; foreign: international */
	DIAL_FORM_INTERNATIONAL,        /* prefix and country code, always */
	DIAL_FORM_E164,         /* "+81312345678" */
	DIAL_FORM_PLAIN,        /* "81312345678" */
};

enum {
	DIAL_SHORT_MAX   = 16,          /* of a short code, with the NUL */
	DIAL_SOS_MAX     = 40,          /* "ambulance 119", with the NUL */
	DIAL_CODE_MAX    = 8,           /* of a prefix, with the NUL */
	DIAL_DIGITS_MAX  = 64,          /* dialled, with the NUL */
};

/* What a user says besides, or instead of, a data file: "" or 0 where it
 * counts what the file says. */
struct dial_keys {
	char    country[4];             /* "81" */
	char    national[6];            /* prefix, "0" */
	char    international[6];       /* prefix, "010" */
	char    area[8];                /* put before local numbers */
	bool    bare;                   /* national numbers may come without
					 * their prefix */
	uint8_t min_digits, max_digits; /* of national numbers in no range of
					 * the file, without prefix; without
					 * a file 4 and 15 less country */
};

struct dial_plan;

/* A plan from keys alone. EINVAL: they do not go together; ENOMEM. */
int dial_plan_new(struct dial_plan **pp, const struct dial_keys *keys)
	MUST_CHECK;

/* A plan from a data file, with the keys (may be NULL) before it. d gets the
 * errors in the file, then EINVAL; also ENOMEM and what open() says. */
int dial_plan_load(struct dial_plan **pp, const char *path,
		   const struct dial_keys *keys, struct conf_diag *d)
	MUST_CHECK;
/* The same from memory; path is only shown. */
int dial_plan_load_text(struct dial_plan **pp, const char *path,
			struct str text, const struct dial_keys *keys,
			struct conf_diag *d) MUST_CHECK;

/* Adds what a file tells of other countries' numbers (conf/plans/world.yaml)
 * to a plan that nobody else knows yet. Errors as dial_plan_load; the plan
 * is as it was then, and may be used. */
int dial_plan_load_world(struct dial_plan *p, const char *path,
			 struct conf_diag *d) MUST_CHECK;

/* What digits [0-9*#], maybe behind a "+", mean. */
void dial_plan_look(const struct dial_plan *p, const char *dialled,
		    struct dial_number *out);

/* May "#" follow these digits as part of a code ("*31" of "*31#")? */
bool dial_plan_takes_hash(const struct dial_plan *p, const char *digits);

/* Of what kind is an E.164 number, "+" and digits? */
enum dial_kind dial_plan_kind(const struct dial_plan *p, const char *e164);
/* "geographic", "premium". */
const char *dial_kind_name(enum dial_kind k);

/* The number in that form, whatever form it has. A number without E.164 form
 * (a short code, an extension) stays as it is. False: so it was. */
bool dial_plan_present(const struct dial_plan *p, enum dial_form form,
		       const char *number, char out[DIAL_DIGITS_MAX]);
/* The E.164 form of a number that came in that form: PLAIN and BARE numbers
 * are told from dialled ones only by the form. EBADMSG, EDOM as
 * e164_normalise. */
int dial_plan_read(const struct dial_plan *p, enum dial_form form,
		   const char *number, char out[E164_MAX]) MUST_CHECK;

/* The emergency numbers, each char[DIAL_SHORT_MAX]. */
const struct conf_list *dial_plan_emergency(const struct dial_plan *p);

/* The one for what a URN asks for, "urn:service:sos.fire" (RFC 5031), or
 * NULL: the plan does not say. */
const char *dial_plan_sos(const struct dial_plan *p, const char *urn);

/* The code that withholds the caller's number, "" if there is none. */
const char *dial_plan_withhold(const struct dial_plan *p);

/* The country code, "" if it is not known. */
const char *dial_plan_country(const struct dial_plan *p);

/* Are national numbers dialled without prefix, too? */
bool dial_plan_is_bare(const struct dial_plan *p);

#endif
