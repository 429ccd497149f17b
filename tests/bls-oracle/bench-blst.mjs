#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0
//
// bench-blst.mjs: what blst needs through its npm binding, as lines `name us`
//
// The binding, @chainsafe/blst, knows the other ciphersuite only, minimal
// public key size: keys in G1, signatures and hashed messages in G2.  So it
// signs and hashes in the larger group, and has no hash to G1 at all; for our
// ciphersuite see bench-blst.c.  Batches go through a thread pool: run it on
// one core, as ./bench does.

import { load } from './noble.mjs';

const blst = load('@chainsafe/blst');
const ROUNDS = 15, ROUND_US_MIN = 20e3;

/* Processor time of all threads, the median: see bench.h. */
function bench(name, items, f) {
	const now = () => {
		const { user, system } = process.cpuUsage();
		return user + system;
	};
	let calls = 0;
	let start = now();

	do {
		if (!f())
			throw new Error(`${name}: the call failed`);
		calls++;
	} while (now() - start < ROUND_US_MIN);
	const us = Array.from({ length: ROUNDS }, () => {
		start = now();
		for (let i = 0; i < calls; i++)
			f();
		return (now() - start) / calls;
	}).sort((a, b) => a - b);
	console.log(name, (us[ROUNDS >> 1] / items).toFixed(2));
}

const sk = blst.SecretKey.fromKeygen(new Uint8Array(32).fill(7));
const pk = sk.toPublicKey(), pkWire = pk.toBytes();
const sets = Array.from({ length: 256 }, (_, i) => {
	const msg = new Uint8Array(64).fill(i);
	return { msg, pk, wire: sk.sign(msg).toBytes() };
});
const { msg, wire } = sets[0];

const verify = (message) => blst.verify(message,
	blst.PublicKey.fromBytes(pkWire, true),
	blst.Signature.fromBytes(wire, true));
const batch = (n) => blst.verifyMultipleAggregateSignatures(
	sets.slice(0, n).map((s) => ({
		msg: s.msg, pk, sig: blst.Signature.fromBytes(s.wire, true),
	})));

if (verify(sets[1].msg))
	throw new Error('accepts a wrong message');
bench('blst-npm-minpk-sign', 1, () => sk.sign(msg));
bench('blst-npm-minpk-verify-wire', 1, () => verify(msg));
for (const n of [1, 16, 256])
	bench(`blst-npm-minpk-batch-${n}`, n, () => batch(n));
