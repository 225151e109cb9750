/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dial plans and what is dialled under them. The first byte chooses:
 * 'j' 'u' 'g' 'd' 'f' a plan that we ship, and the rest is dialled: what has
 * an E.164 form comes back from every other form as the same number;
 * 'p' a line of digits, then a plan's file: loaded or refused with a reason,
 * asked as users do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "enum/dial_plan.h"

/* A longer plan has no other keys, only more of them. */
enum { PLAN_MAX = 700 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void need(bool cond)
{
	if (!cond)
		abort();
}

/* A service that is asked for has a number, or none. */
static void ask_sos(const struct dial_plan *plan, const char *service)
{
	char urn[120];
	const char *number;

	snprintf(urn, sizeof(urn), "urn:service:sos.%s", service);
	number = dial_plan_sos(plan, urn);
	need(!number || (number[0] && !strchr(number, ' ')));
}

/* What holds under any plan. */
static void ask(const struct dial_plan *plan, const char *digits)
{
	char form[DIAL_DIGITS_MAX], back[E164_MAX];
	struct dial_number n;

	ask_sos(plan, digits);
	ask_sos(plan, "fire.forest");
	dial_plan_look(plan, digits, &n);
	need(n.state <= DIAL_COMPLETE && n.e164_state <= DIAL_COMPLETE);
	need(dial_kind_name(n.kind) != NULL);
	need(n.code <= strlen(digits));
	need(!n.code == (n.privacy == DIAL_AS_USUAL));
	(void)dial_plan_takes_hash(plan, digits);
	if (!n.e164[0])
		return;
	need(e164_is_valid(str_z(n.e164)));
	(void)dial_plan_kind(plan, n.e164);
	need(dial_plan_present(plan, DIAL_FORM_E164, n.e164, form));
	need(!strcmp(form, n.e164));
	need(dial_plan_present(plan, DIAL_FORM_PLAIN, n.e164, form));
	need(!dial_plan_read(plan, DIAL_FORM_PLAIN, form, back));
	need(!strcmp(back, n.e164));
	(void)dial_plan_present(plan, DIAL_FORM_NATIONAL, n.e164, form);
	(void)dial_plan_present(plan, DIAL_FORM_BARE, n.e164, form);
}

/* What holds under plans that make sense. */
static void ask_shipped(const struct dial_plan *plan, const char *digits)
{
	char form[DIAL_DIGITS_MAX], back[E164_MAX];
	struct dial_number n;

	ask(plan, digits);
	dial_plan_look(plan, digits, &n);
	if (n.state >= DIAL_MAYBE && digits[0] != '+')
		need(n.kind != DIAL_UNKNOWN);
	if (!n.e164[0] || digits[0] == '+')
		return;
	for (int f = DIAL_FORM_DIALLED; f <= DIAL_FORM_PLAIN; f++) {
		enum dial_form k = (enum dial_form)f;

		need(dial_plan_present(plan, k, n.e164, form));
		need(!dial_plan_read(plan, k, form, back));
		need(!strcmp(back, n.e164));
	}
}

static const struct dial_plan *shipped(char c)
{
	static const char *const paths[] = {
		"conf/plans/jp.yaml", "conf/plans/us.yaml",
		"conf/plans/gb.yaml", "conf/plans/de.yaml",
		"conf/plans/fr.yaml",
	};
	static const char letters[] = "jugdf";
	static struct dial_plan *plans[5];
	const char *at = c ? strchr(letters, c) : NULL;
	struct conf_diag d;
	size_t i;

	if (!at)
		return NULL;
	i = (size_t)(at - letters);
	if (plans[i])
		return plans[i];
	conf_diag_init(&d);
	need(!dial_plan_load(&plans[i], paths[i], NULL, &d));
	need(!dial_plan_load_world(plans[i], "conf/plans/world.yaml", &d));
	conf_diag_fini(&d);
	return plans[i];
}

static void any_plan(const char *digits, struct str text)
{
	static const struct dial_keys keys = { .area = "3" };
	struct dial_plan *plan = NULL;
	struct conf_diag d;
	int err;

	conf_diag_init(&d);
	err = dial_plan_load_text(&plan, "fuzz.yaml", text,
				  digits[0] == '3' ? &keys : NULL, &d);
	need(!err || d.n);
	conf_diag_fini(&d);
	if (err)
		return;
	ask(plan, digits);
	for (size_t i = 0; i < dial_plan_emergency(plan)->n; i++) {
		const char (*v)[DIAL_SHORT_MAX] =
			dial_plan_emergency(plan)->v;
		struct dial_number n;

		dial_plan_look(plan, v[i], &n);
		need(n.state == DIAL_COMPLETE && n.kind == DIAL_EMERGENCY);
	}
	obj_unref(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str all = str_pl(p, n), digits, text = STR_NULL;
	const struct dial_plan *plan;
	char z[100];

	if (n < 1)
		return 0;
	(void)str_cut(str_sub(all, 1, n), '\n', &digits, &text);
	if (str_copy(z, sizeof(z), digits))
		return 0;
	plan = shipped((char)p[0]);
	if (plan)
		ask_shipped(plan, z);
	else if (p[0] == 'p' && text.l <= PLAN_MAX)
		any_plan(z, text);
	return 0;
}
