// SPDX-License-Identifier: GPL-2.0
/* What the kernel crypto API offers, and whether its SHA-256 is SHA-256. */
#include <kcapi.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "check.h"
#include "output.h"

/* Is an algorithm registered?  /proc/crypto lists those that are instantiated. */
static bool registered(const char *name)
{
	FILE *f = fopen("/proc/crypto", "re");
	char line[256], value[128];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "name : %127s", value) == 1 &&
			!strcmp(value, name);
	if (f)
		fclose(f);
	return found;
}

/* Does this kernel have a module, loaded or not? */
static bool has_module(const char *name)
{
	char path[256], line[1024], file[64];
	struct utsname u;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	if (check_read_line(strcat(path, "/initstate"), line, sizeof(line)))
		return true;
	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%.128s/modules.dep",
		 u.release);
	snprintf(file, sizeof(file), "/%s.ko", name);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, file);
	if (f)
		fclose(f);
	return found;
}

static void digest(void)
{
	static const uint8_t message[] = "quorumctl check";
	uint8_t ours[SHA256_DIGEST_LENGTH], theirs[SHA256_DIGEST_LENGTH];
	struct kcapi_handle *handle;

	kcapi_set_verbosity(KCAPI_LOG_NONE);
	if (kcapi_md_init(&handle, "sha256", 0)) {
		check_say(CHECK_SKIP, "crypto-digest",
			  "AF_ALG does not offer sha256 to user space");
		return;
	}
	SHA256(message, sizeof(message), ours);
	if (kcapi_md_digest(handle, message, sizeof(message), theirs,
			    sizeof(theirs)) != sizeof(theirs) ||
	    memcmp(ours, theirs, sizeof(ours)))
		check_say(CHECK_WARN, "crypto-digest",
			  "the kernel's SHA-256 is not OpenSSL's");
	else
		check_say(CHECK_OK, "crypto-digest",
			  "the kernel's SHA-256 is OpenSSL's");
	kcapi_md_destroy(handle);
}

void check_crypto(void)
{
	if (registered("sha256"))
		check_say(CHECK_OK, "crypto-sha256", "sha256");
	else
		check_say(CHECK_WARN, "crypto-sha256", "no sha256");
	/* The padding is a template of the same module, made when asked for. */
	if (registered("pkcs1pad(rsa,sha256)") || registered("rsa"))
		check_say(CHECK_OK, "crypto-rsa", "pkcs1pad(rsa,sha256)");
	else if (has_module("rsa_generic"))
		check_say(CHECK_OK, "crypto-rsa",
			  "pkcs1pad(rsa,sha256), in a module that is not loaded yet");
	else
		check_say(CHECK_WARN, "crypto-rsa",
			  "no RSA: individual key sets cannot have RSA keys");
	if (registered("ecdsa-nist-p256"))
		check_say(CHECK_OK, "crypto-ecdsa", "ecdsa-nist-p256");
	else if (has_module("ecdsa_generic"))
		check_say(CHECK_OK, "crypto-ecdsa",
			  "ecdsa-nist-p256, in a module that is not loaded yet");
	else if (has_module("ecc"))
		check_say(CHECK_OK, "crypto-ecdsa",
			  "no ecdsa-nist-p256; ovs_quorum computes it on ecc.ko");
	else
		check_say(CHECK_WARN, "crypto-ecdsa",
			  "neither ecdsa-nist-p256 nor ecc.ko");
	digest();
}
