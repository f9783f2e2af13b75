#!/bin/sh
# Plays "Quick Start: Getting an Invite Code for Your Space" (seed 000) and
# "Invite Code Backfill Guide" (seed 001): sh tests/systems/spaces.sh
. "$(dirname "$0")/play.sh"
document 'seed 000, Quick Start: Getting an Invite Code for Your Space'

example 'Script Shows "No spaces found": no spaces in the database'
prints backfill --policy space
says 'scanned 0, missing 0, added 0, failed 0'
prints backfill
says 'No spaces found in '

example 'spaces that lack a code: "My Workspace" (abc123), "Team Hub" (def456); 15 in all'
number=1
{
    echo 'id,policy,name,code'
    echo 'abc123,space,My Workspace,'
    echo 'def456,space,Team Hub,'
    echo 'old0,space,Older Space,aB3_x-9Z'
    while [ "$number" -le 12 ]; do
        echo "old$number,space,Old Space $number,OLD000$((number + 10))"
        number=$((number + 1))
    done
} >"$work/spaces.csv"
does space import "$work/spaces.csv"
has added 15
for member in 'abc123 owner1 owner' 'abc123 admin1 admin' 'abc123 member1 member' 'def456 owner2 owner'; do
    # shellcheck disable=SC2086 # a space, a user and a role
    set -- $member
    does member add "$1" "$2" --role "$3"
done

example 'secrets.token_urlsafe(6): codes from before are taken over as they are'
does validate aB3_x-9Z
has space_id old0
has link /join/aB3_x-9Z

example 'Step 1: Preview What Will Change (Dry Run): backfill_invite_codes.py --dry-run'
prints backfill --dry-run
says abc123
says def456
says 'scanned 15, missing 2, would add 2, failed 0'
says 'Dry run: no changes were made'
does backfill --dry-run
has dry_run true
same 2 "$(rows spaces)" 'spaces that lack a code'
has spaces.0.space_id abc123
has spaces.0.space_name 'My Workspace'
has spaces.0.code null
does space show abc123
has standing_code null

example 'Review all spaces that need invite codes: exit code 8 says that there are some'
run backfill --check
same 8 "$code" 'exit code'

example 'Option 2: POST /api/spaces/{space_id}/invite for a space without a code'
does regenerate def456 --as owner2
shaped code '????????'
has link "/join/$(field code)"
has replaced_id null

example 'Step 2: Apply Changes: backfill_invite_codes.py'
prints backfill
says 'scanned 15, missing 1, added 1, failed 0'

example 'a space has one invite code'
fails 6 409 duplicate generate --space abc123

example 'How to Find Your Space ID: GET /api/spaces'
does space list
same 15 "$(rows spaces)" 'spaces'
has spaces.0.id abc123
has spaces.0.name 'My Workspace'
does space list --as admin1
same 1 "$(rows spaces)" 'spaces of the user'
has spaces.0.id abc123

example 'Verification: GET /api/spaces/{space_id}: look for "inviteCode"'
does space show abc123 --as admin1
has id abc123
has name 'My Workspace'
code1=$(field standing_code)
has link "/join/$code1"

example '"403 Forbidden" Error: not the owner or admin of the space'
fails 4 403 forbidden regenerate abc123 --as member1 --yes
complains 'Only owners and admins can regenerate invite codes'
like 'member1 is a member of the space abc123; see the rules: invite policy show space' "$(error hint)" hint

example 'Ask the space owner to do it, or have them make you an admin first'
does member add abc123 member1 --role admin
does regenerate abc123 --as member1 --yes
code2=$(field code)

example '"404 Not Found" Error: the space ID does not exist'
fails 5 404 not_found regenerate nowhere --yes
complains 'Space nowhere not found'
like '*invite space list' "$(error hint)" hint

document 'seed 001, Invite Code Backfill Guide'

example 'How It Works, 1: new code, deletes old mapping, creates new mapping'
does regenerate abc123 --as owner1 --yes
code3=$(field code)
shaped replaced_id '????????-????-????-????-????????????'
does validate "$code3"
has space_id abc123
has role member
fails 4 400 replaced use "$code2" --user u1

example 'Will regenerating an invite code break existing invite links? Yes.'
fails 4 400 replaced use "/join/$code2" --user u1
does regenerate old1 --grace 24h --yes
does use OLD00011 --user u2

example 'How It Works, 2: space has NO invite code: gracefully handles missing old code'
does revoke "$code3" --yes
does regenerate abc123
has replaced_id null

example 'Backfill: Found 15 total spaces, 2 without invite codes'
does list --space abc123 --space def456 --status active -q
awk 'BEGIN { FS = "\t" } $1 ~ /\.code$/ { print $2 }' "$work/out.fields" >"$work/live"
while read -r live; do does revoke "$live" --yes; done <"$work/live"
does backfill --dry-run
has scanned 15
has missing 2
has would_add 2
has failed 0
same abc123 "$(field spaces.0.space_id)" 'first space'

example '✓ Added invite code to space "My Workspace" (ID: abc123): total, successful, failed'
does backfill --out-file "$work/codes.csv"
has scanned 15
has missing 2
has added 2
has failed 0
has success true
has spaces.0.space_name 'My Workspace'
has spaces.1.space_name 'Team Hub'
fresh=$(field spaces.0.code)
same 2 "$(grep -c "^abc123,\|^def456," "$work/codes.csv")" 'rows of the file'

example 'Verify Invite Mapping: PK = INVITE#{invite_code} returns the space_id'
does validate "$fresh"
has space_id abc123
does space show abc123
has standing_code "$fresh"
has code_resolves true

example 'Verify all spaces have invite codes'
does backfill --check

example 'Invite code format validation: an 8-character alphanumeric invite code'
does list --space abc123 --space def456
awk 'BEGIN { FS = "\t" } $1 ~ /\.code$/ { print $2 }' "$work/out.fields" >"$work/all"
same 7 "$(awk 'END { print NR }' "$work/all")" codes
bad=$(grep -v '^[A-Z0-9]\{8\}$' "$work/all" || :)
same '' "$bad" 'codes of another shape'

example 'What happens if I run the backfill script twice? It is skipped.'
does backfill
has missing 0
has added 0
does space show abc123
has standing_code "$fresh"

example 'How long are invite codes valid? Invite codes do not expire.'
does validate "$fresh" --at 2099-01-01
has result valid
has expires_at null
has formatted_expiration never

example 'unlimited uses'
for user in u5 u6 u7; do
    does use "$fresh" --user "$user"
done
has max_uses null

example 'Can I choose a custom invite code? No.'
run generate --space abc123 --code MYCODE12
same 2 "$code" 'exit code'
same invalid_input "$(error reason)" reason

example 'Can I see all invite codes for my spaces? Yes'
does space list --as owner1
has spaces.0.standing_code "$fresh"
does list --policy space --status active --as owner1
same 1 "$(rows invites)" 'invites that owner1 may see'

example 'check the inviteCode (if you are a member of the space): members too, unless the policy says otherwise'
does space show abc123 --as u5
has standing_code "$fresh"
does space list --as u5
same 1 "$(rows spaces)" 'spaces of u5'
has spaces.0.standing_code "$fresh"
policy space 'view_roles = ["owner", "admin"]'
fails 4 403 forbidden space show abc123 --as u5 --config "$work/policy.toml"

example 'Error Handling: continues processing even if individual spaces fail; permission denied: logs error for that space, continues'
does revoke "$fresh" --yes
does list --space def456 --status active
does revoke "$(field invites.0.code)" --yes
run backfill --as owner1
same 3 "$code" 'exit code'
has scanned 15
has missing 2
has added 1
has failed 1
has spaces.0.space_id abc123
same forbidden "$(error reason)" reason
complains 'Only owners and admins can create invites'
same 'space def456 (Team Hub)' "$(error subject)" subject

example 'Pagination Support: handles large numbers of spaces efficiently'
does backfill --batch-size 1
has added 1
does backfill --batch-size 4 --dry-run
has scanned 15

example 'Comprehensive Logging: detailed output of all operations'
prints operations
says backfill
says regenerate

example 'DynamoDB unavailable: script fails immediately with error message; verify the table name is correct'
fails 1 500 database_missing backfill --database-url "sqlite://$work/nowhere.db"
complains 'no database at *'
like '*invite migrate*' "$(error hint)" hint

example '500 Internal Server Error: database error'
echo 'this is no database, and long enough to be looked at as one' >"$work/broken.db"
fails 1 500 database_failed regenerate abc123 --yes --database-url "sqlite://$work/broken.db"

example 'Verify AWS credentials are configured; verify the table exists'
prints config show
says database
prints migrate --status

printf '\nplayed: %s\n' 'seed 000 and seed 001'
