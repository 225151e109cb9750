/* SPDX-License-Identifier: Apache-2.0 */
/* Places of callers: their keys, and whose they are. */
#include "gateway/route/place.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/route/rules.h"

static const struct conf_key from_item = {
	.type = CONF_STR, .max = ROUTE_NAME_MAX - 1
};

#define TEXT(member, what) \
	{ CONF_FIELD(struct place_conf, member), .type = CONF_STR, \
	  .max = sizeof(((struct place_conf *)0)->member) - 1, .dflt = "", \
	  .doc = what }

static const struct conf_key keys[] = {
	{ CONF_FIELD(struct place_conf, from), .type = CONF_LIST,
	  .item = &from_item, .max = 64, .dflt = "[]",
	  .doc = "Callers who are there, as in routes; none given: all." },
	TEXT(uri, "Where a location server tells the place: https:, "
	     "sips: or pres: URI."),
	TEXT(point, "Degrees north and east, WGS 84: "
	     "\"35.681236 139.767125\"."),
	{ CONF_FIELD(struct place_conf, radius_m), .type = CONF_INT,
	  .min = 0, .max = 100000, .dflt = "0",
	  .doc = "How far from the point, metres; 0: there." },
	TEXT(country, "Two letters: \"JP\"; with it the address as of "
	     "RFC 5139:"),
	TEXT(a1, "State, prefecture, province."),
	TEXT(a2, "County, district."),
	TEXT(a3, "City, town."),
	TEXT(a4, "Part of the city."),
	TEXT(road, "Street."),
	TEXT(house_number, "House number."),
	TEXT(building, "Building."),
	TEXT(floor, "Floor."),
	TEXT(room, "Room."),
	TEXT(postal_code, "Postal code."),
	TEXT(name, "Name of the place: who lives or works there."),
	{ 0 }
};

static bool in_range(double degrees, double max)
{
	return degrees >= -max && degrees <= max;
}

bool place_point_is_valid(const char *point)
{
	char *mid, *end;
	double north, east;

	/* plain decimals only: no "nan", no hexadecimal, no exponent */
	if (point[strspn(point, "-0123456789. ")])
		return false;
	north = strtod(point, &mid);
	if (mid == point || *mid != ' ')
		return false;
	east = strtod(mid, &end);
	return end != mid && !*end && in_range(north, 90) &&
	       in_range(east, 180);
}

static bool is_country(const char *c)
{
	return strlen(c) == 2 && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' &&
	       c[1] <= 'Z';
}

static bool is_uri(const char *s)
{
	struct str u = str_z(s);

	return (str_istarts(u, "https:") || str_istarts(u, "sips:") ||
		str_istarts(u, "pres:")) && !s[strcspn(s, " <>\"\r\n\t")];
}

static void check(const void *sec, struct conf_diag *d)
{
	const struct place_conf *c = sec;

	if ((c->uri[0] != 0) + (c->point[0] != 0) + (c->country[0] != 0) != 1)
		conf_diag_at(d, c, NULL, "a place has exactly one of uri, "
			     "point, country");
	if (c->uri[0] && !is_uri(c->uri))
		conf_diag_at(d, c, "uri", "not a https:, sips: or pres: URI");
	if (c->point[0] && !place_point_is_valid(c->point))
		conf_diag_at(d, c, "point", "not degrees north and east like "
			     "\"35.681236 139.767125\"");
	if (c->country[0] && !is_country(c->country))
		conf_diag_at(d, c, "country", "not two capital letters");
}

const struct conf_section place_section = {
	.name = "places", .size = sizeof(struct place_conf), .keys = keys,
	.check = check,
	.doc = "Where callers are; told to SIP targets of emergency calls.",
};

const struct place_conf *place_find(const struct conf_list *places,
				    const struct route_source *s)
{
	const struct place_conf *v = places->v;

	for (size_t i = 0; i < places->n; i++)
		if (!v[i].from.n || route_source_is(s, &v[i].from))
			return &v[i];
	return NULL;
}
