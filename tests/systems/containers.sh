#!/bin/sh
# Plays "Invite System Guide" (seed 004): sh tests/systems/containers.sh
. "$(dirname "$0")/play.sh"
document 'seed 004, Invite System Guide'

example 'container 1 is "My Travel Journal"; user 1 is its admin'
does space add 1 --policy container --name 'My Travel Journal'
does member add 1 1 --role admin
export FRONTEND_URL=http://localhost:8000

example '1. Create Invite Link (Admin): POST /invites { container_id: 1, expires_in_hours: 24, max_uses: 10 }'
does generate --space 1 --expires-in 24h --max-uses 10 --as 1
has message 'Invite code generated successfully'
first=$(field invites.0.code) first_id=$(field invites.0.id)
has invites.0.space_id 1
has invites.0.link "http://localhost:8000/invites/join?code=$first"
has invites.0.created_by 1
has invites.0.max_uses 10
has invites.0.uses 0
has invites.0.is_active true
has invites.0.space_name 'My Travel Journal'
shaped invites.0.created_at '20??-??-??T??:??:??*Z'
expires=$(field invites.0.expires_at)
like '20??-??-??T??:??:??*Z' "$expires"
shaped invites.0.formatted_expiration '??? *, 20?? ??:?? UTC'

example '2. Create Permanent Invite: { expires_in_hours: null, max_uses: null }'
does generate --space 1 --expires-in never --max-uses unlimited --as 1
second=$(field invites.0.code) second_id=$(field invites.0.id)
has invites.0.expires_at null
has invites.0.formatted_expiration never
has invites.0.max_uses null
does generate --space 1 --as 1
has invites.0.expires_at null
has invites.0.max_uses null
third=$(field invites.0.code)

example '3. Join Using Invite Code, option 1: the user clicks the invite link'
does use "http://localhost:8000/invites/join?code=$first" --user 10
has message '10 is now a member of My Travel Journal'
has space.id 1
has space.name 'My Travel Journal'
has membership.user_id 10
has membership.role member
shaped membership.joined_at '20??-??-??T??:??:??*Z'
has relationship_created true

example '3. Join, option 2: the user enters the code by hand; setCode(e.target.value.toUpperCase())'
does use "$(printf '%s' "$first" | tr '[:upper:]' '[:lower:]')" --user 11
has uses 2
does use "$first" --user 12
has uses 3

example 'the same user again: nothing is counted twice'
does use "$first" --user 12
has uses 3
has relationship_created false

example '4. View Active Invites (Admin): GET /invites/container/1'
does use "$second" --user 13
does list --space 1 --status active --sort oldest --as 1
same 3 "$(rows invites)" 'invites'
has invites.0.id "$first_id"
has invites.0.code "$first"
has invites.0.link "http://localhost:8000/invites/join?code=$first"
has invites.0.uses 3
has invites.0.max_uses 10
has invites.0.expires_at "$expires"
has invites.0.is_active true
has invites.1.id "$second_id"
has invites.1.uses 1
has invites.1.max_uses null
has invites.1.expires_at null

example 'InviteList: "Uses: 3 / 10", "Expires: Never"'
prints list --space 1 --status active
says '3 of 10'
says never

example '5. Deactivate Invite (Admin): DELETE /invites/1'
does revoke "$first_id" --as 1
has message 'Invite code revoked successfully'
has invites.0.is_active false
has invites.0.status revoked
does list --space 1 --status active
same 2 "$(rows invites)" 'invites'
fails 4 400 revoked use "$first" --user 14

example 'Deactivate: several invites'
does generate --space 1 --count 3 --as 1 --note 'for the trip'
group=$(field invites.0.created_op)
does revoke --operation "$group" --dry-run
has message '3 invites would be revoked'
fails 2 400 invalid_input revoke --operation "$group"
does revoke --operation "$group" --yes
has message '3 invites revoked'

example 'Access Control: create and view invites: container admin only ("403: Only admins can create invites")'
fails 4 403 forbidden generate --space 1 --as 10
complains 'Only admins can create invites'
like '10 is a member of the space 1; see the rules: invite policy show container' "$(error hint)" hint
fails 4 403 forbidden generate --space 1 --as 99
complains 'Only admins can create invites'
fails 4 403 forbidden list --space 1 --as 10
complains 'Only admins can view invites'
fails 4 403 forbidden show "$second_id" --as 10

example 'Access Control: join via invite: any authenticated user'
does use "$third" --user 15

example 'Owner must promote user to admin first'
does member add 1 10 --role admin
does generate --space 1 --as 10
own=$(field invites.0.code)

example 'Access Control: deactivate invite: container admin or invite creator'
does member add 1 10 --role member
fails 4 403 forbidden revoke "$second_id" --as 10
complains 'Only admins and the creator can revoke invites'
does revoke "$own" --as 10
has invites.0.status revoked
does generate --space 1 --as 1
other=$(field invites.0.id)
fails 4 403 forbidden revoke "$other" --as 11
does revoke "$other" --as 1

example 'Invite Code Generation: 8 characters, uppercase letters and digits, without 0, O, I, 1'
does generate --space 1 --count 50
same 50 "$(rows invites)" 'invites'
awk 'BEGIN { FS = "\t" } $1 ~ /^invites\.[0-9]*\.code$/ { print $2 }' "$work/out.fields" >"$work/codes"
bad=$(grep -v '^[A-HJ-NP-Z2-9]\{8\}$' "$work/codes" || :)
same '' "$bad" 'codes of another shape'

example 'Uniqueness guaranteed'
same 50 "$(sort -u "$work/codes" | wc -l | tr -d ' ')" 'different codes'

example 'expires_in_hours: expiresIn || null, max_uses: maxUses || null: an invite that lets nobody in is refused'
fails 2 400 invalid_input generate --space 1 --max-uses 0
run generate --space 1 --expires-in 0h
same 2 "$code" 'exit code'

example '404: Invalid invite code'
fails 5 404 not_found use ZZZZ2222 --user 20
complains 'no invite with this code*'
fails 5 404 not_found validate ZZZZ2222
complains 'no invite with this code*'
same invalid "$(error result)" result

example '400: Invite expired; auto-deactivation: expiration time is reached'
does generate --space 1 --expires-in 24h
day=$(field invites.0.code)
run validate "$day" --at 2099-01-01
same 4 "$code" 'exit code'
has result expired
has is_expired true
does generate --space 1 --expires-in 1s
short=$(field invites.0.code)
eventually has_result expired "$short"
fails 4 400 expired use "$short" --user 20
complains 'the invite expired at *'
does list --space 1 --status expired
has invites.0.code "$short"
has invites.0.is_active false

example '400: Max uses reached; auto-deactivation: maximum uses are reached'
does generate --space 1 --max-uses 2
two=$(field invites.0.code)
does use "$two" --user 20
does use "$two" --user 21
has status used_up
has uses_left 0
fails 4 400 used_up use "$two" --user 22
complains 'the invite is used up: all 2 uses are taken'

example '400: Already a member'
fails 4 400 already_member use "$third" --user 20
complains 'the user is already a member of the space, as member'

example 'Validation Checks: exists, active, not expired, max uses not exceeded, not already a member'
does validate "$third" --user 30
has result valid
run validate "$third" --user 20
has result already_member
run validate "$two" --user 30
has result used
run validate "$first" --user 30
has result revoked

example 'Auto-cleanup: expired invites are automatically deactivated'
does cleanup
shaped expired '[1-9]*'
does show "$two"
has closed_reason used_up
does show "$short"
has status expired
has closed_reason expired

example 'Migration from Old System: POST /containers/1/members?member_user_id=5 (deprecated)'
does member add 1 5
has role member
fails 4 400 already_member use "$third" --user 5

example 'created_by ... ON DELETE CASCADE: a user who is gone: their invites are revoked by a command'
does generate --space 1 --as 1
orphan=$(field invites.0.code)
does revoke --created-by 1 --yes
fails 4 400 revoked use "$orphan" --user 77

example 'container_id ... ON DELETE CASCADE'
does space remove 1 --yes
run validate "$third"
same 4 "$code" 'exit code'
has is_valid false
has result revoked

printf '\nplayed: %s\n' "$document"
