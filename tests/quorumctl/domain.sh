# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# domain.sh: domains made, changed and shown; sockets of controllers that are not there; sourced by run.

# shellcheck disable=SC2154 # from run
init()	# DIR OPTION...: small and quick
{
	local dir=$1
	shift
	q domain init "$dir" --id 7 --controllers 4 --switches 3 --rsa 2048 "$@"
}

# What a command line says wrong, nothing is made of.
for bad in "--id 0 --controllers 4 --switches 1:--id" \
		"--id x --controllers 4 --switches 1:--id" \
		"--id 9223372036854775808 --controllers 4 --switches 1:--id" \
		"--controllers 4 --switches 1:needed" "--id 1 --switches 1:needed" \
		"--id 1 --controllers 4:needed" \
		"--id 1 --controllers 3 --switches 1:needs 4" \
		"--id 1 --controllers 33 --switches 1:--controllers" \
		"--id 1 --controllers 2 --switches 1 --mode crash:needs 3" \
		"--id 1 --controllers 2 --switches 1 --mode centralized:has one" \
		"--id 1 --controllers 4 --switches 0:--switches" \
		"--id 1 --controllers 4 --switches 1025:--switches" \
		"--id 1 --controllers 4 --switches 1000 --spare 25:--spare" \
		"--id 1 --controllers 4 --switches 1 --mode none:none of" \
		"--id 1 --controllers 4 --switches 1 --scheme none:none of" \
		"--id 1 --controllers 4 --switches 1 --procedure none:none of" \
		"--id 1 --controllers 4 --switches 1 --app none:none of" \
		"--id 1 --controllers 4 --switches 1 --verifier none:none of" \
		"--id 1 --controllers 4 --switches 1 --user a;b:no user" \
		"--id 1 --controllers 4 --switches 1 --host name.example:not an IPv4" \
		"--id 1 --controllers 4 --switches 1 --host ::1 --host ::2:2 times" \
		"--id 1 --controllers 4 --switches 1 --base-port 1:--base-port" \
		"--id 1 --controllers 4 --switches 1 --base-port 65530:--base-port" \
		"--id 1 --controllers 4 --switches 1 --days 0:--days" \
		"--id 1 --controllers 4 --switches 1 --days 3651:--days" \
		"--id 1 --controllers 4 --switches 1 --rsa 1024:--rsa" \
		"--id 1 --controllers 4 --switches 1 --scheme threshold --rsa 2048:individual" \
		"--id 1 --controllers 4 --switches 1 --sign bls:--sign" \
		"--id 1 --controllers 4 --switches 1 --sign ecdsa --rsa 2048:ECDSA" \
		"--id 1 --controllers 4 --switches 1 --scheme threshold --sign rsa:individual"; do
	# shellcheck disable=SC2086 # words
	status 2 "${bad##*:}" "domain init ${bad%:*}" q domain init no ${bad%:*}
done
is "a refusal leaves nothing" "" "$(ls -d no* 2> /dev/null || :)"
status 1 'No such file' "a place that is none" init no/such/place
mkdir taken
status 1 'there is one already' "a directory that is there" init taken
is "and stays empty" "" "$(ls -A taken)"
# A file system that is full after some of it: what was made goes again.
if (ulimit -f 4 && trap '' XFSZ && ! head -c 8192 /dev/zero > big) 2> /dev/null; then
	status 1 'File too large' "a disk that takes no more" \
		bash -c 'trap "" XFSZ; ulimit -f 4; "$@"' - "$O/quorumctl" domain \
		init full --id 7 --controllers 4 --switches 3 --rsa 2048
	is "leaves nothing" "" "$(ls -d full* 2> /dev/null || :)"
else
	skipped=$((skipped + 1))
	echo "skipped: no limit of a file's length here"
fi

must "domain init" init d --user nobody
is "directories are their owner's" "700" \
	"$(find d -type d -printf '%m\n' | sort -u)"
is "secrets are their owner's" "600" \
	"$(find d -name '*.key' -printf '%m\n' | sort -u)"
is "as many as there must be" $((1 + 4 * 3 + 3 * 2)) "$(find d -name '*.key' | wc -l)"
is "what is public is" "644" "$(find d \( -name '*.crt' -o -name '*.conf' \
	-o -name keyset.bin \) -printf '%m\n' | sort -u)"
is "nothing is half made" "" "$(find d -name '*.??????' ! -name '*.conf' | grep -v '\.crt$' || :)"
for who in controller/controller-1 controller/controller-4 switch/s1 switch/s3; do
	dir=d/$(sed 's,.*/s,switch-,; s,.*/,,' <<< "$who")
	must "certificate of $who" openssl verify -CAfile d/ca.crt "$dir/tls.crt"
	is "its name" "URI:ashlar://7/$who" "$(openssl x509 -in "$dir/tls.crt" \
		-noout -ext subjectAltName | sed -n 's/^ *URI/URI/p')"
	is "its key" "$(openssl pkey -in "$dir/tls.key" -pubout)" \
		"$(openssl x509 -in "$dir/tls.crt" -noout -pubkey)"
	must "the same authority" cmp d/ca.crt "$dir/ca.crt"
	must "the same domain" cmp d/domain.conf "$dir/domain.conf"
	must "its user" grep -q '^user = "nobody";$' "$dir"/quorum*.conf
done
status 2 'verif|error' "another authority's certificate" \
	openssl verify -CAfile key1.crt d/controller-1/tls.crt
is "the key set is phase 1 of all" "1 individual 4 2" \
	"$(json '" ".join(str(d["keyset"][k]) for k in ("phase", "scheme", "n", "quorum"))' d/keyset.bin)"
must "controllers sign with the keys in it" make_update du 1 --flow "$to2"
must "sign as controller 3" q sign --key d/controller-3/sign.key --signer 3 du
must "valid by the key set" q inspect --keyset d/keyset.bin du
is "no two keys are equal" "$(find d -name '*.key' | wc -l)" \
	"$(find d -name '*.key' -exec sha256sum {} + | cut -d ' ' -f 1 | sort -u | wc -l)"
must "guard.sh is a script" sh -n d/switch-1/guard.sh

must "a threshold domain" q domain init dt --id 8 --controllers 4 --switches 1 \
	--scheme threshold --host ::1 --base-port 9000 --spare 0
is "its key set" "1 threshold 4 3" \
	"$(json '" ".join(str(d["keyset"][k]) for k in ("phase", "scheme", "n", "quorum"))' dt/keyset.bin)"
must "centralized" q domain init dc --id 9 --controllers 1 --switches 1 \
	--mode centralized --rsa 2048
must "ECDSA" q domain init de --id 11 --controllers 4 --switches 1 --sign ecdsa
is "four keys that sign are P-256" 4 "$(grep -c 'sign_alg = "ecdsa"' de/domain.conf)"
must "crash, a host for each" q domain init dh --id 10 --controllers 3 --switches 1 \
	--mode crash --rsa 2048 --host 10.0.0.1 --host 10.0.0.2 --host 10.0.0.3
must "what was made, in JSON" /usr/bin/python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert d[0] == {"domain": 10, "controllers": 3, "switches": 1, "spare": 16}, d[0]
assert [c["host"] for c in d[1:4]] == ["10.0.0.%d" % i for i in (1, 2, 3)]
assert [c["port"] for c in d[1:4]] == [7000, 7002, 7004]' <(q --json domain show dh)

# A switch more
sed -i 's/^switches = (/# An "operator" was here { } switches = ( { }\n&  \/* and { } here *\//' d/domain.conf
cp d/domain.conf was
status 1 'differs from d/domain.conf' "copies that differ" \
	q domain add-switch d edge
is "and nothing was made" "" "$(ls -d d/switch-4* 2> /dev/null || :)"
for copy in d/*/domain.conf; do
	cp d/domain.conf "$copy"
done
must "domain add-switch" q domain add-switch d edge --dpid 00:00:00:00:00:00:00:77
must "and one more" q domain add-switch d s5
is "numbers of the others stay" "s1 s2 s3 edge s5" \
	"$(q domain show d | sed -n 's/ *dpid.*//p' | xargs)"
is "each has its place" "switch-4 switch-5" \
	"$(q domain show d | sed -n 's/^\(edge\|s5\) .*\(switch-.\),.*/\2/p' | xargs)"
is "its datapath id is its place's" 0000000000000005 \
	"$(q domain show d | sed -n 's/^s5 *dpid \([0-9a-f]*\).*/\1/p')"
is "what was there is there, comments too" "" \
	"$(diff was d/domain.conf | grep '^<' | grep -v '^<[[:space:]]*{ },$' || :)"
is "all copies are equal" 1 "$(cat <(sha256sum d/domain.conf) \
	<(sha256sum d/*/domain.conf) | cut -d ' ' -f 1 | sort -u | wc -l)"
must "certificate of the new switch" openssl verify -CAfile d/ca.crt d/switch-4/tls.crt
status 1 'a switch edge already' "a name that is taken" q domain add-switch d edge
status 1 'datapath id .* already' "a datapath id that is taken" \
	q domain add-switch d new --dpid 0x77
status 2 'no name' "a name that is none" q domain add-switch d ../up
status 2 'possible' "datapath id 0" q domain add-switch d new --dpid 0
status 2 'possible' "a datapath id of spare places" \
	q domain add-switch d new --dpid 0xffff000000000001
status 1 'no spare place' "no place" q domain add-switch dt s2
status 1 'No such file' "no domain" q domain add-switch nowhere s2
is "nothing was made by these" "" "$(ls -d d/switch-6* dt/switch-2* 2> /dev/null || :)"

# New certificates
cp d/controller-1/tls.crt old1
cp d/controller-2/tls.crt old2
must "domain renew of one" q domain renew d controller-1 --days 30
must "the others stay" cmp old2 d/controller-2/tls.crt
is "the key stays" "$(openssl x509 -in old1 -noout -pubkey)" \
	"$(openssl x509 -in d/controller-1/tls.crt -noout -pubkey)"
must "valid" openssl verify -CAfile d/ca.crt d/controller-1/tls.crt
must "for 29 days" openssl x509 -in d/controller-1/tls.crt -noout -checkend $((29 * 86400))
status 1 'expire' "and not 31" openssl x509 -in d/controller-1/tls.crt -noout \
	-checkend $((31 * 86400))
is "renewal of all" $((4 + 5)) "$(q domain renew d | wc -l)"
status 1 'differ' "also of the second" cmp old2 d/controller-2/tls.crt
status 3 'no controller or switch nobody' "of nobody" q domain renew d nobody
status 1 "authority's own" "longer than the authority" q domain renew d --days 3650

# What daemons read
for daemon in quorumd:controller-1 quorum-agent:switch-1; do
	program=$(find "$top/build" "${DAEMONS:-$top/build}" -type f -executable \
		-name "${daemon%%:*}" -print -quit 2> /dev/null)
	if [ -z "$program" ]; then
		skipped=$((skipped + 1))
		echo "skipped: ${daemon%%:*} is not built"
		continue
	fi
	for dir in d dt; do
		must "${daemon%%:*} takes its files of $dir" "$program" --check \
			"$dir/${daemon##*:}/${daemon%%:*}.conf"
	done
	sed 's/mode = "byzantine"/mode = "none"/' d/domain.conf > d/"${daemon##*:}"/domain.conf
	status 1 'domain.conf:[0-9]+: ' "and says what is wrong, with its line" \
		"$program" --check "d/${daemon##*:}/${daemon%%:*}.conf"
done

# Controllers that are not there
[ -n "$(ls /run/ashlar/*.sock 2> /dev/null || :)" ] ||
	status 3 'no socket' "no socket at all" q cluster status
status 1 'No such file' "a socket that is not there" q cluster status --socket nothing.sock
status 2 'none of' "a level that is none" q cluster log --level loud --socket x
status 2 '1 to 256' "a count that is none" q cluster events --count 0 --socket x
/usr/bin/python3 - "$O/san/quorumctl" << 'EOT' > said 2>&1 || :
import json, os, socket, subprocess, sys, threading
answers = {
    "status": {"controller": "c1", "healthy": False, "why": "alone", "decided": 5},
    "members": {"controller": "c1", "members": [
        {"name": "c1", "self": True}, {"name": "c2", "up": True, "evidence": True}]},
    "switches": {"controller": "c1", "switches": [
        {"name": "s1", "dpid": "0000000000000001", "up": True, "known": True}]},
    "events": {"controller": "c1", "events": [
        {"height": 2, "index": 1, "time_ms": 1001, "switch": "s1", "text": "PACKET_IN"},
        {"height": 2, "index": 0, "time_ms": 1001, "switch": "s1", "text": "PORT"}]},
    "updates": {"error": "out of order"},
    "log": {"controller": "c1", "level": "info"},
    "log-level": {"controller": "c1", "level": "debug"}}
s = socket.socket(socket.AF_UNIX)
s.bind("fake.sock")
s.listen()
def serve():
    while True:
        c, _ = s.accept()
        f = c.makefile("rwb")
        r = json.loads(f.readline())
        f.write(json.dumps(answers[r["command"]]).encode() + b"\n")
        f.close(); c.close()
threading.Thread(target=serve, daemon=True).start()
for args in (["status"], ["members"], ["switches"], ["events"], ["updates"], ["log"],
             ["log", "--level", "debug"]):
    r = subprocess.run([sys.argv[1], "cluster", *args, "--socket", "fake.sock"],
                       capture_output=True, text=True)
    print(" ".join(args), r.returncode, r.stdout, r.stderr)
r = subprocess.run([sys.argv[1], "--json", "cluster", "events", "--socket", "fake.sock"],
                   capture_output=True, text=True)
assert [e["index"] for e in json.loads(r.stdout)] == [0, 1], r
print("json", r.returncode)
EOT
must "cluster status" grep -q '^status 0 c1  *unhealthy: alone, height 5' said
must "cluster members" grep -q '^c1  *c2  *up, contradicted itself' said
must "cluster switches" grep -q '^switches 0 c1  *s1  *0000000000000001 link up, in the order' said
must "cluster events, oldest first" grep -q '^events 0 c1  *00:00:01.001 2.0 s1 PORT' said
must "an error is an error" grep -q '^updates 1  *quorumctl: fake.sock: out of order' said
must "cluster log" grep -q '^log 0 c1  *level info' said
must "cluster log --level" grep -q '^log --level debug 0 c1  *level debug' said
must "cluster events in JSON" grep -q '^json 0' said
