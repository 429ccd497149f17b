// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/* The texts of the error codes. */
#include "gate.h"

#define GATE_TEXT(name, text) text,
static const char *const gate_texts[] = { GATE_ERRORS(GATE_TEXT) };
#undef GATE_TEXT

const char *gate_err_text(enum gate_err err)
{
	return (unsigned int)err < GATE_ERR_NR ? gate_texts[err] :
						 "unknown error";
}
