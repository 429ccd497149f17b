// SPDX-License-Identifier: GPL-2.0
/* Texts of error codes. */
#include "agent.h"

#define AGENT_TEXT(name, text) text,
static const char *const agent_err_texts[] = { AGENT_ERRORS(AGENT_TEXT) };
#undef AGENT_TEXT

const char *agent_err_text(enum agent_err err)
{
	if ((unsigned int)err >= AGENT_ERR_NR)
		return "unknown error";
	return agent_err_texts[err];
}
