# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# offline.sh: keys, key sets, updates and their signatures; sourced by run.

# flip FILE OFFSET [BIT]: a copy called bad with one bit changed
flip()
{
	/usr/bin/python3 -c 'import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[2])] ^= 1 << int(sys.argv[3])
open("bad", "wb").write(b)' "$1" "$2" "${3:-0}"
}

# Keys
for i in 1 3; do
	must "keygen rsa" q keygen rsa key$i
done
for i in 2 4; do
	must "keygen ecdsa" q keygen ecdsa key$i
done
is "a private key is its owner's" 600 "$(stat -c %a key1)"
for i in 1 2; do
	must "OpenSSL reads key $i" openssl pkey -in key$i -check -noout
	must "OpenSSL reads certificate $i" openssl verify -CAfile key$i.crt \
		key$i.crt
	openssl x509 -in key$i.crt -pubkey -noout > key$i.pub
	openssl x509 -in key$i.crt -outform DER -out key$i.der
	openssl pkey -pubin -in key$i.pub -outform DER -out key$i.spki
	for form in pub der spki; do
		is "one key in two forms: $form" "$(json 'd["key"]' key$i.crt)" \
			"$(json 'd["key"]' key$i.$form)"
	done
done
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	-pkeyopt ec_param_enc:named_curve -out compressed 2> /dev/null ||
	openssl ecparam -genkey -name prime256v1 -noout -out compressed
openssl ec -in compressed -pubout -conv_form compressed -out compressed.pub \
	2> /dev/null
openssl ec -in compressed -pubout -out uncompressed.pub 2> /dev/null
is "a compressed point is the same key" "$(json 'd["key"]' uncompressed.pub)" \
	"$(json 'd["key"]' compressed.pub)"
openssl genrsa -out small 1024 2> /dev/null
openssl rsa -in small -pubout -out small.pub 2> /dev/null
openssl ecparam -genkey -name secp384r1 -noout -out p384
openssl ec -in p384 -pubout -out p384.pub 2> /dev/null
openssl genpkey -algorithm ED25519 -out ed
openssl pkey -in ed -pubout -out ed.pub
status 1 '2048 to 4096' "RSA-1024 is refused" q inspect small.pub
status 1 'P-256' "P-384 is refused" q inspect p384.pub
status 1 'neither an RSA nor a P-256' "Ed25519 is refused" q inspect ed.pub
status 1 'PRIVATE KEY" is not a public key' \
	"a private key is not taken for a public one" \
	q keyset make --phase 1 -o x key1
status 1 'No such file' "a file that is not there" \
	q keyset make --phase 1 -o x nothing

# Key sets
must "keyset make" q keyset make --phase 1 -o set key1.crt key2.crt key3.crt \
	key4.crt
is "the default quorum is more than a third" "1 individual 4 2" \
	"$(json '" ".join(str(d["keyset"][k]) for k in ("phase", "scheme", "n", "quorum"))' set)"
is "signers are counted from 1" "1 2 3 4" \
	"$(json '" ".join(str(k["signer"]) for k in d["keyset"]["keys"])' set)"
status 1 'out of range|quorum 1 of 4' "a quorum that liars can reach" \
	q keyset make --phase 1 --quorum 1 -o x key[1-4].crt
status 1 'quorum 4 of 4' "a quorum that liars can withhold" \
	q keyset make --phase 1 --quorum 4 -o x key[1-4].crt
status 1 'individual keys' "a scheme that the keys do not have" \
	q keyset make --phase 1 --scheme threshold -o x key[1-4].crt
status 1 'of 4 controllers, not 5' "another number of controllers" \
	q keyset make --phase 1 -n 5 -o x key[1-4].crt
status 2 'phase' "no phase" q keyset make -o x key1.crt
is "what is refused writes nothing" "" "$(ls x 2> /dev/null || :)"

# Updates
make_update()	# FILE SEQUENCE ARGS...
{
	local file=$1 sequence=$2
	shift 2
	q update make --domain 7 --dpid 0xa1 --phase 1 --sequence "$sequence" \
		-o "$file" "$@"
}
to2='priority=10,in_port=1,actions=output:2'
to1='priority=10,in_port=2,actions=output:1'
must "update make" make_update u 5 --flow "$to2" --group \
	'group_id=1,type=all,bucket=output:2' --packet-out \
	'in_port=1,packet=0000000000010000000000020800,actions=output:2' \
	--dep 0xa2:9 --dep 00000000000000a2:3
make_update again 5 --flow "$to2" --group \
	'group_id=1,type=all,bucket=output:2' --packet-out \
	'in_port=1,packet=0000000000010000000000020800,actions=output:2' \
	--dep 0xa2:3 --dep 162:9
must "the same update is the same bytes" cmp u again
is "numbers of the update" "7 00000000000000a1 1 5" \
	"$(json '" ".join(str(d[k]) for k in ("domain", "dpid", "phase", "sequence"))' u)"
is "dependencies in order" "3 9" \
	"$(json '" ".join(str(k["sequence"]) for k in d["dependencies"])' u)"
is "groups, flows, packet-outs" "group_mod flow_mod packet_out" \
	"$(json '" ".join(m["message"] for m in d["messages"])' u)"
is "the flow" "table=0,${to2/,actions/ actions}" \
	"$(json 'd["messages"][1]["text"]' u)"
status 1 'no such field' "a flow that cannot be read" \
	make_update x 5 --flow nonsense=1,actions=drop
status 2 'either OpenFlow messages or a key set' "an empty update" make_update x 5
status 2 'either' "messages and a key set" make_update x 5 --flow "$to2" \
	--keyset set
status 2 'same update twice' "a dependency twice" make_update x 5 --flow "$to2" \
	--dep 1:1 --dep 1:1
status 2 'sequence' "sequence 0" make_update x 0 --flow "$to2"
printf '\1\2\3' > garbage
status 1 'OpenFlow message at byte 0' "messages from a file are checked" \
	make_update x 5 --openflow garbage
must "an update with a key set" make_update k 6 --keyset set
is "it has its keys" 4 "$(json 'len(d["keyset"]["keys"])' k)"

# Signatures
for i in 1 2 3 4; do
	must "sign as $i" q sign --key key$i --signer $i -o s$i u
done
must "-o leaves the file" cmp u again
must "all signatures are valid" q inspect --keyset set s1 s2 s3 s4
must "merge" q merge -o all s3 s1 s4 s2
is "all signers, in order" "1 2 3 4" \
	"$(json '" ".join(str(s["signer"]) for s in d["signatures"])' all)"
is "each valid" "true true true true" \
	"$(json '" ".join(str(s["valid"]).lower() for s in d["signatures"])' all --keyset set)"
is "valid by certificate" true \
	"$(json 'd["signatures"][1]["valid"]' all --key 2:key2.crt)"
is "without a key nothing is said" "None" \
	"$(json 'd["signatures"][0].get("valid")' all --key 2:key2.crt)"
cp all signed
must "signing again replaces" q sign --key key1 --signer 1 signed
must "RSA signs the same" cmp all signed
cp u two
cp k three
must "sign two updates at once" q sign --key key2 --signer 2 two three
must "each has its own signature" q inspect --keyset set two three
status 1 'another update' "merge of two updates" q merge -o x s1 k
status 1 'not valid' "another signer's number" q inspect --key 1:key3.crt s1
status 1 "not of the key's algorithm" "another algorithm" \
	q inspect --key 1:key2.crt s1
q sign --key key3 --signer 1 -o wrong u
status 1 'signer 1 rsa: signature is not valid' "the wrong key" \
	q inspect --keyset set wrong
status 2 'signer' "no signer" q sign --key key1 u
status 2 '1 to 128' "signer 0" q sign --key key1 --signer 0 u
status 1 'neither a private key nor a share' "a certificate does not sign" \
	q sign --key key1.crt --signer 1 u
status 1 '2048 to 4096' "RSA-1024 does not sign" q sign --key small --signer 1 u
status 1 'P-256' "P-384 does not sign" q sign --key p384 --signer 1 u
must "refused signing changed nothing" cmp u again

# OpenSSL says so too: over the bytes of the statement.
for i in 1 2; do
	/usr/bin/python3 - "$i" <(q --json inspect s$i) << 'EOT'
import json, sys
d = json.load(open(sys.argv[2]))[0]
s = d["signatures"][0]
sig = bytes.fromhex(s["signature"])
if s["algorithm"] == "ecdsa":
    def integer(b):
        b = b.lstrip(b"\0") or b"\0"
        b = (b"\0" if b[0] & 0x80 else b"") + b
        return bytes([2, len(b)]) + b
    body = integer(sig[:32]) + integer(sig[32:])
    sig = bytes([0x30, len(body)]) + body
open("statement", "wb").write(bytes.fromhex(d["statement"]))
open("signature", "wb").write(sig)
EOT
	must "openssl dgst verifies signature $i" openssl dgst -sha256 \
		-verify key$i.pub -signature signature statement
	is "a statement has 68 bytes" 68 "$(stat -c %s statement)"
	printf 'x' >> statement
	status 1 'verif' "openssl dgst sees another statement" openssl dgst \
		-sha256 -verify key$i.pub -signature signature statement
done
is "a statement says what it is" "6173686c61722d73746174656d656e742d31" \
	"$(json 'd["statement"][:36]' u)"

# Whatever bit is changed: it cannot be read, or it is not valid.
size=$(stat -c %s all)
missed=
for ((at = 0; at < size; at += 13)); do
	flip all $at $((at % 8))
	if q inspect --keyset set bad > said 2>&1 ||
			grep -q 'Sanitizer\|runtime error' said; then
		missed+=" $at"
	fi
done
is "every changed bit is seen ($((size / 13 + 1)) tried)" "" "$missed"
missed=
for ((at = 0; at < size; at += 29)); do
	head -c $at all > bad
	if q inspect --keyset set bad > said 2>&1 ||
			grep -q 'Sanitizer\|runtime error' said; then
		missed+=" $at"
	fi
done
is "every cut is seen" "" "$missed"

# Batches
for i in 1 2 3 4 5; do
	make_update b$i $((10 + i)) --flow "priority=$i,actions=drop"
done
must "update batch" q update batch b1 b2 b3 b4 b5
is "places of the leaves" "0 1 2 3 4" "$(for i in 1 2 3 4 5; do
	json 'd["index"]' b$i; done | xargs)"
is "one statement" 1 "$(for i in 1 2 3 4 5; do
	json 'd["statement"]' b$i; done | sort -u | wc -l)"
cp b5 b5.unsigned
must "sign a batch" q sign --key key2 --signer 2 b1 b2 b3 b4 b5
must "every leaf is signed" q inspect --keyset set b1 b2 b3 b4 b5
is "one signature for all" 1 "$(for i in 1 2 3 4 5; do
	json 'd["signatures"][0]["signature"]' b$i; done | sort -u | wc -l)"
must "merge takes a signature to another leaf" q merge b1 b5.unsigned
must "where it is valid" q inspect --keyset set b5.unsigned
is "and is there" 1 "$(json 'len(d["signatures"])' b5.unsigned)"
status 1 'another update' "but -o is for one update" q merge -o x b1 b2
flip b3 $(($(stat -c %s b3) - 100))
status 1 'not valid' "another path is another tree" q inspect --keyset set bad
must "batch of one" q update batch b1
is "drops old signatures" 0 "$(json 'len(d["signatures"])' b1)"
q update make --domain 8 --dpid 1 --phase 1 --sequence 1 --flow "$to1" -o other
status 1 'another domain or phase' "a batch is of one domain" q update batch u other
