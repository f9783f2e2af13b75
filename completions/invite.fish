complete --keep-order --exclusive --command invite --arguments "(INVITE_COMPLETE=fish invite -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
