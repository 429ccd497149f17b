// SPDX-License-Identifier: GPL-2.0
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the open file, so that it is the one that is read */
static bool is_private(int fd, const char *path, enum keyfile_readers readers,
		       struct words *why)
{
	struct stat st;

	if (fstat(fd, &st))
		return words_set(why, "cannot look at %s: %s", path,
				 strerror(errno));
	if (!S_ISREG(st.st_mode))
		return words_set(why, "%s is not a regular file", path);
	if (st.st_mode & readers)
		return words_set(why,
				 "%s can be read or written by %s (mode %03o): say chmod %s",
				 path, readers == KEYFILE_OWNER ?
				 "others than its owner" : "everybody",
				 (unsigned int)st.st_mode & 0777,
				 readers == KEYFILE_OWNER ? "600" : "o=");
	return true;
}

FILE *keyfile_open(const char *path, enum keyfile_readers readers,
		   struct words *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	FILE *f = NULL;

	if (fd < 0) {
		words_set(why, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	if (is_private(fd, path, readers, why)) {
		f = fdopen(fd, "r");
		if (!f)
			words_set(why, "cannot read %s: %s", path,
				  strerror(errno));
	}
	if (!f)
		close(fd);
	return f;
}

static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

EVP_PKEY *keyfile_load(const char *path, enum keyfile_readers readers,
		       struct words *why)
{
	FILE *f = keyfile_open(path, readers, why);
	EVP_PKEY *key;

	if (!f)
		return NULL;
	key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
	fclose(f);
	ERR_clear_error();
	if (!key)
		words_set(why, "%s is not a private key (PEM, PKCS #8, not encrypted)",
			  path);
	return key;
}
