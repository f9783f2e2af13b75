
use builtin;
use str;

set edit:completion:arg-completer[invite] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'invite'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'invite'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand generate 'Make one or many invites for a space'
            cand validate 'Say whether an invite can be used, and every reason why not'
            cand use 'Use an invite for a user: they become a member of its space'
            cand revoke 'Take invites back: some, or all live ones of a space, a creator or an operation'
            cand backfill 'Give every space that lacks one a standing code'
            cand list 'List invites'
            cand cleanup 'Close what has expired or is used up; with --purge-after, delete what has long been closed'
            cand show 'Show everything about one invite, with its history and who used it'
            cand regenerate 'Give a space a new standing code; the old one dies'
            cand extend 'Give an invite another end or limit, instead of sending a new one'
            cand resend 'Send e-mail invitations again, with a new link and a new end'
            cand operations 'List operations: who changed what, when and why'
            cand limits 'Show what is counted for the hourly limits, and reset it'
            cand space 'Add, list, show, import and remove spaces'
            cand member 'Add, list, import and remove members'
            cand policy 'List and show policies: the rules of each kind of space'
            cand migrate 'Create the database or bring its schema up to date'
            cand config 'Show the configuration in force'
            cand completions 'Write a completion script for a shell'
            cand man 'Write the manual pages, one a command, into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;generate'= {
            cand --space 'Space that the invites let into'
            cand --count 'How many to make, 1 to 1,000,000'
            cand --from 'One invite for each row of a CSV file (columns email, role, note, space_id) or JSON lines; - for standard input'
            cand --expires-in 'End after this time: 90m, 24h, 7d, 2w, never'
            cand --expires-at 'End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339'
            cand --starts-at 'Not valid before this time'
            cand --max-uses 'How often it can be used: a number, or unlimited'
            cand --role 'Role that it grants'
            cand --email 'The one address that it is for'
            cand --note 'A note for whoever reads the list'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --no-send 'Send no e-mail; print the link instead'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;validate'= {
            cand --user 'For this user: whether they are a member already, whether the address is theirs'
            cand --email 'For somebody with this address'
            cand --at 'At this time instead of now'
            cand --client 'For this client, whose tries are counted and limited; without it, nothing is'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;use'= {
            cand --user 'The user who comes in: the application''s id'
            cand --email 'Their address, kept if none is known; without it, the one that is known of them counts'
            cand --name 'Their name, kept if none is known'
            cand --client 'For this client, whose tries are counted and limited; without it, nothing is'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;revoke'= {
            cand --space 'All live invites of this space'
            cand --created-by 'All live invites that this user made'
            cand --operation 'All live invites that this operation made'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand -n 'Show what would be revoked, and stop there'
            cand --dry-run 'Show what would be revoked, and stop there'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;backfill'= {
            cand --policy 'Only spaces of this policy; with --import, the policy of rows that name none'
            cand --space 'Only this space; may be given several times'
            cand --limit 'Give at most so many a code'
            cand --shard 'Give codes to one part of the spaces only, such as 3/8: the third of eight, for eight machines at once'
            cand --batch-size 'How many spaces a transaction looks at [default: 10000, in a file 16000, on a cluster 1000]'
            cand --import 'Take spaces in first, as invite space import does; - for standard input'
            cand --out-file 'Also write the new codes into this new file (.csv or .jsonl)'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand -n 'Show what would be added, and stop there'
            cand --dry-run 'Show what would be added, and stop there'
            cand --check 'Only look, and exit with 8 if some space lacks a code'
            cand --exit-code 'With --dry-run: exit with 8 if some space lacks a code'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;list'= {
            cand --space 'Of this space; may be given several times'
            cand --policy 'Of spaces with this policy'
            cand --status 'In this state; may be given several times'
            cand --created-by 'Made by this user'
            cand --email 'Bound to this address'
            cand --role 'Granting this role'
            cand --expires-before 'Ending before this time'
            cand --operation 'Made or closed by this operation'
            cand --search 'With this text in the space''s id or name, the note or the address'
            cand --sort 'The order'
            cand --limit 'At most so many; a table shows 50 unless told otherwise, other formats all'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --unsent 'Only invitations whose e-mail is to be sent again: it failed, or was never tried'
            cand --all 'All of them, in a table too'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;cleanup'= {
            cand --purge-after 'Also delete invites that have been closed for so long and were never used'
            cand --archive 'Write what is deleted into this new file first, with who used it, as JSON lines'
            cand --batch-size 'How many invites a transaction looks at [default: 50000, on a cluster 1000]'
            cand --max-duration 'Stop after so long; the next run goes on'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand -n 'Show what would be closed and deleted, and stop there'
            cand --dry-run 'Show what would be closed and deleted, and stop there'
            cand --exit-code 'With --dry-run: exit with 8 if there is something to do'
            cand --include-used 'Delete used ones too, and with them the record of who came in'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;show'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;regenerate'= {
            cand --grace 'How long the old code lives on: 90m, 24h, 7d'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand -n 'Show what would be replaced, and stop there'
            cand --dry-run 'Show what would be replaced, and stop there'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;extend'= {
            cand --expires-in 'End so long from now, or from its start if that is to come: 90m, 24h, 7d, 2w, never'
            cand --expires-at 'End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339'
            cand --max-uses 'How often it can be used in all: a number, or unlimited'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;resend'= {
            cand --space 'With --failed: only those of this space'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --failed 'All whose e-mail failed, or was never tried'
            cand --keep-link 'Keep the link, where the code is kept as text'
            cand --no-send 'Send no e-mail; print the new link instead'
            cand -n 'Show what would be sent again, and stop there'
            cand --dry-run 'Show what would be sent again, and stop there'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;operations'= {
            cand --limit 'At most so many; a table shows 50 unless told otherwise, other formats all'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --all 'All of them, in a table too'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;limits'= {
            cand --policy 'Of this policy'
            cand --client 'Of this client: its validations, uses and failed tries'
            cand --user 'Of this user: the invites made'
            cand --limit 'At most so many; a table shows 50 unless told otherwise, other formats all'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --all 'All of them, in a table too'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand reset 'Let counters of this hour begin at 0 again'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;limits;reset'= {
            cand --policy 'Of this policy'
            cand --client 'Of this client: its validations, uses and failed tries'
            cand --user 'Of this user: the invites made'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --all 'All of them'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;limits;help'= {
            cand reset 'Let counters of this hour begin at 0 again'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;limits;help;reset'= {
        }
        &'invite;limits;help;help'= {
        }
        &'invite;space'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add one space'
            cand list 'List spaces, each with its standing code'
            cand show 'Show one space: its members, its standing code and whether that leads here, its invites'
            cand import 'Take spaces in from a CSV file or JSON lines'
            cand remove 'Remove a space with its invites and members'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;space;add'= {
            cand --policy 'Its policy'
            cand --name 'Its name; in the director system, the director''s'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;space;list'= {
            cand --policy 'Only spaces of this policy'
            cand --limit 'At most so many; a table shows 50 unless told otherwise, other formats all'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --all 'All of them, in a table too'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;space;show'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;space;import'= {
            cand --policy 'Policy of rows that name none'
            cand --format 'How the file is written; without it, its name tells'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --update 'Give known spaces the file''s names'
            cand -n 'Show what would be taken in, and stop there'
            cand --dry-run 'Show what would be taken in, and stop there'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;space;remove'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand -n 'Show what would be removed, and stop there'
            cand --dry-run 'Show what would be removed, and stop there'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;space;help'= {
            cand add 'Add one space'
            cand list 'List spaces, each with its standing code'
            cand show 'Show one space: its members, its standing code and whether that leads here, its invites'
            cand import 'Take spaces in from a CSV file or JSON lines'
            cand remove 'Remove a space with its invites and members'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;space;help;add'= {
        }
        &'invite;space;help;list'= {
        }
        &'invite;space;help;show'= {
        }
        &'invite;space;help;import'= {
        }
        &'invite;space;help;remove'= {
        }
        &'invite;space;help;help'= {
        }
        &'invite;member'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add a member, or give one another role'
            cand list 'List members, of one space or of all'
            cand import 'Take members in from a CSV file or JSON lines'
            cand remove 'Take a member out of a space'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;member;add'= {
            cand --role 'Their role; without it, the one that the space''s invites grant'
            cand --name 'Their name, to be kept'
            cand --email 'Their address, to be kept: invitations are matched with it'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;member;list'= {
            cand --limit 'At most so many; a table shows 50 unless told otherwise, other formats all'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --all 'All of them, in a table too'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;member;import'= {
            cand --format 'How the file is written; without it, its name tells'
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --update 'Give known members the file''s roles'
            cand -n 'Show what would be taken in, and stop there'
            cand --dry-run 'Show what would be taken in, and stop there'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;member;remove'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;member;help'= {
            cand add 'Add a member, or give one another role'
            cand list 'List members, of one space or of all'
            cand import 'Take members in from a CSV file or JSON lines'
            cand remove 'Take a member out of a space'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;member;help;add'= {
        }
        &'invite;member;help;list'= {
        }
        &'invite;member;help;import'= {
        }
        &'invite;member;help;remove'= {
        }
        &'invite;member;help;help'= {
        }
        &'invite;policy'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List the policies in force'
            cand show 'Show every rule of one policy'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;policy;list'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;policy;show'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;policy;help'= {
            cand list 'List the policies in force'
            cand show 'Show every rule of one policy'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;policy;help;list'= {
        }
        &'invite;policy;help;show'= {
        }
        &'invite;policy;help;help'= {
        }
        &'invite;migrate'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --status 'Only show what is pending; exit with 8 if something is'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;config'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show every setting, its value and where it comes from'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;config;show'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;config;help'= {
            cand show 'Show every setting, its value and where it comes from'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;config;help;show'= {
        }
        &'invite;config;help;help'= {
        }
        &'invite;completions'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;man'= {
            cand --database-url 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database'
            cand --database-url-file 'File that holds the database URL; - reads it from standard input'
            cand --config 'Configuration file, in place of your own'
            cand --as 'User to act for: what their role does not let them do is refused; recorded with every change'
            cand --reason 'Why; recorded with every change'
            cand -o 'How data is written'
            cand --output 'How data is written'
            cand --color 'When to use colour'
            cand --json 'The same as --output json'
            cand -q 'Say nothing but data and errors'
            cand --quiet 'Say nothing but data and errors'
            cand -y 'Do not ask before bulk changes'
            cand --yes 'Do not ask before bulk changes'
            cand --no-input 'Never ask; refuse where a question would be needed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'invite;help'= {
            cand generate 'Make one or many invites for a space'
            cand validate 'Say whether an invite can be used, and every reason why not'
            cand use 'Use an invite for a user: they become a member of its space'
            cand revoke 'Take invites back: some, or all live ones of a space, a creator or an operation'
            cand backfill 'Give every space that lacks one a standing code'
            cand list 'List invites'
            cand cleanup 'Close what has expired or is used up; with --purge-after, delete what has long been closed'
            cand show 'Show everything about one invite, with its history and who used it'
            cand regenerate 'Give a space a new standing code; the old one dies'
            cand extend 'Give an invite another end or limit, instead of sending a new one'
            cand resend 'Send e-mail invitations again, with a new link and a new end'
            cand operations 'List operations: who changed what, when and why'
            cand limits 'Show what is counted for the hourly limits, and reset it'
            cand space 'Add, list, show, import and remove spaces'
            cand member 'Add, list, import and remove members'
            cand policy 'List and show policies: the rules of each kind of space'
            cand migrate 'Create the database or bring its schema up to date'
            cand config 'Show the configuration in force'
            cand completions 'Write a completion script for a shell'
            cand man 'Write the manual pages, one a command, into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'invite;help;generate'= {
        }
        &'invite;help;validate'= {
        }
        &'invite;help;use'= {
        }
        &'invite;help;revoke'= {
        }
        &'invite;help;backfill'= {
        }
        &'invite;help;list'= {
        }
        &'invite;help;cleanup'= {
        }
        &'invite;help;show'= {
        }
        &'invite;help;regenerate'= {
        }
        &'invite;help;extend'= {
        }
        &'invite;help;resend'= {
        }
        &'invite;help;operations'= {
        }
        &'invite;help;limits'= {
            cand reset 'Let counters of this hour begin at 0 again'
        }
        &'invite;help;limits;reset'= {
        }
        &'invite;help;space'= {
            cand add 'Add one space'
            cand list 'List spaces, each with its standing code'
            cand show 'Show one space: its members, its standing code and whether that leads here, its invites'
            cand import 'Take spaces in from a CSV file or JSON lines'
            cand remove 'Remove a space with its invites and members'
        }
        &'invite;help;space;add'= {
        }
        &'invite;help;space;list'= {
        }
        &'invite;help;space;show'= {
        }
        &'invite;help;space;import'= {
        }
        &'invite;help;space;remove'= {
        }
        &'invite;help;member'= {
            cand add 'Add a member, or give one another role'
            cand list 'List members, of one space or of all'
            cand import 'Take members in from a CSV file or JSON lines'
            cand remove 'Take a member out of a space'
        }
        &'invite;help;member;add'= {
        }
        &'invite;help;member;list'= {
        }
        &'invite;help;member;import'= {
        }
        &'invite;help;member;remove'= {
        }
        &'invite;help;policy'= {
            cand list 'List the policies in force'
            cand show 'Show every rule of one policy'
        }
        &'invite;help;policy;list'= {
        }
        &'invite;help;policy;show'= {
        }
        &'invite;help;migrate'= {
        }
        &'invite;help;config'= {
            cand show 'Show every setting, its value and where it comes from'
        }
        &'invite;help;config;show'= {
        }
        &'invite;help;completions'= {
        }
        &'invite;help;man'= {
        }
        &'invite;help;help'= {
        }
    ]
    $completions[$command]
}
