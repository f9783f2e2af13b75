# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_invite_global_optspecs
    string join \n database-url= database-url-file= profile= config= as= reason= o/output= json color= q/quiet y/yes no-input h/help V/version
end

function __fish_invite_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_invite_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_invite_using_subcommand
    set -l cmd (__fish_invite_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c invite -n "__fish_invite_needs_command" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_needs_command" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_needs_command" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_needs_command" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_needs_command" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_needs_command" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_needs_command" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_needs_command" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_needs_command" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_needs_command" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_needs_command" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_needs_command" -s V -l version -d 'Print version'
complete -c invite -n "__fish_invite_needs_command" -f -a "generate" -d 'Make one or many invites for a space'
complete -c invite -n "__fish_invite_needs_command" -f -a "validate" -d 'Say whether an invite can be used, and every reason why not'
complete -c invite -n "__fish_invite_needs_command" -f -a "use" -d 'Use an invite for a user: they become a member of its space'
complete -c invite -n "__fish_invite_needs_command" -f -a "revoke" -d 'Take invites back: some, or all live ones of a space, a creator or an operation'
complete -c invite -n "__fish_invite_needs_command" -f -a "backfill" -d 'Give every space that lacks one a standing code'
complete -c invite -n "__fish_invite_needs_command" -f -a "list" -d 'List invites'
complete -c invite -n "__fish_invite_needs_command" -f -a "cleanup" -d 'Close what has expired or is used up; with --purge-after, delete what has long been closed'
complete -c invite -n "__fish_invite_needs_command" -f -a "show" -d 'Show everything about one invite, with its history and who used it'
complete -c invite -n "__fish_invite_needs_command" -f -a "regenerate" -d 'Give a space a new standing code; the old one dies'
complete -c invite -n "__fish_invite_needs_command" -f -a "extend" -d 'Give an invite another end or limit, instead of sending a new one'
complete -c invite -n "__fish_invite_needs_command" -f -a "resend" -d 'Send e-mail invitations again, with a new link and a new end'
complete -c invite -n "__fish_invite_needs_command" -f -a "operations" -d 'List operations: who changed what, when and why'
complete -c invite -n "__fish_invite_needs_command" -f -a "limits" -d 'Show what is counted for the hourly limits, and reset it'
complete -c invite -n "__fish_invite_needs_command" -f -a "space" -d 'Add, list, show, import and remove spaces'
complete -c invite -n "__fish_invite_needs_command" -f -a "member" -d 'Add, list, import and remove members'
complete -c invite -n "__fish_invite_needs_command" -f -a "policy" -d 'List and show policies: the rules of each kind of space'
complete -c invite -n "__fish_invite_needs_command" -f -a "migrate" -d 'Create the database or bring its schema up to date'
complete -c invite -n "__fish_invite_needs_command" -f -a "config" -d 'Show the configuration in force'
complete -c invite -n "__fish_invite_needs_command" -f -a "completions" -d 'Write a completion script for a shell'
complete -c invite -n "__fish_invite_needs_command" -f -a "man" -d 'Write the manual pages, one a command and one a topic, into a folder'
complete -c invite -n "__fish_invite_needs_command" -f -a "help" -d 'Show the help of a command, or a topic'
complete -c invite -n "__fish_invite_using_subcommand generate" -l space -d 'Space that the invites let into' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l count -d 'How many to make, 1 to 1,000,000' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l from -d 'One invite for each row of a CSV file (columns email, role, note, space_id) or JSON lines; - for standard input' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l expires-in -d 'End after this time: 90m, 24h, 7d, 2w, never' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l expires-at -d 'End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l starts-at -d 'Not valid before this time' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l max-uses -d 'How often it can be used: a number, or unlimited' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l role -d 'Role that it grants' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l email -d 'The one address that it is for' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l note -d 'A note for whoever reads the list' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand generate" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand generate" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand generate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand generate" -l no-send -d 'Send no e-mail; print the link instead'
complete -c invite -n "__fish_invite_using_subcommand generate" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand generate" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand generate" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand generate" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand validate" -l user -d 'For this user: whether they are a member already, whether the address is theirs' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l email -d 'For somebody with this address' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l at -d 'At this time instead of now' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l client -d 'For this client, whose tries are counted and limited; without it, nothing is' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand validate" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand validate" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand validate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand validate" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand validate" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand validate" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand validate" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand use" -l user -d 'The user who comes in: the application\'s id' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l email -d 'Their address, kept if none is known; without it, the one that is known of them counts' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l name -d 'Their name, kept if none is known' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l client -d 'For this client, whose tries are counted and limited; without it, nothing is' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand use" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand use" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand use" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand use" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand use" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand use" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand use" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand use" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand revoke" -l space -d 'All live invites of this space' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l created-by -d 'All live invites that this user made' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l operation -d 'All live invites that this operation made' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand revoke" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand revoke" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand revoke" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand revoke" -s n -l dry-run -d 'Show what would be revoked, and stop there'
complete -c invite -n "__fish_invite_using_subcommand revoke" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand revoke" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand revoke" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand revoke" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand backfill" -l policy -d 'Only spaces of this policy; with --import, the policy of rows that name none' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l space -d 'Only this space; may be given several times' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l limit -d 'Give at most so many a code' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l shard -d 'Give codes to one part of the spaces only, such as 3/8: the third of eight, for eight machines at once' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l batch-size -d 'How many spaces a transaction looks at [default: 8000, in a file 16000, on a cluster 1000]' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l import -d 'Take spaces in first, as invite space import does; - for standard input' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l out-file -d 'Also write the new codes into this new file (.csv or .jsonl)' -r -F
complete -c invite -n "__fish_invite_using_subcommand backfill" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand backfill" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand backfill" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand backfill" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand backfill" -s n -l dry-run -d 'Show what would be added, and stop there'
complete -c invite -n "__fish_invite_using_subcommand backfill" -l check -d 'Only look, and exit with 8 if some space lacks a code'
complete -c invite -n "__fish_invite_using_subcommand backfill" -l exit-code -d 'With --dry-run: exit with 8 if some space lacks a code'
complete -c invite -n "__fish_invite_using_subcommand backfill" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand backfill" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand backfill" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand backfill" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand backfill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand list" -l space -d 'Of this space; may be given several times' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l policy -d 'Of spaces with this policy' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l status -d 'In this state; may be given several times' -r -f -a "active\t''
scheduled\t''
expired\t''
used_up\t''
revoked\t''
replaced\t''"
complete -c invite -n "__fish_invite_using_subcommand list" -l created-by -d 'Made by this user' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l email -d 'Bound to this address' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l role -d 'Granting this role' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l expires-before -d 'Ending before this time' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l operation -d 'Made or closed by this operation' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l search -d 'With this text in the space\'s id or name, the note or the address' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l sort -d 'The order' -r -f -a "newest\t''
oldest\t''
expires\t''
uses\t''
space\t''"
complete -c invite -n "__fish_invite_using_subcommand list" -l limit -d 'At most so many; a table shows 50 unless told otherwise, other formats all' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand list" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand list" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand list" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand list" -l unsent -d 'Only invitations whose e-mail is to be sent again: it failed, or was never tried'
complete -c invite -n "__fish_invite_using_subcommand list" -l all -d 'All of them, in a table too'
complete -c invite -n "__fish_invite_using_subcommand list" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand list" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand list" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand list" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l purge-after -d 'Also delete invites that have been closed for so long and were never used' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l archive -d 'Write what is deleted into this new file first, with who used it, as JSON lines' -r -F
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l batch-size -d 'How many invites a transaction looks at [default: 50000, on a cluster 1000]' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l max-duration -d 'Stop after so long; the next run goes on' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand cleanup" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand cleanup" -s n -l dry-run -d 'Show what would be closed and deleted, and stop there'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l exit-code -d 'With --dry-run: exit with 8 if there is something to do'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l include-used -d 'Delete used ones too, and with them the record of who came in'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand cleanup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand show" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand show" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand show" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand show" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand show" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand show" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand show" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand show" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand show" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand show" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand show" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l grace -d 'How long the old code lives on: 90m, 24h, 7d' -r
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand regenerate" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand regenerate" -s n -l dry-run -d 'Show what would be replaced, and stop there'
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand regenerate" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand regenerate" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand regenerate" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand regenerate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand extend" -l expires-in -d 'End so long from now, or from its start if that is to come: 90m, 24h, 7d, 2w, never' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l expires-at -d 'End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l max-uses -d 'How often it can be used in all: a number, or unlimited' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand extend" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand extend" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand extend" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand extend" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand extend" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand extend" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand extend" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand resend" -l space -d 'With --failed: only those of this space' -r
complete -c invite -n "__fish_invite_using_subcommand resend" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand resend" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand resend" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand resend" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand resend" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand resend" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand resend" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand resend" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand resend" -l failed -d 'All whose e-mail failed, or was never tried'
complete -c invite -n "__fish_invite_using_subcommand resend" -l keep-link -d 'Keep the link, where the code is kept as text'
complete -c invite -n "__fish_invite_using_subcommand resend" -l no-send -d 'Send no e-mail; print the new link instead'
complete -c invite -n "__fish_invite_using_subcommand resend" -s n -l dry-run -d 'Show what would be sent again, and stop there'
complete -c invite -n "__fish_invite_using_subcommand resend" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand resend" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand resend" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand resend" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand resend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand operations" -l limit -d 'At most so many; a table shows 50 unless told otherwise, other formats all' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand operations" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand operations" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand operations" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand operations" -l all -d 'All of them, in a table too'
complete -c invite -n "__fish_invite_using_subcommand operations" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand operations" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand operations" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand operations" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand operations" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l policy -d 'Of this policy' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l client -d 'Of this client: its validations, uses and failed tries' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l user -d 'Of this user: the invites made' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l limit -d 'At most so many; a table shows 50 unless told otherwise, other formats all' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l all -d 'All of them, in a table too'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand limits; and not __fish_seen_subcommand_from reset" -f -a "reset" -d 'Let counters of this hour begin at 0 again'
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l policy -d 'Of this policy' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l client -d 'Of this client: its validations, uses and failed tries' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l user -d 'Of this user: the invites made' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l all -d 'All of them'
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand limits; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -f -a "add" -d 'Add one space'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -f -a "list" -d 'List spaces, each with its standing code'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -f -a "show" -d 'Show one space: its members, its standing code and whether that leads here, its invites'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -f -a "import" -d 'Take spaces in from a CSV file or JSON lines'
complete -c invite -n "__fish_invite_using_subcommand space; and not __fish_seen_subcommand_from add list show import remove" -f -a "remove" -d 'Remove a space with its invites and members'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l policy -d 'Its policy' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l name -d 'Its name; in the director system, the director\'s' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l policy -d 'Only spaces of this policy' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l limit -d 'At most so many; a table shows 50 unless told otherwise, other formats all' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l all -d 'All of them, in a table too'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l policy -d 'Policy of rows that name none' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l format -d 'How the file is written; without it, its name tells' -r -f -a "csv\t'Comma-separated values with a header line'
jsonl\t'One JSON object a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l update -d 'Give known spaces the file\'s names'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -s n -l dry-run -d 'Show what would be taken in, and stop there'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -s n -l dry-run -d 'Show what would be removed, and stop there'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand space; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -f -a "add" -d 'Add a member, or give one another role'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -f -a "list" -d 'List members, of one space or of all'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -f -a "import" -d 'Take members in from a CSV file or JSON lines'
complete -c invite -n "__fish_invite_using_subcommand member; and not __fish_seen_subcommand_from add list import remove" -f -a "remove" -d 'Take a member out of a space'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l role -d 'Their role; without it, the one that the space\'s invites grant' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l name -d 'Their name, to be kept' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l email -d 'Their address, to be kept: invitations are matched with it' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l limit -d 'At most so many; a table shows 50 unless told otherwise, other formats all' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l fields -d 'Write only these fields, in this order, by their names in JSON: code,expires_at' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l all -d 'All of them, in a table too'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l format -d 'How the file is written; without it, its name tells' -r -f -a "csv\t'Comma-separated values with a header line'
jsonl\t'One JSON object a line'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l update -d 'Give known members the file\'s roles'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -s n -l dry-run -d 'Show what would be taken in, and stop there'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand member; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -f -a "list" -d 'List the policies in force'
complete -c invite -n "__fish_invite_using_subcommand policy; and not __fish_seen_subcommand_from list show" -f -a "show" -d 'Show every rule of one policy'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand policy; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand migrate" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand migrate" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand migrate" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand migrate" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand migrate" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand migrate" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand migrate" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand migrate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand migrate" -l status -d 'Only show what is pending; exit with 8 if something is'
complete -c invite -n "__fish_invite_using_subcommand migrate" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand migrate" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand migrate" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand migrate" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand config; and not __fish_seen_subcommand_from show" -f -a "show" -d 'Show every setting and its value; with --origin, where each comes from'
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Where each value comes from, too; JSON and CSV always say it'
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand completions" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand completions" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand completions" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand completions" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand completions" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand completions" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand completions" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand completions" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand completions" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand completions" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand completions" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand man" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand man" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand man" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand man" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand man" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand man" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand man" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand man" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand man" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand man" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand man" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c invite -n "__fish_invite_using_subcommand help" -l database-url -d 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database' -r
complete -c invite -n "__fish_invite_using_subcommand help" -l database-url-file -d 'File that holds the database URL; - reads it from standard input' -r
complete -c invite -n "__fish_invite_using_subcommand help" -l profile -d 'Database, and other settings, by a name: [profile.NAME] in the configuration' -r
complete -c invite -n "__fish_invite_using_subcommand help" -l config -d 'Configuration file, in place of your own' -r -F
complete -c invite -n "__fish_invite_using_subcommand help" -l as -d 'User to act for: what their role does not let them do is refused; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand help" -l reason -d 'Why; recorded with every change' -r
complete -c invite -n "__fish_invite_using_subcommand help" -s o -l output -d 'How data is written' -r -f -a "table\t'A table for people'
wide\t'A table with more columns'
json\t'One JSON document'
jsonl\t'One JSON object a line'
csv\t'Comma-separated values with a header line'
code\t'Codes alone, one a line'"
complete -c invite -n "__fish_invite_using_subcommand help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c invite -n "__fish_invite_using_subcommand help" -l json -d 'The same as --output json'
complete -c invite -n "__fish_invite_using_subcommand help" -s q -l quiet -d 'Say nothing but data and errors'
complete -c invite -n "__fish_invite_using_subcommand help" -s y -l yes -d 'Do not ask before bulk changes'
complete -c invite -n "__fish_invite_using_subcommand help" -l no-input -d 'Never ask; refuse where a question would be needed'
complete -c invite -n "__fish_invite_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
