# Runs one server for an owner and outlives the owner just long enough to stop the server
# and to delete its folder.
#
# Arguments: folder, signals to stop with, port option, command...
# Orders arrive on stdin, each is answered with "done" on stdout:
#   start PORT      runs the command with that port, output to the file `log`
#   stop            ends the server, by force at last
#   signal NAME     sends a signal to the server
#   signal-all NAME sends a signal to the server and its children
# The end of stdin means that the owner is gone, for whatever reason.
#
# The file `pid` exists exactly as long as the server runs. Asking the kernel instead would
# not do: a server that ended stays visible as a zombie until this shell reaps it.

folder=$1 stop_signals=$2 port_option=$3
shift 3
pid_file=$folder/pid
frozen=

start() {
    port=$1
    shift
    frozen=
    : >"$pid_file"
    (
        sh -c 'echo $$ >"$0"; exec "$@"' "$pid_file" "$@" "$port_option" "$port" \
            </dev/null >"$folder/log" 2>&1
        rm -f "$pid_file"
    ) 2>/dev/null &
}

send() {
    while [ -e "$pid_file" ] && [ ! -s "$pid_file" ]; do sleep 0.02; done
    [ -s "$pid_file" ] && kill -s "$1" "$(cat "$pid_file")" 2>/dev/null
}

# A server that is stopped first neither starts more children nor reacts to the end of some.
# Children of PostgreSQL are in sessions of their own, hence found by their parent.
send_all() {
    send STOP || return 0
    parent=$(cat "$pid_file")
    for pid in $(ps -A -o pid= -o ppid= | awk -v parent="$parent" '$2 == parent { print $1 }'); do
        kill -s "$1" "$pid" 2>/dev/null
    done
    send "$1"
    frozen=
    [ "$1" = STOP ] && frozen=yes
}

stop() {
    for signal in $stop_signals KILL; do
        send "$signal" || return 0
        # A frozen server receives the signal only after it was thawed.
        if [ "$frozen" ]; then send_all CONT; else send CONT; fi
        turns=0
        while [ -e "$pid_file" ] && [ $turns -lt 250 ]; do
            sleep 0.02
            turns=$((turns + 1))
        done
    done
}

# What the server started and left behind is still in the process group of this shell. A zombie
# is gone already: nothing of it is left but its entry with its parent.
sweep() {
    turns=0
    while [ $turns -lt 50 ]; do
        found=
        for pid in $(ps -A -o pid= -o pgid= -o stat= | awk -v group=$$ '
            $2 == group && $1 != group && $3 !~ /^Z/ { print $1 }'); do
            kill -s KILL "$pid" 2>/dev/null && found=yes
        done
        [ "$found" ] || return 0
        sleep 0.02
        turns=$((turns + 1))
    done
}

finish() {
    stop
    sweep
    turns=0
    until rm -rf "$folder" 2>/dev/null || [ $turns -ge 50 ]; do
        sleep 0.1
        turns=$((turns + 1))
    done
    # Without `ps` nothing was swept: the whole group ends, with this shell.
    command -v ps >/dev/null || kill -s KILL 0
}

trap '' HUP INT
trap 'exit 1' TERM
trap finish EXIT

while read -r order argument; do
    case $order in
        start) start "$argument" "$@" ;;
        stop) stop ;;
        signal) send "$argument" ;;
        signal-all) send_all "$argument" ;;
    esac
    echo done
done
