# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# threshold.sh: shares, and what is combined from them; sourced by run after
# offline.sh.

must "keygen threshold" q keygen threshold -n 4 shares
is "a share is its owner's" 600 "$(stat -c %a shares/share1)"
is "the default threshold is a majority" "3 4" \
	"$(json '"%d %d" % (d["threshold"], d["n"])' shares/group.pub)"
is "a share knows its signer" 2 "$(json 'd["signer"]' shares/share2)"
must "another group" q keygen threshold -n 4 -t 2 others
status 2 '-t' "a threshold that liars can reach" q keygen threshold -n 4 -t 1 x
must "keyset make of a group" q keyset make --phase 2 --scheme threshold \
	--quorum 3 -n 4 -o group.set shares/group.pub
is "its numbers are the group's" "threshold 4 3" \
	"$(json '" ".join(str(d["keyset"][k]) for k in ("scheme", "n", "quorum"))' group.set)"
status 1 'signs with 3 shares, not 2' "another threshold than the group's" \
	q keyset make --phase 2 --quorum 2 -o x shares/group.pub
status 1 'one key' "a group beside other keys" \
	q keyset make --phase 2 -o x shares/group.pub key1.crt

# shellcheck disable=SC2154 # to2 is from offline.sh
q update make --domain 7 --dpid 0xa1 --phase 2 --sequence 1 --flow "$to2" -o t
for i in 1 2 3 4; do
	must "share $i signs" q sign --key shares/share$i -o t$i t
done
must "shares are valid under the group" q inspect --group shares/group.pub t1 t2 \
	t3 t4
status 1 'not valid' "not under another group" q inspect --group others/group.pub t1
status 1 'share of signer 1, not 2' "a share is of one signer" \
	q sign --key shares/share1 --signer 2 -o x t
must "combine" q combine --group shares/group.pub -o c t1 t3 t4
is "one signature, of the group" "0 bls" \
	"$(json '"%d %s" % (d["signatures"][0]["signer"], d["signatures"][0]["algorithm"])' c)"
must "it is valid under the group" q inspect --group shares/group.pub c
must "it is valid under the key set" q inspect --keyset group.set c
status 1 'not valid' "not under another group" q inspect --group others/group.pub c
must "other shares" q combine --group shares/group.pub -o c2 t2 t1 t4
must "make the same signature" cmp c c2
status 1 'fewer than 3 good shares' "too few shares" \
	q combine --group shares/group.pub -o x t1 t2
status 1 'not a share' "RSA signatures are not shares" \
	q combine --group shares/group.pub -o x s1
status 1 'another update' "shares of two updates" \
	q combine --group shares/group.pub -o x t1 s2

# A liar: a share that is a point of the curve, but of another key.
q sign --key others/share2 -o liar t
status 1 'signer 2: bad share' "too few, and who lied is said" \
	q combine --group shares/group.pub -o x t1 liar t3
status 0 'signer 2: bad share' "enough without the liar, who is named" \
	q combine --group shares/group.pub -o c3 t1 liar t3 t4
must "and the signature is right" cmp c c3
flip t2 $(($(stat -c %s t2) - 5))
status 0 'signer 2: bad share' "bytes that are no point" \
	q combine --group shares/group.pub -o c3 t1 bad t3 t4
status 1 'no "ASHLAR BLS GROUP"' "a share is not a group" \
	q combine --group shares/share1 -o x t1 t2 t3
status 1 'not a public key' "a share is not a public key" \
	q keyset make --phase 1 -o x shares/share1
sed '3s/[A-Za-z]/+/g' shares/share1 > broken
status 1 '.' "a broken share" q sign --key broken -o x t

# A batch under one signature of the group
for i in 1 2 3; do
	q update make --domain 7 --dpid 0xa1 --phase 2 --sequence $((i + 1)) \
		--flow "priority=$i,actions=drop" -o g$i
done
q update batch g1 g2 g3 > /dev/null
for i in 1 2 3; do
	q sign --key shares/share$i g1 g2 g3
done
must "combine a batch" q combine --group shares/group.pub g1 g2 g3
must "every leaf has the group's signature" q inspect --keyset group.set g1 g2 g3
