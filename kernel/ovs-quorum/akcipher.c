// SPDX-License-Identifier: GPL-2.0
/* Signature checks by the kernel crypto API. */
#include "alg.h"

#include <linux/crypto.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

/*
 * Signatures lie in received messages, which may be in vmalloc memory, and
 * statements on stacks: a scatterlist can have neither.
 */
struct job {
	u8 bytes[OQ_AKCIPHER_SIG_MAX + SHA256_DIGEST_SIZE];
	struct crypto_wait wait;
	struct scatterlist sg;
};

int oq_akcipher_verify(struct crypto_akcipher *tfm, const u8 *sig, size_t len,
		       const u8 digest[SHA256_DIGEST_SIZE])
{
	struct akcipher_request *req;
	struct job *job;
	int err;

	if (len > OQ_AKCIPHER_SIG_MAX)
		return -EINVAL;
	job = kmalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	req = akcipher_request_alloc(tfm, GFP_KERNEL);
	if (!req) {
		err = -ENOMEM;
		goto free_job;
	}
	memcpy(job->bytes, sig, len);
	memcpy(job->bytes + len, digest, SHA256_DIGEST_SIZE);
	sg_init_one(&job->sg, job->bytes, len + SHA256_DIGEST_SIZE);
	crypto_init_wait(&job->wait);
	akcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG |
				      CRYPTO_TFM_REQ_MAY_SLEEP,
				      crypto_req_done, &job->wait);
	akcipher_request_set_crypt(req, &job->sg, NULL, len,
				   SHA256_DIGEST_SIZE);
	err = crypto_wait_req(crypto_akcipher_verify(req), &job->wait);
	akcipher_request_free(req);
free_job:
	kfree(job);
	return err;
}
