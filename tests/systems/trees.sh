#!/bin/sh
# Plays "Invitation System - Quick Reference" (seed 002): sh tests/systems/trees.sh
#
# With a mail server in INVITE_SMTP_URL, which stores each message as
# $INVITE_MAIL/NUMBER/{to,text}, the links are read from the e-mails. Without one,
# they are printed and nothing is sent.
. "$(dirname "$0")/play.sh"
document 'seed 002, Invitation System - Quick Reference'

if [ -n "${INVITE_SMTP_URL:-}" ]; then
    mails=yes no_send=
else
    echo 'No INVITE_SMTP_URL: the links are printed with --no-send, and no e-mail is played.'
    mails='' no_send=--no-send
fi
export FROM_EMAIL="${FROM_EMAIL:-noreply@familytree.app}" FROM_NAME="${FROM_NAME:-Family Tree}"
export FRONTEND_URL="${FRONTEND_URL:-http://localhost:3000}"

# letters ADDRESS: prints the folders of the messages to an address, in order.
letters() {
    for folder in "$INVITE_MAIL"/*; do
        [ "$(cat "$folder/to")" != "$1" ] || printf '%s\n' "$folder"
    done
}

# link_to ADDRESS: sets `$link` to the link of the newest invitation, as its
# recipient has it; $work/out is the output of the command that created it.
link_to() {
    if [ -n "$mails" ]; then
        letter=$(letters "$1" | tail -n 1)
        like '?*' "$letter" "a letter to $1"
        link=$(sed -n 's/^ *\(http[^ ]*\).*$/\1/p' "$letter/text")
        # A link that was sent by e-mail is not printed.
        hides "$link"
    else
        link=$(field invites.0.link)
    fi
    like "$FRONTEND_URL/invites/tree_*" "$link" link
}

# sends ARGUMENT...: runs a command that sends an e-mail or prints the link.
sends() {
    does "$@" $no_send
    if [ -n "$mails" ]; then has sent 1; fi
}

example 'a tree with a custodian'
does space add smith --policy tree --name 'Smith Family Tree'
does member add smith c1 --role custodian --name 'Ann Smith' --email ann@test.com

example 'Send Invite: POST /api/invites {"tree_id":"UUID","email":"user@test.com","role":"viewer"}'
sends generate --space smith --email user@test.com --role viewer --as c1
has invites.0.role viewer
has invites.0.email user@test.com
has invites.0.created_by c1
id=$(field invites.0.id) mark=$(field invites.0.fingerprint)
link_to user@test.com

example 'User receives email with token'
if [ -n "$mails" ]; then
    same "$FROM_EMAIL" "$(cat "$letter/from")" sender
    like '*Ann Smith invites you to join Smith Family Tree as viewer*' "$(cat "$letter/text")" text
    like '*valid until*' "$(cat "$letter/text")" text
fi

example '7-day expiry: Invites expire automatically'
does show "$id"
made=$(field created_at) ends=$(field expires_at)
same "${made#*T}" "${ends#*T}" 'the time of the day'
same 7 "$(days "$made" "$ends")" days
run validate "$link" --at "$ends"
has result expired
does policy show tree
has expires 7d

example 'View Invite (No Auth): GET /api/invites/TOKEN'
does validate "$link"
has is_valid true
has space_name 'Smith Family Tree'
has role viewer
has email user@test.com
has code null
has uses 0

example "401: Unauthorized; can't accept invite? Ensure user is authenticated"
run use "$link"
same 2 "$code" 'exit code'
fails 4 400 email_mismatch use "$link" --user u1

example '409: Conflict (duplicate invite)'
fails 6 409 duplicate generate --space smith --email USER@test.com --as c1 --no-send
complains 'the space smith already has a pending invitation to this address'

example '403: Forbidden (not custodian)'
does member add smith v1 --role viewer
fails 4 403 forbidden generate --space smith --email x@test.com --as v1 --no-send
complains 'Only custodians can create invites'
fails 4 403 forbidden resend "$mark" --as v1 --no-send
complains 'Only custodians can resend invites'
fails 4 403 forbidden list --space smith --as v1
fails 4 403 forbidden revoke "$mark" --as v1

example '404: Not found'
fails 5 404 not_found generate --space nowhere --email x@test.com --no-send
fails 5 404 not_found use tree_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --user u1
fails 5 404 not_found resend 00000000-0000-7000-8000-000000000000 --as c1 --no-send

example '400: Bad request: no e-mail address, an unknown role'
fails 2 400 invalid_input generate --space smith --email nobody --no-send
fails 2 400 invalid_input generate --space smith --no-send
fails 2 400 invalid_input generate --space smith --email x@test.com --role king --no-send

example 'Resend Invite: POST /api/invites/TOKEN/resend: a new token, the old one is dead'
old=$link
sends resend "$mark" --as c1
like '1 invitation *' "$(field message)" message
mark=$(field invites.0.fingerprint)
link_to user@test.com
[ "$old" != "$link" ] || differs 'a new link' "$link" link
fails 5 404 not_found validate "$old"
does validate "$link"

example 'Max 3 resends: Prevents abuse'
for _ in 2 3; do
    sends resend "$id" --as c1
    link_to user@test.com
done
if [ -n "$mails" ]; then
    fails 4 400 resend_limit resend "$id" --as c1
    complains 'the invite has been sent again 3 times, which is the maximum'
    same 4 "$(letters user@test.com | wc -l | tr -d ' ')" 'letters to user@test.com'
fi

example 'Email validation: Must match invited email'
fails 4 400 email_mismatch use "$link" --user u1 --email other@test.com
complains 'the invite is bound to another e-mail address'

example 'Accept Invite: POST /api/invites/TOKEN/accept'
does use "$link" --user u1 --email User@Test.com
has message 'u1 is now a viewer of Smith Family Tree'
has membership.role viewer
has space.id smith
has status used_up

example 'Redirect to tree: the same link again says where it led'
does use "$link" --user u1
has relationship_created false
has space.id smith
fails 4 400 used_up use "$link" --user u2 --email user@test.com

example "Duplicate prevention: Can't invite existing members"
fails 4 400 already_member generate --space smith --email user@test.com --as c1 --no-send
complains '*is already a member of the space, as viewer'

example 'List Invites: GET /api/trees/UUID/invites'
sends generate --space smith --email ed@test.com --role contributor --as c1
link_to ed@test.com
ed=$link
sends generate --space smith --email cora@test.com --role custodian --as c1
link_to cora@test.com
cora=$link
does list --space smith --as c1 --sort oldest
same 3 "$(rows invites)" invites
has invites.0.email user@test.com
has invites.0.used_by u1
has invites.0.status used_up
has invites.1.email ed@test.com
has invites.1.is_active true
hides "${ed##*/}"

example 'Roles: contributor can add/edit members; custodian: full admin access'
does use "$ed" --user ed --email ed@test.com
has membership.role contributor
fails 4 403 forbidden generate --space smith --email x@test.com --as ed --no-send
does use "$cora" --user cora --email cora@test.com
does list --space smith --as cora

example 'Cancel Invite: DELETE /api/invites/TOKEN (204: Deleted)'
sends generate --space smith --email gone@test.com --as c1
link_to gone@test.com
does revoke "$link" --as c1
has message 'Invite code revoked successfully'
fails 4 400 revoked use "$link" --user g1 --email gone@test.com
does revoke "$link" --as c1
has revoked 0
has already_closed 1
sends generate --space smith --email gone@test.com --as c1
link_to gone@test.com

example '400: expired'
sends generate --space smith --email late@test.com --expires-in 5s --as c1
link_to late@test.com
eventually has_result expired "$link"
fails 4 400 expired use "$link" --user l1 --email late@test.com

example 'Manual Cleanup: cleanup_expired_invites(); Celery task runs daily at 2 AM UTC'
does cleanup --dry-run
has would_close_expired 1
prints cleanup -q
same '' "$(cat "$work/out" "$work/err")" 'what cron would mail'
does cleanup
has expired 0

example 'an expired invitation can be replaced immediately'
sends generate --space smith --email late@test.com --as c1

example 'Environment Variables: MAILTRAP_API_KEY, FROM_EMAIL, FROM_NAME, FRONTEND_URL'
prints config show --origin
says "$FROM_EMAIL"
says "$FROM_NAME"
says "$FRONTEND_URL"
smtp=${INVITE_SMTP_URL:-}
unset INVITE_SMTP_URL
export MAILTRAP_API_KEY=hidden-key
prints config show --origin
says 'MAILTRAP_API_KEY'
hides hidden-key
unset MAILTRAP_API_KEY
[ -z "$smtp" ] || export INVITE_SMTP_URL="$smtp"

if [ -n "$mails" ]; then
    example 'Emails not sending? The invitation is stored, and can be sent again'
    export INVITE_SMTP_URL='smtp://127.0.0.1:1?tls=none'
    run generate --space smith --email wait@test.com --as c1
    same 3 "$code" 'exit code'
    has created 1
    has unsent 1
    same '' "$(letters wait@test.com)" 'letters to wait@test.com'
    does list --unsent
    has invites.0.email wait@test.com
    shaped invites.0.last_send_error '?*'
    export INVITE_SMTP_URL="$smtp"
    does resend --failed --as c1
    has sent 1
    link_to wait@test.com
    does use "$link" --user w1 --email wait@test.com
    does list --unsent
    same 0 "$(rows invites)" 'unsent invitations'
fi

printf '\nplayed: %s\n' "$document"
