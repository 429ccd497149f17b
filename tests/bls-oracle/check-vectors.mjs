#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0
//
// check-vectors.mjs FILE...: does @noble/curves agree with these vector files?
//
// The same question as check-blst's, to an implementation that shares nothing
// with it.  Knows the kinds of stanza of tests/vectors; those that only
// oracle.mjs makes are skipped, for it made them with the same library.
// Last line: N passed, N failed, N skipped.

import { readFileSync } from 'node:fs';
import {
	DST_SIG, G1, G2, ascii, decode, expand, hashToFp, hashToG1, hex,
	mapToG1, pointHex, unhex, verify,
} from './noble.mjs';

function* stanzas(path) {
	let stanza = new Map();

	for (const line of [...readFileSync(path, 'ascii').split('\n'), '']) {
		if (line.startsWith('#'))
			continue;
		if (line.trim()) {
			const at = line.indexOf('=');
			const key = line.slice(0, at).trim();
			stanza.set(key, [...stanza.get(key) ?? [],
				line.slice(at + 1).trim()]);
		} else if (stanza.size) {
			yield stanza;
			stanza = new Map();
		}
	}
}

const all = (s, key) => s.get(key) ?? [];
const one = (s, key) => s.get(key)[0];
const bytes = (s, key) => unhex(one(s, key));
const tag = (s) => s.has('dst') ? bytes(s, 'dst') : ascii(DST_SIG);
const xy = (point) => point.toAffine();
const coord = (v) => v.toString(16).padStart(96, '0');

function verifies(s, msgs, dst = tag(s)) {
	const pks = all(s, 'pk').map((k) => decode(G2, k));
	const sigs = all(s, 'sig').map((k) => decode(G1, k));

	return sigs.every((sig, i) => verify(sig,
		[msgs[msgs.length === 1 ? 0 : i]], [pks[i]], dst)) &&
		(!s.has('out') || (verify(decode(G1, one(s, 'out')),
			pks.map((_, i) => msgs[msgs.length === 1 ? 0 : i]),
			pks, dst) &&
			pointHex(sigs.reduce((a, b) => a.add(b))) ===
			one(s, 'out')));
}

function signed(s) {
	const sk = BigInt('0x' + one(s, 'sk')), msg = bytes(s, 'msg');

	return pointHex(G2.BASE.multiply(sk)) === one(s, 'pk') &&
		pointHex(hashToG1(msg, tag(s)).multiply(sk)) ===
		one(s, 'sig') && verifies(s, [msg]);
}

function hashed(s) {
	const msg = bytes(s, 'msg'), dst = tag(s);
	const point = hashToG1(msg, dst);

	if (s.has('u')) {
		const u = hashToFp(msg, dst);
		const q = u.map((v) => xy(mapToG1([v])));
		const p = xy(point);

		// noble clears the cofactor in mapToCurve, so Q is compared
		// after the same has been done to the file's.
		for (const i of [0, 1]) {
			const file = xy(G1.fromAffine({
				x: BigInt('0x' + all(s, 'Qx')[i]),
				y: BigInt('0x' + all(s, 'Qy')[i]),
			}).clearCofactor());
			if (coord(u[i]) !== all(s, 'u')[i] ||
			    file.x !== q[i].x || file.y !== q[i].y)
				return false;
		}
		if (coord(p.x) !== one(s, 'Px') || coord(p.y) !== one(s, 'Py'))
			return false;
	}
	return pointHex(point) === one(s, 'out');
}

/*
 * noble has one no for a point outside the group and one for the rest; which
 * of the rest is slow.py's and blst's to know.  Three things it takes that our
 * decoders refuse, and so has no opinion of (null): the uncompressed form,
 * coordinates that are not reduced, infinity with other bits set.
 */
function decodes(Point, s) {
	const expect = one(s, 'expect'), data = bytes(s, 'bytes');
	let point;

	try {
		point = Point.fromHex(data);
		point.assertValidity();
	} catch (e) {
		return /subgroup/.test(e.message) ?
			['not-in-group', 'not-canonical'].includes(expect) :
			expect.startsWith('bad-') ||
			['not-canonical', 'not-on-curve'].includes(expect);
	}
	if (['bad-length', 'bad-infinity', 'not-canonical'].includes(expect))
		return null;
	if (point.is0())
		return expect === 'infinity';
	return expect === 'valid' &&
		hex(point.toBytes(false)) === one(s, 'affine');
}

function verdict(s) {
	try {
		return verifies(s, [bytes(s, 'msg')]) ? 'valid' : 'invalid';
	} catch {
		return 'invalid';	// something in it is no point
	}
}

const KINDS = {
	'aggregate': (s) => verifies(s, all(s, 'msg').map(unhex)),
	'aggregate-pk': (s) => pointHex(all(s, 'pk').map((k) => decode(G2, k))
		.reduce((a, b) => a.add(b))) === one(s, 'out'),
	'decode-g1': (s) => decodes(G1, s),
	'decode-g2': (s) => decodes(G2, s),
	'expand': (s) => hex(expand(bytes(s, 'msg'), bytes(s, 'dst'),
		one(s, 'out').length / 2)) === one(s, 'out'),
	'hash': hashed,
	'multiple-g1': (s) => pointHex(G1.BASE.multiply(
		BigInt('0x' + one(s, 'k')))) === one(s, 'out'),
	'multiple-g2': (s) => pointHex(G2.BASE.multiply(
		BigInt('0x' + one(s, 'k')))) === one(s, 'out'),
	'sign': signed,
	'verify': (s) => verdict(s) === one(s, 'expect'),
};

/* true, false, or null: it has no opinion. */
function agrees(s) {
	try {
		return KINDS[one(s, 'test')]?.(s) ?? null;
	} catch (e) {
		console.log(e.message);
		return false;
	}
}

let passed = 0, failed = 0, skipped = 0;

for (const path of process.argv.slice(2)) {
	for (const s of stanzas(path)) {
		const opinion = agrees(s);

		if (opinion === null) {
			skipped++;
		} else if (opinion) {
			passed++;
		} else {
			failed++;
			console.log(`FAIL: ${path}:`);
			for (const [key, values] of s)
				for (const value of values)
					console.log(`  ${key} = ${value}`);
		}
	}
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed || !passed ? 1 : 0;
