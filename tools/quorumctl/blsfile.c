// SPDX-License-Identifier: GPL-2.0
/* Reads and writes files of threshold keys. */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include "blsfile.h"
#include "file.h"
#include "quorumctl.h"

struct bls_scratch *bls_scratch(void)
{
	static struct bls_scratch *s;

	if (!s) {
		s = alloc(sizeof(*s));
		bls_scratch_init(s);
	}
	return s;
}

static unsigned int get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned int n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}

static void check(enum bls_err err, const char *path)
{
	if (err)
		die(CTL_REFUSED, "%s: %s", path, bls_err_text(err));
}

static void sizes_decode(unsigned int *n, unsigned int *t, const char *path,
			 const uint8_t *in, size_t len)
{
	if (len < 4)
		die(CTL_REFUSED, "%s: cut short", path);
	*n = get16(in);
	*t = get16(in + 2);
	if (!*t || *t > *n || *n > BLS_PARTIES_MAX)
		die(CTL_REFUSED, "%s: %u of %u shares make no sense", path, *t,
		    *n);
}

void bls_group_decode(struct bls_group_file *group, const char *path,
		      const uint8_t *in, size_t len)
{
	unsigned int i;

	sizes_decode(&group->n, &group->t, path, in, len);
	if (len != 4 + BLS_PK_LEN * (size_t)group->t)
		die(CTL_REFUSED, "%s: not %u commitments", path, group->t);
	for (i = 0; i < group->t; i++)
		check(bls_pk_decode_vartime(&group->commit[i],
					    in + 4 + BLS_PK_LEN * i, BLS_PK_LEN,
					    bls_scratch()), path);
	memcpy(group->key, in + 4, BLS_PK_LEN);
}

void bls_share_decode(struct bls_share_file *share, const char *path,
		      const uint8_t *in, size_t len)
{
	struct words why;

	if (!bls_share_parse(share, in, len, &why))
		die(CTL_REFUSED, "%s: %s", path, why.text);
}

void bls_group_load(struct bls_group_file *group, const char *path)
{
	unsigned char *in = NULL;
	size_t len;
	uint8_t *file = file_read(path, &len);
	BIO *bio = BIO_new_mem_buf(file, (int)len);
	long in_len = 0;

	if (!bio || !PEM_bytes_read_bio(&in, &in_len, NULL, BLSFILE_GROUP, bio,
					NULL, NULL))
		die(CTL_REFUSED, "%s: no \"" BLSFILE_GROUP "\" in it", path);
	bls_group_decode(group, path, in, (size_t)in_len);
	OPENSSL_free(in);
	BIO_free(bio);
	free(file);
}

static void pem_write(const char *path, const char *name, const uint8_t *data,
		      size_t len, unsigned int mode)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long text_len;

	if (!bio || !PEM_write_bio(bio, name, "", data, (long)len))
		die(CTL_REFUSED, "%s: cannot be encoded", path);
	text_len = BIO_get_mem_data(bio, &text);
	file_write(path, text, (size_t)text_len, mode);
	BIO_free(bio);
}

void bls_group_write(const struct bls_group_file *group, const char *path)
{
	uint8_t out[4 + BLS_PK_LEN * BLS_PARTIES_MAX];
	unsigned int i;

	put16(out, group->n);
	put16(out + 2, group->t);
	for (i = 0; i < group->t; i++)
		bls_pk_encode(out + 4 + BLS_PK_LEN * i, &group->commit[i],
			      bls_scratch());
	pem_write(path, BLSFILE_GROUP, out, 4 + BLS_PK_LEN * (size_t)group->t,
		  0644);
}

void bls_share_write(const struct bls_share_file *share, const char *path)
{
	uint8_t out[6 + BLS_SK_LEN];

	put16(out, share->n);
	put16(out + 2, share->t);
	put16(out + 4, share->index);
	bls_sk_encode(out + 6, &share->secret);
	pem_write(path, BLSFILE_SHARE, out, sizeof(out), 0600);
	bls_wipe(out, sizeof(out));
}
