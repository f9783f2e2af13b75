# The data and settings of a MariaDB server; sourced by other scripts.

server=$(mariadb_program mariadbd mysqld)
client=$(mariadb_program mariadb mysql)
stop_signal=TERM
[ -n "$server" ] || missing "MariaDB's server" mariadb-server
[ -n "$client" ] || missing "MariaDB's client" mariadb-client

# The initial data: two accounts and a database.
first_statements() {
    cat <<-END
	FLUSH PRIVILEGES;
	CREATE USER '$admin'@'%' IDENTIFIED BY '$admin_password';
	GRANT ALL ON *.* TO '$admin'@'%' WITH GRANT OPTION;
	CREATE USER '$user'@'%' IDENTIFIED BY '$password';
	GRANT ALL ON \`invite%\`.* TO '$user'@'%';
	CREATE DATABASE invite;
	END
}

# new_mariadb_data FOLDER
new_mariadb_data() {
    first_statements >first.sql
    $unprivileged "$(mariadb_program mariadb-install-db mysql_install_db)" --no-defaults \
        --auth-root-authentication-method=normal --skip-test-db --datadir="$1" --extra-file="$folder/first.sql" \
        --tmpdir="$folder" \
        --innodb-log-file-size=32M --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=fsync \
        --innodb-use-native-aio=0 >>log 2>&1
}

# The settings of one server: mariadb_settings FOLDER DURABLE
mariadb_settings() {
    # At start, a server deletes all temporary tables in its folder, also those of
    # other servers.
    $unprivileged mkdir "$1/tmp"
    # An unusual character set and time zone, to detect code that relies on them.
    cat <<-END
	[mysqld]
	datadir = $1/data
	tmpdir = $1/tmp
	socket = $1/socket
	pid-file = $1/pid
	bind-address = 127.0.0.1
	skip-name-resolve
	character-set-server = latin1
	default-time-zone = +05:45
	max-connections = 400
	innodb-buffer-pool-size = 64M
	innodb-log-file-size = 32M
	innodb-flush-method = fsync
	innodb-use-native-aio = 0
	END
    if [ "$2" = fast ]; then
        cat <<-END
		innodb-flush-log-at-trx-commit = 0
		innodb-doublewrite = 0
		END
    else
        cat <<-END
		innodb-flush-log-at-trx-commit = 1
		END
    fi
    if [ -e tls/ca.pem ]; then
        cat <<-END
		ssl-ca = $folder/tls/ca.pem
		ssl-cert = $folder/tls/server.pem
		ssl-key = $folder/tls/server.key
		END
    fi
}

# Runs SQL on the server at a port, as administrator: ask PORT SQL
ask() {
    MYSQL_PWD=$admin_password "$client" --no-defaults --protocol=tcp --host=127.0.0.1 --port="$1" \
        --user="$admin" --skip-ssl --connect-timeout=5 --batch --skip-column-names --execute="$2"
}
