/* SPDX-License-Identifier: GPL-2.0 */
/* Decoded things in the words of the golden files. */
#ifndef WIRE_SAY_H
#define WIRE_SAY_H

#include "openflow.h"
#include "update.h"

/* Each returns a static string. */
const char *say_message(const struct of_message *msg);
const char *say_body(const struct update_body *body);
const char *say_sealed(const struct update_sealed *sealed);
const char *say_keyset(const struct keyset *set);

#endif
