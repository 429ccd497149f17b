// SPDX-License-Identifier: GPL-2.0
/* Makes the directories of controllers and switches. */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include "../../user/controller/shell/storage.h"
#include "domain_make.h"
#include "file.h"
#include "keymake.h"
#include "quorumctl.h"

void file_copy(const char *from, const char *to, unsigned int mode)
{
	size_t len;
	uint8_t *bytes = file_read(from, &len);

	file_write(to, bytes, len, mode);
	free(bytes);
}

static char *in(const struct tree *t, const char *dir, const char *name)
{
	return tree_path(t, "%s%s%s", dir, *dir ? "/" : "", name);
}

static void public_of(struct pubkey *pub, EVP_PKEY *pkey)
{
	const char *error = pubkey_of(pub, pkey);

	if (error)
		die(CTL_REFUSED, "a new key: %s", error);
}

/* A key whose public half others learn from domain.conf */
static void key_make(const struct tree *t, const char *dir, const char *name,
		     struct pubkey *pub, EVP_PKEY *pkey)
{
	char *path = in(t, dir, name);

	public_of(pub, pkey);
	keymake_write(pkey, path);
	free(path);
}

static void certificate_make(const struct domain_make *m, const struct tree *t,
			     const char *dir, enum identity_role role,
			     const char *name)
{
	char uri[IDENTITY_NAME_MAX];
	char *crt = in(t, dir, "tls.crt"), *key = in(t, dir, "tls.key");
	char *ca = in(t, dir, "ca.crt");
	struct identity id = { NULL, NULL };
	struct words why;

	identity_name(uri, m->id, role, name);
	if (!identity_make(&id, &m->authority, uri, m->days, &why) ||
	    !identity_save(&id, crt, key, &why))
		die(CTL_REFUSED, "%s: %s", name, why.text);
	identity_uninit(&id);
	file_copy(m->ca_path, ca, 0644);
	free(crt);
	free(key);
	free(ca);
}

/* Its identity is the key that votes: another controller's journal is noticed. */
static void state_make(const struct tree *t, const char *dir,
		       const struct pubkey *agree)
{
	uint8_t identity[STORAGE_IDENTITY_LEN];
	char *path = in(t, dir, "state");
	struct words why;

	SHA256(agree->data, agree->len, identity);
	if (!storage_format(path, identity, false, &why))
		die(CTL_REFUSED, "%s", why.text);
	free(path);
}

void domain_make_controller(const struct domain_make *m, struct tree *t,
			    const char *dir, struct domain_text_controller *c,
			    EVP_PKEY *sign)
{
	EVP_PKEY *agree = keymake_p256();
	char *conf = in(t, dir, "quorumd.conf");

	key_make(t, dir, "agree.key", &c->agree, agree);
	if (sign)
		key_make(t, dir, "sign.key", &c->sign, sign);
	certificate_make(m, t, dir, IDENTITY_CONTROLLER, c->name);
	state_make(t, dir, &c->agree);
	controller_text_write(c, m->user, conf);
	EVP_PKEY_free(agree);
	free(conf);
}

void domain_make_switch(const struct domain_make *m, struct tree *t,
			const char *dir, struct domain_text_switch *sw)
{
	EVP_PKEY *pkey = keymake_p256();
	char *conf = in(t, dir, "quorum-agent.conf");
	char *guard = in(t, dir, "guard.sh"), *set = in(t, dir, "keyset.bin");

	key_make(t, dir, "switch.key", &sw->key, pkey);
	certificate_make(m, t, dir, IDENTITY_SWITCH, sw->name);
	switch_text_write(sw->name, m->verifier, m->user, conf);
	guard_text_write(m->id, sw->name, sw->dpid, guard);
	file_write(set, m->keyset, m->keyset_len, 0644);
	tree_mkdir(t, 0700, "%s%sstate", dir, *dir ? "/" : "");
	free(conf);
	free(guard);
	free(set);
	EVP_PKEY_free(pkey);
}
