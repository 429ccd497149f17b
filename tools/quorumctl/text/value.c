// SPDX-License-Identifier: GPL-2.0
/* Values of match fields as text. */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include "field.h"

uint64_t field_number(const uint8_t *value, unsigned int len)
{
	uint64_t n = 0;

	while (len--)
		n = n << 8 | *value++;
	return n;
}

void field_put_number(uint8_t *value, unsigned int len, uint64_t n)
{
	while (len--) {
		value[len] = (uint8_t)n;
		n >>= 8;
	}
}

static const struct {
	const char *name;
	uint32_t port;
} reserved[] = {
	{ "IN_PORT", OF_PORT_IN_PORT },
	{ "TABLE", OF_PORT_TABLE },
	{ "FLOOD", OF_PORT_FLOOD },
	{ "ALL", OF_PORT_ALL },
	{ "CONTROLLER", OF_PORT_CONTROLLER },
	{ "LOCAL", OF_PORT_LOCAL },
	{ "ANY", OF_PORT_ANY },
};

bool port_text_parse(const char *text, uint32_t *port)
{
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (text_same(text, reserved[i].name)) {
			*port = reserved[i].port;
			return true;
		}
	if (!text_number(text, UINT32_MAX, &n))
		return false;
	*port = (uint32_t)n;
	return true;
}

void port_text_print(FILE *out, uint32_t port)
{
	size_t i;

	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (port == reserved[i].port) {
			fputs(reserved[i].name, out);
			return;
		}
	fprintf(out, "%" PRIu32, port);
}

static bool mac_parse(const char *text, uint8_t *mac)
{
	unsigned int i, digits;

	for (i = 0; i < 6; i++) {
		mac[i] = 0;
		for (digits = 0; digits < 2 && isxdigit((unsigned char)*text);
		     digits++, text++)
			mac[i] = (uint8_t)(mac[i] << 4 | hex_digit(*text));
		if (!digits || *text != (i < 5 ? ':' : '\0'))
			return false;
		text++;
	}
	return true;
}

/* The widths of fields that do not fill their bytes */
static uint64_t number_max(enum flow_field f)
{
	switch (f) {
	case FLOW_VLAN_VID:
		return 0x1fff;
	case FLOW_VLAN_PCP:
		return 7;
	case FLOW_IP_DSCP:
		return 63;
	case FLOW_IP_ECN:
		return 3;
	case FLOW_IPV6_FLABEL:
		return 0xfffff;
	default:
		return UINT64_MAX >> (64 - 8 * field_len(f));
	}
}

/* One value, or a mask of the same form */
static bool one_parse(enum flow_field f, const char *text, uint8_t *value)
{
	uint32_t port;
	uint64_t n;

	switch (field_form(f)) {
	case FORM_PORT:
		if (!port_text_parse(text, &port))
			return false;
		field_put_number(value, field_len(f), port);
		return true;
	case FORM_MAC:
		return mac_parse(text, value);
	case FORM_IPV4:
		return inet_pton(AF_INET, text, value) == 1;
	case FORM_IPV6:
		return inet_pton(AF_INET6, text, value) == 1;
	default:
		if (!text_number(text, number_max(f), &n))
			return false;
		field_put_number(value, field_len(f), n);
		return true;
	}
}

static void prefix_put(uint8_t *mask, unsigned int len, unsigned int bits)
{
	unsigned int i;

	memset(mask, 0, len);
	for (i = 0; i < bits; i++)
		mask[i / 8] |= 0x80 >> i % 8;
}

static bool mask_parse(enum flow_field f, const char *text, uint8_t *mask)
{
	bool address = field_form(f) == FORM_IPV4 ||
		       field_form(f) == FORM_IPV6;
	uint64_t bits;

	if (address && text_number(text, 8 * field_len(f), &bits)) {
		prefix_put(mask, field_len(f), bits);
		return true;
	}
	return one_parse(f, text, mask);
}

bool field_parse(enum flow_field f, char *text, uint8_t value[FLOW_VALUE_MAX],
		 uint8_t *mask, struct text_err *err)
{
	char *slash = strchr(text, '/');
	unsigned int i;

	if (slash)
		*slash = '\0';
	memset(value, 0, FLOW_VALUE_MAX);
	if (!one_parse(f, text, value))
		return text_fail(err, "%s: bad value \"%.64s\"", field_name(f),
				 text);
	if (!mask)
		return !slash || text_fail(err, "%s: a mask is not supported here",
					   field_name(f));
	if (slash) {
		if (!mask_parse(f, slash + 1, mask))
			return text_fail(err, "%s: bad mask \"%.64s\"",
					 field_name(f), slash + 1);
	} else if (field_form(f) == FORM_DECIMAL || field_form(f) == FORM_HEX) {
		field_put_number(mask, field_len(f), number_max(f));
	} else {
		memset(mask, 0xff, field_len(f));
	}
	for (i = 0; i < field_len(f); i++)
		if (value[i] & ~mask[i])
			return text_fail(err, "%s: value has bits outside its mask",
					 field_name(f));
	return true;
}

void field_print(FILE *out, enum flow_field f, const uint8_t *value)
{
	unsigned int len = field_len(f);
	char address[INET6_ADDRSTRLEN];

	switch (field_form(f)) {
	case FORM_PORT:
		port_text_print(out, (uint32_t)field_number(value, len));
		break;
	case FORM_DECIMAL:
		fprintf(out, "%" PRIu64, field_number(value, len));
		break;
	case FORM_HEX:
		fprintf(out, f == FLOW_IPV6_FLABEL ? "0x%05" PRIx64 :
			f == FLOW_ETH_TYPE ? "0x%04" PRIx64 : "0x%" PRIx64,
			field_number(value, len));
		break;
	case FORM_MAC:
		fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", value[0],
			value[1], value[2], value[3], value[4], value[5]);
		break;
	case FORM_IPV4:
		fputs(inet_ntop(AF_INET, value, address, sizeof(address)), out);
		break;
	case FORM_IPV6:
		fputs(inet_ntop(AF_INET6, value, address, sizeof(address)),
		      out);
		break;
	}
}

/* The length of a prefix, or -1 if the mask is not one */
static int prefix_get(const uint8_t *mask, unsigned int len)
{
	uint8_t again[FLOW_VALUE_MAX];
	unsigned int bits = 0;

	while (bits < 8 * len && mask[bits / 8] & 0x80 >> bits % 8)
		bits++;
	prefix_put(again, len, bits);
	return memcmp(again, mask, len) ? -1 : (int)bits;
}

void field_print_masked(FILE *out, enum flow_field f, const uint8_t *value,
			const uint8_t *mask)
{
	unsigned int len = field_len(f);
	bool number = field_form(f) == FORM_DECIMAL ||
		      field_form(f) == FORM_HEX;
	int prefix;

	if (number && field_number(mask, len) == number_max(f)) {
		field_print(out, f, value);
	} else if (field_form(f) == FORM_DECIMAL) {
		fprintf(out, "0x%" PRIx64 "/0x%" PRIx64,
			field_number(value, len), field_number(mask, len));
	} else {
		prefix = prefix_get(mask, len);
		field_print(out, f, value);
		if (prefix == (int)(8 * len))
			return;
		fputc('/', out);
		if (prefix >= 0 && (field_form(f) == FORM_IPV4 ||
				    field_form(f) == FORM_IPV6))
			fprintf(out, "%d", prefix);
		else
			field_print(out, f, mask);
	}
}
