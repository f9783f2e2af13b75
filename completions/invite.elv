
set edit:completion:arg-completer[invite] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) INVITE_COMPLETE="elvish" invite -- $@words) | to-lines
}

