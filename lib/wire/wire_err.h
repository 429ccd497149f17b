/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * What may be wrong with bytes from outside.  The texts are shown to users:
 * they are the extack of a refused update.
 */
#ifndef WIRE_ERR_H
#define WIRE_ERR_H

/* name, text.  Values are part of the interface: add at the end only. */
#define WIRE_ERRORS(E)							\
	E(OK, "success")						\
	E(ESHORT, "message is cut short")				\
	E(ELONG, "bytes behind the end of the message")			\
	E(EMAGIC, "not a message of this protocol")			\
	E(EVERSION, "unknown version")					\
	E(ETYPE, "unknown type of message")				\
	E(ELENGTH, "length field is wrong")				\
	E(EPAD, "padding or reserved bits are not zero")		\
	E(EVALUE, "value out of range")					\
	E(ECOUNT, "too few or too many items")				\
	E(EORDER, "items out of order")					\
	E(EDUPLICATE, "the same item twice")				\
	E(EROOM, "no room for the result")				\
	E(EFIELD, "match or set of an unsupported field")		\
	E(EPREREQ, "field without its prerequisite")			\
	E(EMASK, "field cannot have this mask")				\
	E(EOXMVALUE, "value has bits outside its mask or its width")	\
	E(EACTION, "unsupported action")				\
	E(EINSTRUCTION, "unsupported instruction")			\
	E(EPORT, "port number means nothing here")			\
	E(EGROUP, "unsupported group or group number")			\
	E(ETABLE, "table number out of range")				\
	E(ECOMMAND, "unknown command")					\
	E(EFLAGS, "unsupported flag")					\
	E(EBUFFER, "buffered packets are not supported")		\
	E(EGOTO, "goto to a table that is not behind this one")		\
	E(EKEY, "malformed key")

#define WIRE_ENUM(name, text) WIRE_##name,
enum wire_err { WIRE_ERRORS(WIRE_ENUM) WIRE_ERR_NR };
#undef WIRE_ENUM

/**
 * wire_err_text() - the text of an error code
 *
 * Return: a constant string, never NULL.
 */
const char *wire_err_text(enum wire_err err);

#endif
