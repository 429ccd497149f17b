// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* Texts of error codes. */
#include "port.h"
#include "wire_err.h"

#define WIRE_TEXT(name, text) text,
static const char *const wire_err_texts[] = { WIRE_ERRORS(WIRE_TEXT) };
#undef WIRE_TEXT

const char *wire_err_text(enum wire_err err)
{
	if ((unsigned int)err >= WIRE_ERR_NR)
		return "unknown error";
	return wire_err_texts[err];
}
