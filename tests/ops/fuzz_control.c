// SPDX-License-Identifier: GPL-2.0
/* Any line has an answer, which is one line and an object. */
#include <assert.h>
#include <string.h>

#include "../fuzz.h"
#include "control_reply.h"
#include "log.h"
#include "stub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_object *reply;
	const char *text;

	/* Not a word of it to the terminal */
	log_set_level(LOG_L_ERROR);
	reply = control_reply(stub_node(len & 1), (const char *)data, len);
	assert(json_object_is_type(reply, json_type_object));
	text = json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN);
	assert(text && !strchr(text, '\n'));
	json_object_put(reply);
	return 0;
}
