/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A controller that lies: a correct one, and what it says passes here.  It has its own
 * keys and nobody else's.
 */
#ifndef SDN_HOSTILE_H
#define SDN_HOSTILE_H

#include "../../user/controller/shell/node.h"

/*
 * FORGE: rules with a signature in another controller's name.  UNSOLICITED: rules that it alone
 * signs, truly (dissertation §2.7.6, second scenario).  REPEAT: what it said before, to
 * members and switches, again and again (§2.7.6, first scenario).  EQUIVOCATE: other
 * proposals and votes to some members than to others.  SILENCE: nothing at all, though its
 * links are up.
 */
#define HOSTILE_FAULTS(F)						\
	F(FORGE, "forge")						\
	F(UNSOLICITED, "unsolicited")					\
	F(REPEAT, "repeat")						\
	F(EQUIVOCATE, "equivocate")					\
	F(SILENCE, "silence")

#define HOSTILE_ENUM(name, word) HOSTILE_##name,
enum hostile_fault { HOSTILE_FAULTS(HOSTILE_ENUM) HOSTILE_NR };
#undef HOSTILE_ENUM

/* Messages to be said again */
enum { HOSTILE_KEPT = 64 };

struct hostile_message {
	uint8_t *bytes;
	size_t len;
	uint32_t to;
	bool to_switch;
};

struct hostile {
	const struct domain *domain;
	struct ctl_config config;
	const char *faults_path;	/* words: what is wrong with it now */
	char did_path[512];		/* written: each fault and how often it struck */
	bool on[HOSTILE_NR];
	uint64_t did[HOSTILE_NR];
	struct hostile_message kept[HOSTILE_KEPT];
	unsigned int kept_next;
};

/* Reads the words, writes the counts.  A file that is not there: no faults. */
void hostile_read(struct hostile *h);
void hostile_write(const struct hostile *h);

/* One rule for each switch that nobody asked for, in the name of @signer, truly signed or not */
void hostile_forge(struct hostile *h, struct node *node, uint16_t signer,
		   bool truly);

/*
 * What is said to @to instead: bytes of a buffer that the next call writes again.  0: the
 * truth.
 */
size_t hostile_twist(struct hostile *h, struct node *node, uint16_t to,
		     const uint8_t *bytes, size_t len, const uint8_t **out);

#endif
