
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'invite' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'invite'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'invite' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make one or many invites for a space')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Say whether an invite can be used, and every reason why not')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Use an invite for a user: they become a member of its space')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take invites back: some, or all live ones of a space, a creator or an operation')
            [CompletionResult]::new('backfill', 'backfill', [CompletionResultType]::ParameterValue, 'Give every space that lacks one a standing code')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List invites')
            [CompletionResult]::new('cleanup', 'cleanup', [CompletionResultType]::ParameterValue, 'Close what has expired or is used up; with --purge-after, delete what has long been closed')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about one invite, with its history and who used it')
            [CompletionResult]::new('regenerate', 'regenerate', [CompletionResultType]::ParameterValue, 'Give a space a new standing code; the old one dies')
            [CompletionResult]::new('extend', 'extend', [CompletionResultType]::ParameterValue, 'Give an invite another end or limit, instead of sending a new one')
            [CompletionResult]::new('resend', 'resend', [CompletionResultType]::ParameterValue, 'Send e-mail invitations again, with a new link and a new end')
            [CompletionResult]::new('operations', 'operations', [CompletionResultType]::ParameterValue, 'List operations: who changed what, when and why')
            [CompletionResult]::new('limits', 'limits', [CompletionResultType]::ParameterValue, 'Show what is counted for the hourly limits, and reset it')
            [CompletionResult]::new('space', 'space', [CompletionResultType]::ParameterValue, 'Add, list, show, import and remove spaces')
            [CompletionResult]::new('member', 'member', [CompletionResultType]::ParameterValue, 'Add, list, import and remove members')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'List and show policies: the rules of each kind of space')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Create the database or bring its schema up to date')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the configuration in force')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Write a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages, one a command, into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;generate' {
            [CompletionResult]::new('--space', '--space', [CompletionResultType]::ParameterName, 'Space that the invites let into')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'How many to make, 1 to 1,000,000')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'One invite for each row of a CSV file (columns email, role, note, space_id) or JSON lines; - for standard input')
            [CompletionResult]::new('--expires-in', '--expires-in', [CompletionResultType]::ParameterName, 'End after this time: 90m, 24h, 7d, 2w, never')
            [CompletionResult]::new('--expires-at', '--expires-at', [CompletionResultType]::ParameterName, 'End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339')
            [CompletionResult]::new('--starts-at', '--starts-at', [CompletionResultType]::ParameterName, 'Not valid before this time')
            [CompletionResult]::new('--max-uses', '--max-uses', [CompletionResultType]::ParameterName, 'How often it can be used: a number, or unlimited')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Role that it grants')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'The one address that it is for')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for whoever reads the list')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-send', '--no-send', [CompletionResultType]::ParameterName, 'Send no e-mail; print the link instead')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;validate' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'For this user: whether they are a member already, whether the address is theirs')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'For somebody with this address')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'At this time instead of now')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'For this client, whose tries are counted and limited; without it, nothing is')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;use' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The user who comes in: the application''s id')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Their address, kept if none is known; without it, the one that is known of them counts')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Their name, kept if none is known')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'For this client, whose tries are counted and limited; without it, nothing is')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;revoke' {
            [CompletionResult]::new('--space', '--space', [CompletionResultType]::ParameterName, 'All live invites of this space')
            [CompletionResult]::new('--created-by', '--created-by', [CompletionResultType]::ParameterName, 'All live invites that this user made')
            [CompletionResult]::new('--operation', '--operation', [CompletionResultType]::ParameterName, 'All live invites that this operation made')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be revoked, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be revoked, and stop there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;backfill' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Only spaces of this policy; with --import, the policy of rows that name none')
            [CompletionResult]::new('--space', '--space', [CompletionResultType]::ParameterName, 'Only this space; may be given several times')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Give at most so many a code')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Give codes to one part of the spaces only, such as 3/8: the third of eight, for eight machines at once')
            [CompletionResult]::new('--batch-size', '--batch-size', [CompletionResultType]::ParameterName, 'How many spaces a transaction looks at [default: 10000, in a file 16000, on a cluster 1000]')
            [CompletionResult]::new('--import', '--import', [CompletionResultType]::ParameterName, 'Take spaces in first, as invite space import does; - for standard input')
            [CompletionResult]::new('--out-file', '--out-file', [CompletionResultType]::ParameterName, 'Also write the new codes into this new file (.csv or .jsonl)')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be added, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be added, and stop there')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Only look, and exit with 8 if some space lacks a code')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run: exit with 8 if some space lacks a code')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;list' {
            [CompletionResult]::new('--space', '--space', [CompletionResultType]::ParameterName, 'Of this space; may be given several times')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Of spaces with this policy')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'In this state; may be given several times')
            [CompletionResult]::new('--created-by', '--created-by', [CompletionResultType]::ParameterName, 'Made by this user')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Bound to this address')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Granting this role')
            [CompletionResult]::new('--expires-before', '--expires-before', [CompletionResultType]::ParameterName, 'Ending before this time')
            [CompletionResult]::new('--operation', '--operation', [CompletionResultType]::ParameterName, 'Made or closed by this operation')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'With this text in the space''s id or name, the note or the address')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'The order')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; a table shows 50 unless told otherwise, other formats all')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--unsent', '--unsent', [CompletionResultType]::ParameterName, 'Only invitations whose e-mail is to be sent again: it failed, or was never tried')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them, in a table too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;cleanup' {
            [CompletionResult]::new('--purge-after', '--purge-after', [CompletionResultType]::ParameterName, 'Also delete invites that have been closed for so long and were never used')
            [CompletionResult]::new('--archive', '--archive', [CompletionResultType]::ParameterName, 'Write what is deleted into this new file first, with who used it, as JSON lines')
            [CompletionResult]::new('--batch-size', '--batch-size', [CompletionResultType]::ParameterName, 'How many invites a transaction looks at [default: 50000, on a cluster 1000]')
            [CompletionResult]::new('--max-duration', '--max-duration', [CompletionResultType]::ParameterName, 'Stop after so long; the next run goes on')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be closed and deleted, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be closed and deleted, and stop there')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run: exit with 8 if there is something to do')
            [CompletionResult]::new('--include-used', '--include-used', [CompletionResultType]::ParameterName, 'Delete used ones too, and with them the record of who came in')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;show' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;regenerate' {
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long the old code lives on: 90m, 24h, 7d')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be replaced, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be replaced, and stop there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;extend' {
            [CompletionResult]::new('--expires-in', '--expires-in', [CompletionResultType]::ParameterName, 'End so long from now, or from its start if that is to come: 90m, 24h, 7d, 2w, never')
            [CompletionResult]::new('--expires-at', '--expires-at', [CompletionResultType]::ParameterName, 'End at this time: 2026-12-31, "2026-12-31 18:00" (UTC), RFC 3339')
            [CompletionResult]::new('--max-uses', '--max-uses', [CompletionResultType]::ParameterName, 'How often it can be used in all: a number, or unlimited')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;resend' {
            [CompletionResult]::new('--space', '--space', [CompletionResultType]::ParameterName, 'With --failed: only those of this space')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'All whose e-mail failed, or was never tried')
            [CompletionResult]::new('--keep-link', '--keep-link', [CompletionResultType]::ParameterName, 'Keep the link, where the code is kept as text')
            [CompletionResult]::new('--no-send', '--no-send', [CompletionResultType]::ParameterName, 'Send no e-mail; print the new link instead')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be sent again, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be sent again, and stop there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;operations' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; a table shows 50 unless told otherwise, other formats all')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them, in a table too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;limits' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Of this policy')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'Of this client: its validations, uses and failed tries')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Of this user: the invites made')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; a table shows 50 unless told otherwise, other formats all')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them, in a table too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('reset', 'reset', [CompletionResultType]::ParameterValue, 'Let counters of this hour begin at 0 again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;limits;reset' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Of this policy')
            [CompletionResult]::new('--client', '--client', [CompletionResultType]::ParameterName, 'Of this client: its validations, uses and failed tries')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Of this user: the invites made')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;limits;help' {
            [CompletionResult]::new('reset', 'reset', [CompletionResultType]::ParameterValue, 'Let counters of this hour begin at 0 again')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;limits;help;reset' {
            break
        }
        'invite;limits;help;help' {
            break
        }
        'invite;space' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add one space')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List spaces, each with its standing code')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one space: its members, its standing code and whether that leads here, its invites')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take spaces in from a CSV file or JSON lines')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a space with its invites and members')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;space;add' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Its policy')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Its name; in the director system, the director''s')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;space;list' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Only spaces of this policy')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; a table shows 50 unless told otherwise, other formats all')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them, in a table too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;space;show' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;space;import' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Policy of rows that name none')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the file is written; without it, its name tells')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--update', '--update', [CompletionResultType]::ParameterName, 'Give known spaces the file''s names')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be taken in, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be taken in, and stop there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;space;remove' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be removed, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be removed, and stop there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;space;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add one space')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List spaces, each with its standing code')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one space: its members, its standing code and whether that leads here, its invites')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take spaces in from a CSV file or JSON lines')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a space with its invites and members')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;space;help;add' {
            break
        }
        'invite;space;help;list' {
            break
        }
        'invite;space;help;show' {
            break
        }
        'invite;space;help;import' {
            break
        }
        'invite;space;help;remove' {
            break
        }
        'invite;space;help;help' {
            break
        }
        'invite;member' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a member, or give one another role')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List members, of one space or of all')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take members in from a CSV file or JSON lines')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take a member out of a space')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;member;add' {
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Their role; without it, the one that the space''s invites grant')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Their name, to be kept')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'Their address, to be kept: invitations are matched with it')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;member;list' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; a table shows 50 unless told otherwise, other formats all')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them, in a table too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;member;import' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How the file is written; without it, its name tells')
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--update', '--update', [CompletionResultType]::ParameterName, 'Give known members the file''s roles')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be taken in, and stop there')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be taken in, and stop there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;member;remove' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;member;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a member, or give one another role')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List members, of one space or of all')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take members in from a CSV file or JSON lines')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take a member out of a space')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;member;help;add' {
            break
        }
        'invite;member;help;list' {
            break
        }
        'invite;member;help;import' {
            break
        }
        'invite;member;help;remove' {
            break
        }
        'invite;member;help;help' {
            break
        }
        'invite;policy' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the policies in force')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every rule of one policy')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;policy;list' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;policy;show' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;policy;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the policies in force')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every rule of one policy')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;policy;help;list' {
            break
        }
        'invite;policy;help;show' {
            break
        }
        'invite;policy;help;help' {
            break
        }
        'invite;migrate' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only show what is pending; exit with 8 if something is')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;config' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting, its value and where it comes from')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;config;show' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;config;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting, its value and where it comes from')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;config;help;show' {
            break
        }
        'invite;config;help;help' {
            break
        }
        'invite;completions' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;man' {
            [CompletionResult]::new('--database-url', '--database-url', [CompletionResultType]::ParameterName, 'Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database')
            [CompletionResult]::new('--database-url-file', '--database-url-file', [CompletionResultType]::ParameterName, 'File that holds the database URL; - reads it from standard input')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Configuration file, in place of your own')
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'User to act for: what their role does not let them do is refused; recorded with every change')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; recorded with every change')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How data is written')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'The same as --output json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but data and errors')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before bulk changes')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; refuse where a question would be needed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'invite;help' {
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make one or many invites for a space')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Say whether an invite can be used, and every reason why not')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Use an invite for a user: they become a member of its space')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take invites back: some, or all live ones of a space, a creator or an operation')
            [CompletionResult]::new('backfill', 'backfill', [CompletionResultType]::ParameterValue, 'Give every space that lacks one a standing code')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List invites')
            [CompletionResult]::new('cleanup', 'cleanup', [CompletionResultType]::ParameterValue, 'Close what has expired or is used up; with --purge-after, delete what has long been closed')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about one invite, with its history and who used it')
            [CompletionResult]::new('regenerate', 'regenerate', [CompletionResultType]::ParameterValue, 'Give a space a new standing code; the old one dies')
            [CompletionResult]::new('extend', 'extend', [CompletionResultType]::ParameterValue, 'Give an invite another end or limit, instead of sending a new one')
            [CompletionResult]::new('resend', 'resend', [CompletionResultType]::ParameterValue, 'Send e-mail invitations again, with a new link and a new end')
            [CompletionResult]::new('operations', 'operations', [CompletionResultType]::ParameterValue, 'List operations: who changed what, when and why')
            [CompletionResult]::new('limits', 'limits', [CompletionResultType]::ParameterValue, 'Show what is counted for the hourly limits, and reset it')
            [CompletionResult]::new('space', 'space', [CompletionResultType]::ParameterValue, 'Add, list, show, import and remove spaces')
            [CompletionResult]::new('member', 'member', [CompletionResultType]::ParameterValue, 'Add, list, import and remove members')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'List and show policies: the rules of each kind of space')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Create the database or bring its schema up to date')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the configuration in force')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Write a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages, one a command, into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'invite;help;generate' {
            break
        }
        'invite;help;validate' {
            break
        }
        'invite;help;use' {
            break
        }
        'invite;help;revoke' {
            break
        }
        'invite;help;backfill' {
            break
        }
        'invite;help;list' {
            break
        }
        'invite;help;cleanup' {
            break
        }
        'invite;help;show' {
            break
        }
        'invite;help;regenerate' {
            break
        }
        'invite;help;extend' {
            break
        }
        'invite;help;resend' {
            break
        }
        'invite;help;operations' {
            break
        }
        'invite;help;limits' {
            [CompletionResult]::new('reset', 'reset', [CompletionResultType]::ParameterValue, 'Let counters of this hour begin at 0 again')
            break
        }
        'invite;help;limits;reset' {
            break
        }
        'invite;help;space' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add one space')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List spaces, each with its standing code')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one space: its members, its standing code and whether that leads here, its invites')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take spaces in from a CSV file or JSON lines')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a space with its invites and members')
            break
        }
        'invite;help;space;add' {
            break
        }
        'invite;help;space;list' {
            break
        }
        'invite;help;space;show' {
            break
        }
        'invite;help;space;import' {
            break
        }
        'invite;help;space;remove' {
            break
        }
        'invite;help;member' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a member, or give one another role')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List members, of one space or of all')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take members in from a CSV file or JSON lines')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take a member out of a space')
            break
        }
        'invite;help;member;add' {
            break
        }
        'invite;help;member;list' {
            break
        }
        'invite;help;member;import' {
            break
        }
        'invite;help;member;remove' {
            break
        }
        'invite;help;policy' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the policies in force')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every rule of one policy')
            break
        }
        'invite;help;policy;list' {
            break
        }
        'invite;help;policy;show' {
            break
        }
        'invite;help;migrate' {
            break
        }
        'invite;help;config' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting, its value and where it comes from')
            break
        }
        'invite;help;config;show' {
            break
        }
        'invite;help;completions' {
            break
        }
        'invite;help;man' {
            break
        }
        'invite;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
