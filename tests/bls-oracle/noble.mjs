// SPDX-License-Identifier: GPL-2.0
//
// @noble/curves from the cache, and the few words in which the oracle speaks:
// hexadecimal, seeded numbers, the ciphersuite's tags, Lagrange at zero.

import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

function packages() {
	try {
		return execFileSync(join(here, 'install'), {
			encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'],
		}).trim();
	} catch (e) {
		process.exit(e.status ?? 1);	// 77 has been explained already
	}
}

export const load = createRequire(join(packages(), 'package.json'));
export const { bls12_381: bls } = load('@noble/curves/bls12-381');
const h2c = load('@noble/curves/abstract/hash-to-curve');
const { sha256 } = load('@noble/hashes/sha2');

export const G1 = bls.G1.Point;
export const G2 = bls.G2.Point;
export const Fr = bls.fields.Fr;
export const R = Fr.ORDER;

export const DST_SIG = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';
export const DST_POP = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';

export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const unhex = (text) => new Uint8Array(Buffer.from(text, 'hex'));
export const ascii = (text) => new Uint8Array(Buffer.from(text, 'ascii'));
export const scalarHex = (k) => k.toString(16).padStart(64, '0');
export const pointHex = (point) => hex(point.toBytes(true));

export const hashToG1 = (msg, dst) => bls.G1.hashToCurve(msg, {
	DST: typeof dst === 'string' ? ascii(dst) : dst,
});
export const mapToG1 = (u) => bls.G1.mapToCurve(u);
export const expand = (msg, dst, length) =>
	h2c.expand_message_xmd(msg, dst, length, sha256);
export const hashToFp = (msg, dst) => h2c.hash_to_field(msg, 2, {
	p: bls.fields.Fp.ORDER, m: 1, k: 128, expand: 'xmd', hash: sha256,
	DST: dst,
}).map((u) => u[0]);

/* A point from wire bytes, in the group; throws for anything else. */
export function decode(Point, bytes) {
	const point = Point.fromHex(bytes);

	point.assertValidity();
	if (point.is0())
		throw new Error('infinity');
	return point;
}

/* e(sig, g2) == e(H(msg), pk), all of them at once. */
export function verify(sig, msgs, pks, dst = DST_SIG) {
	const pairs = msgs.map((msg, i) => ({
		g1: hashToG1(msg, dst), g2: pks[i],
	}));

	pairs.push({ g1: sig.negate(), g2: G2.BASE });
	return bls.fields.Fp12.eql(bls.pairingBatch(pairs),
		bls.fields.Fp12.ONE);
}

/* The coefficient of share i, for interpolation at zero from all of xs. */
export function lagrangeAtZero(xs, i) {
	let num = Fr.ONE, den = Fr.ONE;

	for (const [j, x] of xs.entries()) {
		if (j !== i) {
			num = Fr.mul(num, BigInt(x));
			den = Fr.mul(den, Fr.create(BigInt(x - xs[i])));
		}
	}
	return Fr.mul(num, Fr.inv(den));
}

export const evaluate = (coefs, x) => coefs.reduceRight(
	(acc, c) => Fr.add(Fr.mul(acc, BigInt(x)), c), Fr.ZERO);

/* Numbers that depend on the seed only: SHA-256 of it and a counter. */
export class Seeded {
	constructor(seed) {
		this.seed = seed;
		this.counter = 0;
		this.left = Buffer.alloc(0);
	}

	bytes(n) {
		const parts = [this.left];
		let have = this.left.length;

		while (have < n) {
			const block = createHash('sha256').update(
				`ashlar bls oracle ${this.seed} ${this.counter++}`
			).digest();
			parts.push(block);
			have += block.length;
		}
		const all = Buffer.concat(parts);
		this.left = all.subarray(n);
		return new Uint8Array(all.subarray(0, n));
	}

	below(n) {
		return Buffer.from(this.bytes(6)).readUIntBE(0, 6) % n;
	}

	pick(list) {
		return list[this.below(list.length)];
	}

	/* Not zero; one in eight is where carries and reductions go wrong. */
	scalar() {
		if (this.below(8) === 0)
			return this.pick([1n, 2n, 3n, R - 1n, R - 2n,
				(R - 1n) / 2n, (R + 1n) / 2n,
				1n << BigInt(this.below(254)),
				(1n << BigInt(1 + this.below(254))) - 1n]);
		const k = BigInt('0x' + hex(this.bytes(48))) % R;
		return k === 0n ? 1n : k;
	}

	/* Short, around the block sizes of SHA-256, or some hundred bytes. */
	message() {
		const around = this.pick([0, 1, 32, 55, 56, 64, 119, 128, 192]);
		return this.bytes(this.below(4) ? around + this.below(9)
			: this.below(600));
	}

	/* k different numbers of 1..n, in any order. */
	subset(k, n) {
		const all = Array.from({ length: n }, (_, i) => i + 1);
		for (let i = n - 1; i > 0; i--) {
			const j = this.below(i + 1);
			[all[i], all[j]] = [all[j], all[i]];
		}
		return all.slice(0, k);
	}
}
