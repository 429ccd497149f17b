#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0
//
// oracle.mjs: random cases with their answers, by @noble/curves
//
// usage: oracle.mjs [--seed WORD] [--count N] > FILE
//
// Prints N stanzas in the format of tests/vectors/README.md.  The same seed and
// count give the same bytes; without --seed one is drawn, and the file says
// which.  Nothing is read from lib/bls: what it answers is compared with this.

import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import {
	DST_POP, DST_SIG, Fr, G1, G2, R, Seeded, evaluate, hashToG1, hex,
	lagrangeAtZero, pointHex, scalarHex,
} from './noble.mjs';

const pk = (sk) => G2.BASE.multiply(sk);
const sign = (sk, msg, dst = DST_SIG) => hashToG1(msg, dst).multiplyUnsafe(sk);
const ascii = (text) => hex(Buffer.from(text, 'ascii'));
const sum = (points) => points.reduce((a, b) => a.add(b));

function signCase(rng) {
	const sk = rng.scalar(), msg = rng.message();

	return [['sk', scalarHex(sk)], ['pk', pointHex(pk(sk))],
		['msg', hex(msg)], ['sig', pointHex(sign(sk, msg))]];
}

function hashCase(rng) {
	const msg = rng.message();
	const dst = rng.pick([DST_SIG, DST_POP,
		'ASHLAR-TEST-' + hex(rng.bytes(1 + rng.below(100)))]);

	return [['dst', ascii(dst)], ['msg', hex(msg)],
		['out', pointHex(hashToG1(msg, dst))]];
}

function popCase(rng) {
	const sk = rng.scalar(), key = pk(sk);

	return [['sk', scalarHex(sk)], ['pk', pointHex(key)],
		['pop', pointHex(sign(sk, key.toBytes(true), DST_POP))]];
}

/* Something that is a valid encoding, and not the signature. */
function rejectCase(rng) {
	const sk = rng.scalar(), msg = rng.message();
	const other = Uint8Array.from([...msg, 0]);
	const sig = sign(sk, msg);
	const [note, bad] = rng.pick([
		['of another message', () => sign(sk, other)],
		['of another key', () => sign(Fr.add(sk, 1n) || 2n, msg)],
		['negated', () => sig.negate()],
		['doubled', () => sig.double()],
		['under the tag of proofs', () => sign(sk, msg, DST_POP)],
		['plus the generator', () => sig.add(G1.BASE)],
	]);

	return [['note', note], ['pk', pointHex(pk(sk))], ['msg', hex(msg)],
		['sig', pointHex(bad())], ['expect', 'invalid']];
}

function aggregateCase(rng) {
	const lines = [], sigs = [];

	for (let i = 1 + rng.below(3); i >= 0; i--) {
		const sk = rng.scalar();
		const msg = Uint8Array.from([i, ...rng.message()]);

		sigs.push(sign(sk, msg));
		lines.push(['pk', pointHex(pk(sk))], ['msg', hex(msg)],
			['sig', pointHex(sigs.at(-1))]);
	}
	return [...lines, ['out', pointHex(sum(sigs))]];
}

/* Coefficients, the first of them given or drawn, with no share 1..n zero. */
function polynomial(rng, t, n, first) {
	for (;;) {
		const poly = Array.from({ length: t }, () => rng.scalar());

		poly[0] = first ?? poly[0];
		if (Array.from({ length: n }, (_, i) => evaluate(poly, i + 1))
			.every((share) => share !== 0n))
			return poly;
	}
}

function thresholdCase(rng) {
	const n = 1 + rng.below(10), t = 1 + rng.below(n);
	const poly = polynomial(rng, t, n);
	const xs = rng.subset(t, n);
	const msg = rng.message(), point = hashToG1(msg, DST_SIG);
	const lines = [['t', t], ['n', n], ['sk', scalarHex(poly[0])],
		['msg', hex(msg)],
		...poly.map((c) => ['commitment', pointHex(pk(c))])];
	const parts = [];

	for (const [i, x] of xs.entries()) {
		const share = evaluate(poly, x);
		const lambda = lagrangeAtZero(xs, i);
		const sig = point.multiplyUnsafe(share);

		parts.push(sig.multiplyUnsafe(lambda));
		lines.push(['index', x], ['share_sk', scalarHex(share)],
			['share_pk', pointHex(pk(share))],
			['share_sig', pointHex(sig)],
			['lambda', scalarHex(lambda)]);
	}
	return [...lines, ['sig', pointHex(sum(parts))]];
}

/* From (t, n) to (new_t, new_n): dealers share their shares. */
function reshareCase(rng) {
	const n = 1 + rng.below(10), t = 1 + rng.below(n);
	const newN = 1 + rng.below(10), newT = 1 + rng.below(newN);
	const poly = polynomial(rng, t, n);
	const xs = rng.subset(t, n);
	const lines = [['t', t], ['n', n], ['new_t', newT], ['new_n', newN],
		['sk', scalarHex(poly[0])], ['pk', pointHex(pk(poly[0]))]];
	const shares = Array(newN).fill(Fr.ZERO);

	for (const [i, x] of xs.entries()) {
		const share = evaluate(poly, x);
		const deal = polynomial(rng, newT, newN, share);
		const lambda = lagrangeAtZero(xs, i);

		lines.push(['index', x], ['share_sk', scalarHex(share)],
			...deal.slice(1).map((c) => ['coefficient',
				scalarHex(c)]));
		for (let j = 0; j < newN; j++)
			shares[j] = Fr.add(shares[j],
				Fr.mul(lambda, evaluate(deal, j + 1)));
	}
	return [...lines, ...shares.map((s) => ['new_share', scalarHex(s)])];
}

function frCase(rng) {
	const a = rng.scalar(), b = rng.scalar();

	return [['a', scalarHex(a)], ['b', scalarHex(b)],
		['sum', scalarHex(Fr.add(a, b))],
		['difference', scalarHex(Fr.sub(a, b))],
		['product', scalarHex(Fr.mul(a, b))],
		['inverse', scalarHex(Fr.inv(a))]];
}

// Of a thousand.  The costs differ by a factor of twenty: see README.md.
const KINDS = [
	[460, 'sign', signCase], [250, 'hash', hashCase], [60, 'pop', popCase],
	[60, 'verify', rejectCase], [30, 'aggregate', aggregateCase],
	[60, 'threshold', thresholdCase], [30, 'reshare', reshareCase],
	[50, 'fr', frCase],
];

function options(argv) {
	const opts = { seed: hex(randomBytes(8)), count: '1000' };

	for (let i = 0; i < argv.length; i += 2) {
		const name = argv[i].replace(/^--/, '');
		if (!(name in opts) || argv[i + 1] === undefined)
			throw new Error(`no such option: ${argv[i]}`);
		opts[name] = argv[i + 1];
	}
	if (!/^[\w.-]+$/.test(opts.seed) || !/^[1-9]\d*$/.test(opts.count))
		throw new Error('--seed is a word, --count a number');
	return opts;
}

/* console.log would lose lines at exit and swallow a full disk. */
function print(text) {
	for (let rest = Buffer.from(text); rest.length;) {
		try {
			rest = rest.subarray(writeSync(1, rest));
		} catch (e) {
			if (e.code !== 'EAGAIN')
				throw e;
		}
	}
}

const { seed, count } = options(process.argv.slice(2));
const rng = new Seeded(`${seed} ${count}`);

console.error(`oracle.mjs: seed ${seed}, ${count} cases`);
print(`# SPDX-License-Identifier: GPL-2.0
# Origin: tests/bls-oracle/oracle.mjs --seed ${seed} --count ${count}
`);
for (let i = 0; i < Number(count); i++) {
	let draw = rng.below(1000);
	const [, kind, make] = KINDS.find(([share]) => (draw -= share) < 0);
	const lines = [['test', kind], ...make(rng)].map(
		([key, value]) => `${key} = ${value}`.trimEnd());

	print(`\n${lines.join('\n')}\n`);
}
