#!/bin/sh
# Plays "Invite Code API Documentation" (seed 003): sh tests/systems/directors.sh
. "$(dirname "$0")/play.sh"
document 'seed 003, Invite Code API Documentation'

# until_limited LIMIT ARGUMENT...: fails unless the run after LIMIT others is refused
# with the time to retry. Allows twice as many, because a new hour may begin.
until_limited() {
    limit=$1 count=0
    shift
    run "$@"
    while [ "$(error reason)" != rate_limited ]; do
        count=$((count + 1))
        [ "$count" -le $((limit * 2 + 2)) ] || differs "refused after $limit" "not after $count" 'hourly limit'
        run "$@"
    done
    [ "$count" -ge "$limit" ] || differs "refused after $limit" "after $count" 'hourly limit'
    same 4 "$code" 'exit code'
    same 429 "$(error status)" 'HTTP status'
    complains '* retry after *'
}

example 'directors (parents/guardians): John Smith, user d1; Sarah Lee, user d2'
does space add john --policy director --name 'John Smith'
does member add john d1 --role director
does space add sarah --policy director --name 'Sarah Lee'
does member add sarah d2 --role director

example '1. Generate Invite Code: POST /api/invite-codes/generate, Request Body: None required'
does generate --as d1
has success true
has message 'Invite code generated successfully'
code1=$(field invites.0.code) id1=$(field invites.0.id)
shaped invites.0.formatted_expiration '??? *, 20?? ??:?? UTC'

example 'Code Format: {first3Letters}-{random3DigitNumber} (e.g., "Joh-456", "Sar-789")'
like 'Joh-[0-9][0-9][0-9]' "$code1" code
does generate --space sarah --as d2
shaped invites.0.code 'Sar-[0-9][0-9][0-9]'
sar=$(field invites.0.code) sar_id=$(field invites.0.id)

example 'Expiration: 24 hours from generation'
does show "$code1"
made=$(field created_at) ends=$(field expires_at)
same "${made#*T}" "${ends#*T}" 'the time of the day'
same 1 "$(days "$made" "$ends")" days
does validate "$code1" --at "$made"
run validate "$code1" --at "$ends"
has result expired
does policy show director
has expires 24h

example '401: Unauthorized: who works without saying for whom is refused, where the configuration says so'
echo 'require_actor = true' >"$work/actor.toml"
fails 2 400 invalid_input generate --space john --config "$work/actor.toml"
complains '* requires --as*'

example '404: Director profile not found'
fails 5 404 not_found generate --as d9
complains 'd9 may not create invites in any space'
fails 5 404 not_found generate --space nobody --as d1
complains 'Space nobody not found'
fails 4 403 forbidden generate --space john --as d2
complains 'Only directors can create invites'

example '2. Validate Invite Code: POST /api/invite-codes/validate, without authentication'
does validate "$code1"
has success true
has is_valid true
has is_expired false
has space_name 'John Smith'
has message 'Invite code is valid'

example 'real-time checking: any letter case; looking never consumes'
does validate "$(printf '%s' "$code1" | tr '[:upper:]' '[:lower:]')"
has uses 0

example 'Validation States: Valid, code exists, not used, not expired'
has result valid

example "Validation States: Invalid, code doesn't exist"
fails 5 404 not_found validate Zzz-000
same invalid "$(error result)" result
same false "$(error is_valid)" is_valid

example '400: Invalid request body'
fails 2 400 invalid_input validate ''
run validate
same 2 "$code" 'exit code'

example '3. Use Invite Code: POST /api/invite-codes/use { "code": "Joh-456", "userId": "user-uuid-here" }'
does use "$code1" --user actor1
has message 'actor1 is now an actor of John Smith'
has space.id john
has relationship_created true

example 'Marks code as used'
run validate "$code1"
same 4 "$code" 'exit code'
has result used
has is_used true
has is_valid false

example 'Creates director-actor relationship'
does member list john
same 2 "$(rows members)" members
has members.0.user_id actor1
has members.0.role actor

example 'the same request again: the first result, and no second relationship'
does use "$code1" --user actor1
has relationship_created false

example '400: Invalid code or already used/expired'
fails 4 400 used_up use "$code1" --user actor2
complains 'the invite is used up: its single use is taken'
fails 5 404 not_found use Zzz-000 --user actor2
does generate --space john --expires-in 1s
short=$(field invites.0.code)
eventually has_result expired "$short"
has is_expired true
has is_used false
fails 4 400 expired use "$short" --user actor2
complains 'the invite expired at *'

example '4. Get My Invite Codes: GET /api/invite-codes/my-codes'
does list --created-by d1 --as d1
same 1 "$(rows invites)" 'my codes'
has invites.0.id "$id1"
has invites.0.code "$code1"
has invites.0.space_id john
has invites.0.created_by d1
has invites.0.expires_at "$ends"
has invites.0.created_at "$made"
has invites.0.is_used true
has invites.0.used_by actor1
shaped invites.0.used_at '20??-??-??T??:??:??*Z'
does list --created-by d2 --as d2
has invites.0.is_used false
has invites.0.used_by null
has invites.0.used_at null

example '404: Director profile not found; nobody sees the codes of others'
fails 5 404 not_found list --space nobody --as d1
fails 4 403 forbidden list --space john --as d2
complains 'Only directors can view invites'

example '5. Revoke Invite Code: DELETE /api/invite-codes/:codeId, 403: Permission denied'
fails 4 403 forbidden revoke "$sar_id" --as d1
complains 'Only directors can revoke invites'
fails 4 403 forbidden revoke "$sar_id" --as actor1

example '404: Code not found'
fails 5 404 not_found revoke 00000000-0000-7000-8000-000000000000 --as d2

example '400: Cannot revoke used code'
fails 4 400 used_cannot_revoke revoke "$id1" --as d1

example 'Revokes an unused invite code'
does revoke "$sar_id" --as d2
has success true
has message 'Invite code revoked successfully'
fails 4 400 revoked use "$sar" --user actor2

example 'Unique Codes: each code is unique across the system'
does generate --space john --count 100
same 100 "$(rows invites)" invites
awk 'BEGIN { FS = "\t" } $1 ~ /^invites\.[0-9]*\.code$/ { print $2 }' "$work/out.fields" >"$work/codes"
same 100 "$(sort -u "$work/codes" | wc -l | tr -d ' ')" 'different codes'
same '' "$(grep -v '^Joh-[0-9][0-9][0-9][0-9]*$' "$work/codes" || :)" 'codes of another shape'

example 'Code Format, as a prefix fills: more digits, so that somebody who guesses gets in with a probability of 1 in 20 at most'
same 2 "$(grep -c '^Joh-[0-9][0-9][0-9]$' "$work/codes")" 'codes of three digits'
same 25 "$(grep -c '^Joh-[0-9][0-9][0-9][0-9]$' "$work/codes")" 'codes of four digits'
does policy show director
has guess_attempts 50
has guess_odds 0.05

example 'Audit Trail: track who generated and used codes'
prints show "$code1"
says 'generate (created'
says 'use (closed: used_up)'
says 'as d1'
says actor1

example 'Expiration Management: automatic expiration handling'
does cleanup
shaped expired '[1-9]*'

example 'Rate limiting: max 10 codes per hour per user'
until_limited 9 generate --space john --as d1
complains 'd1 has created 10 of 10 invites of the policy director in this hour, and 1 more was requested*'
does generate --space john

example 'Rate limiting: max 5 attempts (of using) per hour per IP'
until_limited 5 use Zzz-000 --user actor2 --client 203.0.113.9
fails 5 404 not_found use Zzz-000 --user actor2 --client 203.0.113.10

example 'Rate limiting: max 100 validations per hour per IP (3 here)'
does policy show director
has limit_validate 100
policy director 'limit_validate = 3'
does generate --space john
fresh=$(field invites.0.code)
until_limited 3 validate "$fresh" --client 198.51.100.7 --config "$work/policy.toml"
prints limits --client 198.51.100.7
says validate
prints limits reset --client 198.51.100.7 --yes
does validate "$fresh" --client 198.51.100.7 --config "$work/policy.toml"

example 'SQL Injection Protection; input validation'
fails 5 404 not_found validate "x' OR '1'='1"
fails 2 400 invalid_input use "$fresh" --user ''

example 'ON DELETE: what is left of a director'
does space remove john --yes
run validate "$fresh"
same 4 "$code" 'exit code'
has is_valid false
has result revoked

printf '\nplayed: %s\n' "$document"
